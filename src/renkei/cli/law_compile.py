"""`renkei law compile` and `renkei law facts`: from the ordinance's text to a folder of facts; the shipped ones out."""

import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.resources import files as package_files
from pathlib import Path
from typing import Final

import click

from renkei.cli.exits import NO
from renkei.cli.law_unread import plain_unread, show_unread
from renkei.law.compiler.compiling import Compiled, compile_text, put_onto, without_rows
from renkei.law.compiler.meaning import Sense
from renkei.law.compiler.vocabulary import Vocabulary
from renkei.law.compiler.written import rows_of
from renkei.law.details import Details
from renkei.law.facts import Facts, parse, version_of
from renkei.law.phrases import Phrases
from renkei.law.uses import UsesList
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_SUFFIX: Final = ".tsv"
_SHOWN: Final = 50
"""So many changed rows are listed of each kind; `renkei law diff` tells them all."""
_COUNTED: Final = {
    "items": "項",
    "rows": "行",
    "uses": "利用事務",
    "procedures": "手続",
    "details": "情報",
    "unread": "読めない行",
    "ended": "終わる行",
    "begun": "始まる行",
}
_FOLDER: Final = click.Path(path_type=Path, file_okay=False)
_PLACE: Final = re.compile(r"(?:line |(?P<file>[\w-]+\.tsv):)(?P<line>[0-9]+)(?:: (?P<why>.+))?", re.DOTALL)
Files = Mapping[str, bytes]


@click.command("compile")
@click.argument("texts", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="First day in force; default what the text says.")
@click.option("--onto", type=_FOLDER, help="Folder of facts to go on from; default the shipped ones.")
@click.option("--alone", is_flag=True, help="Only these texts: forget what earlier ones said.")
@click.option("--into", type=_FOLDER, help="New folder for the facts with this version; without it nothing is written.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per text.")
def compile_command(  # noqa: PLR0913  # one parameter per option
    *, texts: tuple[Path, ...], as_of: datetime | None, onto: Path | None, alone: bool, into: Path | None, as_json: bool
) -> None:
    """Compile the ordinance's text into the permission list.

    The text is Markdown or e-Gov XML. Every line that could not be read is named, and then nothing is written. A phrase
    without a meaning is written into phrases.tsv of a folder made by `renkei law facts`; nothing is guessed. Several
    texts are put on in order of days.

    \b
    Example:
      renkei law compile 506M60004008009.md
      renkei law facts --into facts
      renkei law compile 506M60004008009.xml --as-of 2026-10-01 --onto facts --into facts-2026-10
    Exit code 1: some line could not be read.
    """
    if as_of and len(texts) > 1:
        raise click.BadParameter(
            "--as-of は本文が一つのときだけです。/ --as-of goes with one text only.", param_hint="--as-of"
        )
    held = shipped_files() if onto is None else _onto(onto)
    files: dict[str, bytes] = without_rows(held) if alone else dict(held)
    for report in _in_order(texts, files, as_of.date() if as_of else None):
        if not report.compiled.unread:
            files = report.put_onto(files)
        click.echo(json.dumps(report.plain(), ensure_ascii=False) if as_json else report.words())
        if report.compiled.unread:
            show_unread(report.path.name, report.compiled.unread)
            sys.exit(NO)
    if into is not None:
        write_folder(into, files)
        click.echo(f"{into}: {version_of(files)}", err=as_json)


@click.command("facts")
@click.option("--into", type=_FOLDER, required=True, help="New folder for the files.")
def facts_command(*, into: Path) -> None:
    """Write the shipped facts into a folder.

    To read, to review, to compile an amendment onto.

    \b
    Example:
      renkei law facts --into facts
    """
    files = shipped_files()
    write_folder(into, files)
    click.echo(f"{into}: {version_of(files)}")


