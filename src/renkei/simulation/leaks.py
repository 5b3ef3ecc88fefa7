"""No number, code or content outside its place (design 10): looked for in the trace and in the network's files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from renkei.sandbox.canaries import MARKER, Canaries, search_files
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import replicas_for
from renkei.simulation.invariants import Violation

INVARIANT: Final = "secrets_stay_in_their_places"
EVERY: Final = 64
_TELLING: Final = "円"
"""Contents that are nobody else's: amounts. The rest is of words and days that stand elsewhere too."""
"""Files are searched in every so many seeds: that takes as long as all else."""


def leaks(people: Sequence[SyntheticResident], lines: Sequence[str], root: Path | None) -> Iterator[Violation]:
    """What was found where; never what.

    Args:
        people: whose numbers, names and contents are looked for; codes are found by their shape.
        lines: the trace: every log line and error of every system.
        root: the network's folder, if its files are to be searched.
    """
    canaries = Canaries()
    for person in people:
        canaries.plant_number(person.number.reveal())
        canaries.plant_number(person.resident.reveal())
        canaries.plant_text(person.name)
        for value in _contents(person):
            canaries.plant_text(value)
    canaries.plant_text(MARKER)
    found = list(canaries.search("the trace", "\n".join(lines).encode()))
    if root is not None:
        found += search_files(canaries, root)[1]
    for each in found:
        yield Violation(INVARIANT, f"{each.kind} in {each.place}")


def _contents(person: SyntheticResident) -> Iterator[str]:
    for body in person.addressees:
        for replica in replicas_for(body, person):
            yield from (value.reveal() for value in replica.items.values() if _TELLING in value.reveal())
