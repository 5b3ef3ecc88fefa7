"""`renkei law uses`: for which affairs a body may use the Individual Number at all (法9条1項)."""

import json
import sys
from datetime import date

import click

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.list import PermissionList
from renkei.law.uses import NotHeld, Use, UsesList, uses
from renkei.terms.affairs import Category


@click.command("uses")
@click.argument("text", required=False, default="")
@click.option("--as", "askers", multiple=True, required=True, help="A category (city-mayor) or a sandbox body.")
@words.ON
@words.AS_JSON
def uses_command(*, text: str, askers: tuple[str, ...], on: date | None, as_json: bool) -> None:
    """Say for which affairs a body may use the number.

    別表 of the Act, and until 2024-05-26 別表第一 (法9条1項).
    TEXT narrows: words in item or affair; width and kana do not matter.

    \b
    Example:
      renkei law uses 国民健康保険 --as municipal-mayor
    Exit code 1: none, or the annex as it stood on that day is not held.
    """
    held, day = UsesList.load(), words.day_of(on)
    found = uses(held, _categories(held, askers), day, text)
    if isinstance(found, NotHeld):
        _say_not_held(found)
        sys.exit(NO)
    if as_json:
        told = {"v": 1, "on": day.isoformat(), "uses": [_plain(held, use) for use in found]}
        click.echo(json.dumps(told, ensure_ascii=False))
    elif found:
        words.show(
            f"{day} 個人番号を利用できる事務 / what the number may be used for ({len(found)})",
            ("項", "事務 / affair", "根拠 / basis"),
            (
                (use.item, f"{held.affairs[use.affair].ja}\n[dim]{held.affairs[use.affair].en}[/dim]", use.cite().ja)
                for use in found
            ),
        )
    else:
        click.echo(f"{day} に該当する事務はありません。/ No affair fits on that day.")
    sys.exit(0 if found else NO)


def _say_not_held(found: NotHeld) -> None:
    until, begins = found.last_before, found.first_after
    ja = [*([f"{until} まで"] if until else []), *([f"{begins} から"] if begins else [])]
    en = [*([f"until {until}"] if until else []), *([f"from {begins}"] if begins else [])]
    click.echo(
        f"{found.on} の別表の本文は収録していません（収録は {'、'.join(ja)}）。\n"
        f"The annex as it stood on {found.on} is not held; held {' and '.join(en)}.",
        err=True,
    )


def _categories(held: UsesList, askers: tuple[str, ...]) -> frozenset[Category]:
    """Those of the permission list or of a sandbox body; and those that only the annex names."""
    own = {name for asker in askers for name in asker.split(",") if name in held.categories}
    others = [name for asker in askers for name in asker.split(",") if name not in own]
    found = words.categories_called(PermissionList.load(), others) or frozenset[Category]()
    return found | {Category(name) for name in own}


def _plain(held: UsesList, use: Use) -> dict[str, object]:
    affair, cited = held.affairs[use.affair], use.cite()
    return {
        "item": use.item,
        "affair": use.affair,
        "affair_ja": affair.ja,
        "affair_en": affair.en,
        "users": sorted(use.users),
        "citation_ja": cited.ja,
        "citation_en": cited.en,
    }
