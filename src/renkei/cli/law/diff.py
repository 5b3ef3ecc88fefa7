"""`renkei law diff`: what a clerk gained and lost between two days."""

from collections.abc import Sequence
from datetime import date

import click

from renkei.cli.law import words
from renkei.law.compare import Snapshot, compare
from renkei.law.held import not_held
from renkei.law.list import PermissionList
from renkei.messages.codec import encode
from renkei.messages.law import Change, Differences


@click.command("diff")
@click.argument("before", type=words.DAY)
@click.argument("after", type=words.DAY)
@click.option(
    "--as", "askers", multiple=True, help="Only what this body may ask: a category or sandbox body; repeat it."
)
@words.AS_JSON
def diff_command(*, before: date, after: date, askers: tuple[str, ...], as_json: bool) -> None:
    """Compare what was permitted on two days.

    What may be asked on day AFTER and not on day BEFORE, and the other way round.

    \b
    Example:
      renkei law diff 2026-05-31 2026-06-14 --as 141003-mayor
      renkei law diff 2025-09-30 2025-10-01 --json
    """
    permissions = PermissionList.load()
    asker = words.categories_called(permissions, askers)
    for day in (before, after):
        unheld = not_held(permissions, day)
        if unheld is not None:
            raise click.BadParameter(f"{unheld.ja} / {unheld.en}")
    found = compare(Snapshot(permissions, before, asker), Snapshot(permissions, after, asker))
    if as_json:
        click.echo(encode(found))
    else:
        _show(permissions, found, all_inquirers=asker is None)
        words.show_list(permissions, max(before, after))


def _show(permissions: PermissionList, found: Differences, *, all_inquirers: bool) -> None:
    days = f"{found.before.on} → {found.after.on}"
    if found.by == "affair":
        click.echo(
            "二つの日では表が異なり、項の番号は対応しないため、事務の名称で比べました。"
            "/ The two days have different tables whose item numbers do not match: compared by affair."
        )
    for title, changes in (
        (f"{days} 照会できるようになったもの / gained", found.gained),
        (f"{days} 照会できなくなったもの / lost", found.lost),
    ):
        if changes:
            _show_changes(permissions, f"{title} ({len(changes)})", changes, all_inquirers=all_inquirers)
    items = [("新しい項 / new item", each.item, each.affair_ja, each.affair_en) for each in found.items_new]
    items += [("なくなった項 / ended", each.item, each.affair_ja, each.affair_en) for each in found.items_ended]
    items += [
        ("事務の変更 / other affair", e.item, f"{e.before.ja} → {e.after.ja}", f"{e.before.en} → {e.after.en}")
        for e in found.affairs_changed
    ]
    if items:
        words.show(f"{days} 項 / items", ("", "項", "事務", "affair"), items)
    if not (found.gained or found.lost or items):
        click.echo(f"{days}: 変わりはありません。/ Nothing changed.")


def _show_changes(permissions: PermissionList, title: str, changes: Sequence[Change], *, all_inquirers: bool) -> None:
    columns = ["項", "事務 / affair", "情報 / information", "提供者 / providers"]
    rows = [
        [
            "\n".join(words.item_cell(item) for item in change.items),
            f"{change.affair_ja}\n[dim]{change.affair_en}[/dim]",
            words.kinds_cell(permissions, change.kinds),
            words.categories_cell(permissions, change.providers),
        ]
        for change in changes
    ]
    if all_inquirers:
        columns.insert(1, "照会者 / inquirers")
        for row, change in zip(rows, changes, strict=True):
            row.insert(1, words.categories_cell(permissions, change.inquirers))
    words.show(title, columns, rows)
