"""A hostile interface system: everything between bodies and the core goes through its hands, and it has no key.

Tried: reading all that passes, changing each part of it, losing it, sending it again, delivering it to another body,
swapping replies, keeping it back. What stopped it stands in each test.
"""

import itertools
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass

import apsw
import msgspec
import pytest

from renkei.messages.codec import encode
from renkei.messages.envelope import Envelope, Label
from renkei.messages.line import Holder, Holders, InquiryState, RecordsQuery, Side
from renkei.messages.log import RecordKeys, RecordKeysQuery
from renkei.messages.provision import Answers
from renkei.platform.peers.client import PeerUnreachableError
from renkei.sandbox.canaries import Canaries
from renkei.systems.core import wiring
from renkei.systems.intermediate.service import due, holders, results, sending
from renkei.systems.intermediate.service import inquiries as asking
from renkei.systems.intermediate.service.inquiries import DISTRUST_MS
from renkei.terms.bodies import CORE, AddresseeNumber, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from tests.rooms.core_stage import MAYOR, OTHER, Stage
from tests.rooms.core_stage import inquiry as made_inquiry
from tests.rooms.intermediate_world import (
    HANAKO,
    INQUIRY,
    KAWASAKI,
    OSAKA,
    TARO,
    TENANTS,
    YOKOHAMA,
    FakeClock,
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
        self._changed = False
        """One that was on its way out when its recipient was changed comes by again on its way in."""
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
        if self._changed:
            return await on(envelope)
        self.seen.append(envelope)
        self._changed = True
        try:
            reply = await on(self.change(envelope))
        finally:
            self._changed = False
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
OF_ONE_INQUIRY = {
    (Label.INQUIRIES, YOKOHAMA, CORE),
    (Label.INQUIRY_REPLIES, CORE, YOKOHAMA),
    (Label.NOTICES, CORE, KAWASAKI),
    (Label.ACKS, KAWASAKI, CORE),
    (Label.ANSWERS, KAWASAKI, YOKOHAMA),
    (Label.ACKS, YOKOHAMA, KAWASAKI),
    (Label.REPORTS, KAWASAKI, CORE),
    (Label.ACKS, CORE, KAWASAKI),
}
"""Every message and reply."""


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
    refusals = list[Problem]()
    moved = True
    while moved:
        try:
            moved = await world.step()
        except RenkeiError as error:
            refusals.append(error.problem)
        world.clock.pass_ms(DISTRUST_MS)
    assert touched == OF_ONE_INQUIRY
    assert len(refusals) == len(touched)
    assert set(refusals) <= {Problem.BAD_ENVELOPE, Problem.WRONG_ROLE}
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


async def loops(world: World) -> None:
    """Every loop of the server and of the core for itself, as they run: one that is stuck holds up no other."""
    office = world.office
    for body in TENANTS:
        with suppress(RenkeiError):
            if asked := await asking.due(office, body):
                await asking.send(office, body, asked)
        with suppress(RenkeiError):
            await world.core_sends(body)
        for inquirer in await sending.destinations(office, body):
            with suppress(RenkeiError):
                await sending.send_answers(office, body, inquirer, await sending.answers_due(office, body, inquirer))
        with suppress(RenkeiError):
            if reports := await sending.reports_due(office, body):
                await sending.send_reports(office, body, reports)
    await due.settle(office)


@dataclass(frozen=True)
class Missing:
    """How an inquiry stands everywhere, long after its permit's validity."""

    inquirer: InquiryState
    provider: InquiryState | None
    """None: it has no record of it."""
    at_core: str | None
    """What the core's log says of it last."""
    still_due: str
    """What stands in an outbox, and will as long as it is kept back."""


KEPT_BACK = {
    Label.INQUIRIES: Missing(InquiryState.ASKED, None, None, "inquiry"),
    Label.INQUIRY_REPLIES: Missing(InquiryState.ASKED, InquiryState.PROVIDED, "provided", "inquiry+answer"),
    Label.NOTICES: Missing(InquiryState.PERMITTED, None, "permitted", "notice"),
    Label.ANSWERS: Missing(InquiryState.PERMITTED, InquiryState.PROVIDED, "provided", "answer"),
    Label.REPORTS: Missing(InquiryState.PROVIDED, InquiryState.PROVIDED, "permitted", "report"),
}


async def _standing(world: World, inquiry: str) -> Missing:
    office = world.office
    noticed = (await results.records(office, KAWASAKI, RecordsQuery(side=Side.PROVIDER))).records
    permit = "permitted" if inquiry in world.core.decided else None
    last = world.core.reports[inquiry].outcome.value if inquiry in world.core.reports else permit
    boxes = {
        "inquiry": await asking.due(office, YOKOHAMA),
        "notice": world.core.notices.get(KAWASAKI),
        "answer": await sending.answers_due(office, KAWASAKI, YOKOHAMA),
        "report": await sending.reports_due(office, KAWASAKI),
    }
    return Missing(
        (await world.result(YOKOHAMA, inquiry)).state,
        noticed[0].state if noticed else None,
        last,
        "+".join(name for name, box in boxes.items() if box),
    )


@pytest.mark.parametrize("label", KEPT_BACK, ids=lambda label: label.value)
async def test_what_it_keeps_back_for_good_is_missing_and_nothing_lapses_by_itself(world: World, label: Label) -> None:
    """NOT stopped: an interface can be silent, of one kind of message and for ever.

    An inquirer is told nothing: its inquiry stays as it is, long past the validity, and what shows it is a validity
    that is over. Whoever had to send has it in the outbox for ever, and tries again.
    """
    wire = Wire(world)

    def keep(envelope: Envelope) -> Envelope:
        if envelope.header.label is label:
            raise PeerUnreachableError(Problem.UNREACHABLE, "kept back")
        return envelope

    wire.change = keep
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    for _ in range(4):
        await loops(world)
    before = await _standing(world, inquiry)
    world.clock.pass_ms(world.core.validity_ms + 10_000)
    for _ in range(4):
        await loops(world)
    assert before == await _standing(world, inquiry) == KEPT_BACK[label]
    result = await world.result(YOKOHAMA, inquiry)
    if result.state is InquiryState.PERMITTED:
        assert result.content is None
        assert result.valid_until_ms is not None
        assert result.valid_until_ms < world.clock.now_ms()


async def test_a_notice_that_it_keeps_back_for_good_stands_in_the_cores_counts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NOT stopped, and seen by operators and supervision: a notice is pending, and the record stays without an end."""
    await stage.code(OTHER, 1)
    asked, provider = made_inquiry(await stage.code(MAYOR, 1)), stage.bodies[OTHER]
    await stage.settled(lambda counts: counts.pending_codes == 0)
    provider.away = True
    (reply,) = await stage.inquire(asked)
    until = stage.verified(reply).record["valid_until_ms"]
    await stage.stop()
    monkeypatch.setattr(wiring, "SystemClock", lambda: FakeClock(until + 10_000))
    before = provider.asked
    await stage.start()
    await stage.until(provider, lambda: provider.asked > before)  # tried again after the validity
    counts = await stage.counts()
    assert (counts.pending_notices, counts.events, counts.log_size) == (1, {"permitted": 1}, 1)
    (key,) = (await stage.supervision.send(stage.target, "/v1/record-keys", RecordKeysQuery(), RecordKeys)).records
    assert (key.inquiry, key.state) == (asked.inquiry, "permitted")
    provider.away = False
    await stage.settled(lambda counts: counts.pending_notices == 0)
    assert [notice.inquiry for notice in provider.notices] == [asked.inquiry]


@pytest.mark.parametrize(
    ("label", "late"),
    [
        (Label.NOTICES, InquiryState.LAPSED),  # 命令41条3項: the notice has no force any more
        (Label.ANSWERS, InquiryState.PROVIDED),  # provided in time, which is what counts
    ],
)
async def test_what_it_brings_after_the_validity_lapses_unless_it_was_provided_in_time(
    world: World, label: Label, late: InquiryState
) -> None:
    """Tried: kept back until the permit is over, then brought. The provider lapses, and tells inquirer and core."""
    wire = Wire(world)

    def keep(envelope: Envelope) -> Envelope:
        if envelope.header.label is label:
            raise PeerUnreachableError(Problem.UNREACHABLE, "kept back")
        return envelope

    wire.change = keep
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    for _ in range(4):
        await loops(world)
    world.clock.pass_ms(world.core.validity_ms + 10_000)
    wire.change = lambda envelope: envelope
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert result.state is late
    assert (result.content is None) is (late is InquiryState.LAPSED)
    assert world.core.reports[inquiry].outcome.value == late.value


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