def shipped_files() -> dict[str, bytes]:
    """Every file of facts of this package, those that decide and those that say what phrases mean."""
    folder = package_files("renkei.law") / "facts"
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(_SUFFIX)}


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a folder of facts; raises MALFORMED where one is missing or wrong."""
    files = {each.name: each.read_bytes() for each in sorted(folder.glob(f"*{_SUFFIX}"))}
    missing = sorted(shipped_files().keys() - files.keys())
    if missing:
        raise RenkeiError(Problem.MALFORMED, f"{', '.join(missing)}: missing")
    facts = parse(files)
    UsesList.parse(files, facts.affairs, facts.categories)
    Details.from_files(files)
    Phrases.from_bytes(files["phrases.tsv"])
    Vocabulary.from_files(files)
    return files


def _onto(folder: Path) -> dict[str, bytes]:
    """The folder to go on from; what is wrong with it is told with its file."""
    if not folder.is_dir():
        raise click.BadParameter(
            f"{folder} がありません。renkei law facts --into {folder} で作れます。"
            f"/ There is no folder {folder}; renkei law facts --into {folder} makes one.",
            param_hint="--onto",
        )
    try:
        return read_folder(folder)
    except RenkeiError as error:
        raise click.BadParameter(
            f"{folder} の {_in_japanese(error.detail)} が読めません。直すか、renkei law facts で作り直してください。"
            f"/ {error.detail} in {folder} cannot be read; mend it, or make the folder again with renkei law facts.",
            param_hint="--onto",
        ) from error


def _in_japanese(place: str) -> str:
    """`rows.tsv:7: unknown id` as `rows.tsv 7行目（unknown id）`, and `line 7: …` as `7行目（…）`."""
    found = _PLACE.fullmatch(place)
    if found is None:
        return place
    where = f"{found['file'] or ''} {found['line']}行目".strip()
    return f"{where}（{found['why']}）" if found["why"] else where


def write_folder(folder: Path, files: Files) -> None:
    """The whole folder or none of it; a folder that holds anything else than these very files is refused."""
    if folder.exists() and any(folder.iterdir()):
        if {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()} == dict(files):
            return
        raise RenkeiError(Problem.WRONG_STATE, f"{folder}: not empty")
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    fresh.mkdir(parents=True)
    try:
        for name, content in files.items():
            with (fresh / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


@dataclass(slots=True)
class _Report:
    """One text: what it says, and which rows end and begin on its day."""

    path: Path
    day: date
    compiled: Compiled
    ended: list[str] = field(default_factory=list[str])
    begun: list[str] = field(default_factory=list[str])

    def put_onto(self, files: Files) -> dict[str, bytes]:
        nameless = _nameless(parse(files), self.compiled.rows)
        if nameless:
            raise click.BadParameter(
                f"{nameless} の名前がありません。affairs.tsv・categories.tsv・kinds.tsv に書いてください。"
                f"/ {nameless}: no name; write it into affairs.tsv, categories.tsv or kinds.tsv.",
                param_hint="--onto",
            )
        made = put_onto(files, self.compiled, self.day)
        old, new = (_in_force(each, self.day) for each in (files, made))
        names = parse(made)
        self.ended = [_line(names, sense) for sense in (old - new).elements()]
        self.begun = [_line(names, sense) for sense in (new - old).elements()]
        return made

    def counts(self) -> dict[str, int]:
        return {
            "items": len({sense.item for sense in self.compiled.rows}),
            "rows": len(self.compiled.rows),
            "uses": len(self.compiled.uses),
            "procedures": len(self.compiled.details.procedures),
            "details": len(self.compiled.details.details),
            "unread": len(self.compiled.unread),
            "ended": len(self.ended),
            "begun": len(self.begun),
        }

    def plain(self) -> dict[str, object]:
        said = {"v": 1, "text": self.path.name, "number": self.compiled.number, "on": self.day.isoformat()}
        return said | self.counts() | {"lines": plain_unread(self.compiled.unread)}

    def words(self) -> str:
        counts = self.counts()
        told = "  ".join(f"{ja}/{name} {counts[name]}" for name, ja in _COUNTED.items())
        changed = [*_few("-", self.ended), *_few("+", self.begun)]
        return "\n".join([f"{self.day} {self.compiled.number}", f"  {told}", *changed])


def _few(sign: str, lines: Sequence[str]) -> list[str]:
    more = [f"  {sign} … +{len(lines) - _SHOWN}"] if len(lines) > _SHOWN else []
    return [*(f"  {sign} {line}" for line in lines[:_SHOWN]), *more]


def _in_order(texts: Sequence[Path], files: Files, as_of: date | None) -> list[_Report]:
    found = []
    for path in texts:
        compiled = _compiled(path, files)
        day = as_of or compiled.in_force_from
        if day is None:
            raise click.BadParameter(
                f"{path.name} に施行日がありません。--as-of で指定してください。"
                f"/ {path.name} does not say from which day it is in force; give --as-of.",
                param_hint="--as-of",
            )
        found.append(_Report(path, day, compiled))
    return sorted(found, key=lambda each: each.day)


def _compiled(path: Path, files: Files) -> Compiled:
    try:
        return compile_text(path.read_bytes(), files)
    except RenkeiError as error:
        raise click.BadParameter(
            f"{path.name} を法令の本文として読めません: {_in_japanese(error.detail)}。本文を取り直してください。"
            f"/ {path.name} cannot be read as the text of a law: {error.detail}; fetch the text again.",
            param_hint="TEXTS",
        ) from error


def _in_force(files: Files, on: date) -> Counter[Sense]:
    rows = rows_of("rows.tsv", files["rows.tsv"])
    return Counter(each.sense for each in rows if each.start <= on and (each.until is None or on < each.until))


def _nameless(names: Facts, rows: Iterable[Sense]) -> str:
    """Ids that phrases mean and that no file of names has."""
    used = {str(each) for row in rows for each in (row.affair, *row.inquirers, *row.providers, *row.kinds)}
    return ", ".join(sorted(used - {str(each) for each in (*names.affairs, *names.categories, *names.kinds)}))


def _line(names: Facts, sense: Sense) -> str:
    inquirers, providers = (
        "、".join(names.categories[each].ja for each in column) for column in (sense.inquirers, sense.providers)
    )
    kinds = "、".join(names.kinds[each].ja for each in sense.kinds)
    return f"{sense.item} {names.affairs[sense.affair].ja}: {inquirers} ← {providers}: {kinds}"
