"""`renkei law find`: words to items, kinds and categories."""

import sys
from datetime import date

import click

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.find import find
from renkei.law.list import PermissionList
from renkei.messages.codec import encode
from renkei.messages.law import Found, FoundAffair, Named


@click.command("find")
@click.argument("text", nargs=-1, required=True)
@words.ON
@words.AS_JSON
def find_command(*, text: tuple[str, ...], on: date | None, as_json: bool) -> None:
    """Find items, kinds and categories by words.

    Affairs, kinds of information and categories of bodies, by words in their names, Japanese or English.
    All words must stand in the names of one thing. Width, case, kana, strokes and middle dots do not matter.

    \b
    Example:
      renkei law find 児童手当
      renkei law find ｲﾝﾌﾙｴﾝｻﾞ
      renkei law find child allowance --on 2025-01-01 --json
    Exit code 1: nothing found; what is most like it is shown.
    """
    typed = " ".join(text)
    if not typed.strip():
        raise click.BadParameter("言葉を入れてください。/ Give words to look for.", param_hint="TEXT")
    permissions, day = PermissionList.load(), words.day_of(on)
    words.is_held(permissions, day)
    found = find(permissions, typed, day)
    if as_json:
        click.echo(encode(found))
    else:
        _show(found)
        words.show_list(permissions, day)
    sys.exit(0 if found.affairs or found.kinds or found.categories else NO)


def _show(found: Found) -> None:
    rows = [_row("事務 / affair", affair, ", ".join(affair.items) or "—") for affair in found.affairs]
    rows += [_row("情報 / information", kind) for kind in found.kinds]
    rows += [_row("区分 / category", category) for category in found.categories]
    if not rows:
        click.echo(f"「{found.text}」は見つかりません。/ Nothing found.")
        words.show_near(found.near)
        return
    words.show(
        f"「{found.text}」 {found.on} ({len(rows)})",
        ("種別 / what", "名称 / name", "項 / items", "id"),
        rows,
    )


def _row(what: str, name: Named | FoundAffair, items: str = "") -> tuple[str, ...]:
    return what, f"{name.ja}\n[dim]{name.en}[/dim]", items, name.id
