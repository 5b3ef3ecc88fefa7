"""The permission lists that the directory names, as one system holds them: fetched, verified, kept across restarts.

A list is believed by its version alone, the hash over its files, and the version by the signed directory that names it:
so it does not matter who hands it over.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from renkei.law.editions import Editions, read_list, shipped_files
from renkei.law.list import PermissionList
from renkei.messages.codec import decode, encode
from renkei.messages.directory import Directory, ListFiles
from renkei.platform.observe import event, failure
from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.peers.directory import DirectoryKeeper, keep_file
from renkei.platform.peers.pump import Pump, PumpOptions
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

Fetch = Callable[[str], Awaitable[ListFiles]]

_OPTIONS: Final = PumpOptions()


class ListKeeper:
    """Holds every list that the newest directory names, as soon as it can be had.

    Args:
        keeper: the directory. It is started first.
        folder: where lists are kept, one file each, named by version; None keeps them in memory only.
        fetch: asks for the files of one version.
        options: how to wait for an absent peer.
    """

    def __init__(
        self, keeper: DirectoryKeeper, folder: Path | None, fetch: Fetch, options: PumpOptions = _OPTIONS
    ) -> None:
        self._keeper = keeper
        self._folder = folder
        self._fetch = fetch
        self._editions = Editions.shipped()
        self._files = {self._editions.base: ListFiles(files=shipped_files())}
        self._pump = Pump("lists", self._missing, self._take, options)
        keeper.on_change(self._renew)

    def start(self) -> None:
        """Read kept ones back, then begin to fetch what is missing."""
        self._make_folder()
        if self._keeper.known is not None:
            self._name(self._keeper.known)
        for version in self._editions.missing():
            self._read_back(version)
        self._pump.start()

    async def stop(self) -> None:
        await self._pump.stop()

    def wake(self) -> None:
        """Somebody needs a list that is missing: try now."""
        self._pump.wake()

    @property
    def editions(self) -> Editions:
        """What the newest directory names, with what is held of it; without any directory the program's own list."""
        return self._editions

    def files(self, version: str) -> ListFiles:
        """The files of a list, to hand on; raises UNKNOWN_DOOR (not in the directory), UNREACHABLE (not here yet)."""
        if not self._editions.knows(version):
            self._keeper.wake()
            raise RenkeiError(Problem.UNKNOWN_DOOR, "the directory names no such list")
        found = self._files.get(version)
        if found is None:
            self._pump.wake()
            raise RenkeiError(Problem.UNREACHABLE, "the list is not here yet")
        return found

    def _renew(self, directory: Directory) -> None:
        self._name(directory)
        self._drop()
        self._pump.wake()

    def _name(self, directory: Directory) -> None:
        self._editions = Editions.of_directory(directory, self._editions.held)
        self._files = {version: files for version, files in self._files.items() if version in self._editions.held}

    def _drop(self) -> None:
        """Delete the files of lists that are named no more."""
        for path in [] if self._folder is None else self._folder.glob("*.json"):
            if not self._editions.knows(path.stem):
                try:
                    path.unlink()
                except OSError as error:
                    failure("list-not-dropped", error, version=path.stem)

    def _make_folder(self) -> None:
        if self._folder is not None:
            try:
                self._folder.mkdir(exist_ok=True)
            except OSError as error:  # the lists are held in memory then
                failure("lists-not-kept", error, folder=self._folder)

    def _hold(self, files: ListFiles, permissions: PermissionList) -> None:
        self._files[permissions.version] = files
        held = {**self._editions.held, permissions.version: permissions}
        self._editions = Editions.of_directory(self._keeper.current, held)

    def _read_back(self, version: str) -> None:
        path = self._path(version)
        if path is None:
            return
        try:
            if path.exists():
                files = decode(ListFiles, path.read_bytes())
                self._hold(files, read_list(files.files, version))
        except (RenkeiError, OSError) as error:  # fetched again: what the disk lost is not lost
            failure("kept-list-damaged", error, version=version)

    def _path(self, version: str) -> Path | None:
        return None if self._folder is None else self._folder / f"{version}.json"

    async def _missing(self) -> list[str]:
        return list(self._editions.missing())

    async def _take(self, versions: list[str]) -> None:
        """Try each: one that cannot be had keeps no other from being held."""
        failed: list[RenkeiError] = []
        for version in versions:
            try:
                await self._take_one(version)
            except RenkeiError as error:
                if not isinstance(error, PeerUnreachableError):
                    event("list-refused", level=logging.ERROR, version=version, detail=error.detail)
                failed.append(error)
        if failed:
            self._keeper.wake()  # perhaps it is not named any more
            raise failed[0]

    async def _take_one(self, version: str) -> None:
        files = await self._fetch(version)
        permissions = await asyncio.to_thread(read_list, files.files, version)
        self._hold(files, permissions)
        event("list-held", version=version)
        await self._keep(version, files)

    async def _keep(self, version: str, files: ListFiles) -> None:
        """Write it to disk; where that fails it is held all the same, and fetched again after a restart."""
        path = self._path(version)
        if path is not None:
            try:
                await asyncio.to_thread(keep_file, path, encode(files))
            except OSError as error:
                failure("list-not-kept", error, version=version)
