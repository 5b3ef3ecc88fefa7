"""Provisions that an affair names: law, article, 項, 号; 同法, 同条 and the like resolved to what stands before them.

The grammar: a law's name and 第N条(の N)(第N項)(第N号); further provisions of the same law joined by 又は, 及び, 、;
同法 or 同令 for the last law or order; 同条, 同項, 同号 for the last place. A name begins where the text begins or
after a word that can stand before a name; of several such beginnings the longest known name counts. Without a known
name only one that fills the text from its beginning is sure enough; any other is unread. A law named as it was before
an amendment (改正前の…) stays so in its cite, e.g. `船員保険法(改正前)`.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from renkei.law.compiler.definitions import Definitions, Place
from renkei.law.laws import AMENDED, FORMER, Laws
from renkei.law.phrases import kanji_number

_N: Final = "[一二三四五六七八九十百千]+"
_ARTICLE: Final = rf"第{_N}条(?:の{_N}(?!項|号|条))*"
_PARAGRAPH: Final = rf"第{_N}項"
_POINT: Final = rf"第{_N}号(?:の{_N})*[イ-ン]?"
_TOKEN: Final = re.compile(
    rf"(?P<quoted>「[^「」]+」)"
    rf"|(?P<same>同条|同項|同号)(?P<same_paragraph>{_PARAGRAPH})?(?P<same_point>{_POINT})?"
    rf"|(?P<supplementary>附則)?(?P<article>{_ARTICLE}|(?<=[法令則]){_N}条(?:の{_N}(?!項|号|条))*)"
    rf"(?P<paragraph>{_PARAGRAPH})?(?P<point>{_POINT})?"
    rf"|附則(?P<supplementary_paragraph>{_PARAGRAPH})"
    rf"|(?P<next_paragraph>{_PARAGRAPH})(?P<next_point>{_POINT})?"
    rf"|(?P<only_point>{_POINT})"
    r"|(?P<law>(?<=[法律令則程領綱知号])(?=による|に基づ|に規定|又は同法))"
)
_LAW_NUMBER: Final = re.compile(
    r"(?:明治|大正|昭和|平成|令和)[元一二三四五六七八九十]+年[^第、（）]*第" + _N + "号(?:通知)?"
)
_JOINT: Final = "(?:、|又は|若しくは|及び|並びに)"
_BETWEEN: Final = re.compile(rf"(?:まで|ただし書|本文|前段|後段|各号)*(?:{_JOINT}|から)?")
_SAME_LAW: Final = re.compile(r"(?P<law>同法|同令|同規則|同規程|同省令|同政令|同府令)$")
_STARTS: Final = re.compile(
    rf"。|{_JOINT}|の|による|された|される|おける|準用する|適用する|規定する|基づく|係る|改正前|廃止前"
)
_BEFORE: Final = "改正前の"
_ENDS_LIKE_LAW: Final = re.compile(r"(?:法|法律|令|政令|省令|府令|規則|規程|条約|要綱|要領)$")
_ORDERS: Final = re.compile(r"(?:令|規則|規程|要綱|要領|通知)$")


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision as the text names it: the law's name (with its 改正前の) and the numbers in kanji; empty for none."""

    law: str
    supplementary: bool = False
    article: str = ""
    paragraph: str = ""
    point: str = ""


@dataclass(slots=True)
class Reading:
    """Provisions found in one text, and the words that could not be read."""

    found: list[tuple[Provision, bool]] = field(default_factory=list[tuple[Provision, bool]])
    """In order; the flag says that it ends a range (…から…まで) that the one before begins."""
    unread: list[str] = field(default_factory=list[str])

    @property
    def provisions(self) -> list[Provision]:
        """The provisions alone."""
        return [each for each, _ in self.found]


