"""`renkei law explain`: a decision that somebody holds, in sentences, and whether the law agrees with it."""

import sys
from typing import BinaryIO

import click

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.details import Details
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.law.review import explanations
from renkei.messages.codec import encode
from renkei.messages.law import Explanations, Party
from renkei.sandbox.bodies import BODIES
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


@click.command("explain")
@click.argument("decision", type=click.File("rb"))
@words.AS_JSON
def explain_command(*, decision: BinaryIO, as_json: bool) -> None:
    """Explain decisions, and decide each again.

    DECISION is a file (- for standard input):
    what `renkei law decide`, `renkei inquire` or `renkei records` prints with --json, or a receipt; any
    number of decisions. The proof of a receipt is not checked here: `renkei verify` does that.

    \b
    Example:
      renkei law explain decision.json
      renkei records --sandbox /tmp/renkei --as 141003-mayor --json | renkei law explain -
    Exit code 1: a decision does not agree with the law.
    """
    told = explanations(decision.read(), _body, Editions.shipped(), Details.load())
    if as_json:
        click.echo(encode(told))
    else:
        _show(told)
    sys.exit(0 if told.agrees else NO)


def _body(id_: BodyId) -> Party:
    if all(body.id != id_ for body in BODIES):
        raise RenkeiError(Problem.UNKNOWN_BODY, f"{id_}; known: {', '.join(body.id for body in BODIES)}")
    return words.party_called(PermissionList.load(), [id_])


def _show(told: Explanations) -> None:
    for each in told.decisions:
        for ja, en in zip(each.sentences_ja, each.sentences_en, strict=True):
            click.echo(f"{ja}\n  {en}")
        if each.details:
            words.show_details(each.details)
        words.show_version(each.list_version)
        click.echo()
    disagreeing = sum(each.agrees is False for each in told.decisions)
    click.echo(
        f"判断 {len(told.decisions)} 件、うち法令と一致しないもの {disagreeing} 件"
        f" / {len(told.decisions)} decisions, {disagreeing} do not agree with the law"
    )
