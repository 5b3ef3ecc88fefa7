"""The directory, ready to look things up in (design 7)."""

from collections.abc import Iterable
from typing import Final

from renkei.law.ordinance import Ordinances
from renkei.messages.directory import BodyEntry, Directory, SystemEntry, sign_keys
from renkei.terms.affairs import Category
from renkei.terms.bodies import CORE, BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.keys import VerifierKey
from renkei.translog.trust import Trust

NO_CATEGORY: Final[frozenset[Category]] = frozenset()


class Book:
    """One directory with its indexes.

    Args:
        directory: signed and checked.
        cosignatures: how many witnesses must have cosigned what a receipt is checked against: this server's policy.
    """

    def __init__(self, directory: Directory, cosignatures: int = 0) -> None:
        self._directory = directory
        self._bodies = {body.id: body for body in directory.bodies}
        self._systems = {system.name: system for system in directory.systems}
        self._categories = {body.id: frozenset(body.categories) for body in directory.bodies}
        self.ordinances = Ordinances(directory.ordinance_affairs, directory.limitations)
        witnesses = tuple(VerifierKey.parse(key) for key in directory.witness_keys)
        self.trust = Trust(directory.log_origin, VerifierKey.parse(directory.log_key), witnesses, cosignatures)

    @property
    def number(self) -> int:
        """Numbers only grow."""
        return self._directory.number

    @property
    def bodies(self) -> Iterable[BodyEntry]:
        """All bodies."""
        return self._bodies.values()

    def body(self, body: BodyId) -> BodyEntry:
        """The entry of a body; raises UNKNOWN_BODY."""
        found = self._bodies.get(body)
        if found is None:
            raise RenkeiError(Problem.UNKNOWN_BODY, "not in the directory")
        return found

    def knows(self, body: BodyId) -> bool:
        """Whether the directory has the body."""
        return body in self._bodies

    def categories(self, body: BodyId) -> frozenset[Category]:
        """The body's categories; none for an unknown body, whom no row of the law then names."""
        return self._categories.get(body, NO_CATEGORY)

    def sign_keys(self, party: BodyId) -> tuple[bytes, ...]:
        """The Ed25519 public keys of a body or of the core, one of which signs its messages; raises UNKNOWN_BODY."""
        return sign_keys(self._directory if party == CORE else self.body(party))

    def seal_key(self, party: BodyId) -> bytes:
        """The public key to seal to a body or to the core; raises UNKNOWN_BODY."""
        return self._directory.seal_key if party == CORE else self.body(party).seal_key

    def system_of(self, party: BodyId) -> SystemName:
        """Where a body's data are; of the core the core itself. Raises UNKNOWN_BODY."""
        return SystemName(CORE) if party == CORE else self.body(party).system

    def interface_of(self, body: BodyId) -> SystemEntry:
        """The interface system of a body; raises UNKNOWN_BODY, BAD_DIRECTORY."""
        found = self._systems.get(SystemName(self.body(body).interface))
        if found is None or found.role is not Role.INTERFACE:
            raise RenkeiError(Problem.BAD_DIRECTORY, "the interface system is missing")
        return found
