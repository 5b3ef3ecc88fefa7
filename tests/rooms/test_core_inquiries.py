"""提供の求め through the core's real door: each refusal, repeats, notices, crashes (法21条2項, 令26条)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.crypto.commit import commitment
from renkei.messages.envelope import Envelope
from renkei.messages.inquiry import InquiryRequest
from renkei.platform.clock import SystemClock
from renkei.platform.entropy import new_id
from renkei.platform.peers.client import PeerRefusedError, PeerUnreachableError
from renkei.systems.core.store.work import SqlStore
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import BodyId, BodyState, PiaState
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from renkei.translog.receipt import verify_receipt

from .core_stage import DISCLOSURE, KENPO, MAYOR, OTHER, Stage, inquiry, set_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield await set_stage(tmp_path, stack)


@pytest.fixture
async def code(stage: Stage) -> str:
    """The inquirer's code of person 1, of whom the provider has one too."""
    await stage.code(OTHER, 1)
    return await stage.code(MAYOR, 1)


async def test_an_inquiry_in_order_is_permitted_with_a_receipt_that_verifies(stage: Stage, code: str) -> None:
    asked = inquiry(code)
    (reply,) = await stage.inquire(asked)
    verified = stage.verified(reply)
    record = verified.record
    assert (record["event"], record["inquirer"], record["provider"]) == ("permitted", MAYOR, OTHER)
    assert (record["inquiry"], record["article"], record["reason"]) == (asked.inquiry, "50", None)
    assert record["valid_until_ms"] == record["at_ms"] + 7 * 86_400_000
    assert reply.code_salt is not None
    assert verify_receipt(reply.receipt, stage.trust).index == 0  # type: ignore[arg-type]  # verified above
    opened = commitment("inquirer", reply.code_salt, code.encode())
    assert msgspec.json.decode(msgspec.json.encode(opened)) == record["inquirer_code"]


async def test_the_provider_is_told_by_its_own_code_and_the_notice_goes_when_it_is_acknowledged(
    stage: Stage, code: str
) -> None:
    provider = stage.bodies[OTHER]
    asked = inquiry(code)
    await stage.inquire(asked)
    await stage.until(provider, lambda: len(provider.notices) == 1)
    (notice,) = provider.notices
    assert notice.code is not None
    assert notice.code_salt is not None
    assert notice.code.reveal() == provider.codes()[0]
    record = verify_receipt(notice.receipt, stage.trust).record
    opened = commitment("provider", notice.code_salt, notice.code.reveal().encode())
    assert record["provider_code"] == msgspec.json.decode(msgspec.json.encode(opened))
    assert (await stage.settled(lambda counts: counts.pending_notices == 0)).records == 1


REFUSALS: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.PROVIDER_NOT_CONNECTED, {"provider": BodyId("nobody")}),
    (Reason.NO_STATUTORY_BASIS, {"item": ItemNumber("9999")}),
    (Reason.RULE_NOT_IN_FORCE, {"item": ItemNumber("157"), "kind": InformationKind("family-register")}),
    (Reason.INQUIRER_NOT_LISTED, {"item": ItemNumber("1"), "kind": InformationKind("pension")}),
    (Reason.INFORMATION_NOT_LISTED, {"kind": InformationKind("no-such-kind")}),
    (Reason.PROVIDER_NOT_LISTED, {"kind": InformationKind("unemployment-benefits")}),
]


@pytest.mark.parametrize(("reason", "changes"), REFUSALS, ids=[reason.value for reason, _ in REFUSALS])
async def test_what_the_law_does_not_permit_is_refused_and_recorded_with_the_person(
    stage: Stage, code: str, reason: Reason, changes: dict[str, Any]
) -> None:
    (reply,) = await stage.inquire(inquiry(code, **changes))
    record = stage.verified(reply).record
    assert (record["event"], record["reason"], record["valid_until_ms"]) == ("refused", reason.value, None)
    assert record["person"] is not None
    assert record["provider_code"] is None
    counts = await stage.counts()
    assert (counts.records, counts.refusals, counts.misuse_signs) == (1, {reason.value: 1}, 0)


async def test_a_body_that_is_suspended_may_not_inquire_and_nobody_may_ask_it(stage: Stage, code: str) -> None:
    other = stage.bodies[OTHER].codes()[0]
    await stage.change(MAYOR, state=BodyState.SUSPENDED)
    (own,) = await stage.inquire(inquiry(code))
    (its,) = await stage.inquire(inquiry(other, provider=MAYOR), body=OTHER)
    assert stage.verified(own).record["reason"] == Reason.INQUIRER_NOT_CONNECTED.value
    assert stage.verified(its).record["reason"] == Reason.PROVIDER_NOT_CONNECTED.value


