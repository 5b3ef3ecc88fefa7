"""Affairs by ordinance through the core's real doors (法19条9号・26条, 平成28年個人情報保護委員会規則5号・6号)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from renkei.messages.directory import Done
from renkei.messages.envelope import Label
from renkei.messages.inquiry import HolderQuestion, HolderQuestions, HolderReplies, HolderReply
from renkei.messages.ordinance import Ending, OrdinanceNotices, Withheld
from renkei.platform.clock import SystemClock
from renkei.platform.entropy import new_id
from renkei.platform.peers.client import PeerRefusedError
from renkei.terms.affairs import InformationKind, ItemNumber, OrdinanceAffairId, law_date
from renkei.terms.bodies import BodyId, Role
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from renkei.translog.receipt import verify_receipt
from tests.unit.law.ordinances import AFFAIR, LIKE, affair, limitation

from .core_stage import KENPO, MAYOR, OTHER, Stage, inquiry, set_stage

TODAY = law_date(SystemClock().now_ms())
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        stage = await set_stage(tmp_path, stack)
        await stage.change(MAYOR, code="141003")
        await stage.change(OTHER, code="141305")
        yield stage


@pytest.fixture
async def code(stage: Stage) -> str:
    """The inquirer's code of person 1, of whom two providers have one too."""
    await stage.code(OTHER, 1)
    await stage.code(KENPO, 1)
    return await stage.code(MAYOR, 1)


async def notify(stage: Stage, **notices: Any) -> Done:
    message = OrdinanceNotices(**notices)
    done = await stage.supervision.send(stage.target, "/v1/ordinance-affairs", message, Done)
    await stage.fetch_directory()
    return done


async def decided(stage: Stage, code: str, body: BodyId = MAYOR, **changes: Any) -> dict[str, Any]:
    """The record of an inquiry under the affair, about local tax and with consent unless changed."""
    (reply,) = await stage.inquire(inquiry(code, **{"item": AFFAIR, "consent": True, **changes}), body=body)
    return stage.verified(reply).record


async def test_an_inquiry_under_a_notified_affair_is_permitted_and_its_record_names_both_places(
    stage: Stage, code: str
) -> None:
    done = await notify(stage, affairs=(affair(),))
    assert done.number == stage.known.number
    record = await decided(stage, code)
    assert (record["event"], record["item"], record["like_item"], record["article"]) == (
        "permitted",
        AFFAIR,
        LIKE,
        "15",
    )
    assert record["consent"] is True


async def test_the_provider_is_told_as_of_any_other_permit(stage: Stage, code: str) -> None:
    await notify(stage, affairs=(affair(),))
    await decided(stage, code)
    provider = stage.bodies[OTHER]
    await stage.until(provider, lambda: len(provider.notices) == 1)
    notice = provider.notices[0]
    record = verify_receipt(notice.receipt, stage.trust).record
    assert (record["item"], record["like_item"], record["consent"]) == (AFFAIR, LIKE, True)
    assert notice.code is not None


WITHHELD = limitation(starts_on="2026-04-01", withheld=(Withheld(like_item=LIKE),))
REFUSALS: list[tuple[Reason, dict[str, Any], dict[str, Any]]] = [
    (Reason.NO_STATUTORY_BASIS, {}, {"item": OrdinanceAffairId(ItemNumber("ord-141003-2"))}),
    (Reason.RULE_NOT_IN_FORCE, {"affairs": (affair(starts_on=TOMORROW.isoformat()),)}, {}),
    (Reason.RULE_NOT_IN_FORCE, {"affairs": (affair(until=TODAY.isoformat()),)}, {}),
    (Reason.INFORMATION_NOT_LISTED, {}, {"kind": InformationKind("resident-record")}),
    (Reason.PROVIDER_NOT_LISTED, {}, {"provider": KENPO}),
    (Reason.LIMITED_BY_ORDINANCE, {"affairs": (affair(),), "limitations": (WITHHELD,)}, {}),
    (Reason.NO_CONSENT, {}, {"consent": False}),
]


@pytest.mark.parametrize(("reason", "notices", "changes"), REFUSALS)
async def test_each_condition_of_the_rule_is_refused_and_recorded_with_its_reason(
    stage: Stage, code: str, reason: Reason, notices: dict[str, Any], changes: dict[str, Any]
) -> None:
    await notify(stage, **{"affairs": (affair(),), **notices})
    record = await decided(stage, code, **changes)
    assert (record["event"], record["reason"]) == ("refused", reason.value)
    assert (record["article"], record["like_item"]) == (None, None)
    assert (await stage.counts()).refusals == {reason.value: 1}


