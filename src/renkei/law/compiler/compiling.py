"""One text of the law, from its bytes to what it says; and what it says, put onto the facts that are held.

Two laws are read: the ordinance (提供命令: the table of art. 2 with its detail articles) and the Act (番号法: 別表, or
別表第一 and 別表第二 in a text of a day until 2024-05-26).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from renkei.law.compiler.detail_files import written_details, written_procedures
from renkei.law.compiler.detailing import CompiledDetails, compile_details
from renkei.law.compiler.details import details
from renkei.law.compiler.history import amended
from renkei.law.compiler.meaning import Sense, TableReader, UseSense
from renkei.law.compiler.numbering import article_name
from renkei.law.compiler.parts import LawText
from renkei.law.compiler.raw import Raw, RawRow, RawUse, Unread
from renkei.law.compiler.table import ACT, ORDINANCE, annex2_rows, annex_uses, permission_rows
from renkei.law.compiler.text import read
from renkei.law.compiler.vocabulary import Vocabulary
from renkei.law.compiler.written import DatedUse, rows_of, uses_of, uses_written, written
from renkei.law.dated import Dated
from renkei.law.detail_facts import detail, procedure, table
from renkei.law.details import Details
from renkei.law.facts import parse
from renkei.law.phrases import Column, Phrases, key_of
from renkei.law.rows import ORDINANCE_BEGAN, Meaning
from renkei.law.uses import UsesList
from renkei.terms.affairs import InformationKind
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

ROWS: Final = "rows.tsv"
ANNEX_2: Final = "rows-annex2.tsv"
USES: Final = "uses.tsv"
PROCEDURES: Final = "procedures.tsv"
DETAILS: Final = "details.tsv"
_OF_THE_ACT: Final = frozenset({"市町村長", "共済組合等", "後期高齢者医療広域連合"})
"""Terms that the annexes of the Act use and that are defined outside them."""
FRAME: Final[Mapping[str, str]] = {"1": "9f5d05f70078", "2": "9e11124d50d2"}
"""Keys of what 提供命令1条 and 2条 say themselves: the sentences that give the table's columns their meaning."""
_T = TypeVar("_T")
_Raw = TypeVar("_Raw", RawRow, RawUse)
Files = Mapping[str, bytes]
"""Facts by file name: those that decide, and those that say what phrases mean."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a text says. Of use only while `unread` is empty.

    Attributes:
        number: law number.
        in_force_from: first day of the text, where it says so itself.
        rows: every row of the table of 提供命令2条, or of 別表第二, in its order.
        uses: every item of 別表, or of 別表第一.
        details: what the detail articles say; nothing in a text of the Act.
        unread: every line that could not be read, in the order of the text.
    """

    number: str
    in_force_from: date | None
    rows: tuple[Sense, ...]
    uses: tuple[UseSense, ...]
    details: CompiledDetails
    unread: tuple[Unread, ...]


def compile_text(source: bytes, files: Files) -> Compiled:
    """Read a text of the ordinance or of the Act (Markdown or e-Gov XML) by what the files say that phrases mean.

    Raises:
        RenkeiError: MALFORMED where it is not a law's text at all, or a file of facts is wrong.
    """
    text = read(source)
    return _act(text, files) if text.number == ACT else _ordinance(text, files)


def official_kinds(files: Files) -> dict[str, InformationKind]:
    """Kinds of information by the short name that the law gives them."""
    return {name.ja: name.id for name in parse(files).kinds.values() if name.meaning is Meaning.OFFICIAL}


