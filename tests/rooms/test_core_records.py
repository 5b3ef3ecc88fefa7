"""Reports, the citizen's records, holders, counts: what the core keeps and whom it shows what (法23条, 命令40条3項・47条)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from renkei.messages.envelope import Label
from renkei.messages.fields import Outcome
from renkei.messages.inquiry import HolderQuestion, HolderQuestions, HolderReplies, HolderReply, InquiryRequest
from renkei.messages.log import RecordKeys, RecordKeysQuery
from renkei.messages.records import DisclosedRecord
from renkei.platform.entropy import new_id
from renkei.platform.peers.client import PeerRefusedError, PeerUnreachableError
from renkei.systems.core.store.work import SqlStore
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import BodyId, BodyState, Role
from renkei.terms.codes import BodyCode
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from renkei.translog.receipt import verify_receipt

from .core_stage import DISCLOSURE, KENPO, MAYOR, OTHER, Stage, inquiry, report, set_stage

Said = tuple[str | None, ...]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield await set_stage(tmp_path, stack)


@pytest.fixture
async def code(stage: Stage) -> str:
    """The inquirer's code of person 1, of whom the provider has one too."""
    await stage.code(OTHER, 1)
    return await stage.code(MAYOR, 1)


@pytest.fixture
async def asked(stage: Stage, code: str) -> InquiryRequest:
    """A permitted inquiry."""
    asked = inquiry(code)
    await stage.inquire(asked)
    return asked


async def said(stage: Stage, *reports: object, body: BodyId = OTHER) -> Said:
    return tuple(ack.problem for ack in await stage.report(*reports, body=body))  # type: ignore[arg-type]


async def events(stage: Stage) -> dict[str, int]:
    return (await stage.counts()).events


# -- reports


@pytest.mark.parametrize("outcome", [Outcome.PROVIDED, Outcome.WITHHELD, Outcome.NOT_HELD])
async def test_what_the_provider_reports_is_recorded_and_logged(
    stage: Stage, asked: InquiryRequest, outcome: Outcome
) -> None:
    assert await said(stage, report(asked, outcome)) == (None,)
    counts = await stage.counts()
    assert counts.events == {"permitted": 1, outcome.value: 1}
    assert counts.log_size == 2


async def test_art_41_3_a_notice_lapses_when_its_validity_is_over_and_is_not_answered_then(
    stage: Stage, code: str
) -> None:
    brief = inquiry(code, respond_within_ms=1_000)
    (reply,) = await stage.inquire(brief)
    until = stage.verified(reply).record["valid_until_ms"]
    assert await said(stage, report(brief, Outcome.LAPSED, at_ms=until - 1)) == ("wrong-state",)
    assert await said(stage, report(brief, at_ms=until + 1)) == ("wrong-state",)
    assert await said(stage, report(brief, Outcome.LAPSED, at_ms=until)) == (None,)


async def test_a_report_again_is_acknowledged_again_and_another_one_is_not(stage: Stage, asked: InquiryRequest) -> None:
    first = report(asked)
    assert await said(stage, first) == (None,)
    assert await said(stage, first, report(asked, Outcome.WITHHELD), first) == (None, "wrong-state", None)
    assert await events(stage) == {"permitted": 1, "provided": 1}


async def test_only_the_provider_that_was_asked_reports(stage: Stage, asked: InquiryRequest) -> None:
    assert await said(stage, report(asked), body=KENPO) == ("unknown-inquiry",)
    assert await said(stage, report(asked), body=MAYOR) == ("unknown-inquiry",)
    assert await said(stage, report(inquiry("x"))) == ("unknown-inquiry",)
    assert await events(stage) == {"permitted": 1}


async def test_reports_come_in_any_order_and_in_one_message(stage: Stage, code: str) -> None:
    asked = [inquiry(code) for _ in range(5)]
    await stage.inquire(*asked)
    assert await said(stage, *(report(each) for each in reversed(asked))) == (None,) * 5
    assert (await stage.counts()).log_size == 10


async def test_two_reports_of_one_inquiry_in_one_message_are_judged_one_after_another(
    stage: Stage, asked: InquiryRequest
) -> None:
    assert await said(stage, report(asked), report(asked, Outcome.NOT_HELD)) == (None, "wrong-state")
    assert await events(stage) == {"permitted": 1, "provided": 1}


async def test_a_report_before_the_inquiry_is_known_is_not_taken_and_may_come_again(stage: Stage, code: str) -> None:
    asked = inquiry(code)
    early = report(asked)
    assert await said(stage, early) == ("unknown-inquiry",)
    await stage.inquire(asked)
    assert await said(stage, early) == (None,)


