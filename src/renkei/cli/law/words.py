"""What people type after `renkei law …`: bodies and categories, kinds of information, days; and how rows are shown."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from renkei.law.list import PermissionList
from renkei.law.names import (
    article_said,
    category_called,
    category_names,
    item_said,
    kind_called,
    kind_names,
    near_ids,
    party,
)
from renkei.law.rows import Table as LawTable
from renkei.messages.law import DetailUse, Party
from renkei.platform.clock import SystemClock
from renkei.sandbox.bodies import BODIES
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber, item_number, law_date

AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


class _Day(click.ParamType[date]):
    """A day in Japan, YYYY-MM-DD."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(
                f"「{value}」は日付ではありません。例: 2026-06-14 / {value!r} is no day; write 2026-06-14.", param, ctx
            )


DAY: Final = _Day()
ON: Final = click.option("--on", type=DAY, help="The day in Japan, YYYY-MM-DD; default today.")


def day_of(on: date | None) -> date:
    """The day asked for, else today in Japan."""
    return on or law_date(SystemClock().now_ms())


def party_called(permissions: PermissionList, texts: Iterable[str]) -> Party:
    """One sandbox body, or bodies with all of these categories; each text may hold several, separated by commas."""
    names = [name.strip() for text in texts for name in text.split(",")]
    found = [_party(permissions, name) for name in names]
    if len(found) == 1:
        return found[0]
    return party(permissions, [category for each in found for category in each.categories])


def _party(permissions: PermissionList, name: str) -> Party:
    for body in BODIES:
        if name in {body.id, body.name_ja}:
            return Party(id=body.id, ja=body.name_ja, en=body.name_en, categories=body.categories)
    category = category_called(permissions, name)
    if category is None:
        near = ", ".join(near_ids([*permissions.categories, *(body.id for body in BODIES)], name))
        raise click.BadParameter(
            f"「{name}」という区分も機関もありません。/ {name!r} is no category or body. Near: {near}"
        )
    return party(permissions, [category])


def categories_called(permissions: PermissionList, texts: Iterable[str]) -> frozenset[Category] | None:
    """Their categories; None when nobody is named."""
    listed = list(texts)
    return frozenset(party_called(permissions, listed).categories) if listed else None


def kind_of(permissions: PermissionList, text: str) -> InformationKind:
    """A kind by id or whole name."""
    kind = kind_called(permissions, text)
    if kind is None:
        near = ", ".join(near_ids([*permissions.kinds, *(name.ja for name in permissions.kinds.values())], text))
        raise click.BadParameter(
            f"「{text}」という情報の種類はありません。/ {text!r} is no kind of information. Near: {near}"
        )
    return kind


def item_of(text: str) -> ItemNumber:
    """An item, in the form 12-2 or 12の2."""
    return item_number(text.replace("の", "-"))


def categories_cell(permissions: PermissionList, ids: Iterable[Category]) -> str:
    """Names for a table, all of them."""
    return category_names(permissions, ids, few=False).ja


def kinds_cell(permissions: PermissionList, ids: Iterable[InformationKind]) -> str:
    """Names with ids for a table, one per line."""
    return "\n".join(f"{kind_names(permissions, [id_]).ja} [dim]{id_}[/dim]" for id_ in ids)


def item_cell(item: ItemNumber) -> str:
    """An item for a table."""
    return item_said(item, LawTable.ORDINANCE).ja


def place_cell(item: ItemNumber, article: ArticleNumber | None) -> str:
    """Item and article for a table; rows of 別表第二 have no article."""
    return f"{item_cell(item)}\n[dim]{article_said(article).ja if article else '別表第二'}[/dim]"


def show(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A table on the terminal; long cells are folded, never cut."""
    table = Table(title=title, show_lines=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def show_details(details: Iterable[DetailUse]) -> None:
    """For which procedures, whose information, and which."""
    show(
        "手続と情報 / procedures and information",
        ("条 / article", "手続 / procedure", "誰の / whose", "情報 / information"),
        (
            (
                each.place_ja,
                f"{each.procedure_ja}\n[dim]{each.procedure_en}[/dim]",
                f"{each.whose_ja}\n[dim]{each.whose_en}[/dim]",
                "\n".join(f"{named.ja}\n[dim]{named.en}[/dim]" for named in each.information),
            )
            for each in details
        ),
    )


def show_version(version: str) -> None:
    """Which list answered."""
    click.echo(f"照会許可照合リストの版 / list version: {version[:16]}…")
