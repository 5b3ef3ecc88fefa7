"""符号の取得 (法21条の2, 令27条, 命令44条): asked by line systems, started by the addressee system."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from renkei.messages.acquisition import (
    AcquisitionResult,
    AddresseeRequest,
    AddresseeRequests,
    CodeDeliveries,
    CodeDelivery,
)
from renkei.messages.fields import MAX_LIST
from renkei.messages.line import Addressees, CodeState, CodeStatus, CodeStatuses
from renkei.messages.provision import Ack, Acks
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.kept import KeptAcquisition, KeptCode
from renkei.systems.intermediate.service.cabinet import ACQUISITION, CODE, Cabinet
from renkei.systems.intermediate.service.office import Office
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
_FAILED: Final = after(LIFE, CodeState.REQUESTED, CodeEvent.FAIL)
_DELIVERED: Final = after(LIFE, CodeState.REQUESTED, CodeEvent.DELIVER)


class _Changes:
    """Changes to the codes of a list of persons within one transaction, written together."""

    def __init__(self, cabinet: Cabinet, rows: Rows, tags: Mapping[AddresseeNumber, bytes]) -> None:
        self._cabinet = cabinet
        self._rows = rows
        self._tags = tags
        self.kept: dict[AddresseeNumber, KeptCode] = {}
        self._code_tags: dict[AddresseeNumber, bytes | None] = {}

    def requested(self, addressee: AddresseeNumber, before: CodeState) -> None:
        self._put(KeptCode(addressee=addressee, state=after(LIFE, before, CodeEvent.REQUEST)), None)

    # What follows is for persons with an acquisition. It stands as long as their code is requested: both begin in one
    # transaction, and end in one.

    def failed(self, addressee: AddresseeNumber, problem: str) -> None:
        self._put(KeptCode(addressee=addressee, state=_FAILED, problem=problem), None)

    def delivered(self, addressee: AddresseeNumber, code: SecretText, code_tag: bytes) -> None:
        self._put(KeptCode(addressee=addressee, state=_DELIVERED, code=code), code_tag)

    def _put(self, kept: KeptCode, code_tag: bytes | None) -> None:
        self.kept[kept.addressee] = kept
        self._code_tags[kept.addressee] = code_tag

    def write(self, now: InstantMs) -> None:
        tags = [self._tags[each] for each in self.kept]
        sealed = self._cabinet.seal_all(CODE, list(zip(tags, self.kept.values(), strict=True)))
        codes = list(zip(tags, self._code_tags.values(), sealed, strict=True))
        self._rows.put_codes(self._cabinet.body, codes, now)


def _tags(cabinet: Cabinet, addressees: Iterable[AddresseeNumber]) -> dict[AddresseeNumber, bytes]:
    once = list(dict.fromkeys(addressees))
    return dict(zip(once, cabinet.addressees(once), strict=True))


def _look_up(cabinet: Cabinet, rows: Rows, tags: Mapping[AddresseeNumber, bytes]) -> dict[AddresseeNumber, KeptCode]:
    found = rows.codes(cabinet.body, list(tags.values()))
    return {
        addressee: cabinet.open(CODE, tag, found[tag], KeptCode)
        if tag in found
        else KeptCode(addressee=addressee, state=CodeState.NONE)
        for addressee, tag in tags.items()
    }


async def acquire(office: Office, body: BodyId, message: Addressees) -> CodeStatuses:
    """codes/acquire: start what is not under way or done, then say how things stand."""
    cabinet, now = office.cabinet(body), office.now()
    started, kept = await office.store.write(
        "acquire-codes", lambda rows: _start(office, cabinet, rows, message.addressees, now)
    )
    if started:
        office.wake.acquisitions(body)
    if message.wait_ms:
        return await states(office, body, message)
    return _statuses(kept, message)


def _start(
    office: Office, cabinet: Cabinet, rows: Rows, wanted: Sequence[AddresseeNumber], now: InstantMs
) -> tuple[int, dict[AddresseeNumber, KeptCode]]:
    tags = _tags(cabinet, wanted)
    kept, changes = _look_up(cabinet, rows, tags), _Changes(cabinet, rows, tags)
    begun = [each for each, known in kept.items() if CodeEvent.REQUEST in LIFE[known.state]]
    for each in begun:
        changes.requested(each, kept[each].state)
    changes.write(now)
    # 命令41条の2: a number of our own making, other for each person, neither 個人番号 nor 住民票コード.
    acquisitions = [KeptAcquisition(acquisition=AcquisitionNumber(office.new_id()), addressee=each) for each in begun]
    numbers = cabinet.acquisitions([each.acquisition for each in acquisitions])
    sealed = cabinet.seal_all(ACQUISITION, list(zip(numbers, acquisitions, strict=True)))
    rows.add_acquisitions(cabinet.body, list(zip(numbers, sealed, strict=True)), now)
    return len(begun), kept | changes.kept


async def states(office: Office, body: BodyId, message: Addressees) -> CodeStatuses:
    """codes/states: wait until nothing of it is under way, or the time is over."""
    cabinet = office.cabinet(body)
    tags = _tags(cabinet, message.addressees)
    found: dict[AddresseeNumber, KeptCode] = {}

    async def look() -> bool:
        open_ = {each: tag for each, tag in tags.items() if each not in found or _under_way(found[each])}
        found.update(await office.store.read(lambda rows: _look_up(cabinet, rows, open_)))
        return not any(_under_way(found[each]) for each in open_)

    if message.wait_ms:
        await office.waiters.until([_key(body, each) for each in tags], look, message.wait_ms)
    else:
        await look()
    return _statuses(found, message)


def _under_way(kept: KeptCode) -> bool:
    return kept.state is CodeState.REQUESTED


def _statuses(kept: Mapping[AddresseeNumber, KeptCode], message: Addressees) -> CodeStatuses:
    return CodeStatuses(codes=tuple([_status(kept[each]) for each in message.addressees]))


def _status(kept: KeptCode) -> CodeStatus:
    return CodeStatus(addressee=kept.addressee, state=kept.state, code=kept.code, problem=kept.problem)


def _key(body: BodyId, addressee: AddresseeNumber) -> Key:
    return ("code", body, addressee)


def codes_of(
    cabinet: Cabinet, rows: Rows, addressees: Iterable[AddresseeNumber]
) -> dict[AddresseeNumber, SecretText | None]:
    """The body's codes for persons; None where it has none."""
    found = _look_up(cabinet, rows, _tags(cabinet, addressees))
    return {addressee: kept.code for addressee, kept in found.items()}


