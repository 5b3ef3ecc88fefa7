"""Many seeds on all cores: each in a process that begins as a copy of one prepared process, and ends with its seed."""

import gc
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from renkei.simulation.base import Base
from renkei.simulation.disk import install
from renkei.simulation.invariants import Violation
from renkei.simulation.run import Outcome, run

HASH_SEED: Final = "PYTHONHASHSEED"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a file system in memory: syncs there cost nothing, and are simulated
_SHOWN: Final = 400
"""Last lines of a failing seed's trace that are brought back; the seed brings the rest."""


def fix_order() -> None:
    """Begin anew with a fixed order of sets, where it is not fixed yet: the order of a set is luck too."""
    if sys.flags.hash_randomization:
        arguments = [sys.executable, "-m", "renkei.cli", *sys.argv[1:]]
        os.putenv(HASH_SEED, "0")
        os.execv(sys.executable, arguments)  # noqa: S606  # ourselves


@contextmanager
def prepared() -> Iterator[Base]:
    """The base network, in a folder in memory that is removed at the end."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # in order: the folder is in memory
    with tempfile.TemporaryDirectory(prefix="renkei-simulation-", dir=place) as scratch:
        base = Base.build(Path(scratch), install())
        gc.collect()
        gc.freeze()  # shared with all copies of this process
        gc.disable()  # when it runs depends on what ran before
        try:
            yield base
        finally:
            gc.enable()


def outcomes(base: Base, seeds: Iterable[int], steps: int, jobs: int) -> Iterator[Outcome]:
    """Each seed's outcome, in the order in which they end."""
    waiting, running = iter(seeds), dict[int, tuple[int, IO[bytes]]]()
    more = True
    try:
        while more or running:
            while more and len(running) < jobs:
                seed = next(waiting, None)
                if seed is None:
                    more = False
                else:
                    pid, pipe = _begin(base, seed, steps)
                    running[pid] = seed, pipe
            if running:
                pid, _ = os.wait()
                if pid in running:
                    yield _ended(*running.pop(pid), steps)
    finally:  # whoever is told to end leaves no copies behind
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _begin(base: Base, seed: int, steps: int) -> tuple[int, IO[bytes]]:
    file = tempfile.TemporaryFile(dir=base.folder.parent)  # noqa: SIM115  # `_ended` closes it
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid, file
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        outcome = run(seed, steps, base)
        pickle.dump(outcome if outcome.sound else replace(outcome, lines=outcome.lines[-_SHOWN:]), file)
        file.flush()
    except BaseException as error:  # noqa: BLE001  # whatever it is, the parent must hear of it
        file.seek(0)
        pickle.dump(_broken(seed, steps, f"{type(error).__name__}: {error}"), file)
        file.flush()
    finally:
        os._exit(0)  # nothing of this world may end in order


def _ended(seed: int, file: IO[bytes], steps: int) -> Outcome:
    with file:
        file.seek(0)
        data = file.read()
    if not data:
        return _broken(seed, steps, "the process died")
    outcome = pickle.loads(data)  # noqa: S301  # written by our own child
    assert isinstance(outcome, Outcome)
    return outcome


def _broken(seed: int, steps: int, why: str) -> Outcome:
    none: Sequence[str] = ()
    return Outcome(seed, steps, 0, 0, none, [Violation("simulation", why)], none, "", 0.0, 0.0, none)
