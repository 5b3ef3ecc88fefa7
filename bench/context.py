"""What rows work with: how large, how often, and the systems that are started once and stopped in any case."""

import asyncio
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar

import uvloop

from bench.floors.bare import Bare
from bench.floors.nginx import INQUIRY_EXCHANGES, Chain, chain, installed
from bench.load import Loaded, Wanted, load
from bench.outside import Place, chain_load, peer_load
from bench.peers import CLIENTS, ClientName, Peer, running
from renkei.sandbox import layout
from renkei.sandbox.build import Size
from renkei.sandbox.layout import Layout, SandboxFile
from renkei.sandbox.network import Network
from renkei.sandbox.up import bring_up

T = TypeVar("T")
P = ParamSpec("P")
BODY_BYTES: Final = 1_024
"""What one inquiry weighs in a body through the nginx chain."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large and how often. The rows and what they do are the same at every scale."""

    runs: int = 3
    seconds: float = 10.0
    warm_s: float = 3.0
    residents: int = 2_000
    at_once: int = 512
    list_size: int = 500
    bulk_at_once: int = 8
    peer_at_once: tuple[int, ...] = (8, 16, 64, 256)
    """Each peer is measured with as many singles at once as suit it best."""
    peer_list: int = 100
    """What peers get in one list: with longer ones no list would end within the measured seconds."""
    bulk_clients: tuple[ClientName, ...] = CLIENTS
    shares: tuple[int, ...] = (1, 50, 80)
    """Per cent of the highest load, for the latencies."""
    connections: int = 128
    """Of an open load."""
    others: tuple[int, ...] = (1, 50, 80)
    """The same for floor and peers."""
    issued: int = 20_000
    replicas: int = 20_000
    entries: int = 50_000
    questions: int = 200_000
    converted: int = 1_000_000
    sizes: tuple[tuple[int, int], ...] = (
        (10_000, 1_000),
        (100_000, 10_000),
        (1_000_000, 100_000),
        (10_000_000, 1_000_000),
    )
    """Records and persons at which an inquiry's cost is taken."""
    log_sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)


QUICK: Final = Scale(
    runs=1,
    seconds=1.2,
    warm_s=0.5,
    residents=100,
    at_once=64,
    bulk_at_once=4,
    peer_at_once=(16,),
    peer_list=20,
    bulk_clients=("aiohttp",),
    connections=32,
    others=(50,),
    list_size=100,
    issued=4_000,
    replicas=1_000,
    entries=5_000,
    questions=10_000,
    converted=200_000,
    sizes=((1_000, 100), (10_000, 1_000)),
    log_sizes=(1_000, 10_000),
)


def say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


@dataclass(slots=True)
class Context:
    """Use it in a `with`: at the end everything that was started is stopped, whatever happened."""

    scale: Scale
    store: str | None = None
    """Where the sandbox stores: None for SQLite, else a URL of PostgreSQL with `{system}` in it."""
    say: Callable[[str], None] = say
    began: float = field(default_factory=time.monotonic)
    _stack: ExitStack = field(default_factory=ExitStack)
    _kept: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # Whoever is impatient and sends a second signal must not leave systems behind.
        kept = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._stack.__exit__(kind, error, at)
        finally:
            for each, handler in kept.items():
                signal.signal(each, handler)

    def apart(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """The result of a function that runs in a new process of its own."""
        with worker() as alone:
            return alone.submit(function, *arguments, **named).result()

    def aside(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """The same in one process that is kept: for what leaves nothing behind in it."""
        return self._worker("aside").submit(function, *arguments, **named).result()

    def folder(self) -> Path:
        """An empty folder, removed at the end."""
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="renkei-bench-")))

    def bare(self) -> Bare:
        """Bare rows, in the same kind of store as the sandbox's; in PostgreSQL in the core's database."""
        return Bare(self.folder(), None if self.store is None else self.store.replace("{system}", "core"))

    def bare_rate(self, bare: Bare, rows: int, group: int, row_bytes: int) -> list[float]:
        """One run of it; none where this machine has no such floor."""
        return [] if bare.missing else [self.aside(bare.rate, rows, group, row_bytes)]

    # -- what stands

    def network(self) -> Path:
        """The folder of the running sandbox."""
        return self._once("network", self._bring_up)

    def state(self) -> SandboxFile:
        return layout.read(Layout(self.network()))

    def peer(self, client: ClientName) -> Peer:
        """The plain peer with that client, running."""
        return self._once(
            f"peer-{client}", lambda: self._stack.enter_context(running(client, persons=self.scale.residents))
        )

    def chain(self, size: int = 1, exchanges: int = INQUIRY_EXCHANGES) -> Chain | None:
        """The chain of nginx servers whose replies are as for so many inquiries; None where nginx is missing."""
        if installed() is None:
            return None
        name = f"chain-{size}-{exchanges}"
        return self._once(name, lambda: self._stack.enter_context(chain(exchanges, BODY_BYTES * size)))

    def _bring_up(self) -> Path:
        folder = self.folder() / "net"
        self.say(f"a sandbox with {self.scale.residents} residents")
        asyncio.run(bring_up(folder, Size(self.scale.residents, self.store), lambda _: None))
        self._stack.callback(lambda: asyncio.run(stop(folder)))
        return folder

    def _once(self, name: str, make: Callable[[], T]) -> T:
        if name not in self._kept:
            self._kept[name] = make()
        found: T = self._kept[name]
        return found

    def first(self, name: str) -> bool:
        """Whether this is asked for the first time."""
        known = name in self._kept
        self._kept.setdefault(name, True)
        return not known

    # -- load, from a process that does nothing else

    def generate(self, run: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run in the generator's process. `run` and its result must be picklable."""
        return self._worker("generator").submit(_looped, run).result()

    def _worker(self, name: str) -> ProcessPoolExecutor:
        return self._once(name, lambda: self._stack.enter_context(worker()))

    def load(self, wanted: Wanted) -> Loaded:
        """Renkei."""
        return self.generate(partial(_load_network, self.network(), wanted))

    def load_peer(self, client: ClientName, wanted: Wanted) -> Loaded:
        return self.load_at(self.peer(client), wanted)

    def load_at(self, peer: Peer, wanted: Wanted) -> Loaded:
        place = Place(
            peer.door.list_url if wanted.mode == "bulk" else peer.door.url,
            peer.door.tls,
            {role: (pid,) for role, pid in peer.pids.items()},
        )
        return self.generate(partial(peer_load, place, peer.door, wanted))

    def load_chain(self, wanted: Wanted, exchanges: int = INQUIRY_EXCHANGES) -> Loaded | None:
        found = self.chain(wanted.size, exchanges)
        if found is None:
            return None
        place = Place(found.base + found.path, found.tls, {"nginx": found.pids})
        return self.generate(partial(chain_load, place, BODY_BYTES, wanted))


@contextmanager
def worker() -> Iterator[ProcessPoolExecutor]:
    """A process to run things in; when this ends early, whatever it is doing ends with it."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_deaf)
    try:
        yield pool
    except BaseException:
        for process in pool._processes.values():  # noqa: SLF001 - there is no other way to end work that is under way
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _deaf() -> None:
    """Ctrl-C is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def stop(folder: Path) -> None:
    """Stop the systems of a sandbox."""
    async with Network.attach(folder) as network:
        await network.down()


async def _load_network(folder: Path, wanted: Wanted) -> Loaded:
    return await load(layout.read(Layout(folder)), wanted)


def _looped(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