def put_onto(files: Files, compiled: Compiled, on: date) -> dict[str, bytes]:
    """The files with what the text says in force from that day; every other file as it was.

    Raises:
        RenkeiError: WRONG_TYPE where the files know a later version already, or the day is not one of such a text.
        RenkeiError: MALFORMED where a row names an id that has no name in the files.
    """
    assert not compiled.unread, "a text with unread lines is not put anywhere"
    made = dict(files)
    annexed = compiled.number == ACT and on < ORDINANCE_BEGAN
    if compiled.number != ACT and on < ORDINANCE_BEGAN:
        raise RenkeiError(Problem.WRONG_TYPE, f"{on} is before the ordinance began ({ORDINANCE_BEGAN})")
    if annexed:
        made[ANNEX_2] = written(_ended(compiled.rows, on))
        made[USES] = uses_written([*_ended(compiled.uses, on), *_uses(files, of_annex=True)])
    elif compiled.number == ACT:
        uses = amended(_uses(files, of_annex=True), compiled.uses, on)
        made[USES] = uses_written([*_uses(files, of_annex=False), *uses])
    else:
        said = compiled.details
        made[ROWS] = written(amended(rows_of(ROWS, files[ROWS]), compiled.rows, on))
        made[PROCEDURES] = written_procedures(amended(table(PROCEDURES, files, procedure), said.procedures, on))
        made[DETAILS] = written_details(amended(table(DETAILS, files, detail), said.details, on))
    facts = parse(made)
    UsesList.parse(made, facts.affairs, facts.categories)
    Details.from_files(made)
    return made


def without_rows(files: Files) -> dict[str, bytes]:
    """The same files before any text was put onto them: to compile the whole history anew."""
    empty = {name: files[name].partition(b"\n")[0] + b"\n" for name in (ROWS, ANNEX_2, USES, PROCEDURES, DETAILS)}
    return {**files, **empty}


def _ordinance(text: LawText, files: Files) -> Compiled:
    table_rows = permission_rows(text)
    reader = TableReader(Phrases.from_bytes(files["phrases.tsv"]), official_kinds(files))
    senses = [reader.read(each) for each in table_rows.found]
    said = compile_details(details(text), table_rows, senses, Vocabulary.from_files(files))
    return Compiled(
        number=text.number,
        in_force_from=text.in_force_from,
        rows=tuple(sense for sense in senses if sense is not None),
        uses=(),
        details=said,
        unread=tuple(sorted({*_frame(text), *table_rows.unread, *reader.unread, *said.unread})),
    )


def _frame(text: LawText) -> Iterator[Unread]:
    """Articles 1 and 2 where they say something else than they did: then no row may be read as before."""
    if text.number != ORDINANCE:
        return
    for article in text.articles:
        said = "".join(each.text for each in article.paragraphs)
        if article.first in FRAME and key_of(said) != FRAME[article.first]:
            yield Unread(
                article.line,
                article_name(article.first),
                "表の読み方を定める文が変わりました。表の各欄の意味を確かめ、プログラムを改めてください。",
                "the sentence that says what the table means has changed; review the columns and change the program",
            )


def _act(text: LawText, files: Files) -> Compiled:
    """別表第一 stands before 別表第二 and defines terms that both use."""
    with_annex_2 = any(annex.name == "別表第二" for annex in text.annexes)
    uses = annex_uses(text, "別表第一" if with_annex_2 else "別表")
    permitted: Raw[RawRow] = annex2_rows(text) if with_annex_2 else Raw((), ())
    phrases = Phrases.from_bytes(files["phrases.tsv"])
    reader = TableReader(phrases, official_kinds(files), _OF_THE_ACT, Column.ANNEX_2_INFORMATION)
    used = _read(reader.read_use, uses.found)
    rows = _read(reader.read, permitted.found)
    return Compiled(
        number=text.number,
        in_force_from=text.in_force_from,
        rows=rows,
        uses=used,
        details=CompiledDetails((), (), ()),
        unread=tuple(sorted([*uses.unread, *permitted.unread, *reader.unread])),
    )


def _read(read_one: Callable[[_Raw], _T | None], found: Iterable[_Raw]) -> tuple[_T, ...]:
    senses = [read_one(each) for each in found]
    return tuple(sense for sense in senses if sense is not None)


def _ended(senses: Iterable[_T], on: date) -> list[Dated[_T]]:
    return [Dated(sense, on, ORDINANCE_BEGAN) for sense in senses]


def _uses(files: Files, *, of_annex: bool) -> list[DatedUse]:
    return [each for each in uses_of(files[USES]) if (each.start >= ORDINANCE_BEGAN) is of_annex]
