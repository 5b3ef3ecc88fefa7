"""`renkei law may-ask`: what a body may inquire, for which affair, from whom, under which article."""

import difflib
import json
import sys
from datetime import date, datetime

import click
from rich.console import Console
from rich.table import Table

from renkei.cli.exits import NO
from renkei.law.ask import Answer, Search, may_ask
from renkei.law.list import PermissionList
from renkei.platform.clock import SystemClock
from renkei.sandbox.bodies import BODIES
from renkei.terms.affairs import Category, information_kind, item_number, law_date


@click.group()
def law() -> None:
    """Ask the law itself: the permission list of 提供命令2条, every dated row.

    \b
    Example:
      renkei law may-ask --as 141003-mayor --text 地方税
    """


@law.command("may-ask")
@click.option("--as", "asker", required=True, help="A category (municipal-mayor) or a sandbox body (141003-mayor).")
@click.option("--item", help="項 of the table, e.g. 48 or 12-2.")
@click.option("--kind", help="Kind of information, e.g. local-tax.")
@click.option("--provider", help="Only rows in which this category or body provides.")
@click.option("--text", help="Words in the names of affair or information; width and kana do not matter.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day in Japan; default today.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def may_ask_command(*, asker: str, as_json: bool, on: datetime | None, **narrowed: str | None) -> None:
    """Say what a body may ask, in plain words, with the article.

    \b
    Example:
      renkei law may-ask --as municipal-mayor --text 児童手当
      renkei law may-ask --as 140007-governor --provider municipal-mayor --on 2025-01-01
    Exit code 1: nothing may be asked under these conditions.
    """
    permissions = PermissionList.load()
    day = on.date() if on else law_date(SystemClock().now_ms())
    search = Search(
        inquirer=_categories(permissions, asker),
        on=day,
        item=item_number(narrowed["item"]) if narrowed["item"] else None,
        kind=information_kind(narrowed["kind"]) if narrowed["kind"] else None,
        provider=_categories(permissions, narrowed["provider"]) if narrowed["provider"] else None,
        text=narrowed["text"],
    )
    answers = may_ask(permissions, search)
    if as_json:
        click.echo(json.dumps(_plain(permissions, answers, day), ensure_ascii=False))
    else:
        _show(permissions, answers, day)
    sys.exit(0 if answers else NO)


def _categories(permissions: PermissionList, who: str) -> frozenset[Category]:
    for body in BODIES:
        if body.id == who:
            return frozenset(body.categories)
    if who not in permissions.categories:
        known = [*permissions.categories, *(body.id for body in BODIES)]
        near = ", ".join(difflib.get_close_matches(who, known, n=4, cutoff=0.4)) or ", ".join(known[:4])
        raise click.BadParameter(
            f"「{who}」という区分も機関もありません。/ {who!r} is no category or body. Near: {near}"
        )
    return permissions.checked([who])


def _names(permissions: PermissionList, ids: frozenset[Category]) -> str:
    return "、".join(permissions.categories[id_].ja for id_ in permissions.categories if id_ in ids)


def _show(permissions: PermissionList, answers: list[Answer], day: date) -> None:
    if not answers:
        click.echo(
            f"{day} に照会できるものはありません。条件を減らしてください。/ Nothing found; give fewer conditions."
        )
        return
    table = Table(title=f"{day} 照会できるもの / what may be asked ({len(answers)})", show_lines=True)
    for title in ("項・条", "事務 / affair", "情報 / information", "提供者 / providers"):
        table.add_column(title, overflow="fold")
    for answer in answers:
        kinds = "\n".join(f"{permissions.kinds[kind].ja} [dim]{kind}[/dim]" for kind in answer.kinds)
        affair = f"{answer.affair.ja}\n[dim]{answer.affair.en}[/dim]"
        place = f"{answer.item}の項\n[dim]{answer.row.article}条[/dim]"
        table.add_row(place, affair, kinds, _names(permissions, answer.providers))
    Console().print(table)
    click.echo(f"照会許可照合リストの版 / list version: {permissions.version[:16]}…")


def _plain(permissions: PermissionList, answers: list[Answer], day: date) -> dict[str, object]:
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
        for answer in answers
    ]
    return {"v": 1, "on": day.isoformat(), "list_version": permissions.version, "rows": rows}
