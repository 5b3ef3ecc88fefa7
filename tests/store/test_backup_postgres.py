"""PostgreSQL to a point in time, by the commands of docs/operate/backup.md as they stand there."""

from pathlib import Path

import pytest

from renkei.platform.logstore import MIGRATIONS, LogStore, Standing
from renkei.platform.sql import Database, Store
from renkei.terms.errors import RenkeiError
from renkei.translog.tree import TreeHead
from tests import operate
from tests.operate import Archiving, Shell
from tests.postgres import Cluster

from .conftest import COUNT, put
from .logged import TRUST, Signer, head_of, keep, tree_of


class Site:
    """A store in PostgreSQL, and the folder of the system that has it."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self._store = cluster.address("postgres")
        self._migrations = put(folder / "migrations", "0000_notes.sql", "CREATE TABLE note (id INTEGER, text TEXT);\n")
        (folder / "core.toml").write_text(f'name = "core"\nstore = "{self._store}"\n')
        self.shell = Shell(folder)

    async def open(self) -> tuple[Database, LogStore]:
        log = LogStore(TRUST, Signer())
        database = Database.open(Store(self._store), [self._migrations, MIGRATIONS], before_commit=log.before_commit)
        await database.write("open-log", log.open)
        return database, log

    async def work(self, cluster: Archiving) -> str:
        """One leaf, a base backup, two leaves, the moment that is returned, two leaves more."""
        database, log = await self.open()
        await database.write("keep", keep(log, 1))
        cluster.base()
        await database.write("keep", keep(log, 2, 3))
        moment = cluster.moment()
        await database.write("keep", keep(log, 4))
        await cluster.archived()
        await database.write("keep", keep(log, 5))
        await database.close()
        return moment


def refused(cluster: Archiving, until: str | None, why: str) -> None:
    assert cluster.recover(until).returncode != 0
    assert why in cluster.told_by_server()
    cluster.clear()


def recovered(cluster: Archiving, until: str | None) -> None:
    done = cluster.recover(until)
    assert done.returncode == 0, (done, cluster.told_by_server())
    settings = (cluster.folder / "data" / "postgresql.conf").read_text()
    assert "\nrecovery_target" not in settings
    assert "\nrestore_command" not in settings


async def everything(site: Site) -> tuple[int, TreeHead, Standing]:
    database, log = await site.open()
    try:
        count = (await database.read(lambda tx: tx.rows(COUNT)))[0][0]
        return int(count), await head_of(database, log), log.standing
    finally:
        await database.close()


async def test_a_store_in_postgresql_comes_back_as_it_was_at_a_moment_or_wholly_or_not_at_all(tmp_path: Path) -> None:
    with Archiving.here() as cluster:
        site = Site(tmp_path, cluster)
        moment = await site.work(cluster)
        newest = (await cluster.archived())[-1]
        late = cluster.moment()
        cluster.lose()

        whole = newest.read_bytes()
        newest.write_bytes(whole[:-70_000])
        refused(cluster, None, "exit code 255")  # rather than go on without what is in the torn file
        newest.write_bytes(whole)
        refused(cluster, late, "before configured recovery target")
        recovered(cluster, None)
        assert await everything(site) == (5, tree_of([1, 2, 3, 4, 5]), Standing.AGREED)
        assert newest.name < (await cluster.archived())[-1].name  # it archives as before
        cluster.lose()

        recovered(cluster, moment)
        assert "closed at 3 entries" in site.shell.does(operate.block(operate.CLOSE))
        assert await everything(site) == (3, tree_of([1, 2, 3]), Standing.CLOSED)
        database, log = await site.open()
        with pytest.raises(RenkeiError, match="closed"):
            await database.write("keep", keep(log, 6))
        await database.close()


def test_of_a_base_backup_that_breaks_off_nothing_is_sealed(tmp_path: Path) -> None:
    broken = tmp_path / "pg_basebackup"
    broken.write_text("#!/bin/sh\nmkdir base && printf half > base/base.tar && exit 1\n")
    broken.chmod(0o755)
    (tmp_path / "backups").mkdir()
    shell = Shell(tmp_path, tmp_path)
    shell.does(f"renkei backup key {tmp_path}/backup.key")
    instead = {"/safe/": f"{tmp_path}/", "/backups/": f"{tmp_path}/backups/"}
    assert shell.types(operate.block(operate.BASE, instead)).returncode != 0
    assert list((tmp_path / "backups").iterdir()) == []
