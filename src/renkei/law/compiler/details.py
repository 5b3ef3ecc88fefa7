"""The detail articles of 提供命令 (3条 on): which affair, which information, as text.

An article is about one 項 of the table of art. 2 and says it in one of two ways. Its 号 are affairs, each with its
information in the same sentence or in イロハ below; or its own sentence has one affair, and its 号 are information.
A reference such as 第一号イに掲げる情報 stays text here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from renkei.law.compiler.numbering import article_name, branched, in_kanji, label_span
from renkei.law.compiler.parts import DELETED, Article, LawText, Paragraph, Point
from renkei.law.compiler.raw import Raw, RawDetail, RawRow, Unread
from renkei.law.compiler.table import ORDINANCE, PERMISSION_TABLE, foreign, permission_rows
from renkei.law.phrases import without_brackets, without_tail
from renkei.terms.affairs import ArticleNumber, ItemNumber
from renkei.terms.errors import RenkeiError

_NUMBER: Final = "[一二三四五六七八九十百]+(?:の[一二三四五六七八九十百]+)*"
_SENTENCE: Final = re.compile(
    rf"(?P<table>前条|第二条)の表の?(?P<item>{_NUMBER})の項(?:で定める|に規定する)事務(?P<scope>のうち、[^、]+に係るもの)?は、"
    rf"(?P<affair>.+?)とし、(?:同項|同表(?P<again>{_NUMBER})の項)(?:で定める|に規定する)情報(?P<scope2>のうち、[^、]+に係るもの)?は、"
    r"(?P<information>.+)とする。"
)
_EACH_AFFAIR: Final = re.compile(r"次(?:の各号)?に掲げる事務")
_EACH_INFORMATION: Final = re.compile(r"当該各号に掲げる事務の区分に応じ当該各号に定める(?:情報)?")
_AFFAIR_END: Final = re.compile(r"(?:に関する|に係る|に掲げる)事務＊*(?:であって[^、]+が定めるもの)?\Z")
_AFFAIR: Final = re.compile(r"(?:に関する|に係る)事務＊*(?!及び|又は|若しくは|並びに|、|で|の|に|を|と|＊)(?=.)")
_INFORMATION: Final = re.compile(r".*情報＊*")
_LONGEST: Final = 5_000
"""Characters of a sentence: six times what the ordinance has; keeps hostile text from being worked through."""
_BRACKETS: Final = re.compile("([（）])")
_FOLLOWING: Final = "次に掲げる情報"
_AND_FOLLOWING: Final = re.compile(r"(?P<own>.*情報＊*)(?:及び|並びに|又は|若しくは|、)次に掲げる情報")
_FOLLOWING_OF: Final = re.compile(r"次に掲げる情報のうち、.+情報であって[^、]+が定めるもの")
_CLOSING: Final = "この命令に定めるもののほか、"
"""The last article leaves the rest to the ministers and names no information."""


def details(text: LawText) -> Raw[RawDetail]:
    """What the detail articles name, in order.

    Unread is also an article that is about another item than the row of the table that points to it, an item without
    its article, and a list with one place only: no law makes one, so it has lost a line. That a longer list has lost
    its last place cannot be seen from the text.
    """
    if text.number != ORDINANCE:
        return Raw((), (foreign(text, ORDINANCE),))
    reader = _Reader()
    last = text.articles[-1]
    for article in text.articles:
        if article.first in {"1", "2"} or article.deleted:
            continue
        if article is last and article.paragraphs[0].text.startswith(_CLOSING) and not _has_points(article):
            continue
        for paragraph in article.paragraphs:
            reader.read(article, paragraph)
    unread = [*reader.unread, *_against_table(permission_rows(text), reader.items)]
    return Raw(tuple(reader.found), tuple(sorted(unread)))


def _has_points(article: Article) -> bool:
    return any(paragraph.points for paragraph in article.paragraphs)


class _Unreadable(Exception):  # noqa: N818 - not an error but how a reader leaves a line; never leaves this module
    def __init__(self, line: int, ja: str, en: str) -> None:
        super().__init__(en)
        self.line, self.ja, self.en = line, ja, en


class _Reader:
    """Collects details, unread lines, and which item each article is about."""

    def __init__(self) -> None:
        self.found: list[RawDetail] = []
        self.unread: list[Unread] = []
        self.items: dict[ArticleNumber, tuple[int, ItemNumber]] = {}

    def read(self, article: Article, paragraph: Paragraph) -> None:
        """Read one paragraph; what cannot be read is kept as unread, the rest goes on."""
        try:
            head = _head(article, paragraph)
        except _Unreadable as unreadable:
            self._keep(article_name(article.first), unreadable)
            return
        if self.items.setdefault(article.first, (article.line, head.item))[1] != head.item:
            wrong = _Unreadable(
                paragraph.line, "項ごとに別の項について定めています。", "paragraphs about different items"
            )
            self._keep(article_name(article.first), wrong)
        if head.affair is None:
            self._affairs(head, paragraph)
        else:
            self._one_affair(head, head.affair, paragraph)

    def _affairs(self, head: "_Head", paragraph: Paragraph) -> None:
        if len(paragraph.points) < 2:
            self._keep(head.place, _Unreadable(paragraph.line, "号が足りません。", "no list of 号 follows"))
        for point in paragraph.points:
            if point.columns == (DELETED,):
                continue
            try:
                affair, information = _split(point)
                number = label_span(point.label)[1]
                self.found += head.details(point.line, number, affair, _informations(point, information))
            except _Unreadable as unreadable:
                self._keep(f"{head.place}第{point.label}号", unreadable)

    def _one_affair(self, head: "_Head", affair: str, paragraph: Paragraph) -> None:
        whole = Point(paragraph.line, "", (head.information,), paragraph.points)
        try:
            self.found += head.details(paragraph.line, "", affair, _informations(whole, head.information))
        except _Unreadable as unreadable:
            self._keep(head.place, unreadable)

    def _keep(self, place: str, why: _Unreadable) -> None:
        self.unread.append(Unread(why.line, place, f"{why.ja}本文を確かめてください。", f"{why.en}; check the text"))


@dataclass(frozen=True, slots=True)
class _Information:
    line: int
    sub: str
    text: str
    leads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Head:
    """What the article's own sentence says; affair is None where its 号 are the affairs."""

    article: Article
    paragraph: int
    item: ItemNumber
    scope: str
    affair: str | None
    information: str

    @property
    def place(self) -> str:
        """`第五十条`, and `第六十条第二項` where the article has several."""
        several = f"第{in_kanji(str(self.paragraph))}項" if len(self.article.paragraphs) > 1 else ""
        return article_name(self.article.first) + several

    def details(self, line: int, number: str, affair: str, named: Iterable[_Information]) -> list[RawDetail]:
        made = RawDetail(
            line, self.article.first, self.item, number, "", affair, "", paragraph=self.paragraph, scope=self.scope
        )
        return [replace(made, line=each.line, sub=each.sub, information=each.text, leads=each.leads) for each in named]


