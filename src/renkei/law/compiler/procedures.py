"""What an affair of a detail article is: the provisions that it names and the acts that are done."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from renkei.law.compiler.citations import Citations
from renkei.law.compiler.definitions import Place
from renkei.law.compiler.raw import NOTHING, Missing
from renkei.law.detail_facts import Act, table
from renkei.law.phrases import key_of, without_brackets
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_EXAMINED: Final = "に係る事実についての審査"
_AFFAIR: Final = re.compile(r"(?:に関する|に係る|の)?事務(?:であって.+が定めるもの)?$")
_JOINT: Final = re.compile("、|又は|若しくは|及び|並びに|に関する事務")
_QUOTED: Final = re.compile("「[^「」]*」(?!とい)")
_NARROW: Final = str.maketrans("（）", "()")
"""Brackets in the title of a notice belong to its name."""
_LAW: Final = re.compile(
    "(.*(?:法|法律|令|規則|規程|条約|要綱|要領))(?:附則)?(?:第?[一二三四五六七八九十百]+[条項号].*)?$"
)
_SHOWN: Final = 30
"""So many of the last characters of an affair tell its act."""
Why = tuple[str, str, Missing]
"""Why something could not be read: Japanese, English, what is missing."""
PREVIOUS: Final = "前条に掲げる事務"


class Form(Enum):
    """Whether an act's words name what is examined (申請…に係る事実についての審査) or the act itself (支給)."""

    EXAMINED = "examined"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts by the words that affairs end with."""

    endings: Mapping[tuple[Form, str], Act]

    @classmethod
    def from_files(cls, sources: Mapping[str, bytes]) -> "Acts":
        """Read `acts.tsv`; raises MALFORMED, also for an ending that stands twice."""
        endings: dict[tuple[Form, str], Act] = {}
        forms = {each.value: each for each in Form}
        for key, name, _, _, cell in table("acts.tsv", sources, tuple):
            form = forms.get(name)
            if form is None:
                raise RenkeiError(Problem.MALFORMED, f"acts.tsv: {key}: {name}")
            for ending in cell.split(","):
                if not ending or (form, ending) in endings:
                    raise RenkeiError(Problem.MALFORMED, f"acts.tsv: {key}: {ending}")
                endings[form, ending] = Act(key)
        return cls(endings)

    def find(self, form: Form, words: str) -> tuple[str, Act] | None:
        """The longest ending that the words have, and its act."""
        ends = [ending for each, ending in self.endings if each is form and words.endswith(ending)]
        ending = max(ends, key=len, default=None)
        return None if ending is None else (ending, self.endings[form, ending])

    def read(self, affair: str) -> tuple[Act, ...] | None:
        """Acts of an affair without brackets: those that are joined to it first, then the one that it ends with."""
        words = _AFFAIR.sub("", affair)
        if words == affair:
            return None
        *before, last = words.split(_EXAMINED)
        final = self.find(*_acted(before, last))
        if final is None:
            return None
        ending, act = final
        joined = words.removesuffix(last or _EXAMINED).removesuffix("" if last else ending)
        return tuple(dict.fromkeys([*(self._joined(joined) if before else ()), act]))

    def missing(self, affair: str) -> Missing:
        """The last words of an affair whose act has no line, and its form; which of them the act is, people say."""
        *before, last = _AFFAIR.sub("", affair).split(_EXAMINED)
        form, words = _acted(before, last)
        return Missing(form.value, "", words[-_SHOWN:], "acts.tsv")

    def _joined(self, words: str) -> list[Act]:
        """What is examined besides: before each further に係る事実についての審査, and before each joining word."""
        parts = [part.removesuffix(_EXAMINED) for part in _JOINT.split(words)]
        found = [self.find(Form.EXAMINED, part) for part in parts if part.endswith(_NOUNS)]
        return [act for _, act in filter(None, found)]


def _missing_law(words: str) -> Missing:
    """The line of `laws.tsv` that unread words may need: the phrase ends with the name of a law, as people will see."""
    found = _LAW.match(_JOINT.split(words)[-1])
    return Missing("key", key_of(found[1]), found[1], "laws.tsv") if found else NOTHING


def _acted(before: Sequence[str], last: str) -> tuple[Form, str]:
    """The words that the act of an affair ends, and whether it is what is examined."""
    return (Form.EXAMINED, before[-1]) if before and not last else (Form.DONE, last)


_NOUNS: Final = ("申請", "請求", "届出", "申出", "届書")
"""What can be examined and stand before 又は; 支給 or 認定 there is part of what is applied for."""


@dataclass(frozen=True, slots=True)
class Affairs:
    """Reads affairs."""

    citations: Citations
    acts: Acts

    def read(self, affair: str, place: Place) -> tuple[tuple[str, ...], tuple[Act, ...], list[Why]]:
        """Cites, acts and what could not be read."""
        words = without_brackets(_QUOTED.sub(lambda match: match[0].translate(_NARROW), affair))
        reading = self.citations.read(words, place)
        unread = [
            (f"条の引用が読めません: {each}", f"a provision cannot be read: {each}", _missing_law(each))
            for each in reading.unread
        ]
        cites = self.citations.cites(reading, place) or self._defined(words, place)
        acts = self.acts.read(words)
        if acts is None:
            missing = self.acts.missing(words)
            ja = f"何をする事務か登録されていません: …{missing.phrase}。acts.tsv に書いてください。"
            unread.append((ja, f"unknown act: …{missing.phrase}; write it into acts.tsv", missing))
        if not cites:
            unread.append((f"根拠の法令が読めません: {words}", f"no law can be read: {words}", NOTHING))
        return cites, acts or (), unread

    def _defined(self, words: str, place: Place) -> tuple[str, ...]:
        """Cites of the definitions of the terms that the affair uses instead of naming a law."""
        found = list[str]()
        for definition in self.citations.definitions.used(words, place):
            reading = self.citations.read(definition.means, definition.place)
            found += self.citations.cites(reading, definition.place)
        return tuple(dict.fromkeys(found))
