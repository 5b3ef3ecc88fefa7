"""The detail articles of one text as facts: procedures, and what each may ask for; whatever else they say is unread."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from renkei.law.compiler.citations import Citations
from renkei.law.compiler.definitions import TABLE, Definitions, Place, number_of
from renkei.law.compiler.details import article_of
from renkei.law.compiler.information import Clause, Informations, Reference
from renkei.law.compiler.meaning import Sense
from renkei.law.compiler.numbering import article_name, follows, in_kanji
from renkei.law.compiler.procedures import PREVIOUS, Affairs, Why
from renkei.law.compiler.raw import NOTHING, Missing, Raw, RawDetail, RawRow, Unread
from renkei.law.compiler.vocabulary import Vocabulary
from renkei.law.detail_facts import Act, Detail, Key, ParticularId, Person, Procedure
from renkei.law.phrases import key_of, without_brackets
from renkei.terms.affairs import ArticleNumber, InformationKind
from renkei.terms.errors import RenkeiError

_IROHA: Final = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"

Leading = tuple[Key, tuple[str, ...]]
"""A procedure and what the places above say, outermost first."""


@dataclass(frozen=True, slots=True)
class CompiledDetails:
    """What the detail articles of one text say. Of use only while `unread` is empty.

    Attributes:
        procedures: every affair, in the order of the text.
        details: what each affair may ask for, in the order of the text.
        unread: what could not be read, in the order of the text.
    """

    procedures: tuple[Procedure, ...]
    details: tuple[Detail, ...]
    unread: tuple[Unread, ...]


def compile_details(
    raw: Raw[RawDetail], table: Raw[RawRow], rows: Sequence[Sense | None], vocabulary: Vocabulary
) -> CompiledDetails:
    """Read the detail articles of a text by what the vocabulary says that phrases mean.

    Args:
        raw: the articles' affairs and information, as text.
        table: the rows of art. 2 as text, whose definitions hold on in the articles.
        rows: what each row of the table says, None where it could not be read: an article must name information of just
            the kinds that the rows pointing to it list. Without one of its rows that cannot be said of an article.
        vocabulary: what is written by hand.
    """
    reader = DetailReader(vocabulary)
    for row in table.found:
        reader.table_row(row)
    for each in raw.found:
        reader.read(each)
    if not table.unread:
        reader.check(*_listed(table.found, rows))
    return CompiledDetails(
        tuple(reader.procedures.values()), tuple(reader.details()), tuple(sorted({*raw.unread, *reader.unread}))
    )


def _listed(
    table: Sequence[RawRow], rows: Sequence[Sense | None]
) -> tuple[dict[ArticleNumber, set[InformationKind]], set[ArticleNumber]]:
    """Kinds that the rows list for each article, and the articles of which a row could not be read."""
    kinds = dict[ArticleNumber, set[InformationKind]]()
    unsure = set[ArticleNumber]()
    for raw, sense in zip(table, rows, strict=True):
        if sense is None:
            unsure.add(article_of(raw))
        elif sense.article is not None:
            kinds.setdefault(sense.article, set()).update(sense.kinds)
    return kinds, unsure


@dataclass(slots=True)
class DetailReader:
    """Reads details in their order."""

    vocabulary: Vocabulary
    procedures: dict[Key, Procedure] = field(default_factory=dict[Key, Procedure])
    unread: list[Unread] = field(default_factory=list[Unread])
    _definitions: Definitions = field(default_factory=Definitions)
    _entries: dict[Key, list[Detail]] = field(default_factory=dict[Key, list[Detail]])
    _leads: dict[Leading, tuple[Person, ...]] = field(default_factory=dict["Leading", tuple[Person, ...]])
    _lines: dict[Detail, int] = field(default_factory=dict[Detail, int])
    _plain: dict[str, str] = field(default_factory=dict[str, str])
    _raw: RawDetail | None = None
    _informations: Informations = field(init=False)
    _affairs: Affairs = field(init=False)

    def __post_init__(self) -> None:
        citations = Citations(self.vocabulary.laws, self._definitions)
        self._informations = Informations(self.vocabulary, citations)
        self._affairs = Affairs(citations, self.vocabulary.acts)

    def table_row(self, row: RawRow) -> None:
        """Learn the definitions of a row of art. 2."""
        try:
            for text in (row.inquirer, row.affair, row.provider, row.information):
                self._definitions.read(text, TABLE)
        except RenkeiError as error:
            self._add(
                row.line, f"{row.item}の項", f"読めません（{error.detail}）。", f"cannot be read ({error.detail})"
            )

    def read(self, raw: RawDetail) -> None:
        """Read one piece of information, and its affair where it is the first of it."""
        self._raw = raw
        key = (raw.article, raw.paragraph, raw.number)
        try:
            if key not in self._entries:
                self._affair(raw, key)
            before = [self._words(text) for text in (raw.affair, *raw.leads)]
            persons = self._lead(raw, key, before[0])
            self._information(raw, key, persons, "".join(before))
        except RenkeiError as error:
            self._cannot(f"読めません（{error.detail}）。", f"cannot be read ({error.detail})")

    def details(self) -> Iterable[Detail]:
        """Every detail, in the order of the text."""
        return chain.from_iterable(self._entries.values())

    def check(
        self, kinds: Mapping[ArticleNumber, set[InformationKind]], unsure: Collection[ArticleNumber] = ()
    ) -> None:
        """Each article names information of just the kinds that the rows pointing to it list; of some one is unsure."""
        named = dict[ArticleNumber, set[InformationKind]]()
        for detail in self.details():
            listed = kinds.get(detail.article, set())
            own = {kind for each in detail.particulars for kind in self.vocabulary.particulars[each].kinds}
            named.setdefault(detail.article, set()).update(own)
            if not own & listed and detail.article not in unsure:
                self._wrong(detail)
        for article, listed in kinds.items():
            for kind in sorted(listed - named.get(article, set())):
                ja = f"第二条の表にある情報 {kind} が、この条にありません。"
                self._add(0, article_name(article), ja, f"the rows list {kind}, which this article does not name")

    def _wrong(self, detail: Detail) -> None:
        names = ",".join(detail.particulars)
        ja = f"第二条の表にない種類の情報です: {names}。particulars.tsv を確かめてください。"
        en = f"of no kind that the rows list: {names}; check particulars.tsv"
        self._add(self._lines[detail], _place(detail), ja, en)

    def _words(self, text: str) -> str:
        """A text that is repeated on several details, without brackets; as what stands before information."""
        if text not in self._plain:
            self._plain[text] = without_brackets(text) + "。"
        return self._plain[text]

    def _affair(self, raw: RawDetail, key: Key) -> None:
        self._entries[key] = []
        place = Place(raw.article, raw.paragraph, raw.number)
        self._definitions.read(raw.affair, place)
        if raw.affair == PREVIOUS:
            cites, acts, unread = self._previous(raw.article)
        else:
            cites, acts, unread = self._affairs.read(raw.affair, place)
        for why in unread:
            self._cannot(*why)
        self.procedures[key] = Procedure(raw.item, raw.article, raw.paragraph, raw.number, cites, acts)

    def _previous(self, article: ArticleNumber) -> tuple[tuple[str, ...], tuple[Act, ...], list[Why]]:
        """The affairs of the article before, as one."""
        before = [each for each in self.procedures.values() if follows(each.article, article)]
        cites = dict.fromkeys(chain.from_iterable(each.cites for each in before))
        acts = dict.fromkeys(chain.from_iterable(each.acts for each in before))
        missing = [] if before else [("前条に事務がありません。", "the article before has no affair", NOTHING)]
        return tuple(cites), tuple(acts), missing

    def _lead(self, raw: RawDetail, key: Key, before: str) -> tuple[Person, ...]:
        """Whose information the places above say that it is; what else they name is read once."""
        persons = tuple[Person, ...]()
        for depth, lead in enumerate(raw.leads, start=1):
            seen = (key, raw.leads[:depth])
            if seen not in self._leads:
                place = Place(raw.article, raw.paragraph, raw.number)
                self._informations.define(lead, place, before)
                clauses = self._clauses(lead, place, before)
                for clause in clauses:
                    self._add_clause(clause, key, "", persons)
                of = [clause.persons for clause in clauses if clause.following and clause.persons is not None]
                self._leads[seen] = tuple(Person(each) for each in of[0]) if of else persons
            persons = self._leads[seen]
        return persons

    def _information(self, raw: RawDetail, key: Key, persons: tuple[Person, ...], before: str) -> None:
        place = Place(raw.article, raw.paragraph, raw.number, raw.sub)
        self._informations.define(raw.information, place, before)
        for clause in self._clauses(raw.information, place, before):
            self._add_clause(clause, key, raw.sub, persons)

    def _clauses(self, text: str, place: Place, before: str) -> Sequence[Clause]:
        clauses = self._informations.read(text, place, before)
        if clauses is None:
            column, words = self._informations.unknown(text, place, before)
            term = self._informations.undefined(column, words, place)
            if term is not None:
                self._cannot(
                    f"「{term}」がここで効く定義の前に使われています: {words}",
                    f"{term!r} is used without a definition that holds here: {words}",
                )
            else:
                self._cannot(
                    f"意味が登録されていません（{column.value} {key_of(words)}）: {words}。"
                    "phrases-details.tsv に書いてください。",
                    f"no meaning for the phrase {column.value} {key_of(words)}: {words};"
                    " write it into phrases-details.tsv",
                    Missing(column.value, key_of(words), words, "phrases-details.tsv"),
                )
        return clauses or ()

    def _add_clause(self, clause: Clause, key: Key, sub: str, inherited: tuple[Person, ...]) -> None:
        persons = inherited if clause.persons is None else tuple(Person(each) for each in clause.persons)
        if clause.particulars:
            self._entry(Detail(*key, sub, "", persons, tuple(ParticularId(each) for each in clause.particulars)))
        for reference in clause.references:
            self._refer(reference, key, sub, persons)

    def _refer(self, reference: Reference, key: Key, sub: str, persons: tuple[Person, ...]) -> None:
        target = self._target(reference.number, key)
        if target is None:
            self._cannot(
                f"{reference.number}がここより前にありません。", f"{reference.number} is not before this place"
            )
            return
        found = [each for each in self._entries[target] if _meant(each.sub, reference.subs)]
        missing = [each for each in _letters(reference.subs) if not any(one.sub.startswith(each) for one in found)]
        if not found or missing:
            self._cannot("掲げる情報がありません。", f"{reference.number}{reference.subs} names no information")
        via = target[2] + _span(reference.subs)
        groups = dict[tuple[Person, ...], list[ParticularId]]()
        for each in found:
            groups.setdefault(persons or each.persons, []).extend(each.particulars)
        for whose, ids in groups.items():
            self._entry(Detail(*key, sub, via, whose, tuple(dict.fromkeys(ids))))

    def _target(self, number: str, key: Key) -> Key | None:
        """The procedure of the same article and paragraph that a reference names."""
        article, paragraph, own = key
        numbers = [each[2] for each in self._entries if each[:2] == (article, paragraph) and each[2] != own]
        if number == "前号":
            found = [each for each in numbers if follows(each, own)]
        else:
            found = [each for each in numbers if each == number_of(number)]
        return (article, paragraph, found[-1]) if found else None

    def _entry(self, detail: Detail) -> None:
        entries = self._entries[detail.key]
        for index, each in enumerate(entries):
            if (each.sub, each.via, each.persons) == (detail.sub, detail.via, detail.persons):
                both = tuple(dict.fromkeys(each.particulars + detail.particulars))
                entries[index] = replace(each, particulars=both)
                break
        else:
            entries.append(detail)
        assert self._raw is not None
        for each in entries:
            self._lines.setdefault(each, self._raw.line)

    def _cannot(self, ja: str, en: str, missing: Missing = NOTHING) -> None:
        assert self._raw is not None
        place = _where(self._raw.article, self._raw.paragraph, self._raw.number, self._raw.sub)
        self.unread.append(Unread(self._raw.line, place, ja, en, *missing))

    def _add(self, line: int, place: str, ja: str, en: str) -> None:
        self.unread.append(Unread(line, place, ja, en))


def _meant(sub: str, subs: str) -> bool:
    return not subs or sub[:1] in _letters(subs)


def _letters(subs: str) -> list[str]:
    """`イからハまで及びホ` as イ, ロ, ハ, ホ."""
    found = list[str]()
    for part in subs.replace("及び", "、").split("、") if subs else ():
        first, last = part[0], part.removesuffix("まで")[-1]
        found += _IROHA[_IROHA.index(first) : _IROHA.index(last) + 1]
    return found


def _span(subs: str) -> str:
    return subs.replace("から", "-").replace("まで", "").replace("及び", "、").replace("、", "・")


def _place(detail: Detail) -> str:
    return _where(detail.article, detail.paragraph, detail.number, detail.sub)


def _where(article: str, paragraph: int, number: str, sub: str) -> str:
    """`第五十条第一号イ`, as the law writes it."""
    words = article_name(article)
    if paragraph > 1:
        words += f"第{in_kanji(str(paragraph))}項"
    if number:
        main, *branches = number.split("-")
        words += f"第{in_kanji(main)}号" + "".join(f"の{in_kanji(each)}" for each in branches)
    return words + (f"第{sub}号" if sub[:1] and sub[0] not in _IROHA and not number else sub)
