"""The disks of a simulated world: SQLite's own file layer over real files, where what was not synced may be lost.

Every store of the process goes through it. A kill (of the process alone) keeps all that was written; a power cut takes
back, page by page, what was written since the last sync, or leaves it: both are what disks do. A disk may be full, or
fail a write or a sync.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

import apsw

from renkei.simulation.loop import OWNER, Owner

NAME: Final = "renkei-simulation"
_BELOW: Final = "unix"
Chance = Callable[[], bool]
_Named = apsw.URIFilename | str | None
_Undo = tuple[int, bytes, int, int]
"""Where, what stood there, how much was written, and how long the file was."""


class Disk:
    """What the disk below one folder does at the moment."""

    def __init__(self) -> None:
        self.full = False
        self.fails: Chance | None = None
        self.unsynced: dict[str, list[_Undo]] = {}
        """By file, in the order of the writes."""
        self.writes = 0
        self.syncs = 0


class Disks(apsw.VFS):
    """The file layer. Files belong to the disk of the folder that they lie in."""

    def __init__(self) -> None:
        super().__init__(NAME, _BELOW)
        self._disks: dict[str, Disk] = {}
        self.gone: set[str] = set()
        """Folders whose system was killed: what its dead connections still do does not happen."""
        self._owners = WeakKeyDictionary[apsw.Connection, Owner]()

    def of(self, folder: Path) -> Disk:
        """The disk of a folder."""
        return self._disks.setdefault(str(folder), Disk())

    def note(self, connection: apsw.Connection) -> None:
        """Whose connection it is."""
        owner = OWNER.get()
        if owner is not None:
            self._owners[connection] = owner

    def xOpen(self, name: _Named, flags: list[int]) -> "File":  # noqa: N802  # apsw's names here and below
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        return File(self, path, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        folder = Path(filename).parent
        if str(folder) not in self.gone:
            self.of(folder).unsynced.pop(filename, None)
            super().xDelete(filename, syncdir)

    def kill(self, folder: Path) -> None:
        """A process that has these files open is no more: locks are free, files stay as they are."""
        self.gone.add(str(folder))
        for connection in apsw.connections():
            owner = self._owners.get(connection)
            if Path(connection.filename).parent == folder and not (owner and owner.alive):
                connection.close(force=True)
        self.gone.discard(str(folder))

    def lose_power(self, folder: Path, keeps: Chance) -> None:
        """After `kill`: of what was written since the last sync of each file, some is kept and some is not.

        Where a write is taken back, what lay there before lies there again, or nothing but zeros.
        """
        disk = self.of(folder)
        for name, undone in disk.unsynced.items():
            if not Path(name).exists():
                continue
            kept = 0
            with Path(name).open("r+b") as file:
                for offset, before, length, _ in reversed(undone):
                    if keeps():
                        kept += 1
                        continue
                    file.seek(offset)
                    file.write(before.ljust(length, b"\0"))
                if not kept:
                    file.truncate(undone[0][3])
        disk.unsynced.clear()


class File(apsw.VFSFile):
    """One open file."""

    def __init__(self, disks: Disks, path: str, name: _Named, flags: list[int]) -> None:
        super().__init__(_BELOW, name, flags)
        self._disks = disks
        self._path = path
        self._folder = str(Path(path).parent)
        self._disk = disks.of(Path(path).parent)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._folder in self._disks.gone:
            return
        disk = self._disk
        if disk.full:
            raise apsw.FullError
        if disk.fails is not None and disk.fails():
            raise apsw.IOError
        size = self.xFileSize()
        before = b""
        if offset < size:
            before = super().xRead(min(len(data), size - offset), offset)
        disk.unsynced.setdefault(self._path, []).append((offset, before, len(data), size))
        disk.writes += 1
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if self._folder not in self._disks.gone:
            super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802  # SQLite's
        if self._folder in self._disks.gone:
            return
        disk = self._disk
        if disk.fails is not None and disk.fails():
            raise apsw.IOError
        disk.syncs += 1
        disk.unsynced.pop(self._path, None)  # tmpfs itself has nothing to sync


def install() -> Disks:
    """From now on every new connection of this process goes through these disks."""
    disks = Disks()
    apsw.set_default_vfs(NAME)
    apsw.connection_hooks.append(disks.note)
    return disks
