"""`renkei law may-ask`: what a body may inquire, for which affair, from whom, under which article."""

import json
import sys
from datetime import date

import click
from msgspec import to_builtins

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.ask import Answer, Search, may_ask
from renkei.law.detailed import detailed
from renkei.law.details import Details
from renkei.law.find import find
from renkei.law.list import PermissionList
from renkei.messages.law import DetailUse


@click.command("may-ask")
@click.option("--as", "askers", required=True, multiple=True, help="Category or sandbox body; repeat it for several.")
@click.option("--item", help="項 of the table, e.g. 48 or 12-2.")
@click.option("--kind", help="Kind of information, e.g. local-tax.")
@click.option("--provider", "others", multiple=True, help="Only rows in which this category or body provides.")
@click.option("--text", help="Words in the names of affair or information; width and kana do not matter.")
@click.option("--details", "in_detail", is_flag=True, help="For which procedures, and whose information exactly.")
@words.ON
@words.AS_JSON
def may_ask_command(
    *,
    askers: tuple[str, ...],
    others: tuple[str, ...],
    in_detail: bool,
    as_json: bool,
    on: date | None,
    **narrowed: str | None,
) -> None:
    """Say what a body may ask, with the article.

    \b
    Example:
      renkei law may-ask --as municipal-mayor --text 児童手当
      renkei law may-ask --as 140007-governor --provider municipal-mayor --on 2025-01-01
      renkei law may-ask --as 141003-mayor --item 106 --kind local-tax --details
    Exit code 1: nothing may be asked under these conditions.
    """
    permissions, day = PermissionList.load(), words.day_of(on)
    item, kind, text = narrowed["item"], narrowed["kind"], narrowed["text"]
    search = Search(
        inquirer=frozenset(words.party_called(permissions, askers).categories),
        on=day,
        item=words.item_of(item) if item else None,
        kind=words.kind_of(permissions, kind) if kind else None,
        provider=words.categories_called(permissions, others),
        text=text,
    )
    held = words.is_held(permissions, day)
    answers = may_ask(permissions, search)
    if as_json:
        click.echo(json.dumps(_plain(permissions, answers, day, in_detail=in_detail), ensure_ascii=False))
    elif answers:
        _show(permissions, answers, day)
        details = [each for answer in answers for each in _details(answer, day)] if in_detail else []
        if details:
            words.show_details(details)
        words.show_list(permissions, day)
    elif held:
        click.echo(
            f"{day} に照会できるものはありません。条件を減らしてください。/ Nothing found; give fewer conditions."
        )
        words.show_near(find(permissions, text, day).near if text else ())
        words.show_list(permissions, day)
    sys.exit(0 if answers else NO)


def _show(permissions: PermissionList, answers: list[Answer], day: date) -> None:
    words.show(
        f"{day} 照会できるもの / what may be asked ({len(answers)})",
        ("項・条", "事務 / affair", "情報 / information", "提供者 / providers"),
        (
            (
                words.place_cell(answer.item, answer.row.article),
                f"{answer.affair.ja}\n[dim]{answer.affair.en}[/dim]",
                words.kinds_cell(permissions, answer.kinds),
                words.categories_cell(permissions, answer.providers),
            )
            for answer in answers
        ),
    )


def _details(answer: Answer, day: date) -> list[DetailUse]:
    return [each for kind in answer.kinds for each in detailed(Details.load(), answer.row, kind, day)]


def _plain(permissions: PermissionList, answers: list[Answer], day: date, *, in_detail: bool) -> dict[str, object]:
    rows = [
        {
            "item": answer.item,
            "article": answer.row.article,
            "affair_ja": answer.affair.ja,
            "affair_en": answer.affair.en,
            "kinds": list(answer.kinds),
            "providers": sorted(answer.providers),
            "citation_ja": answer.citation.ja,
            "citation_en": answer.citation.en,
        }
        | ({"details": to_builtins(_details(answer, day))} if in_detail else {})
        for answer in answers
    ]
    return {"v": 1, "on": day.isoformat(), "list_version": permissions.version, "rows": rows}
