"""A system's keys as they lie in their file: opened at the start, changed by a command, then read again (ADR 0019)."""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from renkei.crypto.envelope import Identity
from renkei.crypto.keystore import KeyInfo, row
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.directory import PublicKeys
from renkei.platform.config import KeyFile
from renkei.platform.entropy import system_entropy
from renkei.platform.observe import event
from renkei.platform.peers.directory import keep_file
from renkei.platform.peers.pump import Pump, PumpOptions

LOOK_MS: Final = 2_000
"""How long a running system goes on with the keys of before, after a command has changed the file."""
Changed = Callable[[], Awaitable[object]]
_Stamp = tuple[int, int]


def open_keys(file: KeyFile) -> SoftwareKeyStore:
    """The keys of a file; raises BAD_CONFIGURATION, BAD_STORE."""
    return SoftwareKeyStore.load(file.sealed(), file.secret(), system_entropy)


@contextmanager
def changing(file: KeyFile) -> Iterator[SoftwareKeyStore]:
    """The keys of a file, for a command that changes them: at the end the file is replaced whole, or left as it was.

    One command at a time; a second one waits.
    """
    folder = os.open(file.path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        store = open_keys(file)
        yield store
        keep_file(file.path, store.dump(file.secret()), mode=0o600)
    finally:
        os.close(folder)


def step_party(
    file: KeyFile, prefix: str, step: Callable[[SoftwareKeyStore, str], object]
) -> tuple[PublicKeys, list[KeyInfo]]:
    """One step for both keys of a party: what the directory has to say then, and the states of all of them."""
    sign, seal = prefix + "sign", prefix + "seal"
    with changing(file) as store:
        for name in (sign, seal):
            step(store, name)
        return Identity(store, sign, seal).public(), [*row(store, sign), *row(store, seal)]


class KeyWatch:
    """A system's keys, which it goes on taking over when a command has changed their file.

    Raises what `open_keys` raises.
    """

    def __init__(self, file: KeyFile) -> None:
        self._file = file
        self._seen = _stamp(file.path)  # before it is read: what is changed meanwhile is seen
        self.store = open_keys(file)
        self._listeners: list[Changed] = []
        self._pump = Pump("keys", self._look, self._take_over, PumpOptions(max_idle_ms=LOOK_MS))

    def on_change(self, listener: Changed) -> None:
        """Be told of every change; one that could not be told is told again."""
        self._listeners.append(listener)

    def start(self) -> None:
        self._pump.start()

    async def stop(self) -> None:
        await self._pump.stop()

    async def _look(self) -> list[_Stamp | None]:
        stamp = _stamp(self._file.path)
        return [] if stamp == self._seen else [stamp]

    async def _take_over(self, stamps: list[_Stamp | None]) -> None:
        # In a thread: unlocking is slow on purpose.
        if await asyncio.to_thread(lambda: self.store.refresh(self._file.sealed(), self._file.secret())):
            event("keys-changed", keys=[f"{info.id} {info.state.value}" for info in self.store.list_keys()])
        for listener in self._listeners:
            await listener()
        self._seen = stamps[-1]


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:  # whoever reads it says so
        return None
    return found.st_mtime_ns, found.st_ino
