"""`renkei law decide`: one question to the law, answered with its sentence."""

import sys
from datetime import date

import click

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.explain import decided
from renkei.law.list import PermissionList
from renkei.messages.codec import encode
from renkei.messages.law import Asked, Decided, Verdict

_WORDS = {Verdict.PERMITTED: "照会できます / permitted", Verdict.REFUSED: "照会できません / refused"}
_WHO = "a category (municipal-mayor) or a sandbox body (141003-mayor); repeat it for a body with several."


@click.command("decide")
@click.option("--inquirer", required=True, multiple=True, help=f"Who asks: {_WHO}")
@click.option("--item", required=True, help="項 of the table, e.g. 48 or 12-2.")
@click.option("--information", required=True, help="Kind of information, e.g. local-tax or 地方税関係情報.")
@click.option("--provider", required=True, multiple=True, help=f"Who is asked: {_WHO}")
@words.ON
@words.AS_JSON
def decide_command(
    *, inquirer: tuple[str, ...], provider: tuple[str, ...], on: date | None, as_json: bool, **what: str
) -> None:
    """Decide whether one body may ask another.

    For this information, for this affair, on that day.

    \b
    Example:
      renkei law decide --inquirer 141003-mayor --item 48 --information local-tax --provider 141305-mayor
      renkei law decide --inquirer municipal-mayor --item 106 --information pension \\
        --provider prefectural-governor --on 2026-06-14 --json
    A refusal says why, and which near row would have been permitted. Exit code 0: permitted; 1: refused.
    """
    permissions = PermissionList.load()
    asked = Asked(
        inquirer=words.party_called(permissions, inquirer),
        provider=words.party_called(permissions, provider),
        item=words.item_of(what["item"]),
        kind=words.kind_of(permissions, what["information"]),
    )
    day = words.day_of(on)
    answer = decided(permissions, asked, day)
    if as_json:
        click.echo(encode(answer))
    else:
        _show(answer)
        words.show_list(permissions, day)
    sys.exit(0 if answer.decision is Verdict.PERMITTED else NO)


def _show(answer: Decided) -> None:
    reason = f" ({answer.reason})" if answer.reason else ""
    click.echo(f"{_WORDS[answer.decision]}{reason}\n{answer.sentence_ja}\n{answer.sentence_en}")
    if answer.nearest:
        words.show(
            "近いもの / nearest",
            ("項・条", "照会できる条件 / permitted if"),
            (
                (words.place_cell(near.item, near.article), f"{near.sentence_ja}\n[dim]{near.sentence_en}[/dim]")
                for near in answer.nearest
            ),
        )