@dataclass(frozen=True, slots=True)
class Citations:
    """Reads provisions by the known names of laws and the definitions of the text."""

    laws: Laws
    definitions: Definitions

    def read(self, words: str, place: Place) -> Reading:
        """Provisions that words without brackets name at that place."""
        reading = Reading()
        hidden = _LAW_NUMBER.sub(lambda match: "号" * len(match[0]), words)
        end = 0
        for match in _TOKEN.finditer(hidden):
            if match.start() < end:
                continue
            self._token(reading, match, words[end : match.start()], place, first=end == 0)
            end = match.end()
        return reading

    def cites(self, reading: Reading, place: Place) -> tuple[str, ...]:
        """The provisions as facts, e.g. `児童手当法7条1項`, each once; a range as `1条〜3条`."""
        found = list[str]()
        for provision, closes in reading.found:
            if closes and found:
                found[-1] = f"{found[-1]}〜{_numbers(provision)}"
            else:
                found.append(self._short(provision.law, place) + _numbers(provision))
        return tuple(dict.fromkeys(found))

    def _token(self, reading: Reading, match: re.Match[str], gap: str, place: Place, *, first: bool) -> None:
        if match["quoted"]:
            reading.found.append((Provision(match[0]), False))
        elif match["law"] is not None:
            self._mention(reading, gap, match, place, first=first)
        elif match["same"]:
            self._same(reading, match)
        elif match["article"] or match["supplementary_paragraph"]:
            self._article(reading, match, gap, place, first=first)
        elif match["next_paragraph"] or match["only_point"]:
            self._next(reading, match, gap, place)

    def _mention(self, reading: Reading, gap: str, match: re.Match[str], place: Place, *, first: bool) -> None:
        """A law named without a provision; 同法による改正前の… only leads to the name that follows."""
        if _SAME_LAW.search(gap):
            return
        name = self._name(gap, place, first=first)
        if name is not None:
            reading.found.append((Provision(name), False))
        elif match.string[match.start() :].startswith(("に規定", "に基づ")) and first:
            reading.unread.append(gap)

    def _same(self, reading: Reading, match: re.Match[str]) -> None:
        last = reading.found[-1][0] if reading.found else None
        if last is None:
            reading.unread.append(match[0])
            return
        kept = {
            "同条": replace(last, paragraph="", point=""),
            "同項": replace(last, point=""),
            "同号": last,
        }[match["same"]]
        if match["same_paragraph"]:
            kept = replace(kept, paragraph=match["same_paragraph"], point="")
        if match["same_point"]:
            kept = replace(kept, point=match["same_point"])
        reading.found.append((kept, False))

    def _article(self, reading: Reading, match: re.Match[str], gap: str, place: Place, *, first: bool) -> None:
        last = reading.found[-1][0] if reading.found else None
        supplementary = bool(match["supplementary"] or match["supplementary_paragraph"])
        continues = last is not None and _BETWEEN.fullmatch(gap) is not None
        if continues and last is not None:
            law, supplementary = last.law, supplementary or last.supplementary
        else:
            found = self._law(reading, gap, place, first=first)
            if found is None:
                reading.unread.append(gap + match[0])
                return
            law = found
        article = match["article"] or ""
        provision = Provision(
            law,
            supplementary,
            article if article.startswith("第") or not article else f"第{article}",
            match["paragraph"] or match["supplementary_paragraph"] or "",
            match["point"] or "",
        )
        reading.found.append((provision, continues and gap.endswith("から")))

    def _next(self, reading: Reading, match: re.Match[str], gap: str, place: Place) -> None:
        last = reading.found[-1][0] if reading.found else None
        if last is None or not _BETWEEN.fullmatch(gap):
            if match["next_paragraph"]:
                reading.unread.append(gap + match[0])
            elif _ENDS_LIKE_LAW.search(gap) and (name := self._name(gap, place, first=False)):
                reading.found.append((Provision(name, point=match["only_point"]), False))
            return  # 第N号 elsewhere is part of a word: 第一号厚生年金被保険者
        if match["next_paragraph"]:
            provision = replace(last, paragraph=match["next_paragraph"], point=match["next_point"] or "")
        else:
            provision = replace(last, point=match["only_point"])
        reading.found.append((provision, gap.endswith("から")))

    def _law(self, reading: Reading, gap: str, place: Place, *, first: bool) -> str | None:
        same = _SAME_LAW.search(gap)
        laws = [each.law for each in reading.provisions]
        if same:
            orders = same["law"] != "同法"
            return next((law for law in reversed(laws) if bool(_ORDERS.search(law)) == orders), None)
        if name := self._name(gap, place, first=first):
            return name
        continues = re.search(rf"(?:{_JOINT}|準用する|適用する)$", gap)
        return laws[-1] if laws and continues else None

    def _name(self, gap: str, place: Place, *, first: bool) -> str | None:
        """The law's name at the end of the gap, with 改正前の where that stands before it."""
        starts = [0, *(match.end() for match in _STARTS.finditer(gap))]
        for start in starts:
            name = gap[start:]
            if self.definitions.get(name, place) or (self.laws.short(name) and not self.definitions.defined(name)):
                return _BEFORE + name if gap[:start].endswith(_BEFORE) else name
        sure = first and _ENDS_LIKE_LAW.search(gap) and not re.search(_JOINT, gap)
        return gap if sure and not self.definitions.defined(gap) else None

    def _short(self, law: str, place: Place) -> str:
        if law.startswith(_BEFORE):
            return self._short(law.removeprefix(_BEFORE), place) + AMENDED
        if short := self.laws.short(law):
            return short
        definition = self.definitions.get(law, place)
        if law.startswith(FORMER) and definition is not None:
            return FORMER + self._tail(definition.means)
        return law

    def _tail(self, means: str) -> str:
        """Short name of the law that a definition ends with; the words themselves where it is not known."""
        starts = [0, *(match.end() for match in _STARTS.finditer(means))]
        found = (self.laws.short(means[start:].removeprefix("の")) for start in starts)
        return next((short for short in found if short), means)


def _numbers(provision: Provision) -> str:
    words = "附則" if provision.supplementary else ""
    for part in (provision.article, provision.paragraph, provision.point):
        words += _arabic(part, branched="の" in words.removeprefix("附則"))
    return words


def _arabic(part: str, *, branched: bool) -> str:
    """`第二十一条の五` as `21条の5`; after a branch number 第 stays: `21条の5第1項`."""
    match = re.fullmatch(rf"第({_N})([条項号])((?:の{_N})*)([イ-ン]?)", part)
    if match is None:
        return part
    branches = "".join(f"の{kanji_number(each)}" for each in match[3].split("の")[1:])
    return f"{'第' if branched else ''}{kanji_number(match[1])}{match[2]}{branches}{match[4]}"
