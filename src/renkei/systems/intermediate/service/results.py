"""inquiries/results and records: what came of a body's inquiries, and its records of both sides (法23条, 命令47条)."""

from collections.abc import Sequence
from functools import lru_cache

from renkei.messages.line import (
    Inquiries,
    InquiriesAccepted,
    InquiryIds,
    InquiryState,
    LinkageRecord,
    Records,
    RecordsQuery,
    Result,
    Results,
    Side,
)
from renkei.messages.receipt import Receipt
from renkei.systems.intermediate.ports import RecordRow, Rows
from renkei.systems.intermediate.rules.kept import KeptContent, KeptInquiry, KeptProvision
from renkei.systems.intermediate.service.cabinet import ASKED, NOTICED, PERMIT, RECEIVED, Cabinet
from renkei.systems.intermediate.service.inquiries import key, take
from renkei.systems.intermediate.service.office import Office
from renkei.systems.intermediate.states import FINAL_INQUIRY, ProvisionState
from renkei.terms import problems, refusals
from renkei.terms.bodies import BodyId
from renkei.terms.problems import Problem, Sentence
from renkei.terms.refusals import Reason


async def inquire(office: Office, body: BodyId, message: Inquiries) -> InquiriesAccepted:
    """inquiries: taken, and with `wait_ms` what came of them, in one call."""
    taken = await take(office, body, message)
    if not message.wait_ms:
        return taken
    ids = tuple(each.inquiry for each in taken.accepted if each.inquiry is not None)
    found = await results(office, body, InquiryIds(inquiries=ids, wait_ms=message.wait_ms))
    return InquiriesAccepted(accepted=taken.accepted, results=found.results)


async def results(office: Office, body: BodyId, message: InquiryIds) -> Results:
    """State, content and receipt of each; waits until all are final or the time is over. Strange ids are left out."""
    cabinet = office.cabinet(body)
    open_ids = dict.fromkeys(message.inquiries)

    async def look() -> bool:
        for inquiry in await office.store.read(lambda rows: _final(cabinet, rows, list(open_ids))):
            del open_ids[inquiry]
        return not open_ids

    if message.wait_ms:
        await office.waiters.until([key(body, each) for each in open_ids], look, message.wait_ms)
    return Results(results=tuple(await office.store.read(lambda rows: _results(cabinet, rows, message.inquiries))))


def _final(cabinet: Cabinet, rows: Rows, inquiries: list[str]) -> list[str]:
    """Those of which nothing more is to be expected; an id that the body does not have is one of them."""
    found = rows.inquiries(cabinet.body, inquiries)
    return [each for each in inquiries if each not in found or _kept(cabinet, found[each]).state in FINAL_INQUIRY]


def _results(cabinet: Cabinet, rows: Rows, inquiries: Sequence[str]) -> list[Result]:
    found = rows.inquiries_whole(cabinet.body, inquiries)
    return [told(cabinet, found[each], _kept(cabinet, found[each])) for each in inquiries if each in found]


def _kept(cabinet: Cabinet, row: RecordRow) -> KeptInquiry:
    return cabinet.open(ASKED, row.inquiry, row.record, KeptInquiry)


def told(cabinet: Cabinet, row: RecordRow, kept: KeptInquiry) -> Result:
    """What a line system is told of an inquiry, from its whole row."""
    inquiry, sentence = row.inquiry, sentence_of(kept.reason)
    return Result(
        inquiry=inquiry,
        state=kept.state,
        reason=kept.reason,
        reason_ja=sentence and sentence.ja,
        reason_en=sentence and sentence.en,
        article=kept.article,
        list_version=kept.list_version,
        content=cabinet.open(RECEIVED, inquiry, row.content, KeptContent).content if row.content else None,
        provided_at_ms=kept.ended_at_ms if kept.state is InquiryState.PROVIDED else None,
        valid_until_ms=kept.valid_until_ms,
        receipt=cabinet.open(PERMIT, inquiry, row.receipt, Receipt) if row.receipt else None,
    )


@lru_cache(maxsize=256)
def sentence_of(slug: str | None) -> Sentence | None:
    """What people read for a refusal or, where the core would not take the inquiry at all, for the problem."""
    for kind, sentences in ((Reason, refusals.SENTENCES), (Problem, problems.SENTENCES)):
        if slug in {each.value for each in kind}:
            return sentences[kind(slug)]  # type: ignore[index]  # each enum goes with its own sentences
    return None


async def records(office: Office, body: BodyId, message: RecordsQuery) -> Records:
    """One page of the body's own records of one side, oldest first."""
    cabinet = office.cabinet(body)

    def load(rows: Rows) -> list[LinkageRecord]:
        if message.side is Side.INQUIRER:
            found = rows.inquiries_after(body, message.after, message.limit + 1)
            return [
                _asked(body, row.sequence, cabinet.open(ASKED, row.inquiry, row.record, KeptInquiry)) for row in found
            ]
        noticed = rows.provisions_after(body, message.after, message.limit + 1)
        return [
            _noticed(body, row.sequence, cabinet.open(NOTICED, row.inquiry, row.record, KeptProvision))
            for row in noticed
        ]

    page = await office.store.read(load)
    return Records(records=tuple(page[: message.limit]), more=len(page) > message.limit)


def _asked(body: BodyId, sequence: int, kept: KeptInquiry) -> LinkageRecord:
    return LinkageRecord(
        sequence=sequence,
        inquiry=kept.inquiry,
        side=Side.INQUIRER,
        inquirer=body,
        provider=kept.provider,
        item=kept.item,
        article=kept.article,
        kind=kept.kind,
        items=kept.items,
        unit=kept.unit,
        period=kept.period,
        addressee=kept.addressee,
        asked_at_ms=kept.asked_at_ms,
        state=kept.state,
        reason=kept.reason,
        provided_at_ms=kept.ended_at_ms if kept.state is InquiryState.PROVIDED else None,
        non_disclosure=kept.non_disclosure,
        no_self_information=kept.no_self_information,
        list_version=kept.list_version,
        permit_index=kept.index,
    )


def _noticed(body: BodyId, sequence: int, kept: KeptProvision) -> LinkageRecord:
    return LinkageRecord(
        sequence=sequence,
        inquiry=kept.inquiry,
        side=Side.PROVIDER,
        inquirer=kept.inquirer,
        provider=body,
        item=kept.item,
        article=kept.article,
        kind=kept.kind,
        items=kept.items,
        unit=kept.unit,
        period=kept.period,
        addressee=kept.addressee,
        asked_at_ms=kept.asked_at_ms,
        state=InquiryState(kept.state.value),
        reason=kept.reason,
        provided_at_ms=kept.at_ms if kept.state is ProvisionState.PROVIDED else None,
        non_disclosure=kept.non_disclosure,
        no_self_information=kept.no_self_information,
        list_version=kept.list_version,
        permit_index=kept.index,
    )
