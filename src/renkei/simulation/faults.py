"""What goes wrong, when, and how it heals again: drawn by the seed, carried out on the running network."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random  # noqa: TID251  # seeded: here luck must be repeatable
from typing import Final

import apsw

from renkei.crypto.envelope import Identity
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.keyring import open_keys, step_party
from renkei.sandbox.bodies import BODIES, INTERFACES, INTERMEDIATES, KENPO
from renkei.sandbox.layout import CORE, system_plans
from renkei.simulation.network import SimulatedNetwork
from renkei.simulation.world import World, WrongClock
from renkei.terms.bodies import CORE as CORE_PARTY
from renkei.terms.bodies import BodyId, PiaState, Role, SystemName
from renkei.terms.errors import RenkeiError

SYSTEMS: Final = tuple(plan.name for plan in system_plans())
_STORED: Final = tuple(plan.name for plan in system_plans() if plan.role is not Role.INTERFACE)
_BUSIEST: Final = (CORE, *INTERMEDIATES, *INTERFACES[:2])
_OF_BUSIEST: Final = 0.8
"""How likely a fault strikes one of them."""
_AGAIN_S: Final = 0.5
_FARTHEST_S: Final = 450.0
"""How far a clock jumps at most: half as far again as the core overlooks (ADR 0021)."""
SECOND: Final = SystemName("core-2")
"""The core's second process, in a network that has one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `lasts_s`: until it is mended."""

    kind: str
    who: SystemName
    other: SystemName
    at_s: float
    lasts_s: float
    strength: float


def draw(luck: Random, number: int, within_s: float, *, two_cores: bool) -> list[Fault]:
    """The faults of one run, in order."""
    found = []
    kinds, busiest = (KINDS, (*_BUSIEST, SECOND)) if two_cores else (_OF_ANY, _BUSIEST)
    for _ in range(number):
        kind = luck.choice(kinds)
        among = busiest if luck.random() < _OF_BUSIEST else SYSTEMS
        who = luck.choice([each for each in among if each in _STORED] if kind in _OF_STORES else among)
        other = luck.choice([each for each in busiest if each != who])
        found.append(Fault(kind, who, other, luck.random() * within_s, luck.uniform(0.05, 6.0), luck.random()))
    return sorted(found, key=lambda fault: fault.at_s)


