"""The provider's side, through a real store and real cryptography."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from renkei.law.editions import Editions
from renkei.messages.envelope import Label
from renkei.messages.fields import Outcome, Period
from renkei.messages.line import Decision, Decisions, InquiryState, RecordsQuery, ReplicaKey, ReplicaKeys, Side
from renkei.messages.provision import Ack, Notice, Notices
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.platform.peers.client import PeerUnreachableError
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.rules.kept import KeptProvision
from renkei.systems.intermediate.service import clerks, due, office, replicas, results, sending
from renkei.systems.intermediate.service.cabinet import NOTICED
from renkei.systems.intermediate.service.inquiries import due as inquiries_due
from renkei.systems.intermediate.service.inquiries import send as inquiries_send
from renkei.terms.affairs import ASKED_AHEAD_MS, ArticleNumber, InformationKind, InstantMs, ItemNumber, law_date
from renkei.terms.bodies import AddresseeNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

from .intermediate_world import (
    HANAKO,
    INQUIRY,
    KANAGAWA,
    KAWASAKI,
    KIND,
    OSAKA,
    TARO,
    YOKOHAMA,
    World,
    ready,
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await ready(tmp_path)
    yield made
    await made.database.close()


async def noticed(world: World, **changes: object) -> tuple[str, Notice]:
    """An inquiry that the core has permitted; its notice is still with the core."""
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, **changes))
    await inquiries_send(world.office, YOKOHAMA, await inquiries_due(world.office, YOKOHAMA))
    return inquiry, world.core.notices[KAWASAKI][inquiry]


async def bring(world: World, *notices: Notice) -> list[Ack]:
    return list((await world.bring(KAWASAKI, Label.NOTICES, Notices(notices=notices))).acks)


async def provider_records(world: World) -> list[tuple[str, InquiryState]]:
    page = await results.records(world.office, KAWASAKI, RecordsQuery(side=Side.PROVIDER))
    return [(each.inquiry, each.state) for each in page.records]


async def nothing_was_done(world: World) -> bool:
    office = world.office
    waiting = await sending.destinations(office, KAWASAKI) or await sending.reports_due(office, KAWASAKI)
    return await provider_records(world) == [] and not waiting


# Which notices are believed.


def _receipt(change: Callable[[Receipt], Receipt]) -> Callable[[Notice], Notice]:
    return lambda notice: msgspec.structs.replace(notice, receipt=change(notice.receipt))


def _replaced(text: str, place: int) -> str:
    place %= len(text)
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


BAD_NOTICES: dict[str, Callable[[Notice], Notice]] = {
    "salt": _receipt(lambda r: msgspec.structs.replace(r, salt=bytes([r.salt[0] ^ 128]) + r.salt[1:])),
    "index": _receipt(lambda r: msgspec.structs.replace(r, index=r.index ^ 1)),
    "no proof": _receipt(lambda r: msgspec.structs.replace(r, proof=())),
    "proof": _receipt(lambda r: msgspec.structs.replace(r, proof=(bytes(32), *r.proof[1:]))),
    "a signature": _receipt(lambda r: msgspec.structs.replace(r, checkpoint=_replaced(r.checkpoint, -9))),
    "root": _receipt(lambda r: msgspec.structs.replace(r, checkpoint=_replaced(r.checkpoint, 30))),
    "not canonical": _receipt(lambda r: msgspec.structs.replace(r, record=r.record.replace(":", ": ", 1))),
    "not a record": _receipt(lambda r: msgspec.structs.replace(r, record='{"v":1}')),
    "no code": lambda n: msgspec.structs.replace(n, code=None),
    "no salt": lambda n: msgspec.structs.replace(n, code_salt=None),
    "another salt": lambda n: msgspec.structs.replace(n, code_salt=bytes(32)),
    "typing error in the code": lambda n: msgspec.structs.replace(n, code=SecretText("100-a-b")),
    "another inquiry": lambda n: msgspec.structs.replace(n, inquiry="0" * 32),
}


@pytest.mark.parametrize("name", BAD_NOTICES)
async def test_a_notice_that_does_not_hold_gets_no_answer_and_leaves_nothing(world: World, name: str) -> None:
    world.core.log.append("so that proofs have steps")
    _, notice = await noticed(world)
    world.loud.clear()
    acks = await bring(world, BAD_NOTICES[name](notice))
    assert [ack.problem for ack in acks] == ["bad-receipt"]
    assert [said[0] for said in world.loud] == ["notice-turned-away"]
    assert await nothing_was_done(world)
    # The true one is taken afterwards.
    assert [ack.problem for ack in await bring(world, notice)] == [None]


async def test_every_changed_character_of_a_permits_record_is_noticed(world: World) -> None:
    _, notice = await noticed(world)
    text = notice.receipt.record
    changed = [
        msgspec.structs.replace(notice, receipt=msgspec.structs.replace(notice.receipt, record=_replaced(text, place)))
        for place in range(len(text))
    ]
    acks = await bring(world, *changed)
    assert {ack.problem for ack in acks} == {"bad-receipt"}
    assert len(acks) == len(text)
    assert await nothing_was_done(world)


async def test_a_code_of_the_right_form_that_the_permit_does_not_commit_to_is_refused(world: World) -> None:
    _, notice = await noticed(world)
    other = SecretText(world.core.code(KAWASAKI, HANAKO).text())
    assert [ack.problem for ack in await bring(world, msgspec.structs.replace(notice, code=other))] == ["bad-receipt"]
    foreign = SecretText(world.core.code(YOKOHAMA, TARO).text())
    assert [ack.problem for ack in await bring(world, msgspec.structs.replace(notice, code=foreign))] == ["bad-receipt"]
    assert await nothing_was_done(world)


async def test_a_notice_of_a_log_that_our_directory_does_not_name_waits_for_a_newer_directory(world: World) -> None:
    _, notice = await noticed(world)
    named = world.book
    world.book = Book(msgspec.structs.replace(world.directory, log_origin="elsewhere.test"))
    assert await bring(world, notice) == await bring(world, notice) == []
    assert [(event, error.problem) for event, error, *_ in world.loud] == [("notice-of-another-log", Problem.OTHER_LOG)]
    assert await nothing_was_done(world)
    world.book = named
    assert [ack.problem for ack in await bring(world, notice)] == [None]


async def test_a_notice_for_another_tenant_is_refused_though_its_proof_is_true(world: World) -> None:
    _, notice = await noticed(world)
    acks = (await world.bring(KANAGAWA, Label.NOTICES, Notices(notices=(notice,)))).acks
    assert [ack.problem for ack in acks] == ["bad-receipt"]
    page = await results.records(world.office, KANAGAWA, RecordsQuery(side=Side.PROVIDER))
    assert page.records == ()


LONG_AGO = InstantMs(1_400_000_000_000)
RECORDS: dict[str, tuple[Callable[[InquiryRecord], InquiryRecord], str]] = {
    "no such item": (lambda r: msgspec.structs.replace(r, item=ItemNumber("999")), "no-statutory-basis"),
    "not in force": (
        lambda r: msgspec.structs.replace(r, asked_at_ms=LONG_AGO, at_ms=LONG_AGO),
        "rule-not-in-force",
    ),
    "asked long before it was decided": (lambda r: msgspec.structs.replace(r, asked_at_ms=LONG_AGO), "bad-receipt"),
    "not listed": (lambda r: msgspec.structs.replace(r, kind=InformationKind("immigration")), "provider-not-listed"),
    "another article": (lambda r: msgspec.structs.replace(r, article=ArticleNumber("51")), "no-statutory-basis"),
    "inquirer of no such category": (lambda r: msgspec.structs.replace(r, inquirer=KANAGAWA), "inquirer-not-listed"),
    "no article": (lambda r: msgspec.structs.replace(r, article=None), "bad-receipt"),
    "no validity": (lambda r: msgspec.structs.replace(r, valid_until_ms=None), "bad-receipt"),
    "no commitment": (lambda r: msgspec.structs.replace(r, provider_code=None), "bad-receipt"),
    "refused with a code": (
        lambda r: msgspec.structs.replace(r, event="refused", reason="pia-breach", valid_until_ms=None),
        "bad-receipt",
    ),
}


@pytest.mark.parametrize("name", RECORDS)
async def test_a_permit_that_the_own_law_does_not_repeat_is_turned_away(world: World, name: str) -> None:
    world.core.mutate_record, problem = RECORDS[name]
    _, notice = await noticed(world)
    assert [ack.problem for ack in await bring(world, notice)] == [problem]
    assert await nothing_was_done(world)


async def test_an_inquirer_newer_than_the_directory_is_left_out_and_the_directory_is_fetched(world: World) -> None:
    _, notice = await noticed(world)
    known = tuple(body for body in world.directory.bodies if body.id != YOKOHAMA)
    world.book = Book(msgspec.structs.replace(world.directory, bodies=known))
    fetched: list[bool] = []
    world.office.wake.directory = lambda: fetched.append(True)
    assert await bring(world, notice) == []
    assert fetched
    world.book = Book(world.directory)
    assert [ack.problem for ack in await bring(world, notice)] == [None]


async def test_a_repeated_notice_is_acknowledged_again_and_answered_once(world: World) -> None:
    inquiry, notice = await noticed(world)
    assert await bring(world, notice, notice) == [Ack(id=inquiry), Ack(id=inquiry)]
    await world.restart()
    assert await bring(world, notice) == [Ack(id=inquiry)]
    await world.settle()
    assert await bring(world, notice) == [Ack(id=inquiry)]
    await world.settle()
    assert await provider_records(world) == [(inquiry, InquiryState.PROVIDED)]
    assert world.core.times_reported == {inquiry: 1}


async def test_a_repeat_is_acknowledged_though_the_list_has_changed_since(world: World) -> None:
    inquiry, notice = await noticed(world)
    await bring(world, notice)
    yesterday = law_date(world.clock.now_ms()) - timedelta(days=1)
    newer = replace(world.permissions, version="f" * 64, rows=())
    world.law = Editions(world.law.base, ((yesterday, newer.version),), {**world.law.held, newer.version: newer})
    assert await bring(world, notice) == [Ack(id=inquiry)]


async def test_the_same_inquiry_under_another_leaf_is_refused(world: World) -> None:
    inquiry, notice = await noticed(world)
    await bring(world, notice)
    text = notice.receipt.record
    again = world.core.log.receipt(text, *world.core.log.append(text))
    acks = await bring(world, msgspec.structs.replace(notice, receipt=again))
    assert [(ack.id, ack.problem) for ack in acks] == [(inquiry, "repeated-otherwise")]


async def test_one_bad_notice_does_not_spoil_the_others(world: World) -> None:
    first, good = await noticed(world)
    second, bad = await noticed(world, request="r-2")
    acks = await bring(world, msgspec.structs.replace(bad, code_salt=bytes(32)), good)
    assert [(ack.id, ack.problem) for ack in acks] == [(second, "bad-receipt"), (first, None)]


# What a notice is answered.


async def test_past_its_validity_a_notice_is_never_answered_with_content(world: World) -> None:
    inquiry, notice = await noticed(world)
    world.clock.pass_ms(world.core.validity_ms + 1)
    await bring(world, notice)
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.LAPSED
    assert world.core.reports[inquiry].outcome is Outcome.LAPSED


async def test_in_the_last_millisecond_of_its_validity_it_is_answered(world: World) -> None:
    inquiry, notice = await noticed(world)
    world.clock.pass_ms(world.core.validity_ms)
    await bring(world, notice)
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED


async def test_without_a_replica_the_answer_is_not_held(world: World) -> None:
    key = ReplicaKey(addressee=AddresseeNumber("1"), kind=KIND, period=None)
    await replicas.delete(world.office, KAWASAKI, ReplicaKeys(replicas=(key,)))
    inquiry, _ = await noticed(world)
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.content, result.provided_at_ms) == (InquiryState.NOT_HELD, None, None)
    assert world.core.reports[inquiry].outcome is Outcome.NOT_HELD


async def test_items_that_the_replica_lacks_are_left_out_and_none_is_not_held(world: World) -> None:
    some, _ = await noticed(world, items=("所得額", "寡婦控除"))
    none, _ = await noticed(world, request="r-2", items=("寡婦控除",))
    await world.settle()
    content = (await world.result(YOKOHAMA, some)).content
    assert content is not None
    assert set(content) == {"所得額"}
    assert (await world.result(YOKOHAMA, none)).state is InquiryState.NOT_HELD


async def test_a_replica_of_the_asked_period_comes_before_one_of_no_period(world: World) -> None:
    year, other = Period(first="2025-01-01", last="2025-12-31"), Period(first="2024-01-01", last="2024-12-31")
    await world.replicate(KAWASAKI, period=year, items={"所得額": SecretText("2025")})
    seen = []
    for number, period in enumerate((year, other, None)):
        inquiry, _ = await noticed(world, request=f"p{number}", period=period)
        await world.settle()
        content = (await world.result(YOKOHAMA, inquiry)).content
        assert content is not None
        seen.append(content["所得額"].reveal())
    assert seen == ["2025", "3456789", "3456789"]


async def test_a_provider_that_has_lost_its_code_answers_not_held(world: World) -> None:
    world.core.issued.add((HANAKO, KAWASAKI))
    inquiry, _ = await noticed(world, addressee=AddresseeNumber("2"))
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.NOT_HELD


async def test_a_body_may_be_inquirer_and_provider_of_one_inquiry(world: World) -> None:
    await world.replicate(YOKOHAMA)
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, provider=YOKOHAMA))
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED
    for side in Side:
        page = await results.records(world.office, YOKOHAMA, RecordsQuery(side=side))
        assert [(each.inquiry, each.state) for each in page.records] == [(inquiry, InquiryState.PROVIDED)]


# Sending.


@pytest.mark.parametrize("weather", [["before"], ["after"], ["after", "before", "after"]])
async def test_a_lost_answer_or_acknowledgement_is_repeated_without_harm(world: World, weather: list[str]) -> None:
    inquiry, notice = await noticed(world)
    await bring(world, notice)
    del world.core.notices[KAWASAKI][inquiry]
    world.network.lost = list(weather)
    for _ in weather:
        with pytest.raises(PeerUnreachableError):
            await world.step()
        await world.restart()
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED
    assert set(world.core.reports) == {inquiry}


async def test_answers_and_reports_go_out_though_the_clock_was_set_back_after_they_were_made(world: World) -> None:
    inquiry, notice = await noticed(world)
    world.clock.pass_ms(600_000)
    await bring(world, notice)
    del world.core.notices[KAWASAKI][inquiry]
    world.clock.pass_ms(-600_000)
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED
    assert set(world.core.reports) == {inquiry}


async def test_an_inquiry_goes_out_though_the_clock_was_set_back_after_it_was_asked(world: World) -> None:
    world.clock.pass_ms(60_000)
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    world.clock.pass_ms(-60_000)
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED


@pytest.mark.parametrize("behind_ms", [ASKED_AHEAD_MS - 1, ASKED_AHEAD_MS, ASKED_AHEAD_MS + 1, 86_400_000])
async def test_a_provider_whose_clock_is_behind_dates_its_end_as_early_as_the_core_can_take_and_no_earlier(
    world: World, behind_ms: int
) -> None:
    inquiry, notice = await noticed(world)
    permitted_at = world.clock.now_ms()
    world.clock.pass_ms(-behind_ms)
    await bring(world, notice)
    world.clock.pass_ms(behind_ms)
    await world.settle()
    assert world.core.reports[inquiry].at_ms == permitted_at - min(behind_ms, ASKED_AHEAD_MS)


async def test_a_report_that_is_dated_ahead_of_the_cores_clock_is_brought_until_it_is_taken(world: World) -> None:
    inquiry, notice = await noticed(world)
    await bring(world, notice)
    del world.core.notices[KAWASAKI][inquiry]
    world.core.refuse_reports = Problem.DATED_AHEAD
    with pytest.raises(RenkeiError) as caught:
        await world.settle()
    assert (caught.value.problem, "dated ahead" in caught.value.detail) == (Problem.UNREACHABLE, True)
    world.core.refuse_reports = None
    await world.settle()
    assert set(world.core.reports) == {inquiry}


async def test_content_is_deleted_at_the_provider_once_the_inquirer_has_it(world: World) -> None:
    inquiry, notice = await noticed(world)
    await bring(world, notice)
    before = await world.office.store.read(lambda rows: rows.provisions(KAWASAKI, [inquiry]).get(inquiry))
    await world.settle()
    after = await world.office.store.read(lambda rows: rows.provisions(KAWASAKI, [inquiry]).get(inquiry))
    assert before is not None
    assert after is not None
    assert before.content is not None
    assert after.content is None
    assert after.duties == type(after.duties)()


async def test_an_answer_that_is_not_acknowledged_stays_due(world: World) -> None:
    world.outsider.silent = True
    inquiry = await osaka_asks(world)
    with pytest.raises(RenkeiError) as caught:
        await world.settle()
    assert caught.value.problem is Problem.UNREACHABLE
    assert await sending.destinations(world.office, KAWASAKI) == [OSAKA]
    world.outsider.silent = False
    await world.settle()
    assert [(each.inquiry, each.outcome) for each in world.outsider.answers] == [(inquiry, Outcome.PROVIDED)]


async def test_an_answer_that_the_inquirer_will_never_take_is_said_loudly_and_not_sent_again(world: World) -> None:
    world.outsider.refuse = Problem.UNKNOWN_INQUIRY
    inquiry = await osaka_asks(world)
    await world.settle()
    assert [said[0] for said in world.loud] == ["answer-turned-away"]
    assert await sending.destinations(world.office, KAWASAKI) == []
    assert await provider_records(world) == [(inquiry, InquiryState.PROVIDED)]
    assert len(world.outsider.answers) == 1


async def osaka_asks(world: World) -> str:
    """An inquiry of the body elsewhere, to Kawasaki about Taro; its notice waits at the core."""
    world.core.issued.add((TARO, OSAKA))
    return world.core.asks(OSAKA, KAWASAKI, TARO)


async def test_unreported_ends_are_reported_again(world: World) -> None:
    world.core.skip_reports = True
    inquiry, _ = await noticed(world)
    with pytest.raises(RenkeiError):
        await world.settle()
    assert world.core.reports == {}
    world.core.skip_reports = False
    await world.settle()
    assert world.core.reports[inquiry].outcome is Outcome.PROVIDED


async def test_a_batch_of_large_answers_is_split_by_size(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "BATCH_BYTES", 2_000)
    await world.replicate(KAWASAKI, items={"所得額": SecretText("9" * 900)})
    ids = await world.ask(YOKOHAMA, *(msgspec.structs.replace(INQUIRY, request=f"r{n}") for n in range(5)))
    before = len(world.network.sent)
    await world.settle()
    assert [header.label for header in world.network.sent[before:]].count(Label.INQUIRIES) > 1
    assert {(await world.result(YOKOHAMA, each)).state for each in ids} == {InquiryState.PROVIDED}
    sent = [header for header in world.network.sent if header.label is Label.ANSWERS]
    assert len(sent) == 3


# Clerks.


async def held_inquiry(world: World, **changes: object) -> str:
    await world.replicate(KAWASAKI, automatic=False, **changes)
    inquiry, _ = await noticed(world)
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.HELD
    return inquiry


def decision(inquiry: str, **changes: object) -> Decisions:
    made = Decision(inquiry=inquiry, release=True, clerk="k-07")
    return Decisions(decisions=(msgspec.structs.replace(made, **changes),))


async def decide(world: World, message: Decisions) -> list[tuple[str | None, str | None]]:
    found = (await clerks.decide(world.office, KAWASAKI, message)).results
    return [(each.state.value if each.state else None, each.problem) for each in found]


async def test_a_protected_persons_information_waits_for_a_clerk(world: World) -> None:
    inquiry = await held_inquiry(world)
    (waiting,) = (await clerks.held(world.office, KAWASAKI)).held
    assert (waiting.inquiry, waiting.inquirer, waiting.addressee, waiting.items) == (
        inquiry,
        YOKOHAMA,
        "1",
        ("所得額",),
    )
    assert world.core.reports == {}
    for other in (YOKOHAMA, KANAGAWA):
        assert (await clerks.held(world.office, other)).held == ()


async def test_a_clerk_may_release_and_add_the_mark(world: World) -> None:
    inquiry = await held_inquiry(world)
    assert await decide(world, decision(inquiry, non_disclosure=True)) == [("provided", None)]
    assert (await clerks.held(world.office, KAWASAKI)).held == ()
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert result.state is InquiryState.PROVIDED
    assert result.content is not None
    assert world.core.reports[inquiry].non_disclosure is True


async def test_a_clerk_may_withhold(world: World) -> None:
    inquiry = await held_inquiry(world, non_disclosure=True)
    assert await decide(world, decision(inquiry, release=False)) == [("withheld", None)]
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.content) == (InquiryState.WITHHELD, None)
    assert world.core.reports[inquiry].outcome is Outcome.WITHHELD
    assert world.core.reports[inquiry].non_disclosure is True


async def test_a_decision_may_be_repeated_but_not_changed(world: World) -> None:
    inquiry = await held_inquiry(world)
    await decide(world, decision(inquiry))
    await world.restart()
    assert await decide(world, decision(inquiry)) == [("provided", None)]
    assert await decide(world, decision(inquiry, release=False)) == [("provided", "wrong-state")]
    assert await decide(world, decision(inquiry, clerk="k-08")) == [("provided", "wrong-state")]


async def test_unknown_and_undue_decisions_are_named_one_by_one(world: World) -> None:
    inquiry = await held_inquiry(world)
    done, _ = await noticed(world, request="r-2", kind=InformationKind("resident-record"))
    await world.settle()
    message = Decisions(
        decisions=tuple(Decision(inquiry=each, release=True, clerk="k") for each in ("0" * 32, done, inquiry))
    )
    assert await decide(world, message) == [
        (None, "unknown-inquiry"),
        ("not-held", "wrong-state"),
        ("provided", None),
    ]


async def test_another_tenants_clerk_cannot_decide(world: World) -> None:
    inquiry = await held_inquiry(world)
    for other in (YOKOHAMA, KANAGAWA):
        found = (await clerks.decide(world.office, other, decision(inquiry))).results
        assert found[0].problem == "unknown-inquiry"
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.HELD


async def test_what_is_released_is_what_the_body_holds_then(world: World) -> None:
    inquiry = await held_inquiry(world)
    await world.replicate(KAWASAKI, automatic=False, items={"所得額": SecretText("corrected")})
    await decide(world, decision(inquiry))
    await world.settle()
    content = (await world.result(YOKOHAMA, inquiry)).content
    assert content is not None
    assert content["所得額"].reveal() == "corrected"


async def test_nothing_can_be_released_when_the_replica_is_gone(world: World) -> None:
    inquiry = await held_inquiry(world)
    key = ReplicaKey(addressee=AddresseeNumber("1"), kind=KIND, period=None)
    await replicas.delete(world.office, KAWASAKI, ReplicaKeys(replicas=(key,)))
    assert await decide(world, decision(inquiry)) == [("held", "wrong-state")]
    assert await decide(world, decision(inquiry, release=False)) == [("withheld", None)]


async def test_what_no_clerk_decided_in_time_lapses_at_that_very_moment(world: World) -> None:
    inquiry = await held_inquiry(world)
    valid_until = world.clock.now + world.core.validity_ms
    world.clock.now = valid_until
    assert await due.settle(world.office) == valid_until + 1
    assert (await clerks.held(world.office, KAWASAKI)).held != ()
    world.clock.pass_ms(1)
    assert await decide(world, decision(inquiry)) == [("held", "wrong-state")]
    assert await due.settle(world.office) is None
    assert (await clerks.held(world.office, KAWASAKI)).held == ()
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.LAPSED
    assert world.core.reports[inquiry].outcome is Outcome.LAPSED


async def test_a_decision_while_held_is_on_its_way_is_sent_after_it(world: World) -> None:
    await world.replicate(KAWASAKI, automatic=False)
    inquiry, notice = await noticed(world)
    await bring(world, notice)
    on_its_way = await sending.answers_due(world.office, KAWASAKI, YOKOHAMA)
    await decide(world, decision(inquiry))
    await sending.send_answers(world.office, KAWASAKI, YOKOHAMA, on_its_way)
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.HELD
    await world.settle()
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.PROVIDED


async def test_the_clerk_stands_in_the_bodys_own_record_and_nowhere_else(world: World) -> None:
    inquiry = await held_inquiry(world)
    await decide(world, decision(inquiry, clerk="clerk-canary"))
    await world.settle()
    row = await world.office.store.read(lambda rows: rows.provisions(KAWASAKI, [inquiry]).get(inquiry))
    assert row is not None
    kept = world.office.cabinets[KAWASAKI].open(NOTICED, inquiry, row.record, KeptProvision)
    assert kept.clerk == "clerk-canary"
    assert "clerk-canary" not in str(world.outsider.answers) + str(world.core.reports)
