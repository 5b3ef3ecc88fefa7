"""What the rows of a permission table say: phrases become categories, kinds and affairs (docs/law/README.md).

A term is known from the row on that defines it, and its definition must say what the tables of phrases say it means.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from renkei.law.compiler.brackets import SEPARATORS, Bracket, Definition, named, normal, pieces, plain
from renkei.law.compiler.raw import NOTHING, Missing, RawRow, RawUse, Unread
from renkei.law.phrases import Column, Phrases, article_number, key_of, without_tail
from renkei.law.rows import AffairId
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber, information_kind
from renkei.terms.errors import RenkeiError

GIVEN: Final = frozenset({"戸籍関係情報"})
"""What the Act itself defines (法9条3項), for the table of the ordinance (提供命令1条)."""
_SAME_ARTICLE: Final = "同条で定めるもの"
"""The article of this ordinance that was named last, in a definition (…第五十五条において同じ。)."""
_ARTICLES: Final = re.compile(r"第[一二三四五六七八九十百]+条(?:の[一二三四五六七八九十]+)*")
Ids = tuple[str, ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Sense:
    """What one row says, apart from when: ids in the order of the text.

    Attributes:
        item: 項 of the table.
        affair: the second column.
        article: the detail article; None in 別表第二, whose details stood in another ordinance.
        inquirers: the first column.
        providers: the third column.
        kinds: the fourth column.
    """

    item: ItemNumber
    affair: AffairId
    article: ArticleNumber | None
    inquirers: tuple[Category, ...]
    providers: tuple[Category, ...]
    kinds: tuple[InformationKind, ...]


@dataclass(frozen=True, slots=True)
class UseSense:
    """What one item of 別表 says, apart from when: the affair, and who may use the Individual Number for it."""

    item: ItemNumber
    affair: AffairId
    users: tuple[Category, ...]


@dataclass(slots=True)
class TableReader:
    """Reads the rows of one table in their order.

    Args:
        phrases: what each phrase means, written by hand.
        official: kinds by the short name that the law gives them.
        given: terms that the law has defined before the table begins, e.g. 戸籍関係情報 (法9条3項).
        information: INFORMATION for 提供命令, whose rows point to a detail article and define kinds as they go;
            ANNEX_2_INFORMATION for the Act's annexes, whose cells are looked up whole.
    """

    phrases: Phrases
    official: Mapping[str, InformationKind]
    given: frozenset[str] = GIVEN
    information: Column = Column.INFORMATION
    unread: list[Unread] = field(default_factory=list[Unread])
    _bodies: dict[str, Ids] = field(default_factory=dict[str, Ids])
    _kinds: set[str] = field(default_factory=set[str])
    _row: RawRow | RawUse | None = None

    def __post_init__(self) -> None:
        self._kinds = {*self.official} & self.given
        terms = {term: self.phrases.find(Column.TERM, term) for term in self.given}
        self._bodies = {term: ids for term, ids in terms.items() if ids is not None}

    def read(self, row: RawRow) -> Sense | None:
        """The row's sense; None where something in it could not be read, which `unread` then names."""
        return self._whole(row, lambda: self._sense(row))

    def read_use(self, use: RawUse) -> UseSense | None:
        """The sense of an item of 別表, likewise."""
        return self._whole(use, lambda: UseSense(use.item, self._affair(use.affair)[0], self._body(use.user)))

    def _whole(self, row: RawRow | RawUse, read: Callable[[], _T]) -> _T | None:
        self._row, before = row, len(self.unread)
        try:
            found = read()
        except RenkeiError as error:
            self._cannot(f"読めません（{error.detail}）。", f"cannot be read ({error.detail})")
            return None
        return None if len(self.unread) > before else found

    def _sense(self, row: RawRow) -> Sense:
        inquirers, providers = self._body(row.inquirer), self._body(row.provider)
        affair, article = self._affair(row.affair)
        kinds = self._information(row.information, article)
        return Sense(
            item=row.item,
            affair=affair,
            article=article,
            inquirers=inquirers,
            providers=providers,
            kinds=tuple(information_kind(each) for each in kinds),
        )

    def _body(self, text: str) -> tuple[Category, ...]:
        words, definitions = normal(text, self._is_term)
        for definition in definitions:
            self._define(definition)
        return tuple(Category(each) for each in self._meaning(words) or self._unknown(Column.BODY, words))

    def _is_term(self, word: str) -> bool:
        return self.phrases.find(Column.TERM, word) is not None

    def _define(self, definition: Definition) -> None:
        term = self.phrases.find(Column.TERM, definition.term) or ()
        means = self._meaning(definition.means) or ()
        if set(term) == set(means) if definition.exact else set(term) <= set(means):
            self._bodies[definition.term] = term
        else:
            self._cannot(
                f"「{definition.term}」の定義が、登録されている意味と違います（{key_of(definition.means)}）。"
                "phrases.tsv を見直してください。",
                f"the definition of {definition.term!r} is not what phrases.tsv says it means"
                f" ({key_of(definition.means)}); review it",
            )

    def _meaning(self, words: str) -> Ids | None:
        """The phrase as a whole; else its parts, where every part is known by itself."""
        found = self.phrases.find(Column.BODY, words) or self._bodies.get(words)
        if found is not None:
            return found
        parts = [self.phrases.find(Column.BODY, part) or self._bodies.get(part) for part in SEPARATORS.split(words)]
        if len(parts) == 1 or not all(parts):
            return None
        return tuple(dict.fromkeys(each for part in parts for each in part or ()))

    def _affair(self, text: str) -> tuple[AffairId, ArticleNumber | None]:
        words, article = without_tail(plain(text))
        found = self.phrases.find(Column.AFFAIR, words) or self._unknown(Column.AFFAIR, words)
        if text.endswith(_SAME_ARTICLE):
            article = next(map(article_number, reversed(_ARTICLES.findall(text))), None)
        if self._detailed and article is None:
            self._cannot("事務の詳細を定める条が書かれていません。", "the affair names no detail article")
        return AffairId(found[0]), article

    @property
    def _detailed(self) -> bool:
        return self.information is Column.INFORMATION

    def _information(self, text: str, article: ArticleNumber | None) -> Ids:
        if not self._detailed:
            words, _ = without_tail(plain(text))
            return self.phrases.kinds(words, self.official, self.information) or self._unknown(self.information, words)
        words, own = without_tail(self._defined(text))
        if own not in {None, article}:
            self._cannot("事務と情報の条が違います。", "affair and information name different articles")
        for term in self._used(words):
            if term not in self._kinds:
                self._cannot(
                    f"「{term}」が定義の前に使われています。行の順序を確かめてください。",
                    f"{term!r} is used before it is defined; check the order of the rows",
                )
        return self.phrases.kinds(words, self.official) or self._unknown(self.information, words)

    def _used(self, words: str) -> list[str]:
        """Official short names in the words; the longest first, as one may contain another."""
        found = list[str]()
        for term in sorted(self.official, key=lambda each: (-len(each), each)):
            if term in words:
                found.append(term)
                words = words.replace(term, "")
        return found

    def _defined(self, text: str) -> str:
        """The words in their normal form, each definition of a kind replaced by the term that it defines."""
        words, segment = "", ""
        for piece in pieces(text):
            if not isinstance(piece, Bracket):
                segment += piece
                continue
            term, reaches = named(piece.inner) or ("", False)
            if term not in self.official:
                segment += plain(f"（{piece.inner}）")
            elif not reaches:  # a name for less than the rest of the table: what it means there is not known
                segment += f"（{piece.inner}）"
            else:
                means = self._define_kind(term, segment)
                words, segment = f"{words}{segment.removesuffix(means)}{term}", ""
        return words + segment

    def _define_kind(self, term: str, segment: str) -> str:
        """The words that define the term: the longest part of the segment, up to its end, that is known to do so."""
        self._kinds.add(term)
        starts = [0, *(found.end() for found in SEPARATORS.finditer(segment))]
        ends = [segment[start:] for start in starts]
        for means in ends:
            if self.phrases.find(Column.DEFINITION, means) == (self.official[term],):
                return means
        self._cannot(
            f"「{term}」の定義に意味が登録されていません（{key_of(ends[0])}）: {ends[0]}",
            f"the definition of {term!r} has no meaning in phrases.tsv ({key_of(ends[0])})",
            Missing(Column.DEFINITION.value, key_of(ends[0]), ends[0]),
        )
        return ends[0]

    def _unknown(self, column: Column, words: str) -> Ids:
        self._cannot(
            f"意味が登録されていません（{key_of(words)}）: {words}。phrases.tsv に書いてください。",
            f"no meaning for the phrase {key_of(words)} ({words}); write it into phrases.tsv",
            Missing(column.value, key_of(words), words),
        )
        return ("",)

    def _cannot(self, ja: str, en: str, missing: Missing = NOTHING) -> None:
        assert self._row is not None
        self.unread.append(Unread(self._row.line, f"{self._row.item}の項", ja, en, *missing))
