"""A provider that stands still slows inquiries to it and to nobody else, and none of them is lost (design 8)."""

import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from renkei.messages.jobs import InquiryRow, JobKind, JobRows, JobState, NewJob
from renkei.messages.line import Inquiry, InquiryState, Side
from renkei.sandbox.bodies import BODIES, KAWASAKI, KENPO, YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.layout import CORE
from renkei.sandbox.lines import FINAL_STATES, LineSystem
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import ITEMS, PLANS, Plan, period_of
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.terms.bodies import AddresseeNumber, SystemName

SINGLES, ROWS = 100, 60
SLOW = next(plan for plan in PLANS if (plan.inquirer, plan.provider) == (YOKOHAMA, KAWASAKI))
FAST = next(plan for plan in PLANS if (plan.inquirer, plan.provider) == (YOKOHAMA, KENPO))


@contextmanager
def standing_still(network: Network, name: SystemName) -> Iterator[None]:
    """The system keeps its connections and its store, and does nothing."""
    pid = network.state.systems[name].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def _known(network: Network, people: list[SyntheticResident]) -> list[AddresseeNumber]:
    lines = {body.id: network.line(body.id) for body in BODIES}
    await Scenario(NetworkStage(network, lambda _: None), lines, people, 0).load()
    wanted = {YOKOHAMA.id, KAWASAKI.id, KENPO.id}
    return [person.addressees[YOKOHAMA.id] for person in people if wanted <= person.addressees.keys()]


async def _ask(yokohama: LineSystem, plan: Plan, known: Sequence[AddresseeNumber], name: str) -> list[str]:
    asked = [
        Inquiry(
            request=f"{name}-{number}",
            provider=plan.provider.id,
            item=plan.item,
            kind=plan.kind,
            items=ITEMS[plan.kind],
            unit=plan.unit,
            addressee=known[number % len(known)],
            period=period_of(plan.kind),
        )
        for number in range(SINGLES)
    ]
    return [each.inquiry or "" for each in await yokohama.ask(asked)]


def _row(plan: Plan, addressee: AddresseeNumber) -> InquiryRow:
    return InquiryRow(
        provider=plan.provider.id,
        item=plan.item,
        kind=plan.kind,
        items=ITEMS[plan.kind],
        unit=plan.unit,
        addressee=addressee,
        period=period_of(plan.kind),
    )


async def _job(yokohama: LineSystem, known: Sequence[AddresseeNumber]) -> str:
    """A job whose rows go to the one provider and to the other in turn."""
    job = (await yokohama.bulk.create(NewJob(request="mixed", kind=JobKind.INQUIRIES))).job
    persons = [known[number % len(known)] for number in range(ROWS)]
    given = tuple(_row(plan, person) for person in persons for plan in (SLOW, FAST))
    await yokohama.bulk.add(JobRows(job=job, first=1, inquiries=given))
    await yokohama.bulk.close(job, len(given))
    return job


def _given_up(network: Network) -> list[str]:
    """What the core has said about notices that it had to give up for now."""
    lines = network.layout.system(CORE).log.read_text().splitlines()
    return [line for line in lines if "peer-unreachable" in line and "notices" in line]


async def _states(yokohama: LineSystem, inquiries: Sequence[str]) -> Counter[InquiryState]:
    return Counter(result.state for result in await yokohama.results(inquiries))


async def test_inquiries_to_a_provider_that_stands_still_wait_while_all_others_are_answered_and_end_right_after(
    tmp_path: Path,
) -> None:
    async with prepared(tmp_path / "net", Size(residents=60), lambda _: None) as (network, people):
        known = await _known(network, people)
        yokohama = network.line(YOKOHAMA.id)

        with standing_still(network, KAWASAKI.intermediate):
            slow = await _ask(yokohama, SLOW, known, "slow")
            job = await _job(yokohama, known)
            fast = await _ask(yokohama, FAST, known, "fast")
            await yokohama.until(fast, FINAL_STATES)
            while (status := await yokohama.bulk.status(job, wait_ms=50)).results < ROWS:
                assert status.state is JobState.RUNNING
            assert await _states(yokohama, fast) == {InquiryState.PROVIDED: SINGLES}
            assert await _states(yokohama, slow) == {InquiryState.PERMITTED: SINGLES}
            assert {each.provider async for each in yokohama.bulk.results(job)} == {KENPO.id}
            assert status.under_way + status.waiting == ROWS
            assert _given_up(network) == []  # nobody had to wait for that: the first message to it is still on its way

        await yokohama.until(slow, FINAL_STATES)
        done = await yokohama.bulk.ended(job)
        assert await _states(yokohama, slow) == {InquiryState.PROVIDED: SINGLES}
        assert (done.state, done.results, done.counts.provided) == (JobState.DONE, 2 * ROWS, 2 * ROWS)
        assert sorted([each.row async for each in yokohama.bulk.results(job)]) == list(range(1, 2 * ROWS + 1))
        assert (await network.counts()).records == 2 * (SINGLES + ROWS)
        for plan in (SLOW, FAST):
            kept = [each.inquiry for each in await network.line(plan.provider.id).records(Side.PROVIDER)]
            assert len(kept) == len(set(kept)) == SINGLES + ROWS