@pytest.mark.parametrize("body", [MAYOR, OTHER])
async def test_art_21_2_a_breach_of_either_assessment_blocks_until_the_commission_lifts_it(
    stage: Stage, code: str, body: BodyId
) -> None:
    await stage.find(body, PiaState.BREACH)
    (blocked,) = await stage.inquire(inquiry(code))
    await stage.find(body, PiaState.IN_ORDER)
    (free,) = await stage.inquire(inquiry(code))
    assert stage.verified(blocked).record["reason"] == Reason.PIA_BREACH.value
    assert stage.verified(free).record["event"] == "permitted"


async def test_a_code_of_another_body_is_refused_recorded_and_counted_as_a_sign_of_misuse(
    stage: Stage, code: str
) -> None:
    (reply,) = await stage.inquire(inquiry(stage.bodies[OTHER].codes()[0], provider=KENPO, kind="medical-insurance"))
    record = stage.verified(reply).record
    assert record["reason"] == Reason.CODE_OF_ANOTHER_BODY.value
    assert (record["person"], record["inquirer_code"], reply.code_salt) == (None, None, None)
    assert (await stage.counts()).misuse_signs == 1


async def test_a_code_that_was_never_issued_is_refused_and_counted_as_a_sign_of_misuse(stage: Stage) -> None:
    from renkei.terms.codes import BodyCode

    made_up = BodyCode(MAYOR, 1, b"x" * 16).text()
    (reply,) = await stage.inquire(inquiry(made_up))
    record = stage.verified(reply).record
    assert record["reason"] == Reason.UNKNOWN_CODE.value
    assert record["person"] is None
    assert (await stage.counts()).misuse_signs == 1


async def test_a_code_of_an_epoch_that_was_not_issued_is_unknown(stage: Stage, code: str) -> None:
    from renkei.terms.codes import BodyCode

    wrong = BodyCode(MAYOR, 2, BodyCode.parse(code, MAYOR).reveal()).text()
    (reply,) = await stage.inquire(inquiry(wrong))
    assert stage.verified(reply).record["reason"] == Reason.UNKNOWN_CODE.value


async def test_art_26_2_a_provider_without_a_code_for_the_person_is_not_asked(stage: Stage) -> None:
    (reply,) = await stage.inquire(inquiry(await stage.code(MAYOR, 1)))
    assert stage.verified(reply).record["reason"] == Reason.PROVIDER_HOLDS_NO_CODE.value


async def test_a_refusal_is_told_to_the_provider_without_the_person(stage: Stage, code: str) -> None:
    provider = stage.bodies[OTHER]
    await stage.inquire(inquiry(code, item=ItemNumber("9999")))
    await stage.until(provider, lambda: len(provider.notices) == 1)
    (notice,) = provider.notices
    assert (notice.code, notice.code_salt) == (None, None)
    assert verify_receipt(notice.receipt, stage.trust).record["event"] == "refused"


def typo(code: str) -> str:
    return code[:-1] + ("a" if code[-1] != "a" else "b")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda asked: msgspec.structs.replace(asked, code=SecretText(typo(asked.code.reveal()))), "bad-code"),
        (lambda asked: msgspec.structs.replace(asked, code=SecretText("")), "bad-code"),
        (lambda asked: msgspec.structs.replace(asked, provider=MAYOR), "wrong-type"),
        (lambda asked: msgspec.structs.replace(asked, asked_at_ms=asked.asked_at_ms + 600_000), "dated-ahead"),
        (lambda asked: msgspec.structs.replace(asked, asked_at_ms=asked.asked_at_ms - 8 * 86_400_000), "wrong-type"),
    ],
    ids=["typo", "empty", "oneself", "from the future", "too old"],
)
async def test_what_is_wrong_with_the_message_is_not_recorded(
    stage: Stage, code: str, spoil: Any, problem: str
) -> None:
    (reply,) = await stage.inquire(spoil(inquiry(code)))
    assert (reply.problem, reply.receipt, reply.code_salt) == (problem, None, None)
    assert (await stage.counts()).records == 0


async def test_the_same_inquiry_again_gets_the_same_record_and_makes_no_second_one(stage: Stage, code: str) -> None:
    asked = inquiry(code)
    (first,) = await stage.inquire(asked)
    (again,) = await stage.inquire(asked)
    assert first.receipt is not None
    assert again.receipt is not None
    assert (again.receipt.record, again.receipt.salt, again.receipt.index) == (
        first.receipt.record,
        first.receipt.salt,
        first.receipt.index,
    )
    assert again.code_salt == first.code_salt
    counts = await stage.counts()
    assert (counts.records, counts.log_size) == (1, 1)


