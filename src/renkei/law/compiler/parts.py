"""The parts of a law's text, whatever it was read from, each with its line; and the order in which they must stand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.law.compiler.numbering import follows, label_span
from renkei.terms.affairs import ArticleNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

DELETED: Final = "削除"
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells of one row; an empty cell continues the one above it or is empty, which the source does not always say."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its heading row (if it has one) first; every row has the same number of cells."""

    line: int
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A 号 or a place below it.

    Attributes:
        line: line of the source, from 1.
        label: as it stands there: `一`, `三の二`, `イ`, `（１）`.
        columns: its text; e-Gov XML tells the columns of one 号 apart (affair, information), Markdown joins them.
        points: the places below it.
    """

    line: int
    label: str
    columns: tuple[str, ...]
    points: tuple["Point", ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A 項 of an article: its sentences as one text, its tables, its 号."""

    line: int
    number: int
    text: str
    tables: tuple[Table, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """An article, or several deleted ones under one heading (`第五条から第七条まで　削除`); else first equals last."""

    line: int
    first: ArticleNumber
    last: ArticleNumber
    paragraphs: tuple[Paragraph, ...]

    @property
    def deleted(self) -> bool:
        """Whether it says 削除 and nothing else."""
        return [paragraph.text for paragraph in self.paragraphs] == [DELETED] and not self.paragraphs[0].points


@dataclass(frozen=True, slots=True)
class Annex:
    """A 別表: its name without the articles that it belongs to (`別表第二`), its tables."""

    line: int
    name: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class LawText:
    """A law as it stood on one day. Supplementary provisions (附則) are not read, only known to follow.

    Attributes:
        number: law number as the law writes it, e.g. `令和六年デジタル庁・総務省令第九号`.
        title: 題名.
        in_force_from: first day of this text, where the source says so (Markdown `enforced_at`; XML does not).
        articles: main provision, in order, no number missing.
        annexes: 別表, in order.
    """

    number: str
    title: str
    in_force_from: date | None
    articles: tuple[Article, ...]
    annexes: tuple[Annex, ...]


def malformed(line: int, what: str) -> RenkeiError:
    """The error of every reader: which line, what is wrong with it."""
    return RenkeiError(Problem.MALFORMED, f"line {line}: {what}")


def refuse_control(text: str, first_line: int) -> None:
    """Raise MALFORMED for a control character, an invisible one or one that turns the writing direction.

    Args:
        text: some lines of the source.
        first_line: number of the first of them.
    """
    control = _CONTROL.search(text)
    if control:
        line = first_line + text.count("\n", 0, control.start())
        raise malformed(line, f"control character U+{ord(control[0]):04X}")


def in_order(text: LawText) -> LawText:
    """The same text, once its articles, 項, 号 and the places below stand in order with none missing or repeated.

    Raises:
        RenkeiError: MALFORMED with the line of the first part that does not follow the one before it.
    """
    before = "0"
    for article in text.articles:
        if not follows(before, article.first):
            raise malformed(article.line, f"article {article.first} after {before}: missing, repeated or out of order")
        before = article.last
        _paragraphs_in_order(article)
    if before == "0":
        raise malformed(1, "a law without articles")
    names: set[str] = set()
    for annex in text.annexes:
        if annex.name in names:
            raise malformed(annex.line, f"{annex.name} stands twice")
        names.add(annex.name)
    return text


def _paragraphs_in_order(article: Article) -> None:
    if article.first != article.last and not article.deleted:
        raise malformed(article.line, "only deleted articles stand under one heading")
    for number, paragraph in enumerate(article.paragraphs, start=1):
        if paragraph.number != number:
            raise malformed(paragraph.line, f"paragraph {paragraph.number} where {number} must stand")
        _points_in_order(paragraph.points, "号")


def _points_in_order(points: Iterable[Point], expected: str | None) -> None:
    before = "0"
    for point in points:
        system, first, last = _label(point)
        if system != (expected or system) or not follows(before, first):
            raise malformed(point.line, f"{point.label}: missing, repeated or out of order")
        if first != last and point.columns != (DELETED,):
            raise malformed(point.line, f"{point.label}: only deleted ones stand under one label")
        expected, before = system, last
        _points_in_order(point.points, None)


def _label(point: Point) -> tuple[str, str, str]:
    try:
        return label_span(point.label)
    except RenkeiError as error:
        raise malformed(point.line, f"unknown label {point.label[:20]!r}") from error
