"""Whose information a detail names, and which: `当該申請を行う者又は当該者の配偶者に係る戸籍関係情報` in its parts.

The grammar: information, or persons に係る information, or several such clauses joined. Information is one phrase or a
joined list of phrases, each of which is known by itself; so are persons. A phrase is known when the hand-written table
has its key, or when a definition that holds there names it. 第一号イからハまでに掲げる情報 is a reference.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from renkei.law.compiler.citations import Citations, Provision
from renkei.law.compiler.definitions import Definition, Place
from renkei.law.compiler.vocabulary import Column, Vocabulary
from renkei.law.phrases import without_brackets

_JOINT: Final = re.compile("、|又は|若しくは|及び|並びに")
_OF: Final = "に係る"
_N: Final = "[一二三四五六七八九十百]+"
_SUBS: Final = "[イ-ン](?:から[イ-ン]まで)?(?:(?:、|及び)[イ-ン](?:から[イ-ン]まで)?)*"
_REFERENCE: Final = re.compile(rf"(?P<number>前号|第{_N}号(?:の{_N})*)(?P<subs>{_SUBS})?に掲げる情報")
_FOLLOWING: Final = "次に掲げる情報"
_OF_FOLLOWING: Final = re.compile(rf"^{_FOLLOWING}のうち、(?P<persons>.+{_OF})情報であって.+定めるもの$")
_ONLY_OF: Final = re.compile(
    r"(?P<what>(?:前号|第[^、（）]+号)[^、（）]*に掲げる情報)（(?P<persons>[^（）]+に係る)情報に限る。）"
)
_SAME: Final = re.compile("同法|同条|同号")
_MOST_PARTS: Final = 60
"""No information of the ordinance has half as many; keeps hostile text from being worked through."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Information of another 号 of the article: `前号`, or its number; the places below it that are meant, or all."""

    number: str
    subs: str


@dataclass(frozen=True, slots=True)
class Clause:
    """Information and whose it is.

    Attributes:
        persons: ids of persons; None where the clause does not say.
        particulars: ids of information that it names itself.
        references: information that it names by reference.
        following: whether it names what the places below list (次に掲げる情報).
    """

    persons: tuple[str, ...] | None
    particulars: tuple[str, ...]
    references: tuple[Reference, ...]
    following: bool


Atom = tuple[str, ...] | Reference | None
"""One part of a list of information: ids, a reference, or None for 次に掲げる情報."""
Atoms = tuple[Atom, ...]
Named = tuple[Definition, str, tuple[str, ...]]
"""A definition, the phrase that its term makes, and the information that the phrase means."""


@dataclass(slots=True)
class Informations:
    """Reads the information of the articles in their order, and learns what definitions in it name."""

    vocabulary: Vocabulary
    citations: Citations
    _named: list[Named] = field(default_factory=list["Named"])

    def define(self, text: str, place: Place, before: str) -> None:
        """Read the definitions in a text, and what information their terms name.

        A definition stands before the end of its information (…の資格（以下「X」という。）に関する情報): the term then
        names it with the same ending (Xに関する情報).
        """
        for definition in self.citations.definitions.read(text, place):
            if _parts(definition.means + definition.rest) > _MOST_PARTS:
                continue
            for words, ending in _ends(definition):
                ids = self.information(words + ending, place, before + definition.means.removesuffix(words))
                if ids is not None:
                    self._named.append((definition, definition.term + ending, ids))
                    break

    def read(self, text: str, place: Place, before: str = "") -> list[Clause] | None:
        """The clauses of a text; None where it cannot be read, or can be read in more than one way.

        Args:
            text: information as it stands in the article.
            place: where it stands.
            before: words that stand before it, for 同法 and the like.
        """
        words = normal(text)
        if _parts(words) > _MOST_PARTS:
            return None
        ways = {tuple(way) for way in _Parser(self, words, place, before).clauses(0)}
        return list(ways.pop()) if len(ways) == 1 else None

    def unknown(self, text: str, place: Place, before: str = "") -> tuple[Column, str]:
        """The part of an unread text that most likely has no meaning yet."""
        words = normal(text)
        if _parts(words) > _MOST_PARTS:
            return Column.INFORMATION, words
        parser = _Parser(self, words, place, before)
        cuts = [match.start() for match in re.finditer(_OF, words)]
        for cut in cuts:
            if next(parser.lists(cut + len(_OF), len(words)), None) is not None:
                return Column.PERSON, words[:cut]
        known = [cut for cut in cuts if self.persons(words[:cut], place) is not None]
        return Column.INFORMATION, words[known[-1] + len(_OF) :] if known else words

    def information(self, words: str, place: Place, before: str) -> tuple[str, ...] | None:
        """Ids of one phrase."""
        for definition, phrase, ids in reversed(self._named):
            if phrase == words and definition.holds(place):
                return ids
        return self._known(Column.INFORMATION, self._explicit(words, place, before), place)

    def persons(self, words: str, place: Place) -> tuple[str, ...] | None:
        """Ids of the persons of one phrase, or of a joined list; the longest known parts count."""
        found = self._known(Column.PERSON, words, place)
        if found is not None:
            return found
        for match in reversed(list(_JOINT.finditer(words))):
            first = self._known(Column.PERSON, words[: match.start()], place)
            rest = self.persons(words[match.end() :], place) if first is not None else None
            if first is not None and rest is not None:
                return tuple(dict.fromkeys(first + rest))
        return None

    def _known(self, column: Column, words: str, place: Place) -> tuple[str, ...] | None:
        meaning = self.vocabulary.find(column, words)
        if meaning is None:
            return None
        undefined = [each for each in meaning.terms if self.citations.definitions.get(each, place) is None]
        return None if undefined else meaning.ids

    def undefined(self, column: Column, words: str, place: Place) -> str | None:
        """The term that a known phrase uses and that is not defined there."""
        meaning = self.vocabulary.find(column, words)
        terms = meaning.terms if meaning is not None else ()
        return next((each for each in terms if self.citations.definitions.get(each, place) is None), None)

    def _explicit(self, words: str, place: Place, before: str) -> str:
        """同法, 同条 or 同号 at the beginning replaced by what it stands for."""
        same = _SAME.match(words)
        provisions = self.citations.read(before, place).provisions if same else []
        if same is None or not provisions:
            return words
        last = provisions[-1]
        if same[0] == "同法":
            law = next((each.law for each in reversed(provisions) if each.law.endswith(("法", "法律"))), last.law)
            return law + words[same.end() :]
        return _words(last, whole=same[0] == "同号") + words[same.end() :]


