"""A sandbox's network whose systems live in this process: built by their own wirings, killed and paused here."""

import asyncio
import contextvars
import importlib
import os
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from renkei.platform.config import load
from renkei.platform.process import System
from renkei.sandbox.layout import Folder, Layout, SandboxFile
from renkei.sandbox.network import Network, Progress
from renkei.simulation.disk import Disks
from renkei.simulation.loop import Owner, run_as, simulated_loop
from renkei.simulation.wire import Wire
from renkei.terms.bodies import SystemName


class SimulatedNetwork(Network):
    """As a driver sees it, a network like every other."""

    def __init__(self, where: Layout, state: SandboxFile, wire: Wire, disks: Disks) -> None:
        super().__init__(where, state)
        self.wire = wire
        self.disks = disks
        self.lives: dict[SystemName, Owner] = {}
        self.systems: dict[SystemName, System] = {}
        self._dead: list[Owner] = []
        self.ended: dict[SystemName, str] = {}
        """Systems that gave up by themselves, and why."""
        self.beside: dict[SystemName, SystemName] = {}
        """Further processes, and the system of which each is one: the same files, the same address."""

    @property
    def processes(self) -> list[SystemName]:
        """Everything that is started."""
        return [*map(SystemName, self.state.systems), *self.beside]

    def folder(self, name: SystemName) -> Folder:
        """The files of a process."""
        return self.layout.system(self.beside.get(name, name))

    def together(self, name: SystemName) -> list[SystemName]:
        """The processes on one disk with this one."""
        return [each for each in self.processes if self.folder(each) == self.folder(name)]

    async def start_all(self, names: Iterable[SystemName], progress: Progress) -> None:
        for name in names:
            await self.start(name)
            progress(name)

    async def start(self, name: SystemName) -> None:
        if self.runs(name):
            return
        earlier = self.lives.get(name)
        owner = self.lives[name] = Owner(name, earlier.life + 1 if earlier else 1)
        ready: asyncio.Future[System] = asyncio.get_running_loop().create_future()
        context = run_as(owner, contextvars.copy_context())
        asyncio.get_running_loop().create_task(self._live(name, owner, ready), context=context)
        self.systems[name] = await ready

    async def kill(self, name: SystemName) -> None:
        self.kill_now(name)

    def kill_now(self, name: SystemName) -> None:
        """SIGKILL: nothing of it runs any more, its connections are reset, its files stay as they are."""
        owner = self.lives.get(name)
        if owner is None or not owner.alive:
            return
        owner.alive = False
        owner.held.clear()
        self.systems.pop(name, None)
        self.wire.drop(owner)
        folder = self.folder(name).path
        self.disks.kill(folder)
        if not any(self.runs(each) for each in self.together(name)):
            _let_go(folder)
        self._dead.append(owner)

    def pause(self, name: SystemName) -> None:
        """SIGSTOP."""
        if self.runs(name):
            self.lives[name].paused = True

    def go_on(self, name: SystemName) -> None:
        """SIGCONT."""
        owner = self.lives.get(name)
        if owner is not None and owner.alive and owner.paused:
            simulated_loop().resume(owner)

    def runs(self, name: SystemName) -> bool:
        owner = self.lives.get(name)
        return owner is not None and owner.alive

    async def down(self) -> None:
        for name in list(self.lives):
            self.kill_now(name)

    async def _live(self, name: SystemName, owner: Owner, ready: asyncio.Future[System]) -> None:
        """`platform.process`, without a process: wire, start, and stay until killed or ended by a failure."""
        try:
            self.ended[name] = await self._run(name, ready)
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)
        finally:
            if owner.alive:
                asyncio.get_running_loop().call_soon(self.kill_now, name, context=contextvars.Context())

    async def _run(self, name: SystemName, ready: asyncio.Future[System]) -> str:
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def stop(why: str) -> None:
            if not ended.done():
                ended.set_result(why)

        info = self.state.systems[self.beside.get(name, name)]
        wiring: Any = importlib.import_module(f"renkei.systems.{info.kind}.wiring")
        system: System = await wiring.build(load(Path(info.config), wiring.Config), stop)
        async with AsyncExitStack() as stack:
            for close in system.closing:
                stack.push_async_callback(close)
            for part in system.parts:
                begun = part.start()
                if begun is not None:
                    await begun
                stack.push_async_callback(part.stop)
            ready.set_result(system)
            return await ended


def _let_go(folder: Path) -> None:
    """The locks of a killed process: the operating system closes its files."""
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            target = os.readlink(link)  # noqa: PTH115
            if target.startswith(f"{folder}/") and target.endswith(".lock"):
                os.close(int(link.name))
