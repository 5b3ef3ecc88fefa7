"""A law's text as Markdown, as github `yno9/legalize-jp` derives it from e-Gov: front matter, articles, 附則, 別表.

The source has one shape, and whatever else stands in a line is refused with its number: a blank line parts articles,
paragraphs, 号 and tables, places below a 号 follow it without one. It repeats the cells of a table in the paragraph
before it; that is how a lost, added or moved row is found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from renkei.law.compiler.numbering import article_span
from renkei.law.compiler.parts import (
    Annex,
    Article,
    LawText,
    Paragraph,
    Point,
    Table,
    TableRow,
    in_order,
    malformed,
)
from renkei.terms.affairs import ArticleNumber
from renkei.terms.errors import RenkeiError

_SUPPLEMENT: Final = "## 附則"
_FIELD: Final = re.compile(r' *([a-z_]+): ?(?:"([^"\\]*)")?')
_HEADING: Final = re.compile(r"#{3,6} 第[^第]{1,40}")
_ARTICLE: Final = re.compile(r"\*\*(第[^*（　]+)(?:（[^*　]*）)?\*\*　(.+)")
_PARAGRAPH: Final = re.compile(r"\*\*([０-９]{1,3})\*\*　(.+)")
_ANNEX: Final = re.compile(r"\*\*(別表[^*（　]*)(?:（[^*　]*）)?\*\*")
_POINT: Final = re.compile(r"( {0,20})- ([^ 　]{1,40})　(.+)")
_RULE: Final = re.compile(r"\|(?: --- \|)+")
_Line = tuple[int, str]


def read_markdown(text: str) -> LawText:
    """Read the law; raises MALFORMED with the line.

    Args:
        text: the file, lines parted by LF alone, no control characters.
    """
    lines = list(enumerate(text.split("\n"), start=1))
    if lines.pop()[1]:
        raise malformed(len(lines) + 1, "the last line is cut off")
    start, fields = _front_matter(lines)
    blocks = list(_blocks(lines[start:]))
    end = next((index for index, block in enumerate(blocks) if block[0][1] == _SUPPLEMENT), None)
    if end is None:
        raise malformed(len(lines), "no 附則 follows: the text is cut off")
    return in_order(
        LawText(
            number=fields["law_num"],
            title=fields["title"],
            in_force_from=_day(lines, fields["enforced_at"]),
            articles=_articles(blocks[:end]),
            annexes=_annexes(blocks[end:]),
        )
    )


def _front_matter(lines: list[_Line]) -> tuple[int, dict[str, str]]:
    fields: dict[str, str] = {}
    for number, line in lines[1:]:
        if line == "---":
            missing = {"law_num", "title", "enforced_at"} - fields.keys()
            if missing:
                raise malformed(number, f"the front matter does not say {', '.join(sorted(missing))}")
            return number, fields
        match = _FIELD.fullmatch(line)
        if match is None or match[1] in fields:
            raise malformed(number, "front matter that cannot be read")
        fields[match[1]] = match[2] or ""
    raise malformed(len(lines), "the front matter is cut off")


def _day(lines: list[_Line], text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        number = next(number for number, line in lines if "enforced_at" in line)
        raise malformed(number, "enforced_at is not a date") from error


def _blocks(lines: list[_Line]) -> Iterator[list[_Line]]:
    """What stands between blank lines; two of them one after the other are a place where something was lost."""
    block: list[_Line] = []
    for number, line in lines:
        if line:
            block.append((number, line))
        elif block:
            yield block
            block = []
        elif number != lines[0][0]:
            raise malformed(number, "two blank lines: something is missing here")
    if block:
        yield block


@dataclass(slots=True)
class _OpenParagraph:
    line: int
    number: int
    text: str
    tables: list[Table] = field(default_factory=list[Table])
    points: list[Point] = field(default_factory=list[Point])

    def closed(self) -> Paragraph:
        return Paragraph(self.line, self.number, _without_tables(self), tuple(self.tables), tuple(self.points))


@dataclass(slots=True)
class _OpenArticle:
    line: int
    span: tuple[str, str]
    paragraphs: list[_OpenParagraph]

    def closed(self) -> Article:
        first, last = map(ArticleNumber, self.span)
        return Article(self.line, first, last, tuple(each.closed() for each in self.paragraphs))


def _articles(blocks: list[list[_Line]]) -> tuple[Article, ...]:
    found: list[_OpenArticle] = []
    for block in blocks:
        number, line = block[0]
        article, paragraph = _ARTICLE.fullmatch(line), _PARAGRAPH.fullmatch(line)
        if article:
            found.append(
                _OpenArticle(number, _article_span(number, article[1]), [_OpenParagraph(number, 1, article[2])])
            )
        elif paragraph and found:
            found[-1].paragraphs.append(_OpenParagraph(number, int(paragraph[1]), paragraph[2]))
        elif line.startswith(("|", "- ")) and found:
            _add(found[-1].paragraphs[-1], block)
            continue
        elif not _HEADING.fullmatch(line):
            raise malformed(number, "neither heading nor article, paragraph, 号 or table")
        if len(block) > 1:
            raise malformed(block[1][0], "no blank line before it")
    return tuple(each.closed() for each in found)


def _article_span(number: int, text: str) -> tuple[str, str]:
    try:
        return article_span(text)
    except RenkeiError as error:
        raise malformed(number, f"unknown article number {text[:20]!r}") from error


def _add(paragraph: _OpenParagraph, block: list[_Line]) -> None:
    if block[0][1].startswith("|"):
        if paragraph.points:
            raise malformed(block[0][0], "a table below a 号")
        paragraph.tables.append(_table(block))
    else:
        paragraph.points.append(_point(block))


def _table(block: list[_Line]) -> Table:
    rows = [TableRow(number, _cells(number, line)) for number, line in block]
    if len(rows) < 2 or not _RULE.fullmatch(block[1][1]):
        raise malformed(block[0][0], "a table without the line below its first row")
    for row in rows:
        if len(row.cells) != len(rows[0].cells):
            raise malformed(row.line, f"{len(row.cells)} cells in a table of {len(rows[0].cells)} columns")
    return Table(block[0][0], (rows[0], *rows[2:]))


def _cells(number: int, line: str) -> tuple[str, ...]:
    if not (line.startswith("|") and line.endswith("|") and len(line) > 1):
        raise malformed(number, "a table row that does not begin and end with |")
    return tuple(cell.strip(" ") for cell in line[1:-1].split("|"))


def _point(block: list[_Line]) -> Point:
    """A 号 with the places below it: deeper by two spaces each."""
    open_points: list[tuple[int, str, str, list[Point]]] = []
    for number, line in block:
        match = _POINT.fullmatch(line)
        if match is None:
            raise malformed(number, "not a 号 or a place below it")
        depth, odd = divmod(len(match[1]), 2)
        if odd or depth > len(open_points) or (depth == 0) != (number == block[0][0]):
            raise malformed(number, "a place that belongs to nothing above it")
        _close(open_points, depth)
        open_points.append((number, match[2], match[3], []))
    _close(open_points, 1)
    line_number, label, text, below = open_points[0]
    return Point(line_number, label, (text,), tuple(below))


def _close(open_points: list[tuple[int, str, str, list[Point]]], depth: int) -> None:
    while len(open_points) > depth:
        number, label, text, below = open_points.pop()
        open_points[-1][3].append(Point(number, label, (text,), tuple(below)))


def _without_tables(paragraph: _OpenParagraph) -> str:
    """The paragraph's own words: what stands before the cells that the source repeats there."""
    repeated = "".join(cell for table in paragraph.tables for row in table.rows for cell in row.cells)
    if not paragraph.text.endswith(repeated):
        raise malformed(_lost(paragraph), "not the cells that the paragraph before the table repeats")
    return paragraph.text.removesuffix(repeated)


def _lost(paragraph: _OpenParagraph) -> int:
    """Line of the first row whose cells do not follow those of the row before it in the paragraph."""
    rows = [row for table in paragraph.tables for row in table.rows]
    at = paragraph.text.find("".join(rows[0].cells))
    for row in rows:
        cells = "".join(row.cells)
        if at < 0 or not paragraph.text.startswith(cells, at):
            return row.line
        at += len(cells)
    return rows[-1].line


def _annexes(blocks: list[list[_Line]]) -> tuple[Annex, ...]:
    """The annexes behind the last 附則; lines of 附則 are left unread, tables there belong to no annex."""
    found: list[tuple[int, str, list[Table]]] = []
    inside = False
    for block in blocks:
        number, line = block[0]
        annex = _ANNEX.fullmatch(line)
        if annex:
            found.append((number, annex[1], []))
            inside = True
        elif line.startswith("#"):
            inside = False
        elif inside and line.startswith("|"):
            found[-1][2].append(_table(block))
        elif inside:
            raise malformed(number, "not a table of the annex")
    return tuple(Annex(number, name, tuple(tables)) for number, name, tables in found)
