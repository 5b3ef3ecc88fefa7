"""自動応答不可: inquiries that wait for a clerk of the provider, the decision, the end of their validity."""

from dataclasses import dataclass, replace

from renkei.messages.line import (
    Decision,
    DecisionResult,
    DecisionResults,
    Decisions,
    HeldInquiry,
    HeldList,
    InquiryState,
    ReplicaKey,
)
from renkei.systems.intermediate.ports import ProvisionRow, Rows
from renkei.systems.intermediate.rules.kept import KeptContent, KeptProvision
from renkei.systems.intermediate.rules.provider import Found, clerk_decided, decided_so, expired, moved, provided
from renkei.systems.intermediate.service import replicas
from renkei.systems.intermediate.service.cabinet import NOTICED, PROVIDED, Cabinet
from renkei.systems.intermediate.service.notices import SALT_BYTES, duties_of, wake_all
from renkei.systems.intermediate.service.office import BATCH, Office
from renkei.systems.intermediate.states import ProvisionEvent, ProvisionState
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def held(office: Office, body: BodyId) -> HeldList:
    """held: everything that waits for a clerk of this body, oldest first."""
    cabinet = office.cabinet(body)
    found = await office.store.read(
        lambda rows: [cabinet.open(NOTICED, row.inquiry, row.record, KeptProvision) for row in rows.held(body)]
    )
    return HeldList(held=tuple(_waiting(kept) for kept in found))


def _waiting(kept: KeptProvision) -> HeldInquiry:
    assert kept.addressee is not None, "held for somebody"
    assert kept.valid_until_ms is not None, "every permit has a validity"
    return HeldInquiry(
        inquiry=kept.inquiry,
        inquirer=kept.inquirer,
        item=kept.item,
        article=kept.article,
        kind=kept.kind,
        items=kept.items,
        unit=kept.unit,
        addressee=kept.addressee,
        asked_at_ms=kept.asked_at_ms,
        valid_until_ms=kept.valid_until_ms,
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    office: Office
    cabinet: Cabinet
    rows: Rows
    now: InstantMs


async def decide(office: Office, body: BodyId, message: Decisions) -> DecisionResults:
    """held/decide: release or withhold; each decision stands for itself, and the clerk is recorded."""
    cabinet, now = office.cabinet(body), office.now()

    def commit(rows: Rows) -> list[tuple[DecisionResult, BodyId | None]]:
        desk = _Desk(office, cabinet, rows, now)
        return [_decide(desk, decision) for decision in message.decisions]

    done = await office.store.write("clerk-decisions", commit)
    wake_all(office, body, [inquirer for _, inquirer in done if inquirer is not None])
    return DecisionResults(results=tuple(result for result, _ in done))


def _decide(desk: _Desk, decision: Decision) -> tuple[DecisionResult, BodyId | None]:
    row = desk.rows.provisions(desk.cabinet.body, [decision.inquiry]).get(decision.inquiry)
    if row is None:
        return DecisionResult(inquiry=decision.inquiry, problem=Problem.UNKNOWN_INQUIRY.value), None
    kept = desk.cabinet.open(NOTICED, row.inquiry, row.record, KeptProvision)
    if decided_so(kept, decision):
        return DecisionResult(inquiry=kept.inquiry, state=InquiryState(kept.state.value)), kept.inquirer
    try:
        changed, content = _follow(desk, kept, decision)
    except RenkeiError as error:
        state = InquiryState(kept.state.value)
        return DecisionResult(inquiry=kept.inquiry, state=state, problem=error.problem.value), None
    _change(desk, row, changed, content)
    return DecisionResult(inquiry=kept.inquiry, state=InquiryState(changed.state.value)), kept.inquirer


def _follow(desk: _Desk, kept: KeptProvision, decision: Decision) -> tuple[KeptProvision, KeptContent | None]:
    # 命令41条3項: past its validity the notice has no force; the lapse itself is the due loop's.
    if kept.state is not ProvisionState.HELD or expired(kept, desk.now):
        raise RenkeiError(Problem.WRONG_STATE)
    found = _found(desk, kept)
    if not decision.release:
        withheld = moved(clerk_decided(kept, decision), ProvisionEvent.WITHHOLD, found, desk.now)
        return withheld, None
    salt = desk.office.entropy(SALT_BYTES)
    done, content = provided(clerk_decided(kept, decision), found, desk.now, salt)
    return done, KeptContent(content=content)


def _found(desk: _Desk, kept: KeptProvision) -> Found:
    """The replica as it is now, not as it was when the notice came: what is provided is what the body holds."""
    assert kept.addressee is not None, "held for somebody"
    key = ReplicaKey(addressee=kept.addressee, kind=kept.kind, period=kept.period)
    (replica,) = replicas.find(desk.cabinet, desk.rows, [key])
    return Found(kept.addressee, replica)


def _change(desk: _Desk, row: ProvisionRow, kept: KeptProvision, content: KeptContent | None) -> None:
    cabinet, inquiry = desk.cabinet, row.inquiry
    changed = replace(
        row,
        record=cabinet.seal(NOTICED, inquiry, kept),
        content=None if content is None else cabinet.seal(PROVIDED, inquiry, content),
        duties=duties_of(cabinet, kept, desk.now),
    )
    desk.rows.change_provision(cabinet.body, changed)


async def lapse(office: Office, body: BodyId) -> int:
    """End what no clerk decided in time (命令41条3項); how many there were, at most one batch."""
    cabinet, now = office.cabinet(body), office.now()
    if not await office.store.read(lambda rows: rows.lapsing(body, now, 1)):
        return 0

    def commit(rows: Rows) -> list[BodyId]:
        desk = _Desk(office, cabinet, rows, now)
        return [_lapse(desk, row) for row in rows.lapsing(body, now, BATCH)]

    inquirers = await office.store.write("lapse", commit)
    wake_all(office, body, inquirers)
    return len(inquirers)


def _lapse(desk: _Desk, row: ProvisionRow) -> BodyId:
    kept = desk.cabinet.open(NOTICED, row.inquiry, row.record, KeptProvision)
    lapsed = moved(kept, ProvisionEvent.LAPSE, Found(kept.addressee, None), desk.now)
    _change(desk, row, lapsed, None)
    return kept.inquirer