def _parts(words: str) -> int:
    return len(_JOINT.findall(words)) + words.count(_OF)


def normal(text: str) -> str:
    """Words without brackets; …（Pに係る情報に限る。） after a reference is said before it instead."""
    if "（" not in text and "）" not in text and _FOLLOWING not in text:
        return text
    words = _ONLY_OF.sub(lambda match: match["persons"] + match["what"], text)
    return _OF_FOLLOWING.sub(lambda match: match["persons"] + _FOLLOWING, without_brackets(words))


def _words(provision: Provision, *, whole: bool) -> str:
    supplementary = "附則" if provision.supplementary else ""
    below = provision.paragraph + provision.point if whole else ""
    return provision.law + supplementary + provision.article + below


def _ends(definition: Definition) -> Iterator[tuple[str, str]]:
    """What a definition may name: ends of the words before it, the longest first, and what may follow the term."""
    starts = [0, *(match.end() for match in re.finditer(f"{_JOINT.pattern}|{_OF}", definition.means))]
    rests = [definition.rest, *(definition.rest[: match.start()] for match in _JOINT.finditer(definition.rest))]
    for start in starts:
        for rest in sorted(set(rests), key=len, reverse=True):
            yield definition.means[start:], rest


@dataclass
class _Parser:
    informations: Informations
    words: str
    place: Place
    before: str
    _lists: dict[tuple[int, int], tuple[Atoms, ...]] = field(default_factory=dict[tuple[int, int], tuple["Atoms", ...]])

    @cached_property
    def _joints(self) -> list[tuple[int, int]]:
        return [match.span() for match in _JOINT.finditer(self.words)]

    def clauses(self, start: int) -> Iterator[list[Clause]]:
        """Every way to read the words from there on."""
        for atoms in self.lists(start, len(self.words)):
            yield [_clause(None, atoms)]
        yield from self._with_persons(start)

    def _with_persons(self, start: int) -> Iterator[list[Clause]]:
        for match in re.finditer(_OF, self.words[start:]):
            persons = self.informations.persons(self.words[start : start + match.start()], self.place)
            if persons is None:
                continue
            begin = start + match.end()
            for atoms in self.lists(begin, len(self.words)):
                yield [_clause(persons, atoms)]
            for stop, after in self._joints:
                for atoms in self.lists(begin, stop) if stop > begin else ():
                    yield from ([_clause(persons, atoms), *rest] for rest in self._with_persons(after))

    def lists(self, start: int, end: int) -> Iterator[tuple[Atom, ...]]:
        """The words between as a list of known information: as one, or else with the longest known first part."""
        if (start, end) not in self._lists:
            self._lists[start, end] = tuple(self._read(start, end))
        yield from self._lists[start, end]

    def _read(self, start: int, end: int) -> Iterator[tuple[Atom, ...]]:
        known, atom = self._atom(start, end)
        if known:
            yield (atom,)
            return
        for stop, after in reversed(self._joints):
            if start < stop and after < end:
                known, atom = self._atom(start, stop)
                rest = next(self.lists(after, end), None) if known else None
                if rest is not None:
                    yield (atom, *rest)
                    return

    def _atom(self, start: int, end: int) -> tuple[bool, Atom]:
        words = self.words[start:end]
        if words == _FOLLOWING:
            return True, None
        if reference := _REFERENCE.fullmatch(words):
            return True, Reference(reference["number"], reference["subs"] or "")
        ids = self.informations.information(words, self.place, self.before + self.words[:start])
        return ids is not None, ids


def _clause(persons: tuple[str, ...] | None, atoms: tuple[Atom, ...]) -> Clause:
    ids = [each for atom in atoms if isinstance(atom, tuple) for each in atom]
    references = tuple(atom for atom in atoms if isinstance(atom, Reference))
    return Clause(persons, tuple(dict.fromkeys(ids)), references, None in atoms)
