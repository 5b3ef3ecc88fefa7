"""`renkei law explain`: a decision that somebody holds, in sentences, and whether the law agrees with it."""

import sys
from typing import BinaryIO, Final

import click
from msgspec import structs

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.details import Details
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.law.review import explanations
from renkei.messages.codec import encode
from renkei.messages.law import Explanation, Explanations, Party
from renkei.sandbox.bodies import BODIES
from renkei.terms.bodies import BodyId


@click.command("explain")
@click.argument("decision", type=click.File("rb"))
@words.AS_JSON
def explain_command(*, decision: BinaryIO, as_json: bool) -> None:
    """Explain decisions, and decide each again.

    DECISION is a file (- for standard input):
    what `renkei law decide`, `renkei inquire` or `renkei records` prints with --json, or a receipt; any
    number of decisions. One about a body that is not known here is told and not judged. The proof of a receipt is not
    checked here: `renkei verify` does that.

    \b
    Example:
      renkei law explain decision.json
      renkei records --sandbox /tmp/renkei --as 141003-mayor --json | renkei law explain -
    Exit code 1: a decision does not agree with the law.
    """
    told = _judged(explanations(decision.read(), _body, Editions.shipped(), Details.load()))
    if as_json:
        click.echo(encode(told))
    else:
        _show(told)
    sys.exit(0 if told.agrees else NO)


_KNOWN: Final = frozenset(body.id for body in BODIES)


def _body(id_: BodyId) -> Party:
    if id_ not in _KNOWN:
        return Party(id=id_, ja=id_, en=id_, categories=())
    return words.party_called(PermissionList.load(), [id_])


def _judged(told: Explanations) -> Explanations:
    """Without the judgement of those that name a body whose categories are not known here."""
    decisions = tuple(_not_judged(each) for each in told.decisions)
    return Explanations(agrees=all(each.agrees is not False for each in decisions), decisions=decisions)


def _not_judged(each: Explanation) -> Explanation:
    parties = (each.question.inquirer, each.question.provider)
    unknown = [party.ja for party in parties if party.id not in {None, *_KNOWN} and not party.categories]
    if not unknown:
        return each
    names, known = ", ".join(unknown), ", ".join(body.id for body in BODIES)
    return structs.replace(
        each,
        decision=None,
        reason=None,
        row=None,
        details=(),
        agrees=None,
        differs=(),
        sentences_ja=(each.sentences_ja[0], f"{names} はここでは知られていない機関のため、確かめていません。"),
        sentences_en=(each.sentences_en[0], f"Not checked: {names} is no body known here (known: {known})."),
    )


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
