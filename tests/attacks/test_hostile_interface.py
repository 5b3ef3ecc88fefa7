"""A hostile interface system: everything between bodies and the core goes through its hands, and it has no key.

Tried: reading all that passes, changing each part of it, losing it, sending it again, delivering it to another body,
swapping replies, keeping it back. What stopped it stands in each test.
"""

import itertools
from collections.abc import Awaitable, Callable
from contextlib import closing

import apsw
import msgspec
import pytest

from renkei.messages.codec import encode
from renkei.messages.envelope import Envelope, Label
from renkei.messages.line import Holder, Holders, InquiryState
from renkei.messages.provision import Answers
from renkei.platform.peers.client import PeerUnreachableError
from renkei.sandbox.canaries import Canaries
from renkei.systems.intermediate.service import holders
from renkei.systems.intermediate.service import inquiries as asking
from renkei.systems.intermediate.service.inquiries import DISTRUST_MS
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from tests.rooms.intermediate_world import (
    HANAKO,
    INQUIRY,
    KAWASAKI,
    OSAKA,
    TARO,
    YOKOHAMA,
    World,
    answer_for,
)

Carry = Callable[[Envelope], Awaitable[Envelope]]


class Wire:
    """Every envelope and reply as it passes, in both directions, and what the interface does with it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: list[Envelope] = []
        self.change: Callable[[Envelope], Envelope] = lambda envelope: envelope
        self._carry, self._knock = world.carry, world.knock
        world.carry = self.carry  # type: ignore[method-assign]
        world.knock = self.knock  # type: ignore[method-assign, assignment]

    async def carry(self, envelope: Envelope) -> Envelope:
        """From a body of the server outwards."""
        if envelope.header.recipient in self.world.office.cabinets:
            return await self._carry(envelope)  # comes by at `knock`
        return await self._past(envelope, self._carry)

    async def knock(self, envelope: Envelope) -> Envelope:
        """From outside, or from a neighbour, to a body of the server."""
        return await self._past(envelope, self._knock)

    async def _past(self, envelope: Envelope, on: Carry) -> Envelope:
        self.seen.append(envelope)
        reply = await on(self.change(envelope))
        self.seen.append(reply)
        return self.change(reply)


async def life(world: World) -> None:
    """Every kind of message: codes, inquiries answered, refused, held and lapsed, holders, answers from elsewhere."""
    world.persons["canary-addressee"] = "saburo"
    await world.acquire(YOKOHAMA, "canary-addressee")
    await world.acquire(KAWASAKI, "canary-addressee")
    items = {"canary-item": SecretText("canary-content")}
    person = AddresseeNumber("canary-addressee")
    await world.replicate(KAWASAKI, addressee=person, items=items)
    about = msgspec.structs.replace(
        INQUIRY, request="canary-request", addressee=person, items=("canary-item",), unit="canary-unit"
    )
    (asked,) = await world.ask(YOKOHAMA, about)
    await world.settle()
    assert (await world.result(YOKOHAMA, asked)).content == items
    world.core.refuse = lambda _: Reason.PIA_BREACH
    await world.ask(YOKOHAMA, msgspec.structs.replace(about, request="refused"))
    await world.settle()
    world.core.refuse = lambda _: None
    world.core.acquire(OSAKA, next(iter(world.network.acquisitions)).requests[0].acquisition, "saburo")
    world.core.asks(OSAKA, KAWASAKI, "saburo")
    await world.settle()
    question = Holder(addressee=person, item=INQUIRY.item, kind=INQUIRY.kind)
    await holders.holders(world.office, YOKOHAMA, Holders(questions=(question,)))


async def test_it_reads_kind_parties_ids_times_and_sizes_and_nothing_else(world: World) -> None:
    """Stopped by the seal: HPKE and AES-256-GCM to the recipient's key, the header alone in the clear."""
    wire = Wire(world)
    await life(world)
    assert {each.header.label for each in wire.seen} == set(Label) - {Label.RECORDS, Label.RECORD_REPLIES}
    canaries = Canaries()
    for body, person in itertools.product((YOKOHAMA, KAWASAKI, OSAKA), (TARO, HANAKO, "saburo")):
        code = world.core.code(body, person)
        canaries.plant_code(code.reveal())
        canaries.plant_text(code.text())
    inquiries = tuple(world.core.decided)
    canary = ("addressee", "item", "content", "request", "unit")
    for text in (*(f"canary-{each}" for each in canary), *inquiries, INQUIRY.kind, "pia-breach", "permitted"):
        canaries.plant_text(text)
    for envelope in wire.seen:
        assert list(canaries.search(envelope.header.label.value, encode(envelope))) == []
        assert set(msgspec.to_builtins(envelope.header)) == {
            "label", "sender", "recipient", "message", "sent_at_ms", "answers",
        }  # fmt: skip
    # The same search finds what is there to be found.
    assert list(canaries.search("x", b"." + inquiries[0].encode()))


