"""Whatever core, network and operator do: all trees that the witness ever cosigned are one history."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.messages.log import Settlement
from renkei.systems.supervision.service import Witness
from renkei.terms.errors import RenkeiError

from .fakes import FakeLog, KilledError, World, tree_root

GROW = st.tuples(st.just("grow"), st.integers(1, 300))
FORK = st.tuples(st.just("fork"), st.integers(0, 300))
BACK = st.tuples(st.just("back"), st.integers(0, 300))
OTHERS = st.sampled_from(["look", "look", "look", "restart", "away", "deaf", "kill-lost", "kill-kept", "settle"])
STEPS = st.lists(GROW | FORK | BACK | OTHERS.map(lambda name: (name, 0)), max_size=25)


class Play:
    """One run: what was cosigned is remembered with the tree that the core had just shown."""

    def __init__(self) -> None:
        self.world = World()
        self.cosigned: list[list[bytes]] = []
        self.forks = 0

    async def run(self, steps: list[tuple[str, int]]) -> None:
        self.witness = await self.world.start()
        for name, number in steps:
            await self.step(name, number)
            await self.look()

    async def step(self, name: str, number: int) -> None:
        core, leaves = self.world.core, self.world.core.log.leaves
        match name:
            case "grow":
                core.log.grow(number)
            case "fork":
                self.forks += 1
                core.log = FakeLog(leaves[:number]).grow(5, f"fork {self.forks} ")
            case "back":
                core.log = FakeLog(leaves[: len(leaves) - number])
            case "away" | "deaf":
                setattr(core, name, not getattr(core, name))
            case "kill-lost" | "kill-kept":
                self.world.store.killed = name.removeprefix("kill-")
            case "restart":
                self.witness = await self.world.start()
            case "settle":
                await _harmless(self.witness.settle(Settlement(note="go on")))

    async def look(self) -> None:
        before = len(self.world.core.published)
        try:
            await self.witness.look()
        except KilledError:
            self.world.store.killed = None
            self.witness = await self.world.start()
        for each in self.world.core.published[before:]:
            assert each.line in self.witness.checkpoint
            head = self.world.store.watch.head
            leaves = self.world.core.log.leaves[: each.size]
            assert (head.size, head.root) == (each.size, tree_root(leaves))
            self.cosigned.append(leaves)


async def _harmless(call: Coroutine[Any, Any, object]) -> None:
    try:
        await call
    except (RenkeiError, KilledError):
        return


@given(STEPS)
@settings(max_examples=120)
def test_what_is_cosigned_is_always_one_history(steps: list[tuple[str, int]]) -> None:
    play = Play()
    asyncio.run(play.run(steps))
    longest = max(play.cosigned, key=len, default=[])
    for leaves in play.cosigned:
        assert longest[: len(leaves)] == leaves
    assert isinstance(play.witness, Witness)