def _head(article: Article, paragraph: Paragraph) -> _Head:
    if paragraph.tables:
        raise _Unreadable(paragraph.line, "表のある条は読めません。", "a table in a detail article")
    match = _SENTENCE.fullmatch(_outer(paragraph.line, paragraph.text))
    if match is None or (match["table"] == "前条") != (article.first == "3") or match["scope"] != match["scope2"]:
        raise _Unreadable(
            paragraph.line, "表の項を指す文として読めません。", "not a sentence about an item of the table"
        )
    if match["again"] not in {None, match["item"]}:
        raise _Unreadable(
            paragraph.line, "事務と情報が別の項を指しています。", "affair and information of different items"
        )
    affair, information = (paragraph.text[slice(*match.span(part))] for part in ("affair", "information"))
    each = _EACH_AFFAIR.fullmatch(match["affair"])
    if bool(each) != bool(_EACH_INFORMATION.fullmatch(match["information"])):
        raise _Unreadable(
            paragraph.line, "事務と情報の定め方が合いません。", "affairs and information are not told alike"
        )
    if not each and not _AFFAIR_END.search(match["affair"]):
        raise _Unreadable(paragraph.line, "事務が「事務」で終わっていません。", "the affair does not end with 事務")
    scope = (match["scope"] or "").removeprefix("のうち、").removesuffix("に係るもの")
    item = _item(paragraph.line, match["item"])
    return _Head(article, paragraph.number, item, scope, None if each else affair, information)


