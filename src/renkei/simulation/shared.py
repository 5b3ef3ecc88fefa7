"""A database between processes, as PostgreSQL is one to its callers.

One transaction writes at a time, signals go to whoever listens, a right is one process's until that ends, and the
server goes away and comes back.

What lies in it is one file of the simulated disks, and the dialect is SQLite's. Everything above the connection is the
real thing: groups that run together and once more apart, what is read anew because another process may have written,
leases and signals.
"""

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final
from urllib.parse import parse_qs, urlsplit

from renkei.platform.sql import database
from renkei.platform.sql.address import Store
from renkei.platform.sql.connection import LostError
from renkei.platform.sql.database import Engine
from renkei.platform.sql.signals import Heard
from renkei.platform.sql.sqlite import SqliteConnection, SqliteEngine
from renkei.platform.sql.writer import Groups, Job, Writer, answer
from renkei.simulation.loop import OWNER, Owner, simulated_loop

Chance = Callable[[], bool]
_REAL = database._engine  # noqa: SLF001  # what `outside` puts the simulated one in the place of
_HEARD_S: Final = 0.001
_AGAIN_S: Final = 1.0
"""After so long a listener is connected again."""


def address(file: Path) -> str:
    """The setting `store` for a file as such a database."""
    return f"postgresql:///{file.name}?host={file.parent}"


@dataclass(slots=True)
class Server:
    """What the processes have between them."""

    file: Path
    breaks: Chance | None = None
    """Whether the connection breaks now, while something is wrong: at the beginning, or around a commit."""
    rights: dict[str, Owner | None] = field(default_factory=dict[str, Owner | None])
    ears: list["_Ear"] = field(default_factory=list["_Ear"])

    def breaks_now(self) -> bool:
        return self.breaks is not None and self.breaks()

    def tell(self, channel: str, payload: str) -> None:
        """NOTIFY: everybody who listens hears of it; or, once connected again, that something was missed."""
        for ear in self.ears:
            if ear.channel == channel:
                later_s, heard = (_AGAIN_S, "") if self.breaks_now() else (_HEARD_S, payload)
                simulated_loop().call_later(later_s, ear.heard, heard, context=ear.context)


class Servers:
    """All such databases of a world."""

    def __init__(self) -> None:
        self._of: dict[Path, Server] = {}

    def of(self, file: Path) -> Server:
        """The server of a file."""
        return self._of.setdefault(file, Server(file))

    def heal(self) -> None:
        """No connection breaks any more."""
        for server in self._of.values():
            server.breaks = None

    def engine(self, store: Path | Store, *, shared: bool) -> Engine:
        """In the place of `database._engine`."""
        at = store.address if isinstance(store, Store) else store
        if isinstance(at, Path):
            return _REAL(store, shared=shared)
        assert shared, "one process alone has a file"
        url = urlsplit(at)
        return _SharedEngine(self.of(Path(parse_qs(url.query)["host"][0]) / url.path.strip("/")))


class _Connection(SqliteConnection):
    optimistic = True
    shared = True

    def __init__(self, server: Server, begin: str) -> None:
        super().__init__(server.file, begin)
        self._server = server
        self._said: list[tuple[str, str]] = []
        self._mark = 0

    def begin(self, *, waiting: bool) -> None:
        if self._server.breaks_now():
            raise LostError("the server is away")
        super().begin(waiting=waiting)

    def commit(self) -> None:
        """It may break before the commit, or after, when nobody has been told: the caller learns the same."""
        if self._server.breaks_now():
            raise LostError("the server went away")
        super().commit()
        said, self._said = self._said, []
        for channel, payload in said:
            self._server.tell(channel, payload)
        if self._server.breaks_now():
            raise LostError("the server went away, and the commit was carried out")

    def roll_back(self) -> None:
        self._said.clear()
        super().roll_back()

    def save(self) -> None:
        self._mark = len(self._said)
        super().save()

    def go_back(self) -> None:
        del self._said[self._mark :]
        super().go_back()

    def signal(self, channel: str, payload: str, /) -> None:
        self._said.append((channel, payload))


class _SharedEngine(SqliteEngine):
    inside = False

    def __init__(self, server: Server) -> None:
        super().__init__(server.file)
        self._server = server

    def signals(self) -> "_Signals":
        return _Signals(self._server)

    def writer(self, groups: Groups) -> Writer:
        return _ApartWriter(groups)

    def _claim(self) -> IO[bytes] | None:
        return None

    def _connect(self, begin: str) -> SqliteConnection:
        return _Connection(self._server, begin)


class _ApartWriter(Writer):
    """As `ThreadWriter`: a whole group beside the loop, one after the other, while others queue."""

    def __init__(self, groups: Groups) -> None:
        super().__init__(groups)
        self._waiting: list[Job] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = ThreadPoolExecutor(1)

    def submit(self, job: Job) -> None:
        self._demand_open(job, len(self._waiting))
        self._waiting.append(job)
        if self._idle.is_set():
            self._idle.clear()
            self._task = job.loop.create_task(self._run(job.loop))

    async def finish(self) -> None:
        self._closed = True
        await self._idle.wait()
        self._thread.shutdown()
        self._groups.connection.close()

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            answer(group, await loop.run_in_executor(self._thread, self._groups.settle, group))
        self._idle.set()


@dataclass(frozen=True, slots=True)
class _Ear:
    channel: str
    heard: Heard
    context: contextvars.Context


class _Signals:
    """Signals and rights of one process."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ears: list[_Ear] = []
        self._owner = OWNER.get()

    def listen(self, channel: str, heard: Heard, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ARG002  # there is one
        self._ears.append(_Ear(channel, heard, contextvars.copy_context()))
        self._server.ears.append(self._ears[-1])

    def lease(self, name: str) -> "_Lease":
        return _Lease(self._server, name)

    def close(self) -> None:
        rights = self._server.rights
        for name in [name for name, owner in rights.items() if owner is self._owner]:
            del rights[name]
        for ear in self._ears:
            self._server.ears.remove(ear)
        self._ears.clear()


class _Lease:
    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    async def held(self) -> bool:
        return await asyncio.to_thread(self._take)

    async def release(self) -> None:
        if self._server.rights.get(self._name) is OWNER.get():
            del self._server.rights[self._name]

    def _take(self) -> bool:
        holder, me = self._server.rights.get(self._name), OWNER.get()
        if self._server.breaks_now():  # with the connection its rights are gone
            if holder is me:
                self._server.rights.pop(self._name, None)
            return False
        if holder is None or not holder.alive:
            self._server.rights[self._name] = holder = me
        return holder is me


__all__: Sequence[str] = ("Server", "Servers", "address")
