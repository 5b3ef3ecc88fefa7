"""e-Gov law XML made from a text that was read from Markdown: no XML of the ordinance could be had.

It follows XMLSchemaForJapaneseLaw_v3 as far as the reader knows it, so it shows that both sources are read alike, not
how the service writes these laws. Tables are written in the two ways that the schema has for a cell that goes on below:
`rowspan`, or an empty cell with `BorderTop="none"`.
"""

from collections.abc import Collection, Iterator
from enum import Enum
from xml.sax.saxutils import escape

from renkei.law.compiler.numbering import article_name
from renkei.law.compiler.parts import Annex, Article, LawText, Paragraph, Point, Table, TableRow


class Continued(Enum):
    """How a cell that goes on over rows is written."""

    ROWSPAN = "rowspan"
    BORDER = "border"


def egov_xml(text: LawText, continued: Continued, affairs: Collection[str] = ()) -> bytes:
    """The law as XML.

    Args:
        text: the law.
        continued: how tables are written.
        affairs: where a 号 begins with one of these, its affair and its information get a column each.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Law Era="Reiwa" Year="06" Num="009" LawType="MinisterialOrdinance" Lang="ja">',
        f"<LawNum>{escape(text.number)}</LawNum>",
        f"<LawBody><LawTitle Kana='かな'>{escape(text.title)}</LawTitle>",
        "<MainProvision><Chapter Num='1'><ChapterTitle>第一章　総則</ChapterTitle>",
        *(line for article in text.articles for line in _article(article, continued, affairs)),
        "</Chapter></MainProvision>",
        "<SupplProvision><SupplProvisionLabel>附則</SupplProvisionLabel></SupplProvision>",
        *(line for annex in text.annexes for line in _annex(annex, continued)),
        "</LawBody></Law>",
    ]
    return "\n".join(lines).encode()


def _article(article: Article, continued: Continued, affairs: Collection[str]) -> Iterator[str]:
    span = article.first if article.first == article.last else f"{article.first}:{article.last}"
    yield f'<Article Num="{span.replace("-", "_")}">'
    yield f"<ArticleTitle>{_title(article)}</ArticleTitle>"
    for paragraph in article.paragraphs:
        yield from _paragraph(paragraph, continued, affairs)
    yield "</Article>"


def _title(article: Article) -> str:
    names = [article_name(article.first), article_name(article.last)]
    return names[0] if names[0] == names[1] else f"{names[0]}から{names[1]}まで"


def _paragraph(paragraph: Paragraph, continued: Continued, affairs: Collection[str]) -> Iterator[str]:
    yield f'<Paragraph Num="{paragraph.number}"><ParagraphNum/>'
    yield f"<ParagraphSentence>{_sentence(paragraph.text)}</ParagraphSentence>"
    for table in paragraph.tables:
        yield from _table(table, continued)
    for point in paragraph.points:
        yield from _point(point, 0, affairs)
    yield "</Paragraph>"


def _sentence(text: str) -> str:
    return f'<Sentence Num="1" WritingMode="vertical">{escape(text)}</Sentence>'


def _point(point: Point, level: int, affairs: Collection[str]) -> Iterator[str]:
    name = f"Subitem{level}" if level else "Item"
    yield f'<{name} Num="1"><{name}Title>{point.label}</{name}Title>'
    yield f"<{name}Sentence>{_columns(''.join(point.columns), affairs)}</{name}Sentence>"
    for below in point.points:
        yield from _point(below, level + 1, affairs)
    yield f"</{name}>"


def _columns(text: str, affairs: Collection[str]) -> str:
    ends = range(len(text), 0, -1) if affairs else ()
    affair = next((text[:end] for end in ends if text[:end] in affairs), "")
    if not affair:
        return _sentence(text)
    parts = (affair, text.removeprefix(affair))
    return "".join(f'<Column Num="{number}">{_sentence(part)}</Column>' for number, part in enumerate(parts, 1))


def _annex(annex: Annex, continued: Continued) -> Iterator[str]:
    yield f"<AppdxTable><AppdxTableTitle>{annex.name}（第九条関係）</AppdxTableTitle>"
    for table in annex.tables:
        yield from _table(table, continued)
    yield "</AppdxTable>"


def _table(table: Table, continued: Continued) -> Iterator[str]:
    yield "<TableStruct><Table>"
    for index, row in enumerate(table.rows):
        below = 0
        while index + below + 1 < len(table.rows) and _continues(table.rows[index + below + 1]):
            below += 1
        yield f"<TableRow>{''.join(_cells(row, below, continued))}</TableRow>"
    yield "</Table></TableStruct>"


def _continues(row: TableRow) -> bool:
    """Whether the first two columns go on from above: in a table of four, a row with two cells or none."""
    return len(row.cells) == 4 and sum(map(bool, row.cells)) in {0, 2}


def _cells(row: TableRow, below: int, continued: Continued) -> Iterator[str]:
    if _continues(row):
        if continued is Continued.BORDER:
            yield '<TableColumn BorderTop="none"/>' * 2
        yield from (_cell(cell) for cell in [cell for cell in row.cells if cell] or ("", ""))
    else:
        spans = continued is Continued.ROWSPAN and below > 0
        for column, cell in enumerate(row.cells):
            yield _cell(cell, f' rowspan="{below + 1}"' if spans and column < 2 else "")


def _cell(text: str, attributes: str = "") -> str:
    return f"<TableColumn{attributes}>{_sentence(text) if text else ''}</TableColumn>"
