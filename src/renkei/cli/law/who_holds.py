"""`renkei law who-holds`: who may be asked for a kind of information at all."""

import sys
from datetime import date

import click

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.holding import kind_holders
from renkei.law.list import PermissionList
from renkei.messages.codec import encode
from renkei.messages.law import KindHolders


@click.command("who-holds")
@click.argument("kind")
@click.option("--as", "askers", multiple=True, help="Only rows that let this category or sandbox body ask.")
@words.ON
@words.AS_JSON
def who_holds_command(*, kind: str, askers: tuple[str, ...], on: date | None, as_json: bool) -> None:
    """Say which bodies provide a kind of information.

    KIND is an id or a name; each row says under which item, and who may ask.

    \b
    Example:
      renkei law who-holds school-medical-aid
      renkei law who-holds 地方税関係情報 --as prefectural-governor --on 2025-01-01
    Exit code 1: nobody may be asked for it under these conditions.
    """
    permissions = PermissionList.load()
    asker = words.categories_called(permissions, askers)
    wanted, day = words.kind_of(permissions, kind), words.day_of(on)
    held = words.is_held(permissions, day)
    found = kind_holders(permissions, wanted, day, asker)
    if as_json:
        click.echo(encode(found))
    elif held:
        _show(permissions, found)
        words.show_list(permissions, day)
    sys.exit(0 if found.rows else NO)


def _show(permissions: PermissionList, found: KindHolders) -> None:
    kind = f"{found.kind.ja} ({found.kind.id})"
    if not found.rows:
        click.echo(f"{found.on} に {kind} を照会できる規定はありません。/ No rule lets anybody ask for it that day.")
        return
    words.show(
        f"{found.on} {kind} を提供する者 / who provides it ({len(found.rows)})",
        ("項・条", "事務 / affair", "照会者 / inquirers", "提供者 / providers"),
        (
            (
                words.place_cell(row.item, row.article),
                f"{row.affair_ja}\n[dim]{row.affair_en}[/dim]",
                words.categories_cell(permissions, row.inquirers),
                words.categories_cell(permissions, row.providers),
            )
            for row in found.rows
        ),
    )
    click.echo(
        f"提供者 / providers: {'、'.join(each.ja for each in found.providers)}"
        f" / {'; '.join(each.en for each in found.providers)}"
    )
