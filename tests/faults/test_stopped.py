"""A system stands still (SIGSTOP) and goes on: who does not need it is served meanwhile, nothing is lost (design 4)."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from renkei.messages.line import InquiryState
from renkei.sandbox.layout import CORE, system_plans
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import Network
from renkei.sandbox.plans import Plan
from renkei.terms.bodies import SystemName

pytestmark = pytest.mark.asyncio(loop_scope="session")
INQUIRIES = 22
NEEDED_BY_ALL = {CORE, SystemName("interface-a"), SystemName("intermediate-1")}
"""No two of the sandbox's bodies ask each other without these."""
UNANSWERED = {InquiryState.ASKED, InquiryState.PERMITTED, InquiryState.REFUSED}


@contextmanager
def standing_still(network: Network, name: SystemName) -> Iterator[None]:
    """The system keeps its connections and its store, and does nothing."""
    pid = network.state.systems[name].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def carries(name: SystemName, plan: Plan) -> bool:
    """Whether an inquiry of this plan passes through the system."""
    ends = (plan.inquirer, plan.provider)
    return name in {CORE, *(each.interface for each in ends), *(each.intermediate for each in ends)}


@pytest.mark.parametrize("name", [plan.name for plan in system_plans()])
async def test_a_system_stands_still_and_only_what_needs_it_waits_until_it_goes_on(
    network: Network, load: Load, name: SystemName
) -> None:
    before = load.plan(INQUIRIES)
    cut_off = load.plan(INQUIRIES, lambda plan: plan.inquirer.intermediate == name)
    waiting = load.plan(INQUIRIES, lambda plan: carries(name, plan) and plan.inquirer.intermediate != name)
    others = load.plan(INQUIRIES, lambda plan: not carries(name, plan))
    assert bool(others) is (name not in NEEDED_BY_ALL)
    running = asyncio.create_task(load.ask(before))
    with standing_still(network, name):
        asking = asyncio.create_task(load.ask(cut_off))
        await load.ask([*waiting, *others])
        await load.ended(others)
        found = await load.states(waiting)
        assert found <= UNANSWERED
        assert name != CORE or found == {InquiryState.ASKED}  # without the core nothing is decided
    await asyncio.gather(running, asking)
    for planned in (before, cut_off, waiting):
        await load.ended(planned)
    report = await load.settle()
    assert whole(load, report), report