@pytest.mark.parametrize("kept", [False, True], ids=["before the commit", "after the commit"])
async def test_a_crash_at_the_commit_of_a_report_followed_by_a_repeat_is_harmless(
    stage: Stage, asked: InquiryRequest, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, sent = SqlStore.write, report(asked)

    async def ending(self: SqlStore, name: str, job: object) -> object:
        if name != "reports":
            return await write(self, name, job)  # type: ignore[arg-type]
        if kept:
            await write(self, name, job)  # type: ignore[arg-type]
        raise RuntimeError("the process ends here")

    monkeypatch.setattr(SqlStore, "write", ending)
    with pytest.raises(PeerUnreachableError):
        await stage.report(sent)
    monkeypatch.setattr(SqlStore, "write", write)
    await stage.restart()
    assert await said(stage, sent) == (None,)
    assert (await stage.counts()).log_size == 2


# -- the citizen's records


def shown(records: tuple[DisclosedRecord, ...], stage: Stage) -> list[tuple[str, str | None]]:
    """Inquiry and end of each record, once both of its proofs have been checked."""
    found = []
    for each in records:
        first = verify_receipt(each.first, stage.trust).record
        last = None if each.outcome is None else verify_receipt(each.outcome, stage.trust).record
        if last is not None:
            assert (last["inquiry"], last["permit_index"]) == (first["inquiry"], each.first.index)
        found.append((first["inquiry"], None if last is None else last["event"]))
    return found


async def test_the_citizen_sees_every_inquiry_about_them_newest_first_with_proofs(stage: Stage, code: str) -> None:
    own = await stage.code(DISCLOSURE, 1)
    one, two, refused = inquiry(code), inquiry(code), inquiry(code, item=ItemNumber("9999"))
    await stage.inquire(one)
    await stage.inquire(two)
    await stage.inquire(refused)
    await stage.report(report(one))
    page = await stage.records(own)
    assert page.older is None
    assert shown(page.records, stage) == [(refused.inquiry, None), (two.inquiry, None), (one.inquiry, "provided")]


async def test_another_person_s_records_are_not_among_them(stage: Stage, asked: InquiryRequest) -> None:
    neighbour = await stage.code(DISCLOSURE, 2)
    assert (await stage.records(neighbour)).records == ()


async def test_records_come_in_pages(stage: Stage, code: str) -> None:
    own = await stage.code(DISCLOSURE, 1)
    asked = [inquiry(code) for _ in range(5)]
    await stage.inquire(*asked)
    found, before = [], None
    for size in (2, 2, 1):
        page = await stage.records(own, before, limit=2)
        assert len(page.records) == size
        found += shown(page.records, stage)
        before = page.older
    assert before is None
    assert [inquiry for inquiry, _ in found] == [each.inquiry for each in reversed(asked)]


@pytest.mark.parametrize("by", ["inquirer", "provider", "refused"])
async def test_art_23_2_what_either_side_marked_is_kept_from_the_page_and_not_counted_there(
    stage: Stage, code: str, by: str
) -> None:
    own = await stage.code(DISCLOSURE, 1)
    item = ItemNumber("9999") if by == "refused" else ItemNumber("48")
    marked, plain = inquiry(code, non_disclosure=by != "provider", item=item), inquiry(code)
    await stage.inquire(marked, plain)
    if by != "refused":
        await stage.report(report(marked, Outcome.WITHHELD, non_disclosure=by == "provider"))
    page = await stage.records(own, limit=1)
    assert shown(page.records, stage) == [(plain.inquiry, None)]
    assert page.older is None
    assert (await stage.counts()).non_disclosure == 1


async def test_no_self_information_is_another_mark_and_hides_nothing(stage: Stage, code: str) -> None:
    own = await stage.code(DISCLOSURE, 1)
    asked = inquiry(code, no_self_information=True)
    await stage.inquire(asked)
    assert shown((await stage.records(own)).records, stage) == [(asked.inquiry, None)]


async def test_records_go_to_the_disclosure_system_only_and_for_its_own_codes_only(stage: Stage, code: str) -> None:
    from renkei.messages.records import RecordsReplies, RecordsRequest, RecordsRequests

    def requests(text: str) -> RecordsRequests:
        asked = RecordsRequest(request=new_id(), code=SecretText(text), before=None, limit=1)
        return RecordsRequests(requests=(asked,))

    own = await stage.code(DISCLOSURE, 1)
    unknown = BodyCode(DISCLOSURE, 1, b"x" * 16).text()
    for body, text, problem in (
        (MAYOR, code, Problem.WRONG_ROLE),
        (DISCLOSURE, code, Problem.BAD_CODE),
        (DISCLOSURE, own[:-1] + ("a" if own[-1] != "a" else "b"), Problem.BAD_CODE),
        (DISCLOSURE, unknown, Problem.BAD_CODE),
    ):
        with pytest.raises(PeerRefusedError) as refused:
            await stage.say(body, Label.RECORDS, requests(text), RecordsReplies)
        assert refused.value.problem is problem
    assert (await stage.counts()).misuse_signs == 1


# -- holders


async def holders(stage: Stage, code: str, kind: str = "local-tax", body: BodyId = MAYOR) -> HolderReply:
    question = HolderQuestion(
        question=new_id(), code=SecretText(code), item=ItemNumber("48"), kind=InformationKind(kind)
    )
    message = HolderQuestions(questions=(question,))
    (reply,) = (await stage.say(body, Label.HOLDERS, message, HolderReplies)).replies
    assert reply.question == question.question
    return reply


async def test_art_40_3_the_holders_are_providers_whom_the_law_permits_and_who_have_a_code(
    stage: Stage, code: str
) -> None:
    assert (await holders(stage, code)).providers == (OTHER,)
    assert (await holders(stage, code, "medical-insurance")).providers == (OTHER,)
    await stage.code(KENPO, 1)
    assert (await holders(stage, code, "medical-insurance")).providers == (OTHER, KENPO)
    await stage.change(OTHER, state=BodyState.SUSPENDED)
    assert (await holders(stage, code, "medical-insurance")).providers == (KENPO,)


async def test_who_may_not_inquire_learns_no_holders_and_trying_codes_is_noticed(stage: Stage, code: str) -> None:
    foreign = stage.bodies[OTHER].codes()[0]
    unknown = BodyCode(MAYOR, 1, b"x" * 16).text()
    for text, kind, refusal in (
        ("nonsense", "local-tax", "bad-code"),
        (foreign, "local-tax", Reason.CODE_OF_ANOTHER_BODY.value),
        (unknown, "local-tax", Reason.UNKNOWN_CODE.value),
        (code, "no-such-kind", Reason.INFORMATION_NOT_LISTED.value),
    ):
        reply = await holders(stage, text, kind)
        assert (reply.refusal, reply.providers) == (refusal, ())
    counts = await stage.counts()
    assert (counts.misuse_signs, counts.records) == (2, 0)


# -- what operators and supervision see


async def test_record_keys_come_in_pages_with_their_ends_and_without_persons(stage: Stage, code: str) -> None:
    one, two, three = inquiry(code), inquiry(code, non_disclosure=True), inquiry(code, item=ItemNumber("9999"))
    await stage.inquire(one, two, three)
    await stage.report(report(one))
    query = RecordKeysQuery(limit=2)
    first = await stage.supervision.send(stage.target, "/v1/record-keys", query, RecordKeys)
    query = msgspec.structs.replace(query, after=first.records[-1].sequence)
    second = await stage.operator.send(stage.target, "/v1/record-keys", query, RecordKeys)
    assert (first.more, second.more) == (True, False)
    keys = first.records + second.records
    assert [(key.inquiry, key.state, key.reason) for key in keys] == [
        (one.inquiry, "provided", None),
        (two.inquiry, "permitted", None),
        (three.inquiry, "refused", "no-statutory-basis"),
    ]
    assert [key.non_disclosure for key in keys] == [False, True, False]
    assert [key.provided_at_ms is not None for key in keys] == [True, False, False]
    assert [key.permit_index for key in keys] == [0, 1, 2]


@pytest.mark.parametrize("role", [Role.INTERFACE, Role.RESIDENTS, Role.LINE, Role.COMMISSION])
async def test_who_is_not_a_watcher_sees_neither_counts_nor_record_keys(stage: Stage, role: Role) -> None:
    body = "141003-mayor" if role is Role.LINE else None
    from renkei.platform.peers.client import Client

    client = Client(stage.identities.tls(role, "someone", body))
    stage.stack.push_async_callback(client.close)
    for path in ("/v1/counts", "/v1/record-keys"):
        with pytest.raises(PeerRefusedError) as refused:
            await client.send(stage.target, path, RecordKeysQuery(), RecordKeys)
        assert refused.value.problem is Problem.WRONG_ROLE
