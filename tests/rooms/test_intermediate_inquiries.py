"""The inquirer's side, through a real store and real cryptography."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from renkei.messages.envelope import Label
from renkei.messages.fields import Outcome, Period
from renkei.messages.inquiry import InquiryReply
from renkei.messages.line import Holder, Holders, Inquiries, InquiryIds, InquiryState, MayAsk, RecordsQuery, Side
from renkei.messages.provision import Ack, Answer, Answers
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.sql import writer
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.rules.inquirer import request_of
from renkei.systems.intermediate.service import holders, inquiries, lawful, results
from renkei.systems.intermediate.service.inquiries import DISTRUST_MS
from renkei.terms.affairs import InformationKind, InstantMs
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from renkei.translog.keys import KeyType, VerifierKey

from .intermediate_world import (
    INQUIRY,
    KAWASAKI,
    KIND,
    OSAKA,
    TARO,
    TENANTS,
    YOKOHAMA,
    Log,
    World,
    answer_for,
    put_in,
    ready,
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await ready(tmp_path)
    yield made
    await made.database.close()


def asks(**changes: object) -> Inquiries:
    return Inquiries(inquiries=(msgspec.structs.replace(INQUIRY, **changes),))


async def asked_of_osaka(world: World) -> str:
    """An inquiry to a body elsewhere that the core has permitted."""
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, provider=OSAKA))
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PERMITTED
    return inquiry


async def answers(world: World, *given: Answer) -> list[Ack]:
    return list((await world.bring(YOKOHAMA, Label.ANSWERS, Answers(answers=given), OSAKA)).acks)


async def test_a_permitted_inquiry_is_answered_with_the_items_that_were_asked(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.ASKED
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert result.state is InquiryState.PROVIDED
    assert result.content is not None
    assert {name: value.reveal() for name, value in result.content.items()} == {"所得額": "3456789"}
    assert result.article == "50"
    assert result.receipt == world.core.decided[inquiry][1].receipt
    assert world.core.reports[inquiry].outcome is Outcome.PROVIDED
    assert world.loud == []


async def test_the_same_request_with_the_same_content_is_the_same_inquiry_also_after_a_restart(world: World) -> None:
    (first,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.restart()
    assert await world.ask(YOKOHAMA, INQUIRY, INQUIRY) == [first, first]
    await world.settle()
    assert await world.ask(YOKOHAMA, INQUIRY) == [first]
    assert list(world.core.decided) == [first]


@pytest.mark.parametrize("change", [{"unit": "福祉課"}, {"non_disclosure": True}, {"respond_within_ms": 5_000}])
async def test_the_same_request_with_other_content_is_refused_and_nothing_is_stored(
    world: World, change: dict[str, object]
) -> None:
    (first,) = await world.ask(YOKOHAMA, INQUIRY)
    reply = await inquiries.take(world.office, YOKOHAMA, asks(**change))
    assert [(each.inquiry, each.problem) for each in reply.accepted] == [(None, "repeated-otherwise")]
    await world.settle()
    assert list(world.core.decided) == [first]


async def test_one_bad_entry_does_not_spoil_the_others_of_its_list(world: World) -> None:
    bad = [
        msgspec.structs.replace(INQUIRY, request="no-person", addressee=None),
        msgspec.structs.replace(INQUIRY, request="two-persons", code=SecretText("x")),
        msgspec.structs.replace(INQUIRY, request="no-code", addressee=AddresseeNumber("77")),
        msgspec.structs.replace(INQUIRY, request="typo", addressee=None, code=SecretText("not a code")),
    ]
    reply = await inquiries.take(world.office, YOKOHAMA, Inquiries(inquiries=(*bad, INQUIRY)))
    problems = [each.problem for each in reply.accepted]
    assert problems == ["wrong-type", "wrong-type", "no-code-yet", "bad-code", None]
    assert [each.request for each in reply.accepted] == [each.request for each in (*bad, INQUIRY)]
    page = await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))
    assert [record.inquiry for record in page.records] == [reply.accepted[-1].inquiry]


async def test_a_code_with_one_wrong_character_is_refused_before_anything_is_asked(world: World) -> None:
    text = world.core.code(YOKOHAMA, TARO).text()
    for place in range(len(text)):
        wrong = text[:place] + ("b" if text[place] == "a" else "a") + text[place + 1 :]
        reply = await inquiries.take(
            world.office, YOKOHAMA, asks(request=f"r{place}", addressee=None, code=SecretText(wrong))
        )
        assert reply.accepted[0].problem == "bad-code", place
    await world.settle()
    assert world.core.decided == {}


async def test_the_own_code_may_be_presented_and_the_record_names_the_person(world: World) -> None:
    code = SecretText(world.core.code(YOKOHAMA, TARO).text())
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, addressee=None, code=code))
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED
    page = await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))
    assert page.records[0].addressee == "1"


async def test_a_code_of_another_body_goes_to_the_core_so_that_it_is_recorded_and_refused(world: World) -> None:
    world.core.refuse = lambda _: Reason.CODE_OF_ANOTHER_BODY
    code = SecretText(world.core.code(KAWASAKI, TARO).text())
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, addressee=None, code=code))
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.reason) == (InquiryState.REFUSED, "code-of-another-body")
    assert result.receipt is not None


@pytest.mark.parametrize("reason", list(Reason))
async def test_a_refusal_names_its_reason_in_two_languages_and_carries_its_proof(world: World, reason: Reason) -> None:
    world.core.refuse = lambda _: reason
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.reason) == (InquiryState.REFUSED, reason.value)
    assert result.reason_ja
    assert result.reason_en
    assert result.receipt == world.core.decided[inquiry][1].receipt
    provider = await results.records(world.office, KAWASAKI, RecordsQuery(side=Side.PROVIDER))
    assert [(each.inquiry, each.state, each.reason) for each in provider.records] == [
        (inquiry, InquiryState.REFUSED, reason.value)
    ]
    assert inquiry not in world.core.reports


async def test_what_the_core_will_never_take_ends_as_refused_and_is_said_loudly(world: World) -> None:
    world.core.problem = lambda _: Problem.REPEATED_OTHERWISE
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.reason, result.receipt) == (InquiryState.REFUSED, "repeated-otherwise", None)
    assert result.reason_ja
    assert [said[0] for said in world.loud] == ["inquiry-not-taken"]


# What the core says is believed only with proof.


def _receipt(change: Callable[[Receipt], Receipt]) -> Callable[[InquiryReply], InquiryReply]:
    def mutate(reply: InquiryReply) -> InquiryReply:
        assert reply.receipt is not None
        return msgspec.structs.replace(reply, receipt=change(reply.receipt))

    return mutate


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _other_text(text: str, place: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


MUTATIONS: dict[str, Callable[[InquiryReply], InquiryReply]] = {
    "no receipt": lambda reply: msgspec.structs.replace(reply, receipt=None),
    "no salt for the code": lambda reply: msgspec.structs.replace(reply, code_salt=None),
    "another salt for the code": lambda reply: msgspec.structs.replace(reply, code_salt=bytes(32)),
    "salt": _receipt(lambda receipt: msgspec.structs.replace(receipt, salt=_flip(receipt.salt, 31))),
    "index": _receipt(lambda receipt: msgspec.structs.replace(receipt, index=receipt.index + 1)),
    "proof cut": _receipt(lambda receipt: msgspec.structs.replace(receipt, proof=receipt.proof[1:])),
    "proof longer": _receipt(lambda receipt: msgspec.structs.replace(receipt, proof=(*receipt.proof, bytes(32)))),
    "record": _receipt(
        lambda receipt: msgspec.structs.replace(receipt, record=receipt.record.replace("refused", "permitted") + " ")
    ),
    "checkpoint": _receipt(
        lambda receipt: msgspec.structs.replace(receipt, checkpoint=_other_text(receipt.checkpoint, -5))
    ),
    "checkpoint size": _receipt(
        lambda receipt: msgspec.structs.replace(receipt, checkpoint=receipt.checkpoint.replace("\n", "\n1", 1))
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_reply_whose_proof_does_not_hold_leaves_the_inquiry_asked(world: World, name: str) -> None:
    world.core.mutate_reply = MUTATIONS[name]
    world.core.log.append("a leaf before, so that proofs have steps")
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.receipt, result.article) == (InquiryState.ASKED, None, None)
    assert [(said[0], said[3]) for said in world.loud] == [("inquiry-reply-distrusted", inquiry)]
    assert world.loud[0][1].problem is Problem.BAD_RECEIPT
    # It is not asked again at once, but it is asked again; the same inquiry gets the same decision.
    assert await inquiries.due(world.office, YOKOHAMA) == []
    world.core.mutate_reply = lambda reply: reply
    world.clock.pass_ms(DISTRUST_MS)
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED


async def test_a_checkpoint_of_another_log_is_refused_as_such(world: World) -> None:
    world.core.log = Log("other.log")
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.ASKED
    assert world.loud[0][1].problem is Problem.OTHER_LOG


async def test_a_log_of_the_same_name_with_another_key_is_refused(world: World) -> None:
    world.core.log = Log()
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.ASKED
    assert world.loud[0][1].problem is Problem.BAD_RECEIPT


RECORDS: dict[str, Callable[[InquiryRecord], InquiryRecord]] = {
    "inquirer": lambda record: msgspec.structs.replace(record, inquirer=OSAKA),
    "provider": lambda record: msgspec.structs.replace(record, provider=OSAKA),
    "kind": lambda record: msgspec.structs.replace(record, kind=InformationKind("pension")),
    "items": lambda record: msgspec.structs.replace(record, items=("所得額", "控除額")),
    "unit": lambda record: msgspec.structs.replace(record, unit="別の課"),
    "period": lambda record: msgspec.structs.replace(record, period=Period(first="2025-01-01", last="2025-12-31")),
    "asked at": lambda record: msgspec.structs.replace(record, asked_at_ms=InstantMs(record.asked_at_ms + 1)),
    "mark": lambda record: msgspec.structs.replace(record, non_disclosure=True),
    "other mark": lambda record: msgspec.structs.replace(record, no_self_information=True),
    "inquiry": lambda record: msgspec.structs.replace(record, inquiry="0" * 32),
    "no article": lambda record: msgspec.structs.replace(record, article=None),
    "no validity": lambda record: msgspec.structs.replace(record, valid_until_ms=None),
    "no commitment": lambda record: msgspec.structs.replace(record, inquirer_code=None),
    "unknown reason": lambda record: msgspec.structs.replace(record, event="refused", reason="because"),
}


@pytest.mark.parametrize("name", RECORDS)
async def test_a_true_proof_of_another_record_is_not_believed(world: World, name: str) -> None:
    world.core.mutate_record = RECORDS[name]
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.ASKED
    assert [said[0] for said in world.loud] == ["inquiry-reply-distrusted"]


async def test_a_distrusted_reply_does_not_hold_up_its_neighbours(world: World) -> None:
    others = [msgspec.structs.replace(INQUIRY, request=f"r{n}") for n in range(3)]
    ids = await world.ask(YOKOHAMA, *others)
    world.core.mutate_reply = lambda reply: (
        msgspec.structs.replace(reply, code_salt=bytes(32)) if reply.inquiry == ids[1] else reply
    )
    # Its answer cannot be taken either, for want of a permit that is believed: the provider will try again.
    with pytest.raises(RenkeiError) as caught:
        await world.settle()
    assert caught.value.problem is Problem.UNREACHABLE
    states = [(await world.result(YOKOHAMA, each)).state for each in ids]
    assert states == [InquiryState.PROVIDED, InquiryState.ASKED, InquiryState.PROVIDED]


async def test_inquiries_that_are_dated_ahead_of_the_cores_clock_wait_and_are_said_once(world: World) -> None:
    ids = await world.ask(YOKOHAMA, *(msgspec.structs.replace(INQUIRY, request=f"r{n}") for n in range(3)))
    world.core.problem = lambda _: Problem.DATED_AHEAD
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert [(await world.result(YOKOHAMA, each)).state for each in ids] == [InquiryState.ASKED] * 3
    assert [said[0] for said in world.loud] == ["inquiries-dated-ahead"]
    assert await inquiries.due(world.office, YOKOHAMA) == []
    world.core.problem = lambda _: None
    world.clock.pass_ms(DISTRUST_MS)
    await world.settle()
    assert [(await world.result(YOKOHAMA, each)).state for each in ids] == [InquiryState.PROVIDED] * 3


async def test_a_missing_reply_is_asked_for_again(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    world.core.mutate_reply = lambda reply: msgspec.structs.replace(reply, inquiry="f" * 32)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.ASKED
    world.core.mutate_reply = lambda reply: reply
    world.clock.pass_ms(DISTRUST_MS)
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED


async def test_a_policy_of_cosignatures_refuses_permits_without_them(world: World) -> None:
    witness = VerifierKey("witness.test", KeyType.COSIGNATURE, world.core.keys.public("sign"))
    with_witness = msgspec.structs.replace(world.directory, witness_keys=(witness.text(),))
    world.book = Book(with_witness, cosignatures=1)
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.ASKED
    assert "cosignatures" in world.loud[0][1].detail


async def test_a_policy_that_the_directorys_witnesses_cannot_meet_is_a_wrong_configuration(world: World) -> None:
    with pytest.raises(RenkeiError) as caught:
        Book(world.directory, cosignatures=1)
    assert caught.value.problem is Problem.BAD_CONFIGURATION


# Crashes and absent peers.


@pytest.mark.parametrize("weather", [["before"], ["after"], ["before", "after", "before"]])
async def test_a_lost_message_or_reply_is_repeated_without_harm(world: World, weather: list[str]) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    world.network.lost = list(weather)
    for _ in weather:
        with pytest.raises(PeerUnreachableError):
            await world.step()
        await world.restart()
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED
    assert list(world.core.decided) == [inquiry]
    assert world.core.times_reported == {inquiry: 1}


# Answers.


async def test_a_repeated_answer_is_acknowledged_again_and_changes_nothing(world: World) -> None:
    inquiry = await asked_of_osaka(world)
    answer = answer_for(world, inquiry)
    assert await answers(world, answer) == [Ack(id=inquiry)]
    first = await world.result(YOKOHAMA, inquiry)
    await world.restart()
    assert await answers(world, answer, answer) == [Ack(id=inquiry), Ack(id=inquiry)]
    assert await world.result(YOKOHAMA, inquiry) == first
    assert first.state is InquiryState.PROVIDED


BAD_ANSWERS: dict[str, tuple[Callable[[Answer], Answer], str]] = {
    "another permit": (lambda a: msgspec.structs.replace(a, permit_index=a.permit_index + 1), "bad-receipt"),
    "another content": (lambda a: msgspec.structs.replace(a, content={"所得額": SecretText("43")}), "bad-receipt"),
    "another salt": (lambda a: msgspec.structs.replace(a, content_salt=bytes(32)), "bad-receipt"),
    "another digest": (lambda a: msgspec.structs.replace(a, digest=bytes(32)), "bad-receipt"),
    "no digest": (lambda a: msgspec.structs.replace(a, digest=None), "bad-receipt"),
    "no content": (lambda a: msgspec.structs.replace(a, content=None), "bad-receipt"),
    "empty content": (lambda a: msgspec.structs.replace(a, content={}), "bad-receipt"),
    "items not asked": (
        lambda a: msgspec.structs.replace(a, content={"所得額": SecretText("42"), "病歴": SecretText("x")}),
        "bad-receipt",
    ),
    "content without provision": (lambda a: msgspec.structs.replace(a, outcome=Outcome.WITHHELD), "bad-receipt"),
    "too late": (lambda a: msgspec.structs.replace(a, at_ms=InstantMs(a.at_ms + 10**9)), "wrong-state"),
    "unknown inquiry": (lambda a: msgspec.structs.replace(a, inquiry="0" * 32), "unknown-inquiry"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
async def test_an_answer_that_does_not_hold_is_never_taken(world: World, name: str) -> None:
    inquiry = await asked_of_osaka(world)
    change, problem = BAD_ANSWERS[name]
    acks = await answers(world, change(answer_for(world, inquiry)))
    assert [ack.problem for ack in acks] == [problem]
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.content) == (InquiryState.PERMITTED, None)
    assert [said[0] for said in world.loud] == ["answer-turned-away"]


async def test_items_that_were_not_asked_are_refused_though_the_digest_opens(world: World) -> None:
    inquiry = await asked_of_osaka(world)
    acks = await answers(world, answer_for(world, inquiry, "病歴"))
    assert [ack.problem for ack in acks] == ["bad-receipt"]
    assert (await world.result(YOKOHAMA, inquiry)).content is None


async def test_a_body_cannot_answer_for_another(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    acks = await answers(world, answer_for(world, inquiry))
    assert [ack.problem for ack in acks] == ["unknown-inquiry"]
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PERMITTED


async def test_a_second_end_is_refused_and_the_first_stays(world: World) -> None:
    inquiry = await asked_of_osaka(world)
    withheld = answer_for(world, inquiry, outcome=Outcome.WITHHELD, content=None, content_salt=None, digest=None)
    assert await answers(world, withheld) == [Ack(id=inquiry)]
    acks = await answers(world, answer_for(world, inquiry))
    assert [ack.problem for ack in acks] == ["wrong-state"]
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.WITHHELD


async def test_a_held_answer_that_the_final_one_overtook_is_acknowledged_and_ignored(world: World) -> None:
    inquiry = await asked_of_osaka(world)
    final = answer_for(world, inquiry)
    held = answer_for(world, inquiry, outcome=Outcome.HELD, content=None, content_salt=None, digest=None)
    assert await answers(world, held) == [Ack(id=inquiry)]
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.HELD
    assert await answers(world, held, final, held) == [Ack(id=inquiry)] * 3
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED


async def test_marks_of_the_provider_are_added_to_the_inquirers_record(world: World) -> None:
    inquiry = await asked_of_osaka(world)
    await answers(world, answer_for(world, inquiry, non_disclosure=True))
    page = await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))
    assert (page.records[0].non_disclosure, page.records[0].no_self_information) == (True, False)


async def test_an_answer_that_overtakes_its_permit_waits_for_it(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, provider=OSAKA))
    asked = await inquiries.due(world.office, YOKOHAMA)
    world.core.inquire(YOKOHAMA, request_of(asked[0]))  # the core has decided; its reply is still on the way
    # Too early: not acknowledged, so it is sent again.
    assert await answers(world, answer_for(world, inquiry)) == []
    # While it waits, the permit comes.
    answer = answer_for(world, inquiry)
    waiting = asyncio.create_task(answers(world, answer))
    await inquiries.send(world.office, YOKOHAMA, asked)
    taken = await waiting or await answers(world, answer)
    assert taken == [Ack(id=inquiry)]
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED


# Long polls, pages, other tenants.


async def test_a_long_poll_ends_when_the_last_inquiry_is_final(world: World) -> None:
    ids = await world.ask(YOKOHAMA, *(msgspec.structs.replace(INQUIRY, request=f"r{n}") for n in range(3)))
    message = InquiryIds(inquiries=tuple(ids), wait_ms=30_000)
    poll = asyncio.create_task(results.results(world.office, YOKOHAMA, message))
    await asyncio.sleep(0)
    assert not poll.done()
    await world.settle()
    found = await poll
    assert [each.inquiry for each in found.results] == ids
    assert {each.state for each in found.results} == {InquiryState.PROVIDED}


async def test_one_call_asks_and_brings_what_came_of_it(world: World) -> None:
    good, bad = (msgspec.structs.replace(INQUIRY, request=request) for request in ("good", "bad"))
    bad = msgspec.structs.replace(bad, addressee=AddresseeNumber("77"))
    message = Inquiries(inquiries=(bad, good), wait_ms=30_000)
    call = asyncio.create_task(results.inquire(world.office, YOKOHAMA, message))
    while not await world.step():
        await asyncio.sleep(0)
    await world.settle()
    reply = await call
    assert [(each.request, each.problem) for each in reply.accepted] == [("bad", "no-code-yet"), ("good", None)]
    assert [(each.inquiry, each.state) for each in reply.results] == [
        (reply.accepted[1].inquiry, InquiryState.PROVIDED)
    ]
    assert reply.results[0].content is not None
    again = await results.inquire(world.office, YOKOHAMA, message)
    assert again == reply


async def test_a_call_that_waits_says_how_things_stand_when_the_time_is_over(world: World) -> None:
    reply = await results.inquire(world.office, YOKOHAMA, Inquiries(inquiries=(INQUIRY,), wait_ms=1))
    assert [each.state for each in reply.results] == [InquiryState.ASKED]


async def test_a_long_poll_gives_what_there_is_when_the_time_is_over(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    found = await results.results(world.office, YOKOHAMA, InquiryIds(inquiries=(inquiry,), wait_ms=1))
    assert [each.state for each in found.results] == [InquiryState.ASKED]


async def test_a_long_poll_does_not_wait_for_what_can_never_come(world: World) -> None:
    async with asyncio.timeout(10):
        found = await results.results(world.office, YOKOHAMA, InquiryIds(inquiries=("0" * 32,), wait_ms=30_000))
    assert found.results == ()


async def test_another_tenants_inquiries_are_simply_unknown(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    for other in TENANTS:
        found = await results.results(world.office, other, InquiryIds(inquiries=(inquiry,), wait_ms=1))
        assert bool(found.results) is (other == YOKOHAMA)
    page = await results.records(world.office, KAWASAKI, RecordsQuery(side=Side.INQUIRER))
    assert page.records == ()


async def test_records_come_in_pages_oldest_first(world: World) -> None:
    ids = await world.ask(YOKOHAMA, *(msgspec.structs.replace(INQUIRY, request=f"r{n}") for n in range(5)))
    await world.settle()
    for body, side in ((YOKOHAMA, Side.INQUIRER), (KAWASAKI, Side.PROVIDER)):
        first = await results.records(world.office, body, RecordsQuery(side=side, limit=3))
        rest = await results.records(
            world.office, body, RecordsQuery(side=side, limit=3, after=first.records[-1].sequence)
        )
        assert (first.more, rest.more) == (True, False)
        assert [each.inquiry for each in (*first.records, *rest.records)] == ids


async def test_the_copies_of_both_bodies_and_the_core_agree(world: World) -> None:
    world.core.refuse = lambda asked: Reason.UNKNOWN_CODE if asked.unit == "refuse" else None
    await world.replicate(KAWASAKI, non_disclosure=True)
    await world.ask(
        YOKOHAMA, INQUIRY, msgspec.structs.replace(INQUIRY, request="r-2", unit="refuse", no_self_information=True)
    )
    await world.settle()
    asked = (await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))).records
    noticed = (await results.records(world.office, KAWASAKI, RecordsQuery(side=Side.PROVIDER))).records
    own = {"side", "sequence", "addressee"}
    for one, other in zip(asked, noticed, strict=True):
        mine, theirs = msgspec.structs.asdict(one), msgspec.structs.asdict(other)
        assert {k: v for k, v in mine.items() if k not in own} == {k: v for k, v in theirs.items() if k not in own}
    assert [each.non_disclosure for each in asked] == [True, False]
    assert asked[0].provided_at_ms == world.core.reports[asked[0].inquiry].at_ms


# The other questions.


async def test_holders_asks_the_core_and_names_problems_per_question(world: World) -> None:
    world.core.holders = (KAWASAKI, OSAKA)
    message = Holders(
        questions=tuple(
            Holder(addressee=AddresseeNumber(each), item=INQUIRY.item, kind=KIND) for each in ("1", "9", "2")
        )
    )
    found = (await holders.holders(world.office, YOKOHAMA, message)).answers
    assert [(each.addressee, each.providers, each.problem) for each in found] == [
        ("1", (KAWASAKI, OSAKA), None),
        ("9", (), "no-code-yet"),
        ("2", (KAWASAKI, OSAKA), None),
    ]


async def test_holders_without_any_code_does_not_trouble_the_core(world: World) -> None:
    message = Holders(questions=(Holder(addressee=AddresseeNumber("9"), item=INQUIRY.item, kind=KIND),))
    before = len(world.network.sent)
    await holders.holders(world.office, YOKOHAMA, message)
    assert len(world.network.sent) == before


async def test_holders_says_unreachable_while_the_core_is(world: World) -> None:
    world.network.lost = ["before"]
    message = Holders(questions=(Holder(addressee=AddresseeNumber("1"), item=INQUIRY.item, kind=KIND),))
    with pytest.raises(RenkeiError) as caught:
        await holders.holders(world.office, YOKOHAMA, message)
    assert caught.value.problem is Problem.UNREACHABLE


async def test_may_ask_names_the_rows_and_the_bodies_of_the_directory(world: World) -> None:
    found = await lawful.rows(world.office, YOKOHAMA, MayAsk(item=INQUIRY.item, kind=KIND))
    assert found.list_version == world.permissions.version
    assert [(row.item, row.article, row.kind) for row in found.rows] == [("48", "50", "local-tax")]
    assert set(found.rows[0].providers) == {KAWASAKI, OSAKA}
    assert found.rows[0].affair_ja
    assert found.rows[0].kind_en


async def test_may_ask_follows_the_day(world: World) -> None:
    future = await lawful.rows(world.office, YOKOHAMA, MayAsk(item=INQUIRY.item, on="2020-01-01"))
    assert future.rows == ()
    with pytest.raises(RenkeiError) as caught:
        await lawful.rows(world.office, YOKOHAMA, MayAsk(on="2025-13-01"))
    assert caught.value.problem is Problem.WRONG_TYPE


async def test_a_body_that_is_not_hosted_here_gets_nothing(world: World) -> None:
    with pytest.raises(RenkeiError) as caught:
        await inquiries.take(world.office, BodyId("271004-mayor"), asks())
    assert caught.value.problem is Problem.WRONG_ROLE


async def test_a_full_queue_tells_who_comes_to_come_again_and_every_inquiry_is_asked_once(world: World) -> None:
    async def take(number: int) -> str | None:
        try:
            accepted = (await inquiries.take(world.office, YOKOHAMA, asks(request=f"r-{number}"))).accepted
        except RenkeiError as error:
            if error.problem is not Problem.BUSY:
                raise
            return None
        return accepted[0].inquiry

    with put_in(writer, "MOST_WAITING", 1):
        first = await asyncio.gather(*(take(number) for number in range(50)))
        assert None in first
        await world.restart()  # what was accepted is durable, what was refused left nothing
        taken = {number: inquiry for number, inquiry in enumerate(first) if inquiry is not None}
        while left := [number for number in range(50) if number not in taken]:
            again = await asyncio.gather(*(take(number) for number in left))
            taken |= {number: inquiry for number, inquiry in zip(left, again, strict=True) if inquiry is not None}
    assert [await take(number) for number in range(50)] == [taken[number] for number in range(50)]
    await world.settle()
    assert len(set(taken.values())) == len(world.core.decided) == 50
    assert {(await world.result(YOKOHAMA, each)).state for each in taken.values()} == {InquiryState.PROVIDED}
