"""PostgreSQL to a point in time: a sealed base backup, sealed WAL files, and its own recovery (docs/operate/backup.md)."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
import pytest

from renkei.platform.backup import sealed, stores
from renkei.platform.logstore import MIGRATIONS, LogStore, Standing
from renkei.platform.sql import Database, Store
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from tests.postgres import OLDEST, OWNER, Cluster, find_programs

from .conftest import COUNT, put
from .logged import TRUST, Signer, head_of, keep, tree_of

MOMENT = InstantMs(1_764_000_000_000)
KEY = bytes(range(32))


class Archiving(Cluster):
    """A server that archives its WAL, and gives a base backup of itself."""

    def _make(self) -> None:
        super()._make()
        self.archive.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.archive, OWNER)
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"archive_mode = on\narchive_command = 'cp %p {self.archive}/%f'\n")

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def base(self, target: Path) -> None:
        copy = [str(self._programs / "pg_basebackup"), "-D", "-", "-Ft", "-X", "none", "--checkpoint=fast"]
        with target.open("wb") as file:
            subprocess.run([*copy, "-h", str(self.folder)], check=True, stdout=file, stderr=subprocess.DEVNULL)

    async def archived(self) -> list[Path]:
        """All WAL so far."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        while not (self.archive / row[0]).exists():
            await asyncio.sleep(0)
        return sorted(self.archive.iterdir())


class Recovered(Cluster):
    """A server that is made of a base backup and archived WAL, up to a moment."""

    def __init__(self, programs: Path, base: Path, wal: Path, until: str) -> None:
        super().__init__(programs)
        self._base, self._wal, self._until = base, wal, until

    @classmethod
    @contextmanager
    def to(cls, base: Path, wal: Path, until: str) -> Iterator[Self]:
        programs = find_programs()
        assert programs is not None
        cluster = cls(programs, base, wal, until)
        try:
            cluster._begin()
            yield cluster
        finally:
            cluster._end()

    def _make(self) -> None:
        data, wal = self.folder / "data", self.folder / "wal"
        data.mkdir(mode=0o700)
        shutil.unpack_archive(self._base, data, "tar", filter="data")
        shutil.copytree(self._wal, wal)
        (data / "recovery.signal").touch()
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self.folder}'\narchive_mode = off\n")
            file.write(f"restore_command = 'cp {wal}/%f %p'\nrecovery_target_action = 'promote'\n")
            file.write(f"recovery_target_time = '{self._until}'\n")
        if os.geteuid() == 0:
            for path in (data, wal, *data.rglob("*"), *wal.rglob("*")):
                shutil.chown(path, OWNER)

    async def promoted(self) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            while connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                await asyncio.sleep(0)


@contextmanager
def archiving() -> Iterator[Archiving]:
    programs = find_programs()
    if programs is None:
        pytest.skip(f"PostgreSQL {OLDEST} or newer is not installed: scripts/setup.sh dev")
    with Archiving.running(programs) as cluster:
        yield cluster


def seal(path: Path, folder: Path) -> None:
    manifest = sealed.Manifest(name=path.name, form="file", taken_at_ms=MOMENT)
    with path.open("rb") as source, sealed.new_file(folder / f"{path.name}.sealed") as target:
        sealed.seal_into(target, KEY, manifest, source)


@dataclass
class Site:
    """A store in PostgreSQL, its backups, and what is made of them."""

    folder: Path

    async def open(self, cluster: Cluster) -> tuple[Database, LogStore]:
        migrations = put(self.folder / "migrations", "0000_notes.sql", "CREATE TABLE note (id INTEGER, text TEXT);\n")
        log = LogStore(TRUST, Signer())
        store = Store(cluster.address("postgres"))
        database = Database.open(store, [migrations, MIGRATIONS], before_commit=log.before_commit)
        await database.write("open-log", log.open)
        return database, log

    async def work(self, cluster: Archiving) -> str:
        """One leaf, a base backup, two leaves, the moment that is returned, two leaves more."""
        database, log = await self.open(cluster)
        await database.write("keep", keep(log, 1))
        cluster.base(self.folder / "base.tar")
        await database.write("keep", keep(log, 2, 3))
        with psycopg.connect(cluster.address("postgres")) as connection:
            ((moment,),) = connection.execute("SELECT clock_timestamp()::text").fetchall()
        await database.write("keep", keep(log, 4, 5))
        await database.close()
        for path in (self.folder / "base.tar", *await cluster.archived()):
            seal(path, self.folder / "safe")
        return str(moment)

    def opened(self) -> tuple[Path, Path]:
        """The base backup, and the folder of WAL files."""
        base, wal = self.folder / "again.tar", self.folder / "opened"
        for path in (self.folder / "safe").iterdir():
            sealed.open_file(path, base if path.stem == "base.tar" else wal / path.stem, KEY, path.stem)
        return base, wal

    def close_log(self, cluster: Cluster) -> int:
        config = self.folder / "core.toml"
        config.write_text(f'name = "core"\nstore = "{cluster.address("postgres")}"\n')
        return stores.close_log(config, MOMENT).size


async def test_a_store_in_postgresql_comes_back_as_it_was_at_a_moment_and_its_log_is_closed(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for name in ("safe", "opened"):
        (tmp_path / name).mkdir()
    with archiving() as cluster:
        moment = await site.work(cluster)
    with Recovered.to(*site.opened(), moment) as cluster:
        await cluster.promoted()
        assert site.close_log(cluster) == 3
        database, log = await site.open(cluster)
        try:
            assert (await database.read(lambda tx: tx.rows(COUNT)))[0][0] == 3
            assert log.standing is Standing.CLOSED
            assert await head_of(database, log) == tree_of([1, 2, 3])
            with pytest.raises(RenkeiError, match="closed"):
                await database.write("keep", keep(log, 6))
        finally:
            await database.close()
