"""`renkei law …`: questions to the law itself."""

import click

from renkei.cli.law.decide import decide_command
from renkei.cli.law.diff import diff_command
from renkei.cli.law.explain import explain_command
from renkei.cli.law.find import find_command
from renkei.cli.law.may_ask import may_ask_command
from renkei.cli.law.rules import pia_command, rules_command
from renkei.cli.law.uses import uses_command
from renkei.cli.law.who_holds import who_holds_command
from renkei.cli.law_compile import compile_command, facts_command
from renkei.cli.law_lists import announce_command, withdraw_command
from renkei.cli.ordinance import ordinance_group


@click.group()
def law() -> None:
    """Ask the law itself: who may ask whom for what, and when.

    The permission list of 提供命令2条 and of 別表第二 before it, every dated row.

    \b
    Example:
      renkei law find 児童手当
      renkei law may-ask --as 141003-mayor --text 地方税
      renkei law decide --inquirer 141003-mayor --item 48 --information local-tax --provider 141305-mayor
    """


for command in (
    announce_command,
    compile_command,
    decide_command,
    diff_command,
    explain_command,
    facts_command,
    find_command,
    may_ask_command,
    ordinance_group,
    pia_command,
    rules_command,
    uses_command,
    who_holds_command,
    withdraw_command,
):
    law.add_command(command)
