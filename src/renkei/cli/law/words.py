"""What people type after `renkei law …`: bodies and categories, kinds of information, days; and how rows are shown."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from renkei.law.held import known_until, not_held
from renkei.law.list import PermissionList
from renkei.law.names import (
    Said,
    article_said,
    category_called,
    category_names,
    item_said,
    kind_called,
    kind_names,
    named,
    near_names,
    party,
)
from renkei.law.rows import Table as LawTable
from renkei.messages.law import DetailUse, Named, Party
from renkei.platform.clock import SystemClock
from renkei.sandbox.bodies import BODIES
from renkei.terms.affairs import (
    ArticleNumber,
    Category,
    InformationKind,
    ItemNumber,
    asked_item,
    is_ordinance_affair,
    law_date,
)
from renkei.terms.errors import RenkeiError

AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


_DAY_FORM: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _Day(click.ParamType[date]):
    """A day in Japan, YYYY-MM-DD."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        day = _day(value)
        if day is None:
            self.fail(
                f"「{value}」は日付ではありません。例: 2026-06-14 / {value!r} is no day; write 2026-06-14.", param, ctx
            )
        return day


def _day(text: str) -> date | None:
    """None for any other form of ISO 8601 too (20260614, 2026-W24-7)."""
    try:
        return date.fromisoformat(text) if _DAY_FORM.fullmatch(text) else None
    except ValueError:
        return None


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
        bodies = [Named(id=body.id, ja=body.name_ja, en=body.name_en) for body in BODIES]
        near = _near([*bodies, *map(named, permissions.categories.values())], name)
        raise click.BadParameter(
            f"「{name}」という区分も機関もありません。{near.ja}/ {name!r} is no category or body.{near.en}"
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
        near = _near(map(named, permissions.kinds.values()), text)
        raise click.BadParameter(
            f"「{text}」という情報の種類はありません。{near.ja}/ {text!r} is no kind of information.{near.en}"
        )
    return kind


def _near(names: Iterable[Named], text: str) -> Said:
    """Ends of the two halves of a refusal; empty where nothing is near."""
    near = near_names(names, text)
    if not near:
        return Said("", "")
    return Said(
        f"近いもの: {'、'.join(f'{each.ja} {each.id}' for each in near)} ",
        f" Near: {', '.join(each.id for each in near)}",
    )


def item_of(text: str) -> ItemNumber:
    """An item of the table, in the form 48, 12-2, 12の2 or 12の2の項."""
    typed = unicodedata.normalize("NFKC", text).strip()
    try:
        item = asked_item(typed.removesuffix("の項").replace("の", "-"))
    except RenkeiError:
        raise click.BadParameter(
            f"「{text}」は項の番号ではありません。例: 48、12の2 / {text!r} is no item number; write 48 or 12-2."
        ) from None
    if is_ordinance_affair(item):
        raise click.BadParameter(
            f"条例事務（{item}）は表の項ではありません。一覧は renkei law ordinance list、"
            "照会できるものは業務システムの口 /v1/line/may-ask で分かります。"
            f"/ Affairs by ordinance ({item}) are no items of the table: `renkei law ordinance list` lists them,"
            " and the line door /v1/line/may-ask says what may be asked under them."
        )
    return item


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


def show_near(near: Iterable[Named]) -> None:
    """Names that are like what was typed, where there are any."""
    lines = [f"  {each.ja} / {each.en} ({each.id})" for each in near]
    if lines:
        click.echo("\n".join(["近いもの / near:", *lines]))


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


def is_held(permissions: PermissionList, on: date) -> bool:
    """Whether the list has a text of that day; if not, that is said on standard error, since nothing would be shown."""
    unheld = not_held(permissions, on)
    if unheld is not None:
        click.echo(f"{unheld.ja} / {unheld.en}", err=True)
    return unheld is None


def show_list(permissions: PermissionList, on: date) -> None:
    """Which list answered, and until when it is known where the day is a later one."""
    show_version(permissions.version)
    until = known_until(permissions, on)
    if until is not None:
        click.echo(f"{until.ja} / {until.en}")


def show_version(version: str) -> None:
    """Which list answered."""
    click.echo(f"照会許可照合リストの版 / list version: {version[:16]}…")
