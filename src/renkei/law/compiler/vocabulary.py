"""What the phrases of the detail articles mean, written by hand: whose information, and which."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from renkei.law.compiler.procedures import Acts
from renkei.law.detail_facts import Particular, ParticularId, particular, table
from renkei.law.facts import lines
from renkei.law.laws import Laws
from renkei.law.phrases import key_of
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_HEADER: Final = ("column", "key", "label", "ids", "terms")


class Column(Enum):
    """What a phrase says: whose information it is, or which information."""

    PERSON = "person"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one phrase means, and the terms that it uses, whose definitions must hold where it stands."""

    ids: tuple[str, ...]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything written by hand that the detail articles are read by."""

    meanings: Mapping[tuple[Column, str], Meaning]
    particulars: Mapping[ParticularId, Particular]
    acts: Acts
    laws: Laws

    @classmethod
    def from_files(cls, sources: Mapping[str, bytes]) -> "Vocabulary":
        """Read the files; raises MALFORMED with the line, also where a phrase means an id that has no name."""
        particulars = {each.id: each for each in table("particulars.tsv", sources, particular)}
        persons = {cells[0] for cells in table("persons.tsv", sources, tuple)}
        known = {Column.PERSON: persons, Column.INFORMATION: {str(each) for each in particulars}}
        meanings = dict[tuple[Column, str], Meaning]()
        for number, (column, key, label, ids, terms) in lines(
            "phrases-details.tsv", sources["phrases-details.tsv"], _HEADER
        ):
            place = f"phrases-details.tsv:{number}"
            try:
                found, meaning = (
                    Column(column),
                    Meaning(tuple(ids.split(",")), tuple(terms.split(",")) if terms else ()),
                )
            except ValueError as error:
                raise RenkeiError(Problem.MALFORMED, place) from error
            if not label or (found, key) in meanings or not known[found] >= set(meaning.ids):
                raise RenkeiError(Problem.MALFORMED, place)
            meanings[found, key] = meaning
        return cls(meanings, particulars, Acts.from_files(sources), Laws.from_bytes(sources["laws.tsv"]))

    def find(self, column: Column, words: str) -> Meaning | None:
        """What the words mean, None when nobody has written it down."""
        return self.meanings.get((column, key_of(words)))