async def test_the_same_id_with_other_content_or_from_another_body_is_turned_away(stage: Stage, code: str) -> None:
    asked = inquiry(code)
    await stage.inquire(asked)
    (other,) = await stage.inquire(msgspec.structs.replace(asked, unit="福祉課"))
    theirs = msgspec.structs.replace(asked, code=SecretText(stage.bodies[OTHER].codes()[0]), provider=MAYOR)
    (foreign,) = await stage.inquire(theirs, body=OTHER)
    assert (other.problem, foreign.problem) == ("repeated-otherwise", "repeated-otherwise")
    assert (await stage.counts()).records == 1


async def test_a_list_is_answered_in_its_order_whatever_becomes_of_each(stage: Stage, code: str) -> None:
    good, bad, no = inquiry(code), inquiry("nonsense"), inquiry(code, item=ItemNumber("9999"))
    other = msgspec.structs.replace(good, unit="福祉課")
    replies = await stage.inquire(good, bad, no, good, other, inquiry(code))
    assert [reply.inquiry for reply in replies] == [
        good.inquiry,
        bad.inquiry,
        no.inquiry,
        good.inquiry,
        good.inquiry,
        replies[5].inquiry,
    ]
    assert [reply.problem for reply in replies] == [None, "bad-code", None, None, "repeated-otherwise", None]
    assert replies[0].receipt == replies[3].receipt
    assert (await stage.counts()).records == 3


async def test_a_thousand_inquiries_go_in_one_message_and_all_verify(stage: Stage, code: str) -> None:
    provider = stage.bodies[OTHER]
    replies = await stage.inquire(*[inquiry(code) for _ in range(1_000)])
    assert sorted(stage.verified(reply).index for reply in replies) == list(range(1_000))
    await stage.until(provider, lambda: len(provider.notices) == 1_000)
    assert len({notice.inquiry for notice in provider.notices}) == 1_000


async def test_the_inquirer_may_shorten_the_validity_and_never_lengthen_it(stage: Stage, code: str) -> None:
    short, long = await stage.inquire(
        inquiry(code, respond_within_ms=5_000), inquiry(code, respond_within_ms=30 * 86_400_000)
    )
    for reply, wanted in ((short, 5_000), (long, 7 * 86_400_000)):
        record = stage.verified(reply).record
        assert record["valid_until_ms"] - record["at_ms"] == wanted


# -- crashes and absent peers


class ProcessEndedError(Exception):
    """Stands for the end of the process at that point."""