def owners_of(cabinet: Cabinet, rows: Rows, codes: Sequence[BodyCode]) -> list[AddresseeNumber | None]:
    """For whom the body has each code; None where it has not."""
    tags = cabinet.codes(codes)
    found = rows.code_owners(cabinet.body, tags)
    return [
        None if tag not in found else _owner(cabinet, code, *found[tag]) for code, tag in zip(codes, tags, strict=True)
    ]


def owner_of(cabinet: Cabinet, rows: Rows, code: BodyCode) -> AddresseeNumber | None:
    """The same for one code."""
    return owners_of(cabinet, rows, [code])[0]


def _owner(cabinet: Cabinet, code: BodyCode, addressee_tag: bytes, sealed: bytes) -> AddresseeNumber:
    kept = cabinet.open(CODE, addressee_tag, sealed, KeptCode)
    # The tag is the disk's word; what is sealed says whose code it is.
    if kept.code is None or kept.code.reveal() != code.text():
        raise RenkeiError(Problem.BAD_STORE, "code: the tag of another person's")
    return kept.addressee


# The way out: rows that are due are the outbox.


async def due(office: Office, body: BodyId) -> list[Due]:
    """Acquisitions that the addressee system has not yet taken."""
    cabinet = office.cabinet(body)

    def load(rows: Rows) -> list[Due]:
        found = rows.acquisitions_due(body, MAX_LIST)
        return [(tag, cabinet.open(ACQUISITION, tag, sealed, KeptAcquisition)) for tag, sealed in found]

    return await office.store.read(load)


async def send(office: Office, body: BodyId, pending: Sequence[Due]) -> None:
    """Hand them to the addressee system; the code itself comes later, from the core."""
    requests = tuple([AddresseeRequest(acquisition=kept.acquisition, addressee=kept.addressee) for _, kept in pending])
    reply = await office.peers.acquire(body, AddresseeRequests(requests=requests))
    if [each.acquisition for each in reply.results] != [each.acquisition for each in requests]:
        raise RenkeiError(Problem.WRONG_TYPE, "the results do not belong to the requests")
    cabinet, now = office.cabinet(body), office.now()
    results = list(zip(pending, reply.results, strict=True))
    await office.store.write("acquisitions-sent", lambda rows: _settle(cabinet, rows, results, now))
    office.waiters.wake(_key(body, kept.addressee) for (_, kept), result in results if result.problem)