class Troubles:
    """Carries faults out and mends them."""

    def __init__(self, world: World, network: SimulatedNetwork) -> None:
        self._world = world
        self._network = network
        self._rekeyed: set[BodyId] = set()

    async def strike(self, fault: Fault) -> None:
        """The whole of one fault, mending and all."""
        world = self._world
        world.trace.say(f"fault {fault.kind} {fault.who} {fault.other} for {fault.lasts_s:.3f} s")
        begin, end = _ACTS[fault.kind]
        await begin(self, fault)
        await asyncio.sleep(fault.lasts_s)
        await end(self, fault)
        world.trace.say(f"mended {fault.kind} {fault.who}")

    async def heal(self) -> None:
        """Everything works again."""
        world, network = self._world, self._network
        world.weather.calm()
        world.wrong.clear()
        world.wire.not_after.clear()
        world.servers.heal()
        for system in network.processes:
            disk = world.disks.of(network.folder(system).path)
            disk.full, disk.fails = False, None
            network.go_on(system)
            await self._up(system)
        for body in sorted(self._rekeyed):
            await self._publish(body)

    async def _up(self, system: SystemName) -> None:
        """As whoever watches over processes does: a system that does not come up is started again."""
        while not self._network.runs(system):
            try:
                await self._network.start(system)
            except (apsw.Error, RenkeiError, OSError) as error:
                self._world.trace.say(f"{system} did not start: {type(error).__name__}")
                self._network.kill_now(system)
                await asyncio.sleep(_AGAIN_S)

    async def _kill(self, fault: Fault) -> None:
        self._network.kill_now(fault.who)

    async def _start(self, fault: Fault) -> None:
        for system in self._network.together(fault.who):
            await self._up(system)

    async def _power(self, fault: Fault) -> None:
        for system in self._network.together(fault.who):
            self._network.kill_now(system)
        luck = self._world.luck
        self._world.disks.lose_power(self._network.folder(fault.who).path, lambda: luck.random() < fault.strength)

    async def _pause(self, fault: Fault) -> None:
        self._network.pause(fault.who)

    async def _go_on(self, fault: Fault) -> None:
        self._network.go_on(fault.who)

    async def _part(self, fault: Fault) -> None:
        self._world.weather.apart.add(frozenset((fault.who, fault.other)))
        self._world.wire.cut_between(fault.who, fault.other)

    async def _join(self, fault: Fault) -> None:
        self._world.weather.apart.discard(frozenset((fault.who, fault.other)))

    async def _slow(self, fault: Fault) -> None:
        self._world.weather.slow[fault.who] = fault.strength * 3

    async def _fast(self, fault: Fault) -> None:
        self._world.weather.slow.pop(fault.who, None)

    async def _cut(self, fault: Fault) -> None:
        self._world.weather.cut = fault.strength * 0.2

    async def _whole(self, _: Fault) -> None:
        self._world.weather.cut = 0.0

    async def _double(self, fault: Fault) -> None:
        self._world.weather.double = fault.strength * 0.5

    async def _single(self, _: Fault) -> None:
        self._world.weather.double = 0.0

    async def _fill(self, fault: Fault) -> None:
        self._world.disks.of(self._network.folder(fault.who).path).full = True

    async def _empty(self, fault: Fault) -> None:
        self._world.disks.of(self._network.folder(fault.who).path).full = False

    async def _ail(self, fault: Fault) -> None:
        luck = self._world.luck
        disk = self._world.disks.of(self._network.folder(fault.who).path)
        disk.fails = lambda: luck.random() < fault.strength * 0.3

    async def _recover(self, fault: Fault) -> None:
        self._world.disks.of(self._network.folder(fault.who).path).fails = None

    async def _lose_server(self, fault: Fault) -> None:
        luck = self._world.luck
        server = self._world.servers.of(self._network.folder(CORE).store)
        server.breaks = lambda: luck.random() < fault.strength

    async def _find_server(self, _: Fault) -> None:
        self._world.servers.heal()

    async def _jump(self, fault: Fault) -> None:
        self._world.wrong[fault.who] = WrongClock(by_s=(fault.strength - 0.5) * 2 * _FARTHEST_S)

    async def _drift(self, fault: Fault) -> None:
        self._world.wrong[fault.who] = WrongClock(rate=fault.strength - 0.5, since_s=self._world.loop.time())

    async def _set_right(self, fault: Fault) -> None:
        self._world.wrong.pop(fault.who, None)

    async def _expire(self, fault: Fault) -> None:
        at = datetime.fromtimestamp(self._world.now_s(None) - 1, UTC).strftime("%b %d %H:%M:%S %Y GMT")
        self._world.wire.not_after[self._network.folder(fault.who).certificate] = at
        self._world.wire.cut_all(fault.who)

    async def _renew(self, fault: Fault) -> None:
        self._world.wire.not_after.pop(self._network.folder(fault.who).certificate, None)

    async def _breach(self, _: Fault) -> None:
        await self._network.find(KENPO.id, PiaState.BREACH)

    async def _amend(self, _: Fault) -> None:
        await self._network.find(KENPO.id, PiaState.IN_ORDER)

    async def _make_keys(self, fault: Fault) -> None:
        await self._rekey(_party(fault), SoftwareKeyStore.follow)

    async def _use_keys(self, fault: Fault) -> None:
        await self._rekey(_party(fault), SoftwareKeyStore.succeed)

    async def _rekey(self, party: BodyId, step: Callable[[SoftwareKeyStore, str], object]) -> None:
        step_party(*self._network.key_file(party), step)
        if party != CORE_PARTY:  # the core publishes its own
            self._rekeyed.add(party)
            await self._publish(party)

    async def _publish(self, body: BodyId) -> None:
        file, prefix = self._network.key_file(body)
        public = Identity(open_keys(file), f"{prefix}sign", f"{prefix}seal").public()
        await self._network.publish_keys(body, public)


def _party(fault: Fault) -> BodyId:
    """Whose keys: the core's, or those of one of the bodies that the system holds."""
    held = [body.id for body in BODIES if body.intermediate == fault.who]
    return held[int(fault.strength * len(held))] if held else CORE_PARTY


Act = Callable[[Troubles, Fault], Awaitable[None]]
_ACTS: Final[dict[str, tuple[Act, Act]]] = {
    "kill": (Troubles._kill, Troubles._start),  # noqa: SLF001  # the table of this class
    "power-cut": (Troubles._power, Troubles._start),  # noqa: SLF001
    "pause": (Troubles._pause, Troubles._go_on),  # noqa: SLF001
    "partition": (Troubles._part, Troubles._join),  # noqa: SLF001
    "slow-link": (Troubles._slow, Troubles._fast),  # noqa: SLF001
    "cut-connections": (Troubles._cut, Troubles._whole),  # noqa: SLF001
    "doubled-requests": (Troubles._double, Troubles._single),  # noqa: SLF001
    "disk-full": (Troubles._fill, Troubles._empty),  # noqa: SLF001
    "disk-errors": (Troubles._ail, Troubles._recover),  # noqa: SLF001
    "database-away": (Troubles._lose_server, Troubles._find_server),  # noqa: SLF001
    "clock-jump": (Troubles._jump, Troubles._set_right),  # noqa: SLF001
    "clock-drift": (Troubles._drift, Troubles._set_right),  # noqa: SLF001
    "certificate-expired": (Troubles._expire, Troubles._renew),  # noqa: SLF001
    "new-directory": (Troubles._breach, Troubles._amend),  # noqa: SLF001
    "new-keys": (Troubles._make_keys, Troubles._use_keys),  # noqa: SLF001
}
KINDS: Final = tuple(_ACTS)
_OF_ANY: Final = tuple(kind for kind in KINDS if kind != "database-away")
_OF_STORES: Final = frozenset({"power-cut", "disk-full", "disk-errors"})
