"""符号の取得 (法21条の2, 令27条, 命令44条): from 住民票コード, which lives for this call only, to a body's code."""

from collections.abc import Sequence

from renkei.messages.acquisition import AcquisitionResult, AcquisitionResults, ResidentRequest, ResidentRequests
from renkei.systems.core.ports import Delivery, Tally, Work
from renkei.systems.core.rules.issue import EPOCH, Issue, Wanted, body_problem, issue
from renkei.systems.core.service.desk import Desk
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def acquire(desk: Desk, message: ResidentRequests) -> AcquisitionResults:
    """Make what is missing of link codes and codes, and leave the deliveries to the body in the outbox."""
    problem = body_problem(desk.register.body(message.body))
    if problem is None:
        now = desk.now()
        wanted = _wanted(desk, message.body, message.requests)
        await desk.decide("acquisition", lambda work: _commit(work, message.body, wanted, now))
        desk.deliver(message.body)
    slug = None if problem is None else problem.value
    results = [AcquisitionResult(acquisition=each.acquisition, problem=slug) for each in message.requests]
    return AcquisitionResults(results=tuple(results))


def _wanted(desk: Desk, body: BodyId, requests: Sequence[ResidentRequest]) -> list[Wanted]:
    """One call per list for each kind of code; the resident record code goes no further than this (G4)."""
    residents = [each.resident for each in requests]
    links = desk.codes.link(residents)
    acquisitions = [each.acquisition.reveal() for each in requests]
    columns = zip(
        desk.codes.tag(links),
        desk.tags("resident", [resident.reveal().encode() for resident in residents]),
        links,
        desk.codes.issue(links, body, EPOCH),
        [tag[:16].hex() for tag in desk.tags("acquisition", [number.encode() for number in acquisitions])],
        acquisitions,
        strict=True,
    )
    return [Wanted(*row) for row in columns]


def _commit(work: Work, body: BodyId, wanted: Sequence[Wanted], now: InstantMs) -> None:
    persons = [each.person for each in wanted]
    residents = work.issuance.residents(persons)
    issued = set(work.issuance.issued(body, persons))
    under_way = work.issuance.under_way(body, [each.delivery for each in wanted])
    new_persons: list[Wanted] = []
    new_codes: list[Wanted] = []
    deliveries: list[Delivery] = []
    for each in wanted:
        _no_collision(residents.get(each.person, each.resident), each)
        if each.person not in residents:
            residents[each.person] = each.resident
            new_persons.append(each)
        decision = issue(under_way=each.delivery in under_way, issued=each.person in issued)
        if decision is Issue.NEW:
            new_codes.append(each)
            issued.add(each.person)
        if decision is not Issue.NOTHING:
            code = each.code.text() if decision is Issue.NEW else None
            deliveries.append(Delivery(each.delivery, each.acquisition, code))
        under_way.add(each.delivery)
    work.issuance.add_persons(new_persons)
    work.issuance.add_issued(body, new_codes, now)
    work.issuance.deliver(body, deliveries)
    work.count(Tally.PERSONS, "issued", len(new_persons))
    work.count(Tally.CODES, body, len(new_codes))


def _no_collision(resident: bytes, wanted: Wanted) -> None:
    """Two residents with one link code would become one person: never merged silently (design 2; G6)."""
    if resident != wanted.resident:
        raise RenkeiError(Problem.BAD_STORE, "two residents have one link code")
