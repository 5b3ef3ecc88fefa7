"""符号の取得 (法21条の2, 令27条, 命令44条): asked by line systems, started by the addressee system."""

from collections.abc import Iterable, Sequence

from renkei.messages.acquisition import (
    AcquisitionResult,
    AddresseeRequest,
    AddresseeRequests,
    CodeDeliveries,
    CodeDelivery,
)
from renkei.messages.line import Addressees, CodeState, CodeStatus, CodeStatuses
from renkei.messages.provision import Ack, Acks
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.kept import KeptAcquisition, KeptCode
from renkei.systems.intermediate.service.cabinet import ACQUISITION, CODE, Cabinet
from renkei.systems.intermediate.service.office import BATCH, Office
from renkei.systems.intermediate.service.waiting import Key
from renkei.systems.intermediate.states import CODE as LIFE
from renkei.systems.intermediate.states import CodeEvent, after
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

Due = tuple[bytes, KeptAcquisition]


async def acquire(office: Office, body: BodyId, message: Addressees) -> CodeStatuses:
    """codes/acquire: start what is not under way or done, then say how things stand."""
    cabinet, now = office.cabinet(body), office.now()
    wanted = dict.fromkeys(message.addressees)
    started = await office.store.write("acquire-codes", lambda rows: _start(office, cabinet, rows, list(wanted), now))
    if started:
        office.wake.acquisitions(body)
    return await states(office, body, message)


def _start(office: Office, cabinet: Cabinet, rows: Rows, wanted: Sequence[AddresseeNumber], now: InstantMs) -> int:
    started = 0
    for addressee, tag in zip(wanted, cabinet.addressees(list(wanted)), strict=True):
        kept = _kept(cabinet, rows, addressee, tag)
        if CodeEvent.REQUEST not in LIFE[kept.state]:
            continue
        state = after(LIFE, kept.state, CodeEvent.REQUEST)
        _put(cabinet, rows, tag, KeptCode(addressee=addressee, state=state), now)
        # 命令41条の2: a number of our own making, other for each person, neither 個人番号 nor 住民票コード.
        acquisition = KeptAcquisition(acquisition=AcquisitionNumber(office.new_id()), addressee=addressee)
        row = cabinet.acquisition(acquisition.acquisition)
        rows.add_acquisition(cabinet.body, row, cabinet.seal(ACQUISITION, row, acquisition), now)
        started += 1
    return started


async def states(office: Office, body: BodyId, message: Addressees) -> CodeStatuses:
    """codes/states: wait until nothing of it is under way, or the time is over."""
    cabinet = office.cabinet(body)
    found: list[KeptCode] = []

    async def look() -> bool:
        found[:] = await office.store.read(lambda rows: _all_kept(cabinet, rows, message.addressees))
        return all(kept.state is not CodeState.REQUESTED for kept in found)

    if message.wait_ms:
        await office.waiters.until([_key(body, each) for each in message.addressees], look, message.wait_ms)
    else:
        await look()
    return CodeStatuses(codes=tuple(_status(kept) for kept in found))


def _status(kept: KeptCode) -> CodeStatus:
    return CodeStatus(addressee=kept.addressee, state=kept.state, code=kept.code, problem=kept.problem)


def _key(body: BodyId, addressee: AddresseeNumber) -> Key:
    return ("code", body, addressee)


def _all_kept(cabinet: Cabinet, rows: Rows, addressees: Sequence[AddresseeNumber]) -> list[KeptCode]:
    tags = cabinet.addressees(list(addressees))
    return [_kept(cabinet, rows, each, tag) for each, tag in zip(addressees, tags, strict=True)]


def _kept(cabinet: Cabinet, rows: Rows, addressee: AddresseeNumber, tag: bytes) -> KeptCode:
    sealed = rows.code(cabinet.body, tag)
    if sealed is None:
        return KeptCode(addressee=addressee, state=CodeState.NONE)
    return cabinet.open(CODE, tag, sealed, KeptCode)


def _put(cabinet: Cabinet, rows: Rows, tag: bytes, kept: KeptCode, now: InstantMs) -> None:
    code = None if kept.code is None else cabinet.code(BodyCode.parse(kept.code.reveal(), cabinet.body))
    rows.put_code(cabinet.body, (tag, code), cabinet.seal(CODE, tag, kept), now)


def code_of(cabinet: Cabinet, rows: Rows, addressee: AddresseeNumber) -> SecretText:
    """The body's code for a person; raises NO_CODE_YET."""
    kept = _kept(cabinet, rows, addressee, cabinet.addressee(addressee))
    if kept.code is None:
        raise RenkeiError(Problem.NO_CODE_YET)
    return kept.code


def owner_of(cabinet: Cabinet, rows: Rows, code: BodyCode) -> AddresseeNumber | None:
    """For whom the body has this code; None where it has not."""
    found = rows.code_owner(cabinet.body, cabinet.code(code))
    return None if found is None else cabinet.open(CODE, found[0], found[1], KeptCode).addressee


