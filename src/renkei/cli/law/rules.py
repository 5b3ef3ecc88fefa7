"""`renkei law rules` and `renkei law pia`: numbers of the law, and the assessment that a file needs."""

import json
import sys
from datetime import date
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from renkei.cli.exits import NO
from renkei.cli.law import words
from renkei.law.pia import Assessment, Level, assessment_level
from renkei.law.rules import UNIT_NAMES, Rule, Rules

_LEVELS: Final = {
    Level.NONE: ("評価の対象外", "no assessment"),
    Level.BASIC: ("基礎項目評価", "basic assessment"),
    Level.KEY_POINTS: ("重点項目評価(基礎項目評価とともに)", "key-points assessment, with a basic one"),
    Level.FULL: ("全項目評価(基礎項目評価とともに)", "full assessment, with a basic one"),
}
_COUNT: Final = click.IntRange(min=0)


@click.command("rules")
@click.argument("text", required=False, default="")
@words.ON
@words.AS_JSON
def rules_command(*, text: str, on: date | None, as_json: bool) -> None:
    """List numbers of the law: thresholds, periods, deadlines.

    Each with its article. TEXT narrows: words in id, meaning or article; width and kana do not matter.

    \b
    Example:
      renkei law rules 保存
      renkei law rules pia --on 2025-04-01 --json
    Exit code 1: no rule fits, or none is known for that day.
    """
    day, rules = words.day_of(on), Rules.load()
    found = rules.in_force(day, text)
    first = min(rule.valid_from for rule in rules.entries)
    if day < first:
        click.echo(
            f"{day} の数値は収録していません（収録は {first} から）。"
            f"/ No number of {day} is held; the oldest is that of {first}.",
            err=True,
        )
    if as_json:
        rows = [_plain(rule) for rule in found]
        click.echo(json.dumps({"v": 1, "on": day.isoformat(), "rules": rows}, ensure_ascii=False))
    elif found:
        _show(found, day)
    elif day >= first:
        click.echo(f"{day} について、該当する数値はありません。/ No number found for that day; give fewer words.")
    sys.exit(0 if found else NO)


@click.command("pia")
@click.option("--persons", type=_COUNT, required=True, help="本人の数: persons in all files that the affair handles.")
@click.option("--staff", type=_COUNT, required=True, help="従事者の数: staff who work on the affair.")
@click.option(
    "--incident", is_flag=True, help="重大事故: a grave incident at the body, or known to it, in the last year."
)
@words.ON
@words.AS_JSON
def pia_command(*, persons: int, staff: int, incident: bool, on: date | None, as_json: bool) -> None:
    """Say which 特定個人情報保護評価 a file needs.

    The assessment that the numbers of persons and staff ask for, with the article.
    Personnel files, manual files and some bodies' files are exempt whatever their number (規則4条).

    \b
    Example:
      renkei law pia --persons 120000 --staff 40
      renkei law pia --persons 20000 --staff 40 --incident --json
    """
    day, rules = words.day_of(on), Rules.load()
    begins = max(rule.valid_from for rule in rules.entries if rule.id.startswith("pia-persons-"))
    if day < begins:
        raise click.BadParameter(
            f"{day} のしきい値は収録していません({begins} から)。/ Thresholds are known from {begins} only.",
            param_hint="--on",
        )
    found = assessment_level(persons, staff, incident, day, rules)
    if as_json:
        asked = {"persons": persons, "staff": staff, "incident": incident}
        answer = {"level": found.level.value, "article": found.article}
        click.echo(json.dumps({"v": 1, "on": day.isoformat(), **asked, **answer}, ensure_ascii=False))
    else:
        _tell(found, day)


def _show(found: tuple[Rule, ...], day: date) -> None:
    table = Table(title=f"{day} 法令の数値 / numbers of the law ({len(found)})", show_lines=True)
    for title in ("数値 / number", "意味 / meaning", "根拠 / article"):
        table.add_column(title, overflow="fold")
    for rule in found:
        ja, en = UNIT_NAMES[rule.unit]
        meaning = f"{rule.ja}\n[dim]{rule.en}\n{rule.id}[/dim]"
        place = f"{rule.article}\n[dim]{rule.valid_from} から / from[/dim]"
        table.add_row(f"{rule.value:,}{ja}\n[dim]{en}[/dim]", meaning, place)
    Console().print(table)


def _tell(found: Assessment, day: date) -> None:
    ja, en = _LEVELS[found.level]
    click.echo(f"{day} {ja} / {en}\n根拠 / article: {found.article}")


def _plain(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "value": rule.value,
        "unit": rule.unit.value,
        "law": rule.law,
        "article": rule.article,
        "ja": rule.ja,
        "en": rule.en,
        "from": rule.valid_from.isoformat(),
        "until": rule.valid_until.isoformat() if rule.valid_until else None,
    }
