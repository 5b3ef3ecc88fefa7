"""The permission lists of all days: which one applies when, and which of them are held here (法19条8号, design 3, 7).

An inquiry is decided by the list that applies on the day on which it was asked, whenever and wherever it is decided.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from renkei.law.facts import HEADERS, parse, shipped, version_of
from renkei.law.list import PermissionList
from renkei.messages.directory import Directory
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


@dataclass(frozen=True, slots=True)
class Editions:
    """What a directory says about lists, and the lists themselves as far as they are here.

    Attributes:
        base: version of the list that applies before every announced one.
        announced: first day and version of each announced list, ascending.
        held: lists by version; the program's own is among them even where the directory does not name it.
    """

    base: str
    announced: tuple[tuple[date, str], ...] = ()
    held: Mapping[str, PermissionList] = field(default_factory=dict[str, PermissionList], repr=False)

    @classmethod
    def shipped(cls) -> "Editions":
        """The program's own list since ever: what there is without a directory."""
        own = PermissionList.load()
        return cls(own.version, (), {own.version: own})

    @classmethod
    def of_directory(cls, directory: Directory, held: Mapping[str, PermissionList]) -> "Editions":
        """What this directory names, with those of these lists that it names and the program's own."""
        announced = tuple((date.fromisoformat(each.applies_from), each.version) for each in directory.announced)
        named, own = {directory.list_version, *(version for _, version in announced)}, PermissionList.load()
        kept = {version: permissions for version, permissions in held.items() if version in named}
        return cls(directory.list_version, announced, {**kept, own.version: own})

    def version_at(self, on: date) -> str:
        """Version of the list that applies on that day (Japan time)."""
        place = bisect_right(self.announced, on, key=lambda each: each[0])
        return self.announced[place - 1][1] if place else self.base

    def at(self, on: date) -> PermissionList | None:
        """The list that applies on that day; None where it is not held here."""
        return self.held.get(self.version_at(on))

    def of(self, version: str) -> PermissionList | None:
        """The list of that version; None where it is not held here."""
        return self.held.get(version)

    def newest(self) -> PermissionList:
        """Of the lists held here the one that comes into force last; the program's own where none of them is here."""
        found = (self.held.get(version) for version in reversed(self.versions()))
        return next((each for each in found if each is not None), PermissionList.load())

    def versions(self) -> tuple[str, ...]:
        """Every version that the directory names, each once, in the order in which they apply first."""
        return tuple(dict.fromkeys((self.base, *(version for _, version in self.announced))))

    def knows(self, version: str) -> bool:
        """Whether the directory names that version."""
        return version in self.versions()

    def missing(self) -> tuple[str, ...]:
        """Versions that the directory names and that are not held here, in the order in which they apply first."""
        return tuple(version for version in self.versions() if version not in self.held)

    def summary(self, on: date) -> dict[str, object]:
        """How things stand, for operators: what applies that day, what is held, what is missing."""
        missing = self.missing()
        held = [version for version in self.versions() if version not in missing]
        return {"applies": self.version_at(on), "held": held, "missing": list(missing)}


def shipped_files() -> dict[str, str]:
    """The program's own list as text, by file name."""
    return {name: source.decode() for name, source in shipped().items()}


def read_list(files: Mapping[str, str], version: str | None = None) -> PermissionList:
    """The list that these files make.

    Args:
        files: text by file name: those of `facts.HEADERS` and no other.
        version: what it must be, where that is known.

    Raises:
        RenkeiError: MALFORMED with `file:line` of the first line that is wrong, with the file that is missing or not
            part of a list, or because the files are another version's.
    """
    odd = sorted(HEADERS.keys() ^ files.keys())
    if odd:
        raise RenkeiError(Problem.MALFORMED, f"{odd[0]}: {'missing' if odd[0] in HEADERS else 'not part of a list'}")
    sources = {name: text.encode() for name, text in files.items()}
    if version is not None and version_of(sources) != version:
        raise RenkeiError(Problem.MALFORMED, f"these files are not list {version}")
    return _made(tuple(sources.items()))


# Whoever has two lists meets the same ones again and again: from the core, from the disk, at every new directory.
@lru_cache(maxsize=2)
def _made(sources: tuple[tuple[str, bytes], ...]) -> PermissionList:
    return PermissionList.from_facts(parse(dict(sources)))