async def test_it_cannot_tell_whether_two_messages_are_about_the_same_person(world: World) -> None:
    """Stopped by a nonce that never repeats: equal contents give unequal ciphertexts, under one key and under many."""
    wire = Wire(world)
    for request in ("a", "b", "c"):
        await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, request=request))
        await world.settle()
    blocks = [
        envelope.sealed[start : start + 16]
        for envelope in wire.seen
        for start in range(8, len(envelope.sealed) - 16, 16)
    ]
    assert len(blocks) > 500
    assert len(set(blocks)) == len(blocks)


def _flip(name: str) -> Callable[[Envelope], Envelope]:
    def change(envelope: Envelope) -> Envelope:
        value = getattr(envelope, name)
        return msgspec.structs.replace(envelope, **{name: value[:-1] + bytes([value[-1] ^ 1])})

    return change


def _head(**changes: object) -> Callable[[Envelope], Envelope]:
    def change(envelope: Envelope) -> Envelope:
        return msgspec.structs.replace(envelope, header=msgspec.structs.replace(envelope.header, **changes))

    return change


CHANGES: dict[str, Callable[[Envelope], Envelope]] = {
    "sealed": _flip("sealed"),
    "cut": lambda envelope: msgspec.structs.replace(envelope, sealed=envelope.sealed[:-16]),
    "key": _flip("key"),
    "signature": _flip("signature"),
    "label": lambda e: _head(label=Label.CODES if e.header.label is not Label.CODES else Label.NOTICES)(e),
    "message": _head(message="0" * 32),
    "sent_at_ms": lambda e: _head(sent_at_ms=e.header.sent_at_ms - 1)(e),
    "sender": lambda e: _head(sender=OSAKA if e.header.sender != OSAKA else KAWASAKI)(e),
    "recipient": lambda e: _head(recipient=YOKOHAMA if e.header.recipient != YOKOHAMA else KAWASAKI)(e),
    "answers": _head(answers="0" * 32),
}


@pytest.mark.parametrize("part", CHANGES)
async def test_whatever_it_changes_in_whatever_message_is_noticed_and_sent_again(world: World, part: str) -> None:
    """Tried: this part, once in every message and reply of a whole inquiry. Stopped by signature, seal and the header
    that is bound in: each is refused or asked again, and the inquiry has its one end and its one record.
    """
    wire, touched = Wire(world), set[tuple[Label, BodyId, BodyId]]()

    def once(envelope: Envelope) -> Envelope:
        header = envelope.header
        kind = (header.label, header.sender, header.recipient)
        if kind in touched:
            return envelope
        touched.add(kind)
        return CHANGES[part](envelope)

    wire.change = once
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    refusals = 0
    for _ in range(40):
        try:
            if not await world.step():
                break
        except (RenkeiError, AssertionError, LookupError):  # doubles of core and outsider raise what a peer would tell
            refusals += 1
        world.clock.pass_ms(DISTRUST_MS)
    assert len(touched) >= 6
    assert refusals >= 6
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.content) == (InquiryState.PROVIDED, {"所得額": SecretText("3456789")})
    assert len(world.core.log.leaves) == 1
    assert world.core.reports.keys() == {inquiry}