def _settle(cabinet: Cabinet, rows: Rows, results: Sequence[tuple[Due, AcquisitionResult]], now: InstantMs) -> None:
    """Rows of which the code was quicker than the reply are gone already, and stay so."""
    rows.acquisitions_sent(cabinet.body, [tag for (tag, _), result in results if result.problem is None])
    failed = {tag: (kept.addressee, result.problem) for (tag, kept), result in results if result.problem is not None}
    there = list(rows.acquisitions(cabinet.body, list(failed)))
    rows.drop_acquisitions(cabinet.body, there)
    changes = _Changes(cabinet, rows, _tags(cabinet, [failed[tag][0] for tag in there]))
    for tag in there:
        changes.failed(*failed[tag])
    changes.write(now)


# The way in.


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A delivery, and the tags that its rows are found by; `problem`: what it brings is no code of this body."""

    delivery: CodeDelivery
    row: bytes
    code_tag: bytes | None
    problem: Problem | None


async def receive(office: Office, body: BodyId, message: CodeDeliveries) -> Acks:
    """Codes from the core (命令44条): stored, and the 取得番号 deleted, before they are acknowledged."""
    cabinet, now = office.cabinet(body), office.now()
    arrivals = _arrivals(cabinet, message.deliveries)
    acks, woken = await office.store.write("codes-delivered", lambda rows: _take(cabinet, rows, arrivals, now))
    office.waiters.wake(woken)
    for ack in acks:
        if ack.problem is not None:
            office.loud("code-turned-away", RenkeiError(Problem(ack.problem)), body, ack.id)
    return Acks(acks=acks)


def _arrivals(cabinet: Cabinet, deliveries: Sequence[CodeDelivery]) -> list[_Arrival]:
    codes = [_read(cabinet.body, each.code) for each in deliveries]
    tags = iter(cabinet.codes([code for code in codes if isinstance(code, BodyCode)]))
    rows = cabinet.acquisitions([each.acquisition for each in deliveries])
    return [
        _Arrival(
            delivery,
            row,
            code_tag=next(tags) if isinstance(code, BodyCode) else None,
            problem=code if isinstance(code, Problem) else None,
        )
        for delivery, row, code in zip(deliveries, rows, codes, strict=True)
    ]


def _read(body: BodyId, code: SecretText | None) -> BodyCode | Problem | None:
    try:
        return None if code is None else BodyCode.parse(code.reveal(), body)
    except RenkeiError as error:
        return error.problem


def _take(
    cabinet: Cabinet, rows: Rows, arrivals: Sequence[_Arrival], now: InstantMs
) -> tuple[tuple[Ack, ...], list[Key]]:
    ours = [each for each in arrivals if each.problem is None]
    found = rows.acquisitions(cabinet.body, [each.row for each in ours])
    waiting = {row: cabinet.open(ACQUISITION, row, found[row], KeptAcquisition).addressee for row in found}
    owned = set(rows.code_owners(cabinet.body, [each.code_tag for each in ours if each.code_tag is not None]))
    woken = [_key(cabinet.body, each) for each in waiting.values()]
    changes = _Changes(cabinet, rows, _tags(cabinet, waiting.values()))
    acks = tuple([_take_one(changes, waiting, owned, each) for each in arrivals])
    # 法21条の2第3項: nobody holds a 取得番号 longer than the acquisition needs it: same transaction as the code.
    rows.drop_acquisitions(cabinet.body, list(found))
    changes.write(now)
    return acks, woken


def _take_one(changes: _Changes, waiting: dict[bytes, AddresseeNumber], owned: set[bytes], arrival: _Arrival) -> Ack:
    """One after another, so that what an earlier one of the list did counts for the later ones."""
    delivery, code_tag = arrival.delivery, arrival.code_tag
    known = code_tag is None or code_tag in owned
    addressee = None if arrival.problem else waiting.pop(arrival.row, None)
    problem = arrival.problem
    if addressee is None:
        # What was taken before is acknowledged again; what nobody asked for is not taken.
        problem = problem or (None if known else Problem.UNKNOWN_ADDRESSEE)
    elif delivery.code is None or code_tag is None or known:
        # 命令44条2項: the body has this person's code already, under another addressee number.
        changes.failed(addressee, Problem.WRONG_STATE.value)
    else:
        changes.delivered(addressee, delivery.code, code_tag)
        owned.add(code_tag)
    return Ack(id=delivery.id, problem=None if problem is None else problem.value)
