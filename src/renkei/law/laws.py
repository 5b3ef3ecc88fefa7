"""Names of laws: the customary short name and an English one for each, by the key of the official name.

A law that is not here is cited by its own name. 施行令, 施行規則 and 施行規程 of a law that is here need no line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from renkei.law.facts import lines
from renkei.law.phrases import key_of
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_HEADER: Final = ("key", "ja", "en")
_UNDER: Final = {
    "施行令": "Order for Enforcement of the ",
    "施行規則": "Regulation for Enforcement of the ",
    "施行規程": "Rules for Enforcement of the ",
    "施行法": "Enforcement Act of the ",
}
"""What is made under a law bears its name and one of these."""
FORMER: Final = "旧"
"""Stands before the name of a law as it was before an amendment."""
AMENDED: Final = "(改正前)"
"""Stands after the name of a law that is named as it was before an amendment without an abbreviation of its own."""
_PARTS: Final = re.compile(r"附則|第?([0-9]+)(条|項|号)((?:の[0-9]+)*)([イ-ン]?)|〜")


@dataclass(frozen=True, slots=True)
class Laws:
    """Short and English names by the key of the official name."""

    names: Mapping[str, tuple[str, str]]
    _english: Mapping[str, str]

    @classmethod
    def from_bytes(cls, source: bytes) -> "Laws":
        """Read `laws.tsv`; raises MALFORMED with the line, also for a key that stands twice."""
        names: dict[str, tuple[str, str]] = {}
        for number, (key, ja, en) in lines("laws.tsv", source, _HEADER):
            if not (key and ja and en) or key in names:
                raise RenkeiError(Problem.MALFORMED, f"laws.tsv:{number}")
            names[key] = (ja, en)
        return cls(names, dict(names.values()))

    def short(self, name: str) -> str | None:
        """Short name of a law by its official one, also of what is made under it; None where it is not known here."""
        if found := self.names.get(key_of(name)):
            return found[0]
        for under in _UNDER:
            if name.endswith(under) and (found := self.names.get(key_of(name.removesuffix(under)))):
                return found[0] + under
        return None

    def english(self, cite: str) -> str:
        """A cited place in English: `児童手当法7条1項` as `Child Allowance Act art. 7(1)`; unknown names stay."""
        former, name = ("former ", cite.removeprefix(FORMER)) if cite.startswith(FORMER) else ("", cite)
        law = max((each for each in self._english if name.startswith(each)), key=len, default="")
        if not law:
            return cite
        under = next((each for each in _UNDER if name.startswith(law + each)), "")
        rest = name.removeprefix(law + under)
        amended = " (before amendment)" if rest.startswith(AMENDED) else ""
        return f"{former}{_UNDER.get(under, '')}{self._english[law]}{amended} {_place(rest)}".rstrip()


def _place(rest: str) -> str:
    words = ""
    for part in _PARTS.finditer(rest):
        if part[0] == "附則":
            words += "suppl. "
        elif part[0] == "〜":
            words += " to "
        elif part[2] == "条":
            words += f"art. {part[1]}{part[3].replace('の', '-')}"
        else:
            words += f"({part[1]}{part[3].replace('の', '-')}{part[4]})"
    return words