async def test_another_city_may_not_ask_under_it(stage: Stage, code: str) -> None:
    await notify(stage, affairs=(affair(),))
    record = await decided(stage, stage.bodies[OTHER].codes()[0], OTHER, provider=MAYOR)
    assert record["reason"] == Reason.INQUIRER_NOT_LISTED.value


async def test_a_limitation_leaves_statutory_inquiries_alone(stage: Stage, code: str) -> None:
    await notify(
        stage, limitations=(limitation(starts_on="2026-04-01", withheld=(Withheld(like_item=ItemNumber("48")),)),)
    )
    record = await decided(stage, code, item=ItemNumber("48"), consent=False)
    assert (record["event"], record["like_item"]) == ("permitted", None)


async def test_what_was_notified_outlives_a_restart_and_the_same_again_changes_nothing(stage: Stage, code: str) -> None:
    done = await notify(stage, affairs=(affair(),), limitations=(limitation(),))
    await stage.restart()
    assert await notify(stage, affairs=(affair(),), limitations=(limitation(),)) == done
    assert (stage.known.ordinance_affairs, stage.known.limitations) == (
        (affair(published_on=TODAY.isoformat()),),
        (limitation(),),
    )
    assert (await decided(stage, code))["reason"] == Reason.LIMITED_BY_ORDINANCE.value
    insured = await decided(stage, code, provider=KENPO, kind=InformationKind("medical-insurance"))
    assert insured["event"] == "permitted"


async def test_what_does_not_meet_the_rule_is_refused_whole_and_nothing_is_left(stage: Stage) -> None:
    before = stage.known
    wrong = affair(id="ord-141003-2", like_item=ItemNumber("999"))
    with pytest.raises(PeerRefusedError) as refused:
        await notify(stage, affairs=(affair(), wrong))
    assert (refused.value.problem, "ord-141003-2: item 999" in refused.value.detail) == (Problem.WRONG_TYPE, True)
    assert await stage.fetch_directory() == before


async def test_an_affair_ends_from_a_day_that_has_not_come(stage: Stage, code: str) -> None:
    await notify(stage, affairs=(affair(),))
    ending = Ending(id=AFFAIR, notified_on=TODAY.isoformat(), until=(TOMORROW + timedelta(days=1)).isoformat())
    await notify(stage, endings=(ending,))
    assert stage.known.ordinance_affairs == (affair(until=ending.until, published_on=TODAY.isoformat()),)
    assert (await decided(stage, code))["event"] == "permitted"
    with pytest.raises(PeerRefusedError) as refused:
        await notify(stage, endings=(Ending(id=AFFAIR, notified_on=TODAY.isoformat(), until=TODAY.isoformat()),))
    assert refused.value.problem is Problem.WRONG_STATE


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISION])
async def test_only_supervision_passes_notifications_on(stage: Stage, role: Role) -> None:
    with pytest.raises(PeerRefusedError) as refused:
        await stage.client(role, f"{role.value}-9").send(
            stage.target, "/v1/ordinance-affairs", OrdinanceNotices(affairs=(affair(),)), Done
        )
    assert refused.value.problem is Problem.WRONG_ROLE
    assert (await stage.fetch_directory()).ordinance_affairs == ()


async def test_40_5_the_holders_of_a_code_are_told_for_an_ordinance_affair_too(stage: Stage, code: str) -> None:
    await notify(stage, affairs=(affair(),))
    assert (await holders(stage, code, "local-tax")).providers == (OTHER,)
    assert (await holders(stage, code, "medical-insurance")).providers == (KENPO,)
    assert (await holders(stage, code, "resident-record")).refusal == Reason.INFORMATION_NOT_LISTED.value
    await notify(stage, limitations=(WITHHELD,))
    assert (await holders(stage, code, "local-tax")).refusal == Reason.LIMITED_BY_ORDINANCE.value


async def holders(stage: Stage, code: str, kind: str) -> HolderReply:
    question = HolderQuestion(question=new_id(), code=SecretText(code), item=AFFAIR, kind=InformationKind(kind))
    message = HolderQuestions(questions=(question,))
    return (await stage.say(MAYOR, Label.HOLDERS, message, HolderReplies)).replies[0]
