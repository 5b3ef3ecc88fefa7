"""The directory as the core decides on it: look-ups, and what a change may change (design 7; 法21条2項・28条)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from renkei.law.ordinance import Ordinances
from renkei.messages.directory import BodyEntry, Directory, PiaFinding, PublicKeys, SystemEntry
from renkei.terms.affairs import Category, InstantMs
from renkei.terms.bodies import CORE, BodyId, BodyState, PiaState, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

HOLDS_BODIES: Final = frozenset({Role.INTERMEDIATE, Role.DISCLOSURE})
"""Roles of systems that hold a body's data."""
LEAP: Final = 1_000_000
"""From one log's name to the next: above every number that was published after the backup from which the core came."""


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """What the directory says about the core itself."""

    list_version: str
    log_origin: str
    log_key: str
    witness_keys: tuple[str, ...]
    keys: PublicKeys


class Register:
    """One directory with its indexes; it does not change, a new directory makes a new register."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._bodies = {entry.id: entry for entry in directory.bodies}
        self._systems = {entry.name: entry for entry in directory.systems}
        self._categories = {entry.id: frozenset(entry.categories) for entry in directory.bodies}
        self.ordinances = Ordinances(directory.ordinance_affairs, directory.limitations)

    @property
    def number(self) -> int:
        return self.directory.number

    @property
    def bodies(self) -> Iterable[BodyEntry]:
        return self._bodies.values()

    def body(self, body: BodyId) -> BodyEntry | None:
        return self._bodies.get(body)

    def system(self, name: SystemName) -> SystemEntry | None:
        return self._systems.get(name)

    def categories(self, body: BodyId) -> frozenset[Category]:
        return self._categories.get(body, frozenset())

    def takes_notices(self, body: BodyId) -> bool:
        """Bodies behind an intermediate server keep records of inquiries; the disclosure system provides nothing."""
        entry = self._bodies.get(body)
        system = None if entry is None else self._systems.get(entry.system)
        return system is not None and system.role is Role.INTERMEDIATE

    def sender(self, body: BodyId, interface: SystemName) -> BodyEntry:
        """The body that an envelope names as its sender, if it speaks through its own interface; else it is refused."""
        entry = self._bodies.get(body)
        if entry is None:
            raise RenkeiError(Problem.UNKNOWN_BODY, "sender")
        if entry.interface != interface:
            raise RenkeiError(Problem.WRONG_ROLE, "the sender is reached through another interface")
        return entry


def connected(entry: BodyEntry | None) -> bool:
    """接続している機関か."""
    return entry is not None and entry.state is BodyState.CONNECTED


def founded(own: OwnFacts, now: InstantMs) -> Directory:
    """The first directory of a new core: itself alone."""
    return Directory(
        number=1,
        made_at_ms=now,
        list_version=own.list_version,
        log_origin=own.log_origin,
        log_key=own.log_key,
        witness_keys=own.witness_keys,
        sign_key=own.keys.sign_key,
        seal_key=own.keys.seal_key,
        other_sign_keys=own.keys.other_sign_keys,
        systems=(),
        bodies=(),
    )


def with_own(directory: Directory, own: OwnFacts) -> Directory:
    """After an upgrade or a change of keys: a new log key or witness. What lists apply is left as it was (`lists`)."""
    return msgspec.structs.replace(
        founded(own, directory.made_at_ms),
        number=directory.number,
        list_version=directory.list_version,
        systems=directory.systems,
        bodies=directory.bodies,
        announced=directory.announced,
        ordinance_affairs=directory.ordinance_affairs,
        limitations=directory.limitations,
    )


def with_systems(directory: Directory, entries: Sequence[SystemEntry]) -> Directory:
    """Register or replace systems."""
    _once([entry.name for entry in entries], "systems")
    merged = {entry.name: entry for entry in (*directory.systems, *entries)}
    changed = msgspec.structs.replace(directory, systems=tuple(merged[name] for name in sorted(merged)))
    _coherent(changed)
    return changed


def with_bodies(directory: Directory, entries: Sequence[BodyEntry]) -> Directory:
    """Register or replace bodies (G11).

    The commission alone lifts a breach (法28条): an operator's entry for a known body may add one, never take it away.
    """
    _once([entry.id for entry in entries], "bodies")
    merged = {entry.id: entry for entry in directory.bodies}
    for entry in entries:
        known = merged.get(entry.id)
        breach = known is not None and known.pia is PiaState.BREACH
        merged[entry.id] = msgspec.structs.replace(entry, pia=PiaState.BREACH) if breach else entry
    changed = msgspec.structs.replace(directory, bodies=tuple(merged[body] for body in sorted(merged)))
    _coherent(changed)
    return changed


def with_findings(directory: Directory, findings: Sequence[PiaFinding]) -> Directory:
    """What the commission found about impact assessments; raises UNKNOWN_BODY."""
    _once([finding.body for finding in findings], "findings")
    found = {finding.body: finding.pia for finding in findings}
    unknown = found.keys() - {entry.id for entry in directory.bodies}
    if unknown:
        raise RenkeiError(Problem.UNKNOWN_BODY, min(unknown))
    bodies = tuple(msgspec.structs.replace(entry, pia=found.get(entry.id, entry.pia)) for entry in directory.bodies)
    return msgspec.structs.replace(directory, bodies=bodies)


def renumbered(changed: Directory, old: Directory, now: InstantMs) -> Directory | None:
    """The next directory to sign; None where nothing changed, so that a repeated message makes no new number.

    Under a new log's name it leaps: bodies have seen later numbers than a restored core has, and refuse older ones.
    """
    same = msgspec.structs.replace(changed, number=old.number, made_at_ms=old.made_at_ms)
    if same == old:
        return None
    step = 1 if changed.log_origin == old.log_origin else LEAP
    return msgspec.structs.replace(changed, number=old.number + step, made_at_ms=now)


def _once(names: Sequence[str], what: str) -> None:
    if len(set(names)) != len(names):
        raise RenkeiError(Problem.WRONG_TYPE, f"{what}: one stands twice")


def _coherent(directory: Directory) -> None:
    """Every body is reached through a registered interface and held by a registered system."""
    roles = {entry.name: entry.role for entry in directory.systems}
    for entry in directory.bodies:
        if entry.id == CORE:
            raise RenkeiError(Problem.WRONG_TYPE, "the core is not a body")
        if roles.get(entry.interface) is not Role.INTERFACE:
            raise RenkeiError(Problem.WRONG_TYPE, f"{entry.id}: its interface is not registered")
        if roles.get(entry.system) not in HOLDS_BODIES:
            raise RenkeiError(Problem.WRONG_TYPE, f"{entry.id}: its system is not registered")
