"""What an affair of a detail article is: the provisions that it names and the acts that are done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from renkei.law.compiler.citations import Citations
from renkei.law.compiler.definitions import Place
from renkei.law.detail_facts import Act, table
from renkei.law.phrases import without_brackets
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_EXAMINED: Final = "に係る事実についての審査"
_AFFAIR: Final = re.compile(r"(?:に関する|に係る|の)?事務(?:であって.+が定めるもの)?$")
_JOINT: Final = re.compile("、|又は|若しくは|及び|並びに|に関する事務")
_QUOTED: Final = re.compile("「[^「」]*」(?!とい)")
_NARROW: Final = str.maketrans("（）", "()")
"""Brackets in the title of a notice belong to its name."""
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
        for key, form, _, _, cell in table("acts.tsv", sources, tuple):
            for ending in cell.split(","):
                if not ending or (Form(form), ending) in endings:
                    raise RenkeiError(Problem.MALFORMED, f"acts.tsv: {key}: {ending}")
                endings[Form(form), ending] = Act(key)
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
        final = self.find(Form.DONE, last) if last else self.find(Form.EXAMINED, before[-1])
        if final is None:
            return None
        ending, act = final
        joined = words.removesuffix(last or _EXAMINED).removesuffix("" if last else ending)
        return tuple(dict.fromkeys([*(self._joined(joined) if before else ()), act]))

    def _joined(self, words: str) -> list[Act]:
        """What is examined besides: before each further に係る事実についての審査, and before each joining word."""
        parts = [part.removesuffix(_EXAMINED) for part in _JOINT.split(words)]
        found = [self.find(Form.EXAMINED, part) for part in parts if part.endswith(_NOUNS)]
        return [act for _, act in filter(None, found)]


_NOUNS: Final = ("申請", "請求", "届出", "申出", "届書")
"""What can be examined and stand before 又は; 支給 or 認定 there is part of what is applied for."""


@dataclass(frozen=True, slots=True)
class Affairs:
    """Reads affairs."""

    citations: Citations
    acts: Acts

    def read(self, affair: str, place: Place) -> tuple[tuple[str, ...], tuple[Act, ...], list[tuple[str, str]]]:
        """Cites, acts and what could not be read (Japanese, English)."""
        words = without_brackets(_QUOTED.sub(lambda match: match[0].translate(_NARROW), affair))
        reading = self.citations.read(words, place)
        unread = [(f"条の引用が読めません: {each}", f"a provision cannot be read: {each}") for each in reading.unread]
        cites = self.citations.cites(reading, place) or self._defined(words, place)
        acts = self.acts.read(words)
        if acts is None:
            unread.append(
                (
                    f"何をする事務か登録されていません: …{words[-30:]}。acts.tsv に書いてください。",
                    f"unknown act: …{words[-30:]}; write it into acts.tsv",
                )
            )
        if not cites:
            unread.append((f"根拠の法令が読めません: {words}", f"no law can be read: {words}"))
        return cites, acts or (), unread

    def _defined(self, words: str, place: Place) -> tuple[str, ...]:
        """Cites of the definitions of the terms that the affair uses instead of naming a law."""
        found = list[str]()
        for definition in self.citations.definitions.used(words, place):
            reading = self.citations.read(definition.means, definition.place)
            found += self.citations.cites(reading, definition.place)
        return tuple(dict.fromkeys(found))