# The way out: rows that are due are the outbox.


async def due(office: Office, body: BodyId) -> list[Due]:
    """Acquisitions that the addressee system has not yet taken."""
    cabinet, now = office.cabinet(body), office.now()

    def load(rows: Rows) -> list[Due]:
        found = rows.acquisitions_due(body, now, BATCH)
        return [(tag, cabinet.open(ACQUISITION, tag, sealed, KeptAcquisition)) for tag, sealed in found]

    return await office.store.read(load)


async def send(office: Office, body: BodyId, pending: Sequence[Due]) -> None:
    """Hand them to the addressee system; the code itself comes later, from the core."""
    requests = tuple(AddresseeRequest(acquisition=kept.acquisition, addressee=kept.addressee) for _, kept in pending)
    reply = await office.peers.acquire(body, AddresseeRequests(requests=requests))
    if [each.acquisition for each in reply.results] != [each.acquisition for each in requests]:
        raise RenkeiError(Problem.WRONG_TYPE, "the results do not belong to the requests")
    cabinet, now = office.cabinet(body), office.now()
    results = list(zip(pending, reply.results, strict=True))
    await office.store.write("acquisitions-sent", lambda rows: _settle(cabinet, rows, results, now))
    office.waiters.wake(_key(body, kept.addressee) for (_, kept), result in results if result.problem)


def _settle(cabinet: Cabinet, rows: Rows, results: Iterable[tuple[Due, AcquisitionResult]], now: InstantMs) -> None:
    for (tag, kept), result in results:
        if rows.acquisition(cabinet.body, tag) is None:
            continue  # the code was quicker than the reply
        if result.problem is None:
            rows.acquisition_sent(cabinet.body, tag)
            continue
        rows.drop_acquisition(cabinet.body, tag)
        _fail(cabinet, rows, kept.addressee, result.problem, now)


def _fail(cabinet: Cabinet, rows: Rows, addressee: AddresseeNumber, problem: str, now: InstantMs) -> None:
    tag = cabinet.addressee(addressee)
    state = after(LIFE, _kept(cabinet, rows, addressee, tag).state, CodeEvent.FAIL)
    _put(cabinet, rows, tag, KeptCode(addressee=addressee, state=state, problem=problem), now)


# The way in.


async def receive(office: Office, body: BodyId, message: CodeDeliveries) -> Acks:
    """Codes from the core (命令44条): stored, and the 取得番号 deleted, before they are acknowledged."""
    cabinet, now = office.cabinet(body), office.now()

    def commit(rows: Rows) -> tuple[list[Ack], list[Key]]:
        woken: list[Key] = []
        acks = [_take(cabinet, rows, each, now, woken) for each in message.deliveries]
        return acks, woken

    acks, woken = await office.store.write("codes-delivered", commit)
    office.waiters.wake(woken)
    for ack in acks:
        if ack.problem is not None:
            office.loud("code-turned-away", RenkeiError(Problem(ack.problem)), body, ack.id)
    return Acks(acks=tuple(acks))


def _take(cabinet: Cabinet, rows: Rows, delivery: CodeDelivery, now: InstantMs, woken: list[Key]) -> Ack:
    try:
        code = None if delivery.code is None else BodyCode.parse(delivery.code.reveal(), cabinet.body)
    except RenkeiError as error:
        return Ack(id=delivery.id, problem=error.problem.value)
    row = cabinet.acquisition(delivery.acquisition)
    sealed = rows.acquisition(cabinet.body, row)
    if sealed is None:
        return Ack(id=delivery.id, problem=_why_unknown(cabinet, rows, code))
    addressee = cabinet.open(ACQUISITION, row, sealed, KeptAcquisition).addressee
    # 法21条の2第3項: nobody holds a 取得番号 longer than the acquisition needs it: same transaction as the code.
    rows.drop_acquisition(cabinet.body, row)
    woken.append(_key(cabinet.body, addressee))
    if code is None or owner_of(cabinet, rows, code) is not None:
        # 命令44条2項: the body has this person's code already, under another addressee number.
        _fail(cabinet, rows, addressee, Problem.WRONG_STATE.value, now)
        return Ack(id=delivery.id)
    tag = cabinet.addressee(addressee)
    state = after(LIFE, _kept(cabinet, rows, addressee, tag).state, CodeEvent.DELIVER)
    kept = KeptCode(addressee=addressee, state=state, code=SecretText(code.text()))
    _put(cabinet, rows, tag, kept, now)
    return Ack(id=delivery.id)


def _why_unknown(cabinet: Cabinet, rows: Rows, code: BodyCode | None) -> str | None:
    """A delivery that was taken before is acknowledged again; one that nobody asked for is not taken."""
    if code is None or owner_of(cabinet, rows, code) is not None:
        return None
    return Problem.UNKNOWN_ADDRESSEE.value
