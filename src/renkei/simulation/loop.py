"""The event loop of a simulated world: time is a number, waiting costs nothing, each callback belongs to a system.

What a system does runs under its `Owner`, which contexts hand down to tasks, timers and callbacks. So a system is
killed by never running any of them again, and paused by putting them aside: nothing of it is told, as SIGKILL and
SIGSTOP tell nothing.
"""

import asyncio
import heapq
from asyncio import events
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")
Latency = Callable[[], float]


_TURN_S: Final = 1e-6


class Owner:
    """One life of one system: from a start to the next kill."""

    def __init__(self, name: str, life: int) -> None:
        self.name = name
        self.life = life
        self.alive = True
        self.paused = False
        self.held: list[events.Handle] = []
        """What fell due while it was paused."""
        self.tasks: dict[asyncio.Task[Any], None] = {}
        """Kept after a kill: a task that the collector finds would still run what stands in its `finally`."""

    def __repr__(self) -> str:
        return f"{self.name}#{self.life}"


OWNER: Final[ContextVar[Owner | None]] = ContextVar("OWNER", default=None)
"""On whose behalf code runs; None: the world itself, its line systems and people."""


class StalledError(Exception):
    """Nothing is ready and no timer runs: everybody waits for something that will never come."""


def _runs(handle: events.Handle, context: Context) -> bool:
    if handle.cancelled():  # while it was held
        return False
    owner = context.get(OWNER)
    if owner is None:
        return True
    if owner.alive and owner.paused:
        owner.held.append(handle)
        return False
    return owner.alive


class _Handle(events.Handle):
    _context: Context

    def _run(self) -> None:
        if _runs(self, self._context):
            super()._run()


class _Timer(events.TimerHandle):
    _context: Context

    def _run(self) -> None:
        if _runs(self, self._context):
            super()._run()


def _task(
    loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], context: Context | None = None
) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, context=context)
    owner = OWNER.get() if context is None else context.get(OWNER)
    if owner is not None:
        owner.tasks[task] = None
        task.add_done_callback(lambda done: owner.tasks.pop(done, None))
    return task


class _Skip:
    """In the place of a selector: there is no file to wait for, so time goes on to the next timer."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise StalledError
        self.now += timeout
        return []


class SimulatedLoop(asyncio.BaseEventLoop):
    """asyncio's own loop over a clock that is moved forward instead of waited for.

    Args:
        disk_s: how long the next piece of work beside the loop (a commit, a look-up in a thread) takes.
    """

    _ready: Any
    _scheduled: Any

    def __init__(self, disk_s: Latency) -> None:
        super().__init__()
        self._selector = _Skip()
        self._disk_s = disk_s
        self.worked: Callable[[], object] = lambda: None
        """Called after each piece of work beside the loop, so after each commit."""
        self._clock_resolution = 1e-7  # far above what a float tells apart after years, below a turn
        self.set_task_factory(_task)  # type: ignore[arg-type]  # typeshed's is of Python 3.13

    def time(self) -> float:
        """Seconds since the world began."""
        return self._selector.now

    def _process_events(self, _: object) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps."""

    def _call_soon(
        self, callback: Callable[..., object], args: tuple[object, ...], context: Context | None
    ) -> events.Handle:
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(  # type: ignore[override]  # typeshed ties callback and arguments together
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,  # noqa: ANN401
        context: Context | None = None,
    ) -> events.TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True  # type: ignore[attr-defined]  # noqa: SLF001  # as BaseEventLoop.call_at does
        return timer

    def run_in_executor(  # type: ignore[override]  # as above
        self,
        _: object,
        func: Callable[..., T],
        *args: Any,  # noqa: ANN401
    ) -> asyncio.Future[T]:
        """There are no threads: the work is done in one piece, a moment later."""
        done: asyncio.Future[T] = self.create_future()

        def work() -> None:
            if done.cancelled():
                return
            try:
                done.set_result(func(*args))
            except BaseException as error:  # noqa: BLE001  # whatever it is goes to whoever waits
                done.set_exception(error)
            self.worked()

        self.call_later(self._disk_s(), work)
        return done

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """There is none."""

    def resume(self, owner: Owner) -> None:
        """What fell due during a pause is run now, in its order."""
        owner.paused = False
        held, owner.held = owner.held, []
        for place, handle in enumerate(held):  # each in a turn of its own, as it would have been
            self.call_later(place * _TURN_S, handle._run)  # noqa: SLF001


def run_as(owner: Owner | None, context: Context) -> Context:
    """The context, in which code then runs on behalf of the owner."""
    context.run(OWNER.set, owner)
    return context


def simulated_loop() -> SimulatedLoop:
    """The loop that runs; the world asks nothing else of asyncio."""
    return cast("SimulatedLoop", asyncio.get_running_loop())
