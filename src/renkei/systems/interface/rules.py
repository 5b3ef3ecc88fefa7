"""Where an envelope goes next, and who may hand it in (design 1; 命令40条・41条2項・45条・46条)."""

from dataclasses import dataclass
from typing import Final

from renkei.messages.directory import BodyEntry, Directory, SystemEntry
from renkei.messages.envelope import Header
from renkei.terms.bodies import CORE, BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_HOLDERS: Final = frozenset({Role.INTERMEDIATE, Role.DISCLOSURE})
"""Systems that hold a body's data and speak for it."""


@dataclass(frozen=True, slots=True)
class Knocker:
    """Who handed the envelope in, as the certificate says."""

    role: Role
    system: SystemName


@dataclass(frozen=True, slots=True)
class Hop:
    """The next system on the way."""

    url: str
    role: Role
    system: SystemName


class Addresses:
    """The directory, ready to look things up in."""

    def __init__(self, directory: Directory) -> None:
        self.number = directory.number
        self._bodies = {body.id: body for body in directory.bodies}
        self._systems = {system.name: system for system in directory.systems}
        self._core = next((system for system in directory.systems if system.role is Role.CORE), None)

    def body(self, body: BodyId) -> BodyEntry:
        """The entry of a body; raises UNKNOWN_BODY."""
        found = self._bodies.get(body)
        if found is None:
            raise RenkeiError(Problem.UNKNOWN_BODY, "not in the directory")
        return found

    def hop(self, system: SystemName) -> Hop:
        """The way to a system; raises BAD_DIRECTORY where a body names a system that the directory does not have."""
        return _hop(self._systems.get(system))

    def core(self) -> Hop:
        """The way to the core; raises BAD_DIRECTORY where the directory has none."""
        return _hop(self._core)


def _hop(entry: SystemEntry | None) -> Hop:
    if entry is None:
        raise RenkeiError(Problem.BAD_DIRECTORY, "a system is missing")
    return Hop(entry.url, entry.role, entry.name)


def route(addresses: Addresses, own: SystemName, knocker: Knocker, header: Header) -> Hop:
    """The next system for this envelope.

    Args:
        addresses: the directory.
        own: the name of this interface system.
        knocker: who handed it in.
        header: the clear part of the envelope.

    Raises:
        RenkeiError: UNKNOWN_BODY (sender or recipient), WRONG_ROLE (this peer may not send that, or it would travel in
            a circle), BAD_DIRECTORY.
    """
    _admit(addresses, own, knocker, header.sender)
    if header.recipient == CORE:
        # Only the bodies' own systems speak to the core through us: neither the core itself nor another interface.
        _demand(knocker.role in _HOLDERS, "to the core")
        return addresses.core()
    entry = addresses.body(header.recipient)
    if entry.interface == own:
        return addresses.hop(entry.system)
    # An envelope crosses at most two interface systems; one that came from another ends here.
    _demand(knocker.role is not Role.INTERFACE, "the recipient is not connected here")
    # The core knows each body's own interface and goes straight to it.
    _demand(knocker.role is not Role.CORE, "the recipient is not connected here")
    return addresses.hop(entry.interface)


def _admit(addresses: Addresses, own: SystemName, knocker: Knocker, sender: BodyId) -> None:
    """The peer must be one that may speak for the sender: its own system, its own interface, or the core itself."""
    if knocker.role is Role.CORE:
        _demand(sender == CORE, "the core speaks for itself only")
        return
    _demand(sender != CORE, "only the core speaks for the core")
    entry = addresses.body(sender)
    if knocker.role is Role.INTERFACE:
        _demand(entry.interface == knocker.system, "the sender is connected elsewhere")
        _demand(knocker.system != own, "a circle")
        return
    _demand(knocker.role in _HOLDERS, "role")
    _demand(entry.interface == own and entry.system == knocker.system, "the sender is connected elsewhere")


def _demand(holds: bool, detail: str) -> None:  # noqa: FBT001  # a condition, named by the call
    if not holds:
        raise RenkeiError(Problem.WRONG_ROLE, detail)


def check_reply(asked: Header, reply: Header) -> None:
    """The reply must come from the recipient, to the sender, about this message; raises BAD_ENVELOPE."""
    if (reply.sender, reply.recipient, reply.answers) != (asked.recipient, asked.sender, asked.message):
        raise RenkeiError(Problem.BAD_ENVELOPE, "the reply belongs to another message")
