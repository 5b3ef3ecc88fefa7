"""The machine door of an intermediate server: which envelopes are opened, and for whom."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from renkei.crypto.envelope import Identity, seal_envelope
from renkei.messages.acquisition import CodeDeliveries, CodeDelivery
from renkei.messages.codec import Message, encode
from renkei.messages.envelope import Envelope, Header, Label
from renkei.messages.line import RecordsQuery, Side
from renkei.messages.provision import Acks
from renkei.platform.entropy import system_entropy
from renkei.systems.intermediate.service import inquiries, results
from renkei.terms.bodies import CORE, BodyId
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .intermediate_world import INQUIRY, KANAGAWA, KAWASAKI, OSAKA, OTHER_INTERFACE, YOKOHAMA, World, ready

NOTHING = CodeDeliveries(deliveries=(CodeDelivery(id="a" * 32, acquisition=AcquisitionNumber("b" * 32), code=None),))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await ready(tmp_path)
    yield made
    await made.database.close()


def letter(
    world: World, label: Label, message: Message = NOTHING, sender: BodyId = CORE, recipient: BodyId = YOKOHAMA
) -> Envelope:
    identity = world.core.identity if sender == CORE else world.outsider.identity
    header = Header(
        label=label,
        sender=sender,
        recipient=recipient,
        message=system_entropy(16).hex(),
        sent_at_ms=world.clock.now_ms(),
    )
    known = recipient if world.book.knows(recipient) else YOKOHAMA
    return seal_envelope(identity, header, encode(message), world.book.seal_key(known))


async def refusal(world: World, envelope: Envelope, **knock: object) -> Problem:
    with pytest.raises(RenkeiError) as caught:
        await world.knock(envelope, **knock)  # type: ignore[arg-type]
    return caught.value.problem


async def test_a_sound_envelope_is_answered_in_the_recipients_name(world: World) -> None:
    envelope = letter(world, Label.CODES)
    reply = await world.knock(envelope)
    assert (reply.header.sender, reply.header.recipient) == (YOKOHAMA, CORE)
    assert (reply.header.label, reply.header.answers) == (Label.ACKS, envelope.header.message)


async def test_only_the_recipients_own_interface_may_bring_it(world: World) -> None:
    assert await refusal(world, letter(world, Label.CODES), interface=OTHER_INTERFACE) is Problem.WRONG_ROLE


async def test_a_body_that_is_not_hosted_here_is_unknown(world: World) -> None:
    assert await refusal(world, letter(world, Label.CODES, recipient=OSAKA)) is Problem.UNKNOWN_BODY
    assert await refusal(world, letter(world, Label.CODES, recipient=CORE)) is Problem.UNKNOWN_BODY


async def test_an_unknown_sender_is_refused_and_the_directory_looked_up(world: World) -> None:
    looked: list[bool] = []
    world.office.wake.directory = lambda: looked.append(True)
    envelope = letter(world, Label.ANSWERS, sender=BodyId("999999-mayor"))
    assert await refusal(world, envelope) is Problem.UNKNOWN_BODY
    assert looked


@pytest.mark.parametrize("label", [label for label in Label if label not in {Label.CODES, Label.NOTICES}])
async def test_from_the_core_only_codes_and_notices_are_taken(world: World, label: Label) -> None:
    assert await refusal(world, letter(world, label)) is Problem.WRONG_ROLE


@pytest.mark.parametrize("label", [label for label in Label if label is not Label.ANSWERS])
async def test_from_a_body_only_answers_are_taken(world: World, label: Label) -> None:
    assert await refusal(world, letter(world, label, sender=OSAKA)) is Problem.WRONG_ROLE


async def test_a_body_cannot_pose_as_the_core(world: World) -> None:
    header = Header(
        label=Label.CODES, sender=CORE, recipient=YOKOHAMA, message="a" * 32, sent_at_ms=world.clock.now_ms()
    )
    forged = seal_envelope(world.outsider.identity, header, encode(NOTHING), world.book.seal_key(YOKOHAMA))
    assert await refusal(world, forged) is Problem.BAD_ENVELOPE


@pytest.mark.parametrize("part", ["label", "message", "sent_at_ms", "recipient", "answers"])
async def test_every_part_of_the_header_is_bound(world: World, part: str) -> None:
    envelope = letter(world, Label.CODES)
    other = {
        "label": Label.NOTICES,
        "message": "f" * 32,
        "sent_at_ms": 1,
        "recipient": KAWASAKI,
        "answers": "f" * 32,
    }[part]
    changed = msgspec.structs.replace(envelope, header=msgspec.structs.replace(envelope.header, **{part: other}))
    assert await refusal(world, changed) is Problem.BAD_ENVELOPE


async def test_any_changed_byte_of_the_seal_or_signature_is_refused(world: World) -> None:
    envelope = letter(world, Label.CODES)
    for part in ("key", "signature", "sealed"):
        value = getattr(envelope, part)
        for place in (0, len(value) // 2, len(value) - 1):
            changed = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
            assert await refusal(world, msgspec.structs.replace(envelope, **{part: changed})) is Problem.BAD_ENVELOPE
    empty = msgspec.structs.replace(envelope, sealed=b"")
    assert await refusal(world, empty) is Problem.BAD_ENVELOPE


async def test_a_payload_of_another_kind_is_refused_and_nothing_is_stored(world: World) -> None:
    assert await refusal(world, letter(world, Label.NOTICES)) is Problem.UNKNOWN_FIELD
    assert await refusal(world, letter(world, Label.CODES, Acks(acks=()))) is Problem.UNKNOWN_FIELD
    page = await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.PROVIDER))
    assert page.records == ()


async def test_one_tenants_envelope_does_not_open_for_another(world: World) -> None:
    """The seal is to one body's key, though both keys lie in one store."""
    header = Header(
        label=Label.CODES, sender=CORE, recipient=KANAGAWA, message="a" * 32, sent_at_ms=world.clock.now_ms()
    )
    crossed = seal_envelope(world.core.identity, header, encode(NOTHING), world.book.seal_key(YOKOHAMA))
    assert await refusal(world, crossed) is Problem.BAD_ENVELOPE


