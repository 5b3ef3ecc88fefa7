"""What the line systems and clerks of a simulated network do: drawn by the seed, kept in mind as far as it was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random  # noqa: TID251  # seeded: here luck must be repeatable
from typing import Final

from msgspec.structs import replace

from renkei.messages import jobs, line
from renkei.messages.addressee import Person
from renkei.platform.peers.client import PeerUnreachableError
from renkei.sandbox.lines import LineSystem
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import ITEMS, PLANS, Plan, period_of, replicas_for
from renkei.simulation.invariants import Known, KnownJob
from renkei.terms.affairs import ItemNumber
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.errors import RenkeiError

_CHUNK: Final = 30
"""Rows of a bulk job that go in one message."""


class UnexpectedError(Exception):
    """A door did what it must not: refused what is right, or told two things of one."""


@dataclass(slots=True)
class Job:
    """A bulk job (一括処理) that somebody hands in, again and again until all of it is taken."""

    body: BodyId
    head: jobs.NewJob
    rows: tuple[jobs.InquiryRow, ...]
    number: str | None = None
    """As it was told."""


@dataclass(slots=True)
class Play:
    """One run's line systems. What was acknowledged is held against the network in the end."""

    luck: Random
    lines: dict[BodyId, LineSystem]
    people: Sequence[SyntheticResident]
    """Whom their bodies know from the beginning."""
    newcomers: Sequence[SyntheticResident]
    acquiring: dict[BodyId, list[AddresseeNumber]] = field(default_factory=dict[BodyId, list[AddresseeNumber]])
    accepted: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    asked: list[tuple[BodyId, tuple[line.Inquiry, ...]]] = field(
        default_factory=list[tuple[BodyId, tuple[line.Inquiry, ...]]]
    )
    jobs: list[Job] = field(default_factory=list[Job])
    unheard: int = 0
    """Calls whose reply never came."""
    inquiries: int = 0

    async def step(self, number: int) -> None:
        """One thing that somebody does; a peer that stays away is nothing to fail about."""
        act = self.luck.choices(
            (self._ask, self._repeat, self._replace, self._decide, self._look, self._arrive, self._bulk),
            weights=(54, 12, 8, 12, 4, 6, 4),
        )[0]
        try:
            await act(number)
        except PeerUnreachableError:
            self.unheard += 1
        except RenkeiError as error:
            raise UnexpectedError(f"step {number}: {error}") from error

    async def settle(self) -> None:
        """After healing: whoever was not heard asks again, and every clerk decides."""
        for body, inquiries in self.asked:
            await self._send(body, inquiries)
        for job in self.jobs:
            await self._hand_in(job)
        for body, addressees in self.acquiring.items():
            await self.lines[body].acquire(addressees)
        await self.decide_all()

    async def decide_all(self) -> None:
        """Every clerk releases what waits."""
        for body in self.lines:
            await self._clear(body, release=True)

    async def known(self) -> Known:
        """What the line systems were told."""
        acquired = {}
        for body, addressees in self.acquiring.items():
            for status in await self.lines[body].codes(addressees, wait_ms=500):
                acquired[str(body), str(status.addressee)] = status.state.value
        return Known(self.accepted, acquired, [await self._state(job) for job in self.jobs])

    async def _state(self, job: Job) -> KnownJob:
        bulk, number = self.lines[job.body].bulk, job.number
        assert number is not None, "handed in at the latest after healing"
        state = (await bulk.status(number)).state
        results = [(each.row, each.outcome) async for each in bulk.results(number)]
        return KnownJob(str(job.body), job.head.request, len(job.rows), state, results)

    async def _ask(self, number: int) -> None:
        plan = self.luck.choice(PLANS)
        people = self._between(plan)
        count = self.luck.choice((1, 1, 3, 10, 40, 100))
        inquiries = tuple(self._inquiry(plan, self.luck.choice(people), f"{number}-{place}") for place in range(count))
        self.inquiries += count
        self.asked.append((plan.inquirer.id, inquiries))
        await self._send(plan.inquirer.id, inquiries)

    async def _bulk(self, number: int) -> None:
        """Many persons as one job; what all rows have in common stands in its head."""
        plan = self.luck.choice(PLANS)
        people = self._between(plan)
        one = self._inquiry(plan, people[0], f"job-{number}")
        common = jobs.InquiryRow(
            provider=one.provider,
            item=one.item,
            kind=one.kind,
            items=one.items,
            unit=one.unit,
            period=one.period,
            respond_within_ms=self.luck.choice((None, None, 30_000)),
        )
        count = self.luck.choice((3, 30, 90))
        numbers = [self.luck.choice(people).addressees[plan.inquirer.id] for _ in range(count)]
        head = jobs.NewJob(request=one.request, kind=jobs.JobKind.INQUIRIES, inquiry=common)
        self.inquiries += count
        self.jobs.append(Job(plan.inquirer.id, head, tuple(jobs.InquiryRow(addressee=each) for each in numbers)))
        await self._hand_in(self.jobs[-1])

    async def _hand_in(self, job: Job) -> None:
        """Head, rows, end; whatever of it was taken before changes nothing."""
        bulk = self.lines[job.body].bulk
        number = (await bulk.create(job.head)).job
        if job.number not in {None, number}:
            raise UnexpectedError(f"{job.body}: job {job.head.request} was {job.number} and is now {number}")
        job.number = number
        for at in range(0, len(job.rows), _CHUNK):
            await bulk.add(jobs.JobRows(job=number, first=at + 1, inquiries=job.rows[at : at + _CHUNK]))
        await bulk.close(number, len(job.rows))

    async def _repeat(self, _: int) -> None:
        if self.asked:
            await self._send(*self.luck.choice(self.asked))

    async def _replace(self, _: int) -> None:
        """A replica becomes one that only a clerk may answer from, or the other way round."""
        plan = self.luck.choice(PLANS)
        person = self.luck.choice(self._between(plan))
        automatic = self.luck.random() < 0.5
        replicas = [replace(each, automatic=automatic) for each in replicas_for(plan.provider.id, person)]
        await self.lines[plan.provider.id].put_replicas(replicas)

    async def _decide(self, _: int) -> None:
        await self._clear(self.luck.choice(list(self.lines)), release=self.luck.random() < 0.6)

    async def _arrive(self, _: int) -> None:
        """Somebody new is registered, and a code acquired (法21条の2)."""
        person = self.luck.choice(self.newcomers)
        body = self.luck.choice(list(person.addressees))
        number = person.addressees[body]
        await self.lines[body].register_persons([Person(addressee=number, number=person.number, lines={})])
        known = self.acquiring.setdefault(body, [])
        known += [number] if number not in known else []
        await self.lines[body].acquire([number])

    async def _look(self, _: int) -> None:
        body = self.luck.choice(list(self.lines))
        ids = [inquiry for (whose, _), inquiry in self.accepted.items() if whose == body]
        await self.lines[body].results(ids[-20:], wait_ms=self.luck.choice((0, 500)))

    async def _send(self, body: BodyId, inquiries: tuple[line.Inquiry, ...]) -> None:
        for answer in await self.lines[body].ask(inquiries):
            if answer.inquiry is None:
                raise UnexpectedError(f"{body}: {answer.request} was turned away: {answer.problem}")
            earlier = self.accepted.setdefault((str(body), answer.request), answer.inquiry)
            if earlier != answer.inquiry:
                raise UnexpectedError(f"{body}: {answer.request} was {earlier} and is now {answer.inquiry}")

    async def _clear(self, body: BodyId, *, release: bool) -> None:
        held = await self.lines[body].held()
        decisions = [line.Decision(inquiry=each.inquiry, release=release, clerk="clerk-1") for each in held]
        if decisions:
            await self.lines[body].decide(decisions)

    def _between(self, plan: Plan) -> list[SyntheticResident]:
        both = [p for p in self.people if {plan.inquirer.id, plan.provider.id} <= p.addressees.keys()]
        return both or list(self.people)

    def _inquiry(self, plan: Plan, person: SyntheticResident, request: str) -> line.Inquiry:
        lawful = self.luck.random() < 0.9
        return line.Inquiry(
            request=request,
            provider=plan.provider.id,
            item=plan.item if lawful else ItemNumber("9000"),
            kind=plan.kind,
            items=ITEMS[plan.kind],
            unit=plan.unit,
            addressee=person.addressees[plan.inquirer.id],
            code=None,
            period=period_of(plan.kind),
            respond_within_ms=self.luck.choice((None, None, None, 2_000, 30_000)),
            non_disclosure=self.luck.random() < 0.1,
        )
