"""Tables of the law as rows: 提供命令2条, until 2024-05-26 別表第二 of the Act; who uses the number: 別表, 別表第一.

A source may have lost which cells continue those above and where a row's own cells stood. So a row is read only in the
shapes that leave no choice: a full row opens an item, two neighbouring cells are provider and information under the
inquirer and affair above, 削除 deletes, an empty row says nothing. Everything else is an `Unread`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from renkei.law.compiler.numbering import article_name, follows, in_kanji, item_span
from renkei.law.compiler.parts import DELETED, LawText, Table, TableRow
from renkei.law.compiler.raw import Raw, RawRow, RawUse, Unread
from renkei.law.phrases import without_brackets, without_tail
from renkei.terms.affairs import ItemNumber
from renkei.terms.errors import RenkeiError

ORDINANCE: Final = "令和六年デジタル庁・総務省令第九号"
"""提供命令, e-Gov 506M60004008009."""
ACT: Final = "平成二十五年法律第二十七号"
"""番号法, e-Gov 425AC0000000027."""
PERMISSION_TABLE: Final = "第二条の表"
_PERMISSION_HEAD: Final = ("情報照会者", "特定個人番号利用事務", "情報提供者", "利用特定個人情報")
_ANNEX2_HEAD: Final = ("情報照会者", "事務", "情報提供者", "特定個人情報")
_BY_MINISTRY: Final = "であって主務省令で定めるもの"
_SAME_ARTICLE: Final = "であって同条で定めるもの"
_COLUMNS: Final = 4
_Said = tuple[str, str]


def permission_rows(text: LawText) -> Raw[RawRow]:
    """The rows of the table of 提供命令2条, in order, what continues from above filled in.

    A row is also unread when its information and its affair do not name one and the same detail article.
    """
    if text.number != ORDINANCE:
        return Raw((), (foreign(text, ORDINANCE),))
    second = [article for article in text.articles if article.first == "2"]
    tables = [table for article in second for paragraph in article.paragraphs for table in paragraph.tables]
    if len(tables) != 1 or tables[0].rows[0].cells != _PERMISSION_HEAD:
        return Raw((), (_no_table(second[0].line if second else 0, PERMISSION_TABLE),))
    return _Rows(PERMISSION_TABLE, _detail_article).read(tables[0], heading=True)


def annex2_rows(text: LawText) -> Raw[RawRow]:
    """The rows of 別表第二 of the Act as it stood until 2024-05-26, likewise."""
    table = _annex(text, "別表第二", _COLUMNS)
    if isinstance(table, Unread):
        return Raw((), (table,))
    if table.rows[0].cells != _ANNEX2_HEAD:
        return Raw((), (_no_table(table.line, "別表第二"),))
    return _Rows("別表第二の", _ministry_tail).read(table, heading=True)


def annex_uses(text: LawText, name: str) -> Raw[RawUse]:
    """Who may use the Individual Number for what.

    Args:
        text: the Act.
        name: `別表`, or for a text until 2024-05-26 `別表第一`.
    """
    table = _annex(text, name, 2)
    if isinstance(table, Unread):
        return Raw((), (table,))
    return _Uses(f"{name}の").read(table, heading=False)


def foreign(text: LawText, expected: str) -> Unread:
    """The text is another law's."""
    return Unread(
        0,
        text.number,
        f"{expected}の本文ではありません。正しい法令の本文を渡してください。",
        f"not the text of {expected}; pass the text of that law",
    )


@dataclass(slots=True)
class _Items:
    """Opens the items of a table one after the other and keeps what could not be read."""

    place: str
    unread: list[Unread] = field(default_factory=list[Unread])
    last: str = "0"

    def open(self, row: TableRow) -> tuple[ItemNumber, str] | None:
        """Number and rest of a first cell such as `四十八　市町村長`; None when it is unread."""
        number, _, rest = row.cells[0].partition("　")
        try:
            first, last = item_span(number)
        except RenkeiError:
            rest = first = last = ""
        if not rest or "　" in rest:
            self.refuse(row.line, "項の番号で始まっていません。", "does not begin with the number of an item")
            return None
        if not follows(self.last, first) or (first != last and not self._deletes(row, rest)):
            before = in_kanji(self.last) if self.last != "0" else "表の初め"
            self.refuse(
                row.line,
                f"項{number}は{before}の次に来ません（欠落、重複又は順序の誤り）。",
                f"item {first} cannot follow {self.last}: missing, repeated or out of order",
            )
        self.last = last
        return ItemNumber(first), rest

    def deletion(self, row: TableRow) -> bool:
        """Whether the row only says 削除; its numbers are then taken."""
        if not self._deletes(row, row.cells[0].partition("　")[2]):
            return False
        self.open(row)
        return True

    def refuse(self, line: int, ja: str, en: str) -> None:
        """Keep the line as unread, under the item that is open."""
        at = self.place if self.last == "0" else f"{self.place}{in_kanji(self.last)}の項"
        self.unread.append(Unread(line, at, f"{ja}本文を確かめてください。", f"{en}; check the text"))

    def balanced(self, row: TableRow) -> bool:
        """Whether the brackets of every cell close."""
        try:
            for cell in row.cells:
                without_brackets(cell)
        except RenkeiError:
            self.refuse(row.line, "括弧が閉じていません。", "brackets do not match")
            return False
        return True

    @staticmethod
    def _deletes(row: TableRow, rest: str) -> bool:
        return rest == DELETED and not any(row.cells[1:])