@pytest.mark.parametrize("lost", ["before", "after"])
async def test_what_it_loses_is_sent_again_until_it_arrives(world: World, lost: str) -> None:
    """Tried: every message lost once, before or after it arrived. Stopped by outboxes and ids."""
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    world.network.lost = [lost, "", lost, "", lost]
    while True:
        try:
            if not await world.step():
                break
        except PeerUnreachableError:
            continue
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED
    assert world.core.times_reported.keys() == {inquiry}


async def test_what_it_keeps_back_for_good_is_seen_to_be_missing(world: World) -> None:
    """NOT stopped: an interface can be silent. Seen by the inquirer, whose permit lapses, and by the pump's state."""
    wire = Wire(world)

    def refuse(envelope: Envelope) -> Envelope:
        if envelope.header.label is Label.NOTICES:
            raise RenkeiError(Problem.UNREACHABLE, "kept back")
        return envelope

    wire.change = refuse
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await asking.send(world.office, YOKOHAMA, await asking.due(world.office, YOKOHAMA))
    with pytest.raises(RenkeiError):
        await world.core_sends(KAWASAKI)
    result = await world.result(YOKOHAMA, inquiry)
    assert result.state is InquiryState.PERMITTED
    assert result.valid_until_ms is not None


def _rows(world: World) -> list[object]:
    with closing(apsw.Connection(str(world.path))) as connection:
        return [
            list(connection.execute(f"SELECT * FROM {table} ORDER BY rowid"))
            for table in ("code", "acquisition", "replica", "inquiry", "provision")
        ]


async def test_what_it_sends_again_changes_nothing(world: World) -> None:
    """Tried: everything that it ever carried to bodies, again, in order and in reverse. Stopped by the ids of
    inquiries, deliveries and permits: no row of the store changes, and the core is asked and told nothing new.
    """
    wire = Wire(world)
    await life(world)
    before, sent = _rows(world), len(world.network.sent)
    for envelope in [*wire.seen, *reversed(wire.seen)]:
        if envelope.header.recipient in world.office.cabinets and envelope.header.answers is None:
            await wire.knock(envelope)
    assert _rows(world) == before
    assert not await world.step()
    assert len(world.network.sent) == sent


async def test_replies_that_it_swaps_are_not_believed(world: World) -> None:
    """Tried: the reply to one message given as the reply to another. Stopped by the id that each reply answers."""
    first, second = await world.ask(YOKOHAMA, INQUIRY, msgspec.structs.replace(INQUIRY, request="r-2"))
    honest, kept = world.carry, list[Envelope]()

    async def swap(envelope: Envelope) -> Envelope:
        kept.append(await honest(envelope))
        return kept[0]

    world.carry = swap  # type: ignore[method-assign]
    one, other = await asking.due(world.office, YOKOHAMA)
    await asking.send(world.office, YOKOHAMA, [one])
    with pytest.raises(RenkeiError) as caught:
        await asking.send(world.office, YOKOHAMA, [other])
    assert caught.value.problem is Problem.BAD_ENVELOPE
    states = [(await world.result(YOKOHAMA, each)).state for each in (first, second)]
    assert states == [InquiryState.PERMITTED, InquiryState.ASKED]


async def test_an_answer_given_to_another_inquiry_is_not_taken(world: World) -> None:
    """Tried, with the provider's help: the answer to one permit for another. Stopped by leaf and digest."""
    (about_osaka,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, provider=OSAKA, request="r-9"))
    world.core.log.append("another leaf")
    await asking.send(world.office, YOKOHAMA, await asking.due(world.office, YOKOHAMA))
    honest = answer_for(world, about_osaka)
    swapped = msgspec.structs.replace(honest, permit_index=honest.permit_index + 1)
    acks = (await world.bring(YOKOHAMA, Label.ANSWERS, Answers(answers=(swapped,)), sender=OSAKA)).acks
    assert [ack.problem for ack in acks] == ["bad-receipt"]
