"""Each kind of fault alone, in a network at rest: what is noticed of it while it lasts, and after it was mended."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from renkei.messages.codec import encode
from renkei.platform.config import Tls
from renkei.platform.peers.client import Client
from renkei.sandbox import layout
from renkei.sandbox.bodies import BODIES, INTERFACES, INTERMEDIATES, KENPO
from renkei.sandbox.layout import CORE
from renkei.sandbox.network import OPERATOR
from renkei.sandbox.plans import replicas_for
from renkei.simulation.base import Base, joined
from renkei.simulation.faults import SECOND, Fault, Troubles
from renkei.simulation.loop import run_as
from renkei.simulation.network import SimulatedNetwork
from renkei.simulation.wire import End
from renkei.simulation.world import MIDNIGHT_S, World
from renkei.terms.bodies import PiaState, SystemName
from renkei.terms.errors import RenkeiError

_EAST, _NEAR = INTERMEDIATES[0], INTERFACES[0]
_BEGAN_S: Final = MIDNIGHT_S + 3_600.0
_LASTS_S: Final = 20.0
_AMID_S: Final = 1.0
_SOON_S: Final = 2.0
_SLOW_S: Final = 0.1
"""Far longer than a call takes where nothing is wrong."""
_CALLS: Final = 40


@dataclass(frozen=True, slots=True)
class Scene:
    """A running network in which one thing goes wrong."""

    world: World
    network: SimulatedNetwork
    base: Base
    doubled: list[bytes] = field(default_factory=list[bytes])

    async def takes_s(self, of: SystemName, by: SystemName | None = None) -> float | None:
        """How long a system takes to say how it is, over a connection of its own; None: it is not heard of soon."""
        holder = self.network.state.staff[OPERATOR]
        authorities = Path(self.network.state.authorities)
        tls = Tls(certificate=Path(holder.certificate), key=Path(holder.key), authorities=authorities)

        async def ask() -> float | None:
            began, client = self.world.loop.time(), Client(tls)
            try:
                async with asyncio.timeout(_SOON_S):
                    await client.fetch(self.network.target(of), "/v1/health")
            except (RenkeiError, TimeoutError):
                return None
            finally:
                await client.close()
            return self.world.loop.time() - began

        context = run_as(self.network.lives[by] if by else None, contextvars.copy_context())
        return await asyncio.get_running_loop().create_task(ask(), context=context)

    async def write(self) -> None:
        """Let bodies store something, whether they can or not."""
        for automatic in (False, True):
            for body in BODIES:
                known = [each for each in self.base.people if body.id in each.addressees]
                replicas = [replace(each, automatic=automatic) for each in replicas_for(body.id, known[0])]
                try:
                    async with asyncio.timeout(_SOON_S):
                        await self.network.line(body.id).put_replicas(replicas)
                except (RenkeiError, TimeoutError):
                    continue

    def said(self, what: str) -> int:
        """How many lines of the trace say so."""
        return sum(what in line for line in self.world.trace.lines)


Look = Callable[[Scene], Awaitable[object]]
"""What is to be seen of a fault; something else amid it than before it."""


def _heard(of: SystemName, by: SystemName | None = None) -> Look:
    async def look(scene: Scene) -> object:
        return await scene.takes_s(of, by) is not None

    return look


async def _is_quick(scene: Scene) -> object:
    took = await scene.takes_s(_EAST)
    return took is not None and took < _SLOW_S


async def _all_are_heard(scene: Scene) -> object:
    return all([await scene.takes_s(_EAST) is not None for _ in range(_CALLS)])


async def _none_is_doubled(scene: Scene) -> object:
    before = len(scene.doubled)
    for _ in range(_CALLS):
        await scene.takes_s(_EAST)
    return len(scene.doubled) == before


def _none_says(what: str) -> Look:
    async def look(scene: Scene) -> object:
        before = scene.said(what)
        await scene.write()
        return scene.said(what) == before

    return look


async def _none_loses_the_database(scene: Scene) -> object:
    before = scene.said("LostError")
    await scene.network.find(KENPO.id, PiaState.BREACH)
    await scene.network.find(KENPO.id, PiaState.IN_ORDER)
    return scene.said("LostError") == before


async def _clock(scene: Scene) -> object:
    """By how many seconds it is wrong."""
    return round(scene.world.now_s(scene.network.lives[_EAST]) - scene.world.now_s(None), 1)


async def _breaches(scene: Scene) -> object:
    return [each.id for each in (await scene.network.directory()).bodies if each.pia is PiaState.BREACH]


@dataclass(frozen=True, slots=True)
class Strike:
    """Whom a fault strikes, and where one looks. `heals`: after it all is as before."""

    look: Look
    who: SystemName = _EAST
    heals: bool = True


async def _keys(scene: Scene) -> object:
    return [encode(each) for each in (await scene.network.directory()).bodies]


STRIKES: Final[Mapping[str, Strike]] = {
    "kill": Strike(_heard(_EAST)),
    "power-cut": Strike(_heard(_EAST)),
    "pause": Strike(_heard(_EAST)),
    "partition": Strike(_heard(CORE, _NEAR), _NEAR),
    "slow-link": Strike(_is_quick),
    "cut-connections": Strike(_all_are_heard),
    "doubled-requests": Strike(_none_is_doubled),
    "disk-full": Strike(_none_says("FullError")),
    "disk-errors": Strike(_none_says("IOError")),
    "database-away": Strike(_none_loses_the_database, CORE),
    "clock-jump": Strike(_clock),
    "clock-drift": Strike(_clock),
    "certificate-expired": Strike(_heard(_EAST)),
    "new-directory": Strike(_breaches),
    "new-keys": Strike(_keys, heals=False),
}


def _count(scene: Scene) -> None:
    """Requests that are brought twice."""
    wire, double = scene.world.wire, scene.world.wire._double

    def counted(receiver: End, piece: bytes, delay_s: float) -> None:
        scene.doubled.append(piece)
        double(receiver, piece, delay_s)

    vars(wire)["_double"] = counted


def struck(kind: str, base: Base) -> tuple[object, object, object]:
    """What one sees before, amid and after it."""
    two_cores = kind == "database-away"
    where = base.copy(f"strike-{kind}", two_cores=two_cores)
    world = World(0, base.disks, _BEGAN_S)
    network = joined(world, where, layout.read(where))
    if two_cores:
        network.beside[SECOND] = CORE
    scene, strike = Scene(world, network, base), STRIKES[kind]
    _count(scene)

    async def work() -> tuple[object, object, object]:
        for name in network.processes:
            await network.start(name)
        before = await strike.look(scene)
        other = next(each for each in (CORE, _NEAR) if each != strike.who)
        fault = Fault(kind, strike.who, other, 0.0, _LASTS_S, 0.95)
        striking = asyncio.create_task(Troubles(world, network).strike(fault))
        await asyncio.sleep(_AMID_S)
        amid = await strike.look(scene)
        await striking
        return before, amid, await strike.look(scene)

    return world.run(work())