class _Uses:
    def __init__(self, place: str) -> None:
        self._items = _Items(place)
        self._found: list[RawUse] = []

    def read(self, table: Table, *, heading: bool) -> Raw[RawUse]:
        for row in table.rows[heading:]:
            if self._items.balanced(row) and not self._items.deletion(row):
                self._use(row)
        return Raw(tuple(self._found), tuple(self._items.unread))

    def _use(self, row: TableRow) -> None:
        if not all(row.cells) or "　" in row.cells[1]:
            self._items.refuse(row.line, "上欄と下欄の両方がありません。", "not both columns are filled")
            return
        opened = self._items.open(row)
        if opened is not None:
            self._found.append(RawUse(row.line, *opened, row.cells[1]))


class _Rows:
    """Reads a table of four columns; `tail` says what is wrong with an affair and an information together."""

    def __init__(self, place: str, tail: Callable[[str, str], _Said | None]) -> None:
        self._items = _Items(place)
        self._tail = tail
        self._found: list[RawRow] = []
        self._open: tuple[ItemNumber, str, str] | None = None

    def read(self, table: Table, *, heading: bool) -> Raw[RawRow]:
        for row in table.rows[heading:]:
            if self._items.balanced(row):
                self._row(row)
        return Raw(tuple(self._found), tuple(self._items.unread))

    def _row(self, row: TableRow) -> None:
        filled = [column for column, cell in enumerate(row.cells) if cell]
        if not filled:
            return
        if self._items.deletion(row):
            self._open = None
        elif len(filled) == _COLUMNS:
            opened = self._items.open(row)
            self._open = (*opened, row.cells[1]) if opened else None
            self._add(row, row.cells[2], row.cells[3])
        elif len(filled) == 2 and filled[1] - filled[0] == 1:
            self._add(row, row.cells[filled[0]], row.cells[filled[1]])
        else:
            self._items.refuse(row.line, "どの欄か決められません。", "the columns of these cells cannot be told")

    def _add(self, row: TableRow, provider: str, information: str) -> None:
        if self._open is None:
            self._items.refuse(row.line, "属する項がありません。", "belongs to no item")
            return
        item, inquirer, affair = self._open
        if "　" in provider + information + affair:
            self._items.refuse(row.line, "項の欄が足りません。", "an item that does not have all its columns")
            return
        wrong = self._tail(affair, information)
        if wrong:
            self._items.refuse(row.line, *wrong)
            return
        self._found.append(RawRow(row.line, item, inquirer, affair, provider, information))


def _detail_article(affair: str, information: str) -> _Said | None:
    _, named = without_tail(without_brackets(affair))
    _, also = without_tail(without_brackets(information))
    if also is not None and named is None and affair.endswith(_SAME_ARTICLE):
        # 同条 is the article that a definition in the affair has just named: 「第五十五条において同じ」.
        named = also if f"{article_name(also)}において同じ" in affair else None
    if also is None or named is None:
        return "「第…条で定めるもの」で終わっていません。", "does not end with the article that defines it"
    if named != also:
        return "事務と情報が別の条を指しています。", f"the affair names article {named}, the information article {also}"
    return None


def _ministry_tail(affair: str, information: str) -> _Said | None:
    if affair.endswith(_BY_MINISTRY) and information.endswith(_BY_MINISTRY):
        return None
    return "「主務省令で定めるもの」で終わっていません。", "does not end with 主務省令で定めるもの"


def _annex(text: LawText, name: str, columns: int) -> Table | Unread:
    if text.number != ACT:
        return foreign(text, ACT)
    annexes = [annex for annex in text.annexes if annex.name == name]
    tables = [table for annex in annexes for table in annex.tables]
    if len(tables) != 1 or len(tables[0].rows[0].cells) != columns:
        return _no_table(annexes[0].line if annexes else 0, name)
    return tables[0]


def _no_table(line: int, place: str) -> Unread:
    return Unread(
        line,
        place,
        "この表が本文にないか、欄が違います。表のある日付の本文を渡してください。",
        "the text does not have this table or its columns are others; pass a text of a day that has it",
    )
