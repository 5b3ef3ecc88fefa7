"""A law's text as e-Gov law XML (XMLSchemaForJapaneseLaw_v3): what a user downloads from the e-Gov law service.

An element without a meaning at its place is refused with its line, never passed over, unless the schema makes it an
ornament (headings of chapters, captions, reading aids). The file may not declare anything for itself: no DOCTYPE, no
entity, no other encoding than UTF-8.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

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
    refuse_control,
)
from renkei.terms.affairs import ArticleNumber
from renkei.terms.errors import RenkeiError

_DEEPEST: Final = 40
"""The schema's own deepest place, a sentence in Subitem10 in a table, is not so deep."""
_WIDEST: Final = 50
_DIVISIONS: Final = frozenset({"Part", "Chapter", "Section", "Subsection", "Division"})
_DIVISION_TITLES: Final = frozenset(f"{name}Title" for name in _DIVISIONS)
_UNREAD_IN_BODY: Final = frozenset(
    {"EnactStatement", "TOC", "Preamble", "AppdxNote", "AppdxStyle", "Appdx", "AppdxFig", "AppdxFormat"}
)
_WORDS: Final = frozenset({"Line", "Ruby", "Sub", "Sup", "QuoteStruct"})
_LEVELS: Final = ("Item", *(f"Subitem{level}" for level in range(1, 11)))


@dataclass(slots=True)
class _Element:
    """An element; `content` is text and elements in their order."""

    name: str
    attributes: dict[str, str]
    line: int
    content: list["str | _Element"] = field(default_factory=list["str | _Element"])

    def children(self) -> Iterator["_Element"]:
        """The elements in it; words between them are refused."""
        for each in self.content:
            if isinstance(each, _Element):
                yield each
            elif each.strip(" \t\n"):
                raise malformed(self.line, f"words between the parts of {self.name}")

    def parts(self, read: frozenset[str], ornaments: frozenset[str] = frozenset()) -> Iterator["_Element"]:
        """The elements with these names in their order; ornaments are left out, others refused."""
        for child in self.children():
            if child.name in read:
                yield child
            elif child.name not in ornaments:
                raise malformed(child.line, f"{child.name} in {self.name} cannot be read")


def read_egov(text: str) -> LawText:
    """Read the law; raises MALFORMED with the line.

    Args:
        text: the file, no control characters.
    """
    law = _parsed(text)
    if law.name != "Law":
        raise malformed(law.line, f"the root is {law.name[:40]}, not Law")
    number, body = "", None
    for child in law.parts(frozenset({"LawNum", "LawBody"})):
        if child.name == "LawBody" and body is None:
            body = child
        elif child.name == "LawNum" and not number:
            number = _text(child)
        else:
            raise malformed(child.line, f"{child.name} stands twice")
    if body is None or not number:
        raise malformed(law.line, "a law without LawNum or LawBody")
    return in_order(_law(number, body))


def _law(number: str, body: _Element) -> LawText:
    title, main, supplements, annexes = "", None, 0, list[Annex]()
    read = frozenset({"LawTitle", "MainProvision", "SupplProvision", "AppdxTable"})
    for child in body.parts(read, _UNREAD_IN_BODY):
        if child.name == "LawTitle":
            title = _text(child)
        elif child.name == "MainProvision" and main is None:
            main = child
        elif child.name == "SupplProvision":
            supplements += 1
        elif child.name == "AppdxTable":
            annexes.append(_annex(child))
        else:
            raise malformed(child.line, "MainProvision stands twice")
    if main is None or not supplements or not title:
        raise malformed(body.line, "a law without LawTitle, MainProvision or SupplProvision")
    return LawText(number, title, None, tuple(_articles(main)), tuple(annexes))


def _articles(division: _Element) -> Iterator[Article]:
    for child in division.parts(_DIVISIONS | {"Article"}, _DIVISION_TITLES):
        if child.name == "Article":
            yield _article(child)
        else:
            yield from _articles(child)


def _article(element: _Element) -> Article:
    title, paragraphs = "", list[Paragraph]()
    for child in element.parts(frozenset({"ArticleTitle", "Paragraph"}), frozenset({"ArticleCaption", "SupplNote"})):
        if child.name == "ArticleTitle":
            title = _text(child)
        else:
            paragraphs.append(_paragraph(child))
    try:
        first, last = map(ArticleNumber, article_span(title))
    except RenkeiError as error:
        raise malformed(element.line, f"unknown article number {title[:20]!r}") from error
    named = first.replace("-", "_") if first == last else f"{first}:{last}".replace("-", "_")
    if element.attributes.get("Num") != named or not paragraphs:
        raise malformed(element.line, f"{title}: Num disagrees or no paragraph follows")
    return Article(element.line, first, last, tuple(paragraphs))


def _paragraph(element: _Element) -> Paragraph:
    text, tables, points = "", list[Table](), list[Point]()
    read = frozenset({"ParagraphSentence", "TableStruct", "Item"})
    for child in element.parts(read, frozenset({"ParagraphCaption", "ParagraphNum"})):
        if child.name == "ParagraphSentence":
            text += "".join(_columns(child))
        elif child.name == "TableStruct":
            tables += _tables(child)
        else:
            points.append(_point(child, 0))
    number = element.attributes.get("Num", "")
    if not (number.isascii() and number.isdigit() and len(number) < 4 and text):
        raise malformed(element.line, "a paragraph without Num or sentence")
    return Paragraph(element.line, int(number), text, tuple(tables), tuple(points))