def _item(line: int, text: str) -> ItemNumber:
    try:
        return ItemNumber(branched(text))
    except RenkeiError as error:
        raise _Unreadable(line, "項の番号が読めません。", "unknown item number") from error


def _split(point: Point) -> tuple[str, str]:
    """Affair and information of a 号: its two columns, or its one text parted after the only end of an affair."""
    text = "".join(point.columns)
    outer = _outer(point.line, text)
    first = len(point.columns[0])
    if len(point.columns) == 2 and _AFFAIR_END.search(outer, 0, first):
        return point.columns[0], point.columns[1]
    ends = [match.end() for match in _AFFAIR.finditer(outer)]
    if len(point.columns) != 1 or len(ends) != 1:
        raise _Unreadable(point.line, "事務と情報の境が決められません。", "where the affair ends cannot be told")
    return text[: ends[0]], text[ends[0] :]


def _informations(point: Point, text: str) -> list[_Information]:
    """The information that a 号 or the places below it name, each with what those above it say of it."""
    outer = _outer(point.line, text)
    if not point.points:
        if _FOLLOWING in outer or not _INFORMATION.fullmatch(outer):
            raise _Unreadable(point.line, "情報が定められていません。", "no information is named")
        return [_Information(point.line, "", text, ())]
    if not (outer.endswith(_FOLLOWING) or _FOLLOWING_OF.fullmatch(outer)) or len(point.points) == 1:
        raise _Unreadable(point.line, "下の列記と合いません。", "does not fit the list below it")
    lead = () if text == _FOLLOWING else (text,)
    besides = _AND_FOLLOWING.fullmatch(outer)
    own = [_Information(point.line, "", text[: besides.end("own")], ())] if besides else []
    return own + [
        replace(each, sub=child.label + each.sub, leads=lead + each.leads)
        for child in point.points
        if child.columns != (DELETED,)
        for each in _informations(child, "".join(child.columns))
    ]


def _outer(line: int, text: str) -> str:
    """The text with ＊ for every character of its （…）, so that places in it stay the same."""
    if len(text) > _LONGEST:
        raise _Unreadable(line, "文が長すぎます。", f"a sentence of more than {_LONGEST} characters")
    kept: list[str] = []
    depth = 0
    for part in _BRACKETS.split(text):
        depth += part == "（"
        kept.append("＊" * len(part) if depth else part)
        depth -= part == "）"
        if depth < 0:
            break
    if depth:
        raise _Unreadable(line, "括弧が閉じていません。", "brackets do not match")
    return "".join(kept)


def _against_table(rows: Raw[RawRow], items: dict[ArticleNumber, tuple[int, ItemNumber]]) -> list[Unread]:
    """Every item of the table has the article that it names, and every article its item."""
    if rows.unread:
        ja, en = (
            "表が読めないので条と照合できません。",
            "the table cannot be read, so articles cannot be held against it",
        )
        return [Unread(rows.unread[0].line, PERMISSION_TABLE, ja, en)]
    pointed = {article_of(row): row for row in rows.found}
    found = [
        _disagreement(
            row.line, f"{PERMISSION_TABLE}{in_kanji(row.item)}の項", f"article {article} is not about this item"
        )
        for article, row in pointed.items()
        if items.get(article, (0, None))[1] != row.item
    ]
    return found + [
        _disagreement(line, article_name(article), f"no row of the table points from item {item} to this article")
        for article, (line, item) in items.items()
        if article not in pointed
    ]


def article_of(row: RawRow) -> ArticleNumber:
    """The detail article that a row of the table points to."""
    _, article = without_tail(without_brackets(row.information))
    assert article is not None  # a row without it is unread
    return article


def _disagreement(line: int, place: str, en: str) -> Unread:
    return Unread(line, place, "表の項と条が対応していません。本文を確かめてください。", f"{en}; check the text")
