"""The directory as one system holds it: verified, kept across restarts, never going back (design 7)."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from renkei.crypto.signatures import verify
from renkei.messages.codec import decode, encode
from renkei.messages.directory import BodyEntry, Directory, SignedDirectory, SystemEntry, signed_bytes
from renkei.platform.observe import event
from renkei.platform.peers.pump import Pump, PumpOptions
from renkei.terms.bodies import BodyId, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

Fetch = Callable[[], Awaitable[SignedDirectory]]
Changed = Callable[[Directory], None]

REST_MS: Final = 1_000
"""Between two fetches, however often somebody asks for what no directory names."""
_EVERY: Final = PumpOptions(max_idle_ms=30_000, rest_ms=REST_MS)


class DirectoryKeeper:
    """Holds the newest directory that the core has signed; refuses an older one than it has ever seen.

    Args:
        key: the core's public signing key, 32 bytes Ed25519: what everything else in the directory is believed by.
        kept: a file for the newest one seen; it is public, and it is verified when it is read back.
        fetch: asks the core.
        options: how often to look again when nobody wakes it, and how to wait for an absent core.
    """

    def __init__(self, key: bytes, kept: Path, fetch: Fetch, options: PumpOptions = _EVERY) -> None:
        self._key = key
        self._kept = kept
        self._fetch = fetch
        self._signed: SignedDirectory | None = None
        self._directory: Directory | None = None
        self._bodies: dict[BodyId, BodyEntry] = {}
        self._systems: dict[SystemName, SystemEntry] = {}
        self._listeners: list[Changed] = []
        self._there = asyncio.Event()
        self._pump = Pump("directory", self._newer, self._take, options)

    def start(self) -> None:
        """Read the kept one back, then begin to fetch; raises BAD_STORE where what was kept is not what it was."""
        if self._kept.exists():
            try:
                self._hold(*self._verified(decode(SignedDirectory, self._kept.read_bytes())))
            except RenkeiError as error:
                # Not ignored: without it an older directory could not be told from the newest.
                detail = f"{self._kept}: {error}; put it back, or remove it: it is fetched anew"
                raise RenkeiError(Problem.BAD_STORE, detail) from None
        self._pump.start()

    async def stop(self) -> None:
        await self._pump.stop()

    def wake(self) -> None:
        """Somebody spoke of a newer one: fetch now, or as soon as the options let it."""
        self._pump.wake()

    async def ready(self) -> None:
        """Wait until there is one."""
        await self._there.wait()

    @property
    def current(self) -> Directory:
        """The newest one; raises UNREACHABLE as long as there is none at all."""
        if self._directory is None:
            raise RenkeiError(Problem.UNREACHABLE, "no directory yet")
        return self._directory

    @property
    def known(self) -> Directory | None:
        """The newest one; None as long as there is none at all."""
        return self._directory

    def body(self, body: BodyId) -> BodyEntry:
        """A body's entry; raises UNKNOWN_BODY."""
        entry = self._bodies.get(body)
        if entry is None:
            raise RenkeiError(Problem.UNKNOWN_BODY)
        return entry

    def system(self, name: SystemName) -> SystemEntry:
        """A system's entry; raises BAD_DIRECTORY, since only the directory itself names systems."""
        entry = self._systems.get(name)
        if entry is None:
            raise RenkeiError(Problem.BAD_DIRECTORY, f"no system {name}")
        return entry

    def on_change(self, listener: Changed) -> None:
        """Be told of every newer one."""
        self._listeners.append(listener)

    def accept(self, signed: SignedDirectory) -> Directory:
        """Take a directory if it is the core's and not older than what was seen.

        Raises:
            RenkeiError: BAD_DIRECTORY (signature, form, or another one under the same number), OLD_DIRECTORY.
        """
        _, directory = self._verified(signed)
        if self._directory is not None:
            if directory.number < self._directory.number:
                raise RenkeiError(Problem.OLD_DIRECTORY, f"{directory.number} after {self._directory.number}")
            if directory == self._directory:
                return self._directory
            if directory.number == self._directory.number:
                raise RenkeiError(Problem.BAD_DIRECTORY, f"two directories of number {directory.number}")
        keep_file(self._kept, encode(signed))
        self._hold(signed, directory)
        event("directory-changed", number=directory.number)
        for listener in self._listeners:
            listener(directory)
        return directory

    def _verified(self, signed: SignedDirectory) -> tuple[SignedDirectory, Directory]:
        if not verify(self._key, signed.signature, signed_bytes(signed.directory)):
            raise RenkeiError(Problem.BAD_DIRECTORY, "signature")
        return signed, decode(Directory, signed.directory)

    def _hold(self, signed: SignedDirectory, directory: Directory) -> None:
        self._signed, self._directory = signed, directory
        self._bodies = {entry.id: entry for entry in directory.bodies}
        self._systems = {entry.name: entry for entry in directory.systems}
        self._there.set()

    async def _newer(self) -> list[SignedDirectory]:
        fetched = await self._fetch()
        return [] if fetched == self._signed else [fetched]

    async def _take(self, fetched: list[SignedDirectory]) -> None:
        for signed in fetched:
            self.accept(signed)


def keep_file(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Durably and as a whole: a kill leaves the old file or the new one."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "wb", opener=partial(os.open, mode=mode)) as file:  # only it takes an opener
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