@pytest.mark.parametrize("part", ["label", "sender", "recipient", "answers"])
async def test_a_reply_to_another_message_is_not_believed(world: World, part: str) -> None:
    honest = world.carry
    other = {"label": Label.ACKS, "sender": OSAKA, "recipient": KAWASAKI, "answers": "f" * 32}[part]

    async def crossed(envelope: Envelope) -> Envelope:
        reply = await honest(envelope)
        return msgspec.structs.replace(reply, header=msgspec.structs.replace(reply.header, **{part: other}))

    world.carry = crossed  # type: ignore[method-assign]
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    with pytest.raises(RenkeiError) as caught:
        await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert caught.value.problem is Problem.BAD_ENVELOPE
    assert (await world.result(YOKOHAMA, inquiry)).state.value == "asked"


async def test_a_reply_that_somebody_else_sealed_is_not_believed(world: World) -> None:
    async def forged(envelope: Envelope) -> Envelope:
        header = Header(
            label=Label.INQUIRY_REPLIES,
            sender=CORE,
            recipient=YOKOHAMA,
            message="a" * 32,
            sent_at_ms=world.clock.now_ms(),
            answers=envelope.header.message,
        )
        intruder = Identity(world.outsider.keys)
        return seal_envelope(intruder, header, encode(Acks(acks=())), world.book.seal_key(YOKOHAMA))

    world.carry = forged  # type: ignore[method-assign]
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    with pytest.raises(RenkeiError) as caught:
        await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert caught.value.problem is Problem.BAD_ENVELOPE
    assert (await world.result(YOKOHAMA, inquiry)).state.value == "asked"
