"""The network that every seed begins with: built once in a world of its own, then copied."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from renkei.crypto import keyfile
from renkei.messages.directory import Done, ListAnnouncement
from renkei.sandbox import layout
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.build import Ground, Size, built
from renkei.sandbox.layout import CORE, Layout, SandboxFile
from renkei.sandbox.network import OPERATOR
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.simulation import shared
from renkei.simulation.disk import Disks
from renkei.simulation.law import NEXT_DAY, next_files
from renkei.simulation.network import SimulatedNetwork
from renkei.simulation.world import MIDNIGHT_S, World

RESIDENTS: Final = 48
EARLY: Final = 40
"""So many of them are known to their bodies from the beginning."""
_FIRST_PORT: Final = 20_000
_SEED: Final = 0
_EARLIER_S: Final = 36_000.0
"""Lists are announced some time ahead of the day from which on they apply."""
_FETCHED_S: Final = 5.0
"""By then everybody has fetched the list."""


@dataclass(frozen=True, slots=True)
class Base:
    """A network at rest, with residents, codes and replicas."""

    folder: Path
    people: Sequence[SyntheticResident]
    disks: Disks
    built_in: World = field(repr=False)
    """Kept, because the collector would end what is left of it task by task."""

    @classmethod
    def build(cls, scratch: Path, disks: Disks) -> Self:
        """Build it in an empty folder, which holds the copies later."""
        _remember_unlocking()
        world, folder = World(_SEED, disks, MIDNIGHT_S - _EARLIER_S), scratch / "base"

        async def work() -> list[SyntheticResident]:
            ground = Ground(lambda where, state: joined(world, where, state), _ports)
            async with built(folder, Size(RESIDENTS), lambda _: None, ground) as (network, people):
                lines = {body.id: network.line(body.id) for body in BODIES}
                await network.load_residents(people)
                await Scenario(NetworkStage(network, lambda _: None), lines, people[:EARLY], 0).load()
                await _announce(network)
                network.complete()
                await network.close()
                await network.down()
                return people

        return cls(folder, world.run(work()), disks, world)

    def copy(self, name: str, *, two_cores: bool = False) -> Layout:
        """The network in a folder beside it, with its paths told anew. `two_cores`: its core may be two processes."""
        folder, before = self.folder.with_name(name), str(self.folder)
        shutil.copytree(self.folder, folder, symlinks=True)
        for file in [folder / layout.FILE, *folder.glob("systems/*/config.toml")]:
            file.write_text(file.read_text().replace(before, str(folder)))
        for link in [each for each in folder.rglob("*") if each.is_symlink()]:
            target = os.readlink(link)  # noqa: PTH115  # as it was written, not as it is resolved
            link.unlink()
            link.symlink_to(target.replace(before, str(folder)))
        where = Layout(folder)
        if two_cores:
            core = where.system(CORE)
            told = core.config.read_text().replace(f'"{core.store}"', f'"{shared.address(core.store)}"')
            core.config.write_text(told.replace("shared = false", "shared = true"))
        return where


async def _announce(network: SimulatedNetwork) -> None:
    message = ListAnnouncement(applies_from=NEXT_DAY, files=next_files())
    await network.client(network.state.staff[OPERATOR]).send(network.target(CORE), "/v1/lists", message, Done)
    await asyncio.sleep(_FETCHED_S)


def joined(world: World, where: Layout, state: SandboxFile) -> SimulatedNetwork:
    """A network whose systems live in that world."""
    return SimulatedNetwork(where, state, world.wire, world.disks)


def _remember_unlocking() -> None:
    """Unlocking a key store is slow on purpose; in this process the same store is unlocked once."""
    if not hasattr(keyfile._key, "cache_info"):  # noqa: SLF001
        keyfile._key = lru_cache(maxsize=64)(keyfile._key)  # noqa: SLF001


def _ports(count: int) -> Sequence[int]:
    return range(_FIRST_PORT, _FIRST_PORT + count)
