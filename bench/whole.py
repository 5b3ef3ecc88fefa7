"""Inquiries as line systems make them: to the doors of the intermediate servers, until each has its answer."""

import itertools
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.loops import Operate
from bench.wire import Pool, WireError
from renkei.messages import line
from renkei.messages.codec import encode
from renkei.platform.config import Tls
from renkei.platform.entropy import new_id
from renkei.platform.peers.tls import client_context
from renkei.sandbox.layout import BodyInfo, SandboxFile
from renkei.sandbox.plans import ITEMS, PLANS, Plan, period_of
from renkei.terms.bodies import AddresseeNumber, Role, SystemName

WAIT_MS: Final = 20_000
FINAL: Final = frozenset({"provided", "refused", "withheld", "not-held", "lapsed"})
THROUGH_BOTH: Final = tuple(plan for plan in PLANS if plan.inquirer.interface != plan.provider.interface)
"""Only questions that pass both interface systems; the others would flatter the figure."""


class UnansweredError(Exception):
    """An inquiry came to another end than an answer with content."""


class _Accepted(msgspec.Struct):
    request: str
    inquiry: str | None = None
    problem: str | None = None


class _Result(msgspec.Struct):
    inquiry: str
    state: str
    reason: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"null")


class _Reply(msgspec.Struct):
    """What this load reads of both replies: no more than it must know to believe the answer."""

    accepted: list[_Accepted] = []
    results: list[_Result] = []


_read: Final = msgspec.json.Decoder(_Reply).decode
_ONE_CALL: Final = "wait_ms" in line.Inquiries.__struct_fields__
"""Whether the door of inquiries itself waits for the answers; otherwise they are fetched with a second call."""
_EXTRA: Final[dict[str, Any]] = {"wait_ms": WAIT_MS} if _ONE_CALL else {}


@dataclass(frozen=True, slots=True)
class Office:
    """One body's line system: its connections and the persons whom it may ask about under one plan."""

    plan: Plan
    pool: Pool
    persons: tuple[AddresseeNumber, ...]
    ask: bytes
    fetch: bytes


@dataclass(slots=True)
class Offices:
    """All of them, in turn: every request goes to the next plan and the next person."""

    offices: list[Office]
    pools: list[Pool]
    _name: str = field(default_factory=new_id)
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    async def warm(self, at_once: int) -> None:
        for pool in self.pools:
            await pool.warm(max(1, at_once // len(self.pools)))

    def close(self) -> None:
        for pool in self.pools:
            pool.close()

    def lists_of(self, size: int) -> Operate:
        """A request with `size` inquiries; singles are lists of one."""

        async def operate(_: int) -> int:
            turn = next(self._turn)
            office = self.offices[turn % len(self.offices)]
            first = turn // len(self.offices) * size
            people = office.persons
            asked = [
                inquiry(office.plan, people[place % len(people)], f"{self._name}-{turn}-{place}")
                for place in range(first, first + size)
            ]
            await _answered(office, asked)
            return size

        return operate


def inquiry(plan: Plan, person: AddresseeNumber, request: str) -> line.Inquiry:
    return line.Inquiry(
        request=request,
        provider=plan.provider.id,
        item=plan.item,
        kind=plan.kind,
        items=ITEMS[plan.kind],
        unit=plan.unit,
        addressee=person,
        period=period_of(plan.kind),
    )


async def _answered(office: Office, asked: Sequence[line.Inquiry]) -> None:
    """Ask, and wait until every inquiry is provided with content; anything else is an error."""
    wire = await office.pool.take()
    sound = False
    try:
        body = encode(line.Inquiries(inquiries=tuple(asked), **_EXTRA))
        reply = _taken(await wire.post(office.ask, body))
        if refused := next((each for each in reply.accepted if each.problem), None):
            raise UnansweredError(f"turned away: {refused.problem}")
        left = {each.inquiry for each in reply.accepted if each.inquiry}
        _settle(left, reply.results)
        while left:
            query = line.InquiryIds(inquiries=tuple(sorted(left)), wait_ms=WAIT_MS)
            _settle(left, _taken(await wire.post(office.fetch, encode(query))).results)
        sound = True
    finally:
        office.pool.give(wire, sound=sound)


def _taken(reply: tuple[int, bytes]) -> _Reply:
    status, body = reply
    if status != 200:
        raise WireError(f"{status} {body[:200].decode(errors='replace')}")
    return _read(body)


def _settle(left: set[str], results: Sequence[_Result]) -> None:
    for result in results:
        if result.state not in FINAL:
            continue
        if result.state != "provided" or bytes(result.content) == b"null":
            raise UnansweredError(f"{result.state}: {result.reason}")
        left.discard(result.inquiry)


def offices(state: SandboxFile, connections: int) -> Offices:
    """The line systems of a sandbox; at most `connections` together."""
    inquirers = dict.fromkeys(plan.inquirer.id for plan in THROUGH_BOTH)
    each = max(1, -(-connections // len(inquirers)))
    pools = {body: _pool(state, state.bodies[body], each) for body in inquirers}
    made = [
        Office(
            plan,
            pools[plan.inquirer.id],
            _between(state, plan),
            pools[plan.inquirer.id].head("/v1/line/inquiries"),
            pools[plan.inquirer.id].head("/v1/line/inquiries/results"),
        )
        for plan in THROUGH_BOTH
    ]
    return Offices(made, list(pools.values()))


def _pool(state: SandboxFile, body: BodyInfo, limit: int) -> Pool:
    return Pool(body.intermediate_url, _context(state, body), limit)


def _context(state: SandboxFile, body: BodyInfo) -> ssl.SSLContext:
    tls = Tls(certificate=Path(body.certificate), key=Path(body.key), authorities=Path(state.authorities))
    return client_context(tls, Role.INTERMEDIATE, SystemName(body.intermediate))


def _between(state: SandboxFile, plan: Plan) -> tuple[AddresseeNumber, ...]:
    """The numbers by which the inquirer knows those whom the provider knows too."""
    ours, theirs = str(plan.inquirer.id), str(plan.provider.id)
    known = tuple(
        AddresseeNumber(person.addressees[ours])
        for person in state.residents
        if ours in person.addressees and theirs in person.addressees
    )
    assert known, f"no resident is known to both {ours} and {theirs}"
    return known
