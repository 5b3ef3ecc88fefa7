"""One seed: a copy of the base network, steps and faults, healing, and what the invariants say to it."""

import asyncio
import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random  # noqa: TID251  # seeded: here luck must be repeatable
from typing import Final

from renkei.sandbox import layout
from renkei.sandbox.bodies import BODIES
from renkei.simulation import leaks, outside
from renkei.simulation.base import EARLY, Base, joined
from renkei.simulation.evidence import Reader
from renkei.simulation.faults import SECOND, Fault, Troubles, draw
from renkei.simulation.invariants import Past, Violation, judge, judge_accepted, judge_at_last
from renkei.simulation.law import NEXT_DAY
from renkei.simulation.loop import StalledError
from renkei.simulation.play import Play, UnexpectedError
from renkei.simulation.world import MIDNIGHT_S, World
from renkei.terms.affairs import law_date
from renkei.terms.errors import RenkeiError

STEPS: Final = 40
_STEP_S: Final = 0.25
"""Between two steps on average; what a step begins may last longer."""
_STEPS_A_FAULT: Final = 8
_FEWEST_FAULTS: Final = 3
_OFTEN: Final = 16
"""In one seed of so many, the first of them, everything is judged after each commit too."""
_TWO_CORES: Final = 4
"""In one seed of so many, the last of them, the core is two processes over one database."""
_PAUSE_S: Final = 5.0
_HEALING_S: Final = 900.0
"""In this time everything pending has ended: longer than any validity that the play asks for, or any back-off."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one seed. `bugs`: exceptions that no part of a system foresaw. `late`: asked under the next list."""

    seed: int
    steps: int
    inquiries: int
    late: int
    faults: Sequence[str]
    """Their kinds, in order."""
    violations: Sequence[Violation]
    bugs: Sequence[str]
    digest: str
    """SHA-256 of the trace: the same for the same seed."""
    virtual_s: float
    real_s: float
    lines: Sequence[str] = field(repr=False)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations and not self.bugs


def _luck(what: str, seed: int) -> Random:
    return Random(f"{what} {seed}")  # noqa: S311  # not for secrets


def has_two_cores(seed: int) -> bool:
    """Whether its core is two processes."""
    return seed % _TWO_CORES == _TWO_CORES - 1


def faults_of(seed: int, steps: int) -> list[Fault]:
    """What goes wrong in a seed."""
    number = max(_FEWEST_FAULTS, steps // _STEPS_A_FAULT)
    return draw(_luck("faults", seed), number, steps * _STEP_S, two_cores=has_two_cores(seed))


def run(seed: int, steps: int, base: Base) -> Outcome:
    """The whole of one seed, in a folder that is removed again."""
    began = outside.real_s()
    two_cores = has_two_cores(seed)
    where = base.copy(f"seed-{seed}", two_cores=two_cores)
    # Midnight comes amid the steps.
    ahead_s = _luck("midnight", seed).uniform(0.1, 0.9) * steps * _STEP_S
    world = World(seed, base.disks, MIDNIGHT_S - ahead_s)
    one = _Run(world, base, where, steps, two_cores=two_cores)
    longest_s = 4 * (steps * _STEP_S + _HEALING_S)
    try:
        world.run(asyncio.wait_for(one.live(), longest_s))
    except (StalledError, TimeoutError):
        waits = Violation("goes_on", f"after {world.loop.time():,.0f} s somebody waits for what does not come")
        one.violations.append(waits)
        world.trace.say(f"VIOLATION {waits.invariant}: {waits.detail}")
    finally:
        shutil.rmtree(where.root, ignore_errors=True)
    trace = world.trace
    return Outcome(
        seed=seed,
        steps=steps,
        inquiries=one.play.inquiries,
        late=one.late,
        faults=[fault.kind for fault in one.faults],
        violations=one.violations,
        bugs=trace.bugs,
        digest=trace.digest(),
        virtual_s=world.loop.time(),
        real_s=outside.real_s() - began,
        lines=trace.lines,
    )


class _Run:
    def __init__(self, world: World, base: Base, where: layout.Layout, steps: int, *, two_cores: bool) -> None:
        self._world = world
        self._network = joined(world, where, layout.read(where))
        if two_cores:
            self._network.beside[SECOND] = layout.CORE
        self._steps = steps
        self._seed = world.seed
        self._people = base.people
        self._past = Past()
        self._troubles = Troubles(world, self._network)
        self.violations: list[Violation] = []
        self.late = 0
        self.faults = faults_of(world.seed, steps)
        lines = {body.id: self._network.line(body.id) for body in BODIES}
        self.play = Play(world.luck, lines, base.people[:EARLY], base.people[EARLY:])

    async def live(self) -> None:
        """Start, steps and faults, healing, the end."""
        for name in self._network.processes:
            await self._network.start(name)
        self._reader = Reader(self._network.layout)
        if self._seed % _OFTEN == 0:
            self._world.loop.worked = self._holds
        try:
            await self._suffer()
            await self._heal()
            root = None if self._seed % leaks.EVERY else self._network.layout.root
            trace = self._world.trace
            self._note([*leaks.leaks(self._people, [*trace.lines, *trace.written], root)])
        except UnexpectedError as error:
            self.violations.append(Violation("doors_keep_their_word", str(error)))
            self._world.trace.say(f"VIOLATION doors_keep_their_word: {error}")

    async def _suffer(self) -> None:
        troubles = [asyncio.create_task(self._strike(fault)) for fault in self.faults]
        doing = []
        for number in range(self._steps):
            await asyncio.sleep(self._world.luck.random() * 2 * _STEP_S)
            self._world.trace.say(f"step {number}")
            doing.append(asyncio.create_task(self.play.step(number)))
            if not self._holds():
                return
        await asyncio.gather(*troubles)
        await self._troubles.heal()
        self._world.trace.say("healed")
        await asyncio.gather(*doing)

    async def _strike(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at_s)
        # Mending may meet the next fault; healing mends everything once more.
        with contextlib.suppress(RenkeiError, OSError):
            await self._troubles.strike(fault)

    async def _heal(self) -> None:
        """Look again and again until all is as it must be in the end, or it has had time enough."""
        if self.violations:
            return
        await self.play.settle()
        until = self._world.loop.time() + _HEALING_S
        while self._holds():
            now = self._reader.look(self._world.now_ms())
            self.late = sum(law_date(each.record.asked_at_ms).isoformat() >= NEXT_DAY for each in now.central.values())
            found = judge_at_last(await self.play.known(), now)
            if not found:
                self._world.trace.say("everything has ended")
                return
            if self._world.loop.time() > until:
                self._note(found)
                return
            await asyncio.sleep(_PAUSE_S)
            await self.play.decide_all()

    def _holds(self) -> bool:
        now = self._reader.look(self._world.now_ms())
        self._note([*judge(self._past, now), *judge_accepted(self.play.accepted, now)])
        return not self.violations

    def _note(self, violations: Sequence[Violation]) -> None:
        self.violations += violations
        for each in violations:
            self._world.trace.say(f"VIOLATION {each.invariant}: {each.detail}")