@pytest.mark.parametrize("kept", [False, True], ids=["before the commit", "after the commit"])
async def test_a_crash_at_the_commit_followed_by_a_repeat_is_harmless(
    stage: Stage, code: str, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = inquiry(code)
    write = SqlStore.write

    async def ending(self: SqlStore, name: str, job: Any) -> Any:
        if name != "inquiries":
            return await write(self, name, job)
        if kept:
            await write(self, name, job)
        raise ProcessEndedError

    monkeypatch.setattr(SqlStore, "write", ending)
    with pytest.raises(PeerUnreachableError):
        await stage.inquire(asked)
    monkeypatch.setattr(SqlStore, "write", write)
    await stage.restart()
    (reply,) = await stage.inquire(asked)
    record = stage.verified(reply).record
    assert (record["inquiry"], record["event"]) == (asked.inquiry, "permitted")
    provider = stage.bodies[OTHER]
    await stage.until(provider, lambda: len(provider.notices) >= 1)
    counts = await stage.settled(lambda counts: counts.pending_notices == 0)
    assert (counts.records, counts.log_size) == (1, 1)
    assert [notice.inquiry for notice in provider.notices] == [asked.inquiry]


async def test_notices_for_an_absent_provider_wait_in_the_store_and_go_out_after_a_restart(
    stage: Stage, code: str
) -> None:
    provider = stage.bodies[OTHER]
    provider.away = True
    asked = [inquiry(code) for _ in range(3)]
    await stage.inquire(*asked)
    before = provider.asked
    await stage.until(provider, lambda: provider.asked > before)
    assert (await stage.counts()).pending_notices == 3
    await stage.restart()
    provider.away = False
    await stage.until(provider, lambda: len(provider.notices) == 3)
    assert [notice.inquiry for notice in provider.notices] == [each.inquiry for each in asked]
    await stage.settled(lambda counts: counts.pending_notices == 0)


async def test_a_provider_that_is_down_slows_only_itself(stage: Stage, code: str) -> None:
    await stage.code(KENPO, 1)
    stage.bodies[OTHER].away = True
    free = stage.bodies[KENPO]
    await stage.inquire(inquiry(code), inquiry(code, provider=KENPO, kind=InformationKind("medical-insurance")))
    await stage.until(free, lambda: len(free.notices) == 1)
    assert (await stage.settled(lambda counts: counts.pending_notices == 1)).pending_notices == 1


async def test_what_is_not_acknowledged_is_sent_again(stage: Stage, code: str) -> None:
    provider = stage.bodies[OTHER]
    provider.mute = True
    await stage.inquire(inquiry(code))
    before = provider.asked
    await stage.until(provider, lambda: provider.asked > before)
    assert (await stage.counts()).pending_notices == 1
    provider.mute = False
    await stage.until(provider, lambda: len(provider.notices) == 1)
    await stage.settled(lambda counts: counts.pending_notices == 0)


async def test_a_notice_that_is_turned_away_is_parked_and_tried_again_when_the_directory_changes(
    stage: Stage, code: str
) -> None:
    provider = stage.bodies[OTHER]
    provider.turns_away = "other-list-version"
    before = provider.asked
    await stage.inquire(inquiry(code))
    await stage.until(provider, lambda: provider.asked > before)
    provider.turns_away = None
    await stage.inquire(inquiry(code))
    await stage.until(provider, lambda: len(provider.notices) == 1)  # the second passes the parked first
    await stage.settled(lambda counts: counts.pending_notices == 1)
    await stage.change(KENPO, name_en="Kyokai Kenpo")
    await stage.until(provider, lambda: len(provider.notices) == 2)
    await stage.settled(lambda counts: counts.pending_notices == 0)


# -- the envelope itself


def spoiled(envelope: Envelope, **changes: Any) -> Envelope:
    return msgspec.structs.replace(envelope, header=msgspec.structs.replace(envelope.header, **changes))


async def test_an_envelope_with_anything_changed_is_refused_and_nothing_is_stored(stage: Stage, code: str) -> None:
    from renkei.messages.envelope import Label
    from renkei.messages.inquiry import InquiryRequests

    good = stage.bodies[MAYOR].seal(Label.INQUIRIES, InquiryRequests(inquiries=(inquiry(code),)), stage.known)
    middle = len(good.sealed) // 2
    flipped = good.sealed[:middle] + bytes([good.sealed[middle] ^ 1]) + good.sealed[middle + 1 :]
    for wrong, problem in (
        (msgspec.structs.replace(good, sealed=flipped), Problem.BAD_ENVELOPE),
        (msgspec.structs.replace(good, signature=bytes(64)), Problem.BAD_ENVELOPE),
        (spoiled(good, sender=OTHER), Problem.BAD_ENVELOPE),
        (spoiled(good, label=Label.REPORTS), Problem.BAD_ENVELOPE),
        (spoiled(good, message=new_id()), Problem.BAD_ENVELOPE),
        (spoiled(good, recipient=OTHER), Problem.BAD_ENVELOPE),
        (spoiled(good, sender=BodyId("nobody")), Problem.UNKNOWN_BODY),
        (spoiled(good, label=Label.NOTICES), Problem.UNKNOWN_DOOR),
    ):
        with pytest.raises(PeerRefusedError) as refused:
            await stage.envelope(wrong)
        assert refused.value.problem is problem
    assert (await stage.counts()).records == 0


async def test_a_body_speaks_through_its_own_interface_only(stage: Stage, code: str) -> None:
    from renkei.messages.envelope import Label
    from renkei.messages.inquiry import InquiryRequests

    good = stage.bodies[MAYOR].seal(Label.INQUIRIES, InquiryRequests(inquiries=(inquiry(code),)), stage.known)
    with pytest.raises(PeerRefusedError) as refused:
        await stage.envelope(good, interface="interface-x")
    assert refused.value.problem is Problem.WRONG_ROLE


async def test_inquiries_that_come_at_once_from_many_are_each_recorded_once(stage: Stage, code: str) -> None:
    asked = [inquiry(code) for _ in range(40)]
    replies = await asyncio.gather(*(stage.inquire(each) for each in [*asked, *asked]))
    indexes = [stage.verified(reply).index for (reply,) in replies]
    assert indexes[:40] == indexes[40:]
    assert sorted(indexes[:40]) == list(range(40))


async def test_an_inquiry_is_decided_at_the_time_of_the_core_not_of_the_inquirer(stage: Stage, code: str) -> None:
    before = SystemClock().now_ms()
    asked: InquiryRequest = inquiry(code, asked_at_ms=before - 86_400_000)
    (reply,) = await stage.inquire(asked)
    record = stage.verified(reply).record
    assert record["asked_at_ms"] == before - 86_400_000
    assert record["at_ms"] >= before


async def test_the_disclosure_system_is_no_provider_and_is_told_of_no_inquiries(stage: Stage, code: str) -> None:
    (reply,) = await stage.inquire(inquiry(code, provider=DISCLOSURE))
    assert stage.verified(reply).record["reason"] == Reason.PROVIDER_NOT_LISTED.value
    assert (await stage.counts()).pending_notices == 0