def _point(element: _Element, level: int) -> Point:
    name = _LEVELS[level]
    below = _LEVELS[level + 1 : level + 2]
    label, columns, points = "", tuple[str, ...](), list[Point]()
    for child in element.parts(frozenset({f"{name}Title", f"{name}Sentence", *below})):
        if child.name == f"{name}Title" and not label:
            label = _text(child)
        elif child.name == f"{name}Sentence" and not columns:
            columns = _columns(child)
        elif child.name in below:
            points.append(_point(child, level + 1))
        else:
            raise malformed(child.line, f"{child.name} stands twice")
    if not label or not "".join(columns):
        raise malformed(element.line, f"{name} without title or sentence")
    return Point(element.line, label, columns, tuple(points))


def _columns(element: _Element) -> tuple[str, ...]:
    """The columns of a sentence, or its sentences as one."""
    children = list(element.parts(frozenset({"Sentence", "Column"})))
    if all(child.name == "Column" for child in children):
        return tuple("".join(_text(each) for each in child.parts(frozenset({"Sentence"}))) for child in children)
    if any(child.name == "Column" for child in children):
        raise malformed(element.line, "columns and sentences side by side")
    return ("".join(_text(child) for child in children),)


def _text(element: _Element) -> str:
    """The words of a sentence or title, reading aids (Rt) left out, spaces of the file's own layout too."""
    return "".join(_words(element)).strip(" \t\n")


def _words(element: _Element) -> Iterator[str]:
    for each in element.content:
        if isinstance(each, str):
            yield each.replace("\n", "")
        elif each.name in _WORDS:
            yield from _words(each)
        elif each.name != "Rt":
            raise malformed(each.line, f"{each.name} in a sentence cannot be read")


def _annex(element: _Element) -> Annex:
    name, tables = "", list[Table]()
    read = frozenset({"AppdxTableTitle", "TableStruct"})
    for child in element.parts(read, frozenset({"RelatedArticleNum", "Remarks"})):
        if child.name == "AppdxTableTitle":
            name = _text(child).partition("（")[0].strip("　")
        else:
            tables += _tables(child)
    if not name:
        raise malformed(element.line, "an annex without a title")
    return Annex(element.line, name, tuple(tables))


def _tables(element: _Element) -> list[Table]:
    tables = element.parts(frozenset({"Table"}), frozenset({"TableStructTitle", "Remarks"}))
    return [_table(table) for table in tables]


def _table(element: _Element) -> Table:
    """The rows with every cell in its own column: a cell that goes on over rows (`rowspan`) is empty in the later ones.

    Files that draw instead of span leave an empty cell with `BorderTop="none"`; it comes out the same.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    open_spans: dict[int, int] = {}
    for row in element.parts(frozenset({"TableHeaderRow", "TableRow"})):
        cells: list[str] = []
        for cell in row.parts(frozenset({"TableHeaderColumn", "TableColumn"})):
            _skip_spans(cells, open_spans)
            open_spans[len(cells)] = _count(cell, "rowspan")
            cells += [_cell(cell), *[""] * (_count(cell, "colspan") - 1)]
        _skip_spans(cells, open_spans)
        if len(cells) > _WIDEST:
            raise malformed(row.line, f"more than {_WIDEST} columns")
        rows.append(cells)
        lines.append(row.line)
        open_spans = {column: left - 1 for column, left in open_spans.items() if left > 1}
    return _even(element, lines, rows)


def _skip_spans(cells: list[str], open_spans: dict[int, int]) -> None:
    while len(cells) in open_spans:
        cells.append("")


def _count(cell: _Element, name: str) -> int:
    text = cell.attributes.get(name, "1")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 4 and int(text)):
        raise malformed(cell.line, f"{name} is not a number")
    return int(text)


def _cell(element: _Element) -> str:
    if not any(isinstance(each, _Element) for each in element.content):
        return _text(element)
    return "".join(_columns(element))


def _even(element: _Element, lines: list[int], rows: list[list[str]]) -> Table:
    """Rows of one width, that of the first; a row that has fewer cells ends empty, one that has more is refused."""
    if not rows:
        raise malformed(element.line, "a table without rows")
    width = len(rows[0])
    found: list[TableRow] = []
    for line, cells in zip(lines, rows, strict=True):
        if len(cells) > width:
            raise malformed(line, f"{len(cells)} cells in a table of {width} columns")
        found.append(TableRow(line, (*cells, *[""] * (width - len(cells)))))
    return Table(element.line, tuple(found))


def _parsed(text: str) -> _Element:
    """The root element; raises MALFORMED with the line for what is not well-formed, too deep or declares anything."""
    tree = _Tree()
    try:
        tree.parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise malformed(error.lineno, expat.errors.messages.get(error.code, "not XML")) from error
    return next(tree.outside.children())


class _Tree:
    """Builds the elements while expat reads; `outside` holds the root."""

    def __init__(self) -> None:
        self.outside = _Element("", {}, 0)
        self._open = [self.outside]
        self.parser = expat.ParserCreate(encoding="utf-8")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._version
        self.parser.StartDoctypeDeclHandler = self._declares
        self.parser.EntityDeclHandler = self._declares
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise malformed(self.parser.CurrentLineNumber, f"deeper than {_DEEPEST} elements")
        element = _Element(name, attributes, self.parser.CurrentLineNumber)
        self._open[-1].content.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _words(self, words: str) -> None:
        refuse_control(words, self.parser.CurrentLineNumber)  # a character reference (&#x200B;) may bring one in
        self._open[-1].content.append(words)

    def _declares(self, *_: object) -> None:
        raise malformed(self.parser.CurrentLineNumber, "a DOCTYPE or entity, which the text of a law has no need of")

    def _version(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise malformed(self.parser.CurrentLineNumber, f"declared as {encoding[:20]}, not UTF-8")
