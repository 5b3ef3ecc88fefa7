"""A store is sealed while it is written to, and comes back whole or not at all; its log knows that it came back."""

import base64
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import apsw
import pytest

from renkei.platform.backup import sealed, stores
from renkei.platform.backup.stores import Options
from renkei.platform.logstore import MIGRATIONS, LogStore, Standing
from renkei.platform.sql import Database, Store, Tx
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import open_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.trust import Trust
from tests import operate

from .conftest import COUNT, MakeStore, only_postgresql, put
from .logged import LOG_KEY, ORIGIN, SALT, TRUST, WITNESS, Signer, keep, record, tree_of

NEXT_ORIGIN = f"{ORIGIN}-2"
NEXT = Trust(
    NEXT_ORIGIN, VerifierKey(NEXT_ORIGIN, KeyType.ED25519, LOG_KEY.public_key().public_bytes_raw()), (WITNESS,)
)
MORNING, NOON, EVENING = (InstantMs(1_764_000_000_000 + hours * 3_600_000) for hours in (0, 4, 8))


class Place:
    """A system's folder: its configuration, its store, and a folder and a key for its backups."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.store = folder / "store.db"
        self.config = folder / "core.toml"
        self.config.write_text('name = "core"\nstore = "store.db"\nlog_origin = "of no interest"\n[listen]\nport = 1\n')
        self.backups = folder / "backups"
        self.backups.mkdir()
        sealed.make_key(folder / "backup.key")
        self.key = sealed.read_key(folder / "backup.key")
        self._migrations = put(folder / "migrations", "0000_notes.sql", "CREATE TABLE note (id INTEGER, text TEXT);\n")
        self.database: Database | None = None
        self.log = LogStore(TRUST, Signer())

    async def open(self, trust: Trust = TRUST, store: Store | None = None) -> Database:
        self.log = LogStore(trust, Signer())
        found = store or Store(self.store)
        self.database = Database.open(found, [self._migrations, MIGRATIONS], before_commit=self.log.before_commit)
        self._stack.push_async_callback(self.database.close)
        await self.database.write("open-log", self.log.open)
        return self.database

    async def close(self) -> None:
        assert self.database is not None
        await self.database.close()
        self.database = None

    async def write(self, *numbers: int) -> None:
        assert self.database is not None
        await self.database.write("keep", keep(self.log, *numbers))

    async def count(self) -> int:
        assert self.database is not None
        row = await self.database.read(lambda tx: tx.row(COUNT))
        assert row is not None
        return int(row[0])

    def take(self, at: InstantMs = MORNING) -> Path:
        return stores.take(self.config, self.backups, self.key, at)[0]

    def restore(self, source: Path | None = None, **how: bool | InstantMs | None) -> Path | None:
        options = Options(**how)  # type: ignore[arg-type]
        return stores.restore(self.config, source or self.backups, self.key, EVENING, options)[1]

    def files(self) -> set[str]:
        return {path.name for path in self.store.parent.iterdir()} - {"store.db.lock"}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        yield Place(tmp_path, stack)


async def test_a_backup_is_taken_while_the_store_is_held_and_written_to(place: Place) -> None:
    await place.open()
    await place.write(1, 2, 3)
    path = place.take()
    await place.write(4)
    await place.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"CREATE TABLE" not in path.read_bytes()
    aside = place.restore(replace=True, complete=True)
    assert aside is not None
    await place.open()
    assert await place.count() == 3
    place.store = aside
    await place.open(store=Store(aside))
    assert await place.count() == 4  # what was there before was put aside whole, with its write-ahead log


async def test_the_manifest_names_system_schema_moment_and_the_log(place: Place) -> None:
    await place.open()
    await place.write(1, 2, 3)
    manifest = sealed.read_manifest(place.take(NOON))
    assert (manifest.name, manifest.form, manifest.taken_at_ms) == ("core", "sqlite", NOON)
    assert manifest.schema == ("0000_notes", "0001_log", "0002_log_closed")
    head = tree_of([1, 2, 3])
    assert manifest.log == sealed.LogHead(ORIGIN, 3, base64.b64encode(head.root).decode())


async def test_of_a_folder_the_newest_backup_not_after_the_moment_is_restored(place: Place) -> None:
    await place.open()
    for number, at in enumerate((MORNING, NOON, EVENING), 1):
        await place.write(number)
        place.take(at)
    await place.close()
    for until, expected in ((NOON, 2), (InstantMs(EVENING - 1), 2), (None, 3), (MORNING, 1)):
        place.restore(until=until, replace=True, complete=True)
        await place.open()
        assert await place.count() == expected
        await place.close()
    with pytest.raises(RenkeiError, match="no backup of core"):
        place.restore(until=InstantMs(MORNING - 1), replace=True)


async def test_a_store_is_not_replaced_unasked_and_never_under_a_running_system(place: Place) -> None:
    await place.open()
    await place.write(1)
    place.take()
    with pytest.raises(RenkeiError, match="in use"):
        place.restore(replace=True)
    await place.write(2)
    await place.close()
    before = place.files()
    with pytest.raises(RenkeiError, match="nothing was changed"):
        place.restore()
    assert place.files() == before
    await place.open()
    assert await place.count() == 2


@pytest.mark.parametrize(
    "damage", ["torn", "altered", "head", "other key", "other system", "no store in it", "bad store"]
)
async def test_a_backup_that_does_not_hold_changes_nothing_and_leaves_nothing(place: Place, damage: str) -> None:
    await place.open()
    await place.write(*range(2_000))
    path = place.take()
    data = bytearray(path.read_bytes())
    if damage == "torn":
        path.write_bytes(data[: len(data) - 70_000])
    elif damage == "altered":
        data[-1_000] ^= 1
        path.write_bytes(data)
    elif damage == "head":
        path.write_bytes(data.replace(b'"size":2000', b'"size":2001'))
    elif damage == "other key":
        place.key = bytes(32)
    elif damage == "other system":
        place.config.write_text('name = "residents"\nstore = "store.db"\n')
    else:
        path.unlink()
        broken = place.backups / "broken"
        broken.write_bytes(place.config.read_bytes() if damage == "no store in it" else bad_copy(place.store))
        with path.open("wb") as target, broken.open("rb") as source:
            manifest = sealed.Manifest(name="core", form="sqlite", taken_at_ms=NOON)
            sealed.seal_into(target, place.key, manifest, source)
    await place.close()
    before = place.files()
    with pytest.raises(RenkeiError) as error:
        place.restore(path, replace=True)
    assert error.value.problem is Problem.BAD_STORE
    assert place.files() == before
    await place.open()
    assert await place.count() == 2_000


def bad_copy(store: Path) -> bytes:
    """A copy with a row that its own schema does not allow."""
    with closing(apsw.Connection(str(store))) as connection:
        copy = connection.serialize("main")
    with closing(apsw.Connection(":memory:")) as connection:
        connection.deserialize("main", bytes([*copy[:18], 1, 1]) + copy[20:])  # no write-ahead log in memory
        connection.execute("INSERT INTO note (id, text) VALUES (9, NULL); PRAGMA writable_schema = on")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'text TEXT', 'text TEXT NOT NULL')")
        return connection.serialize("main")


async def test_a_killed_system_s_write_ahead_log_is_not_played_into_the_backup(place: Place) -> None:
    await place.open()
    await place.write(1)
    place.take()
    await place.write(*range(2, 50))
    left = {path: path.read_bytes() for path in place.store.parent.glob("store.db*")}
    await place.close()
    for path, data in left.items():  # as a kill leaves them
        path.write_bytes(data)
    assert place.store.with_name("store.db-wal").stat().st_size > 0
    aside = place.restore(replace=True, complete=True)
    await place.open()
    assert await place.count() == 1
    await place.open(store=Store(aside or place.store))
    assert await place.count() == 49


async def test_nothing_is_ever_written_over(place: Place) -> None:
    await place.open()
    path = place.take()
    before = path.read_bytes()
    with pytest.raises(RenkeiError, match="there already"):
        place.take()
    with pytest.raises(RenkeiError, match="there already"):
        sealed.make_key(place.config)
    assert path.read_bytes() == before
    assert [each.name for each in place.backups.iterdir()] == [path.name]


async def test_a_key_that_others_may_read_is_refused(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "backup.key"
    file.chmod(0o640)
    with pytest.raises(RenkeiError, match="readable by others"):
        sealed.read_key(file)
    for text in (b"", b"short", base64.b64encode(bytes(31)), base64.b64encode(bytes(33))):
        file.write_bytes(text)
        file.chmod(0o600)
        with pytest.raises(RenkeiError, match="not a key"):
            sealed.read_key(file)


async def test_a_restored_log_signs_nothing_more_under_its_name_and_goes_on_under_another(place: Place) -> None:
    await place.open()
    await place.write(1, 2, 3)
    place.take()
    await place.write(4)
    await place.close()
    place.restore(replace=True)

    database = await place.open()
    assert place.log.standing is Standing.CLOSED
    with pytest.raises(RenkeiError) as error:
        await place.write(5)
    assert error.value.problem is Problem.LOG_NOT_OPEN
    assert await place.count() == 3
    note = await database.read(place.log.checkpoint)
    assert open_checkpoint(note, ORIGIN, TRUST.keys)[0].head == tree_of([1, 2, 3])  # what it showed, it still shows
    await place.close()

    database = await place.open(NEXT)
    note = await database.read(place.log.checkpoint)
    assert open_checkpoint(note, NEXT_ORIGIN, NEXT.keys)[0].head == tree_of([1, 2, 3])
    await place.write(5)
    note = await database.read(place.log.checkpoint)
    assert open_checkpoint(note, NEXT_ORIGIN, NEXT.keys)[0].head == tree_of([1, 2, 3, 5])


async def test_a_log_takes_no_other_name_unless_its_own_is_closed(place: Place) -> None:
    await place.open()
    await place.write(1)
    await place.close()
    with pytest.raises(RenkeiError) as error:
        await place.open(NEXT)
    assert error.value.problem is Problem.BAD_STORE
    assert ORIGIN in error.value.detail


async def test_a_closed_name_stays_closed_through_later_backups(place: Place) -> None:
    await place.open()
    await place.write(1)
    place.take()
    await place.close()
    place.restore(replace=True)
    await place.open(NEXT)
    await place.write(2)
    place.take(NOON)
    await place.close()
    place.restore(replace=True)
    for trust in (TRUST, NEXT):
        await place.open(trust)
        assert place.log.standing is Standing.CLOSED
        await place.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
async def test_what_other_programs_brought_back_is_closed_by_hand(place: Place, make_store: MakeStore) -> None:
    store = make_store(place.store)
    await place.open(store=store)
    await place.write(1, 2)
    place.config.write_text(f'name = "core"\nstore = "{store}"\n')
    with pytest.raises(RenkeiError, match="in use"):
        stores.close_log(place.config, NOON)
    await place.close()
    assert stores.close_log(place.config, NOON).size == 2
    assert stores.close_log(place.config, EVENING).size == 2  # once more is harmless
    await place.open(store=store)
    assert place.log.standing is Standing.CLOSED


async def test_a_store_in_postgresql_is_left_to_its_own_programs(place: Place) -> None:
    place.config.write_text('name = "core"\nstore = "postgresql:///core"\n')
    with pytest.raises(RenkeiError, match=r"docs/operate/backup\.md"):
        place.take()


def test_any_file_is_sealed_under_a_name_and_opened_under_no_other(tmp_path: Path) -> None:
    plain, safe, back = tmp_path / "0001", tmp_path / "0001.sealed", tmp_path / "back"
    plain.write_bytes(bytes(200_000))
    with plain.open("rb") as source, sealed.new_file(safe) as target:
        sealed.seal_into(target, bytes(32), sealed.Manifest(name="0001", form="file", taken_at_ms=0), source)
    with pytest.raises(RenkeiError, match="is 0001"):
        sealed.open_file(safe, back, bytes(32), "0002")
    assert not back.exists()
    sealed.open_file(safe, back, bytes(32), "0001")
    assert back.read_bytes() == plain.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"0001", "0001.sealed", "back"}


def test_every_block_on_the_pages_is_read_from_there_and_run_by_a_test() -> None:
    found = [(page, text) for page in ("backup.md", "drill.md") for text in operate.blocks(page)]
    assert sorted((which[0], operate.block(which)) for which in operate.BLOCKS) == sorted(found)
    tests = "".join(path.read_text() for path in Path(operate.__file__).parent.glob("*/test_backup*.py"))
    own = Path(operate.__file__).read_text()
    names = [name for name, value in vars(operate).items() if value in operate.BLOCKS]
    assert len(names) == len(operate.BLOCKS)
    assert [name for name in names if f"operate.{name}" not in tests and f"block({name}" not in own] == []


def run_all(tx: Tx, *statements: str) -> None:
    for table in ("log_tile", "log_checkpoint"):
        for each in statements:
            tx.run(each.format(table))


@only_postgresql
async def test_a_shared_store_that_has_less_than_was_shown_gets_no_further_signature(
    store: Store, migrations: Path
) -> None:
    signer = Signer()
    log = LogStore(TRUST, signer)
    database = Database.open(store, [migrations, MIGRATIONS], before_commit=log.before_commit, shared=True)
    try:
        await database.write("open-log", log.open)
        await database.write("keep", keep(log, 1, 2))
        await database.write("copy", lambda tx: run_all(tx, "CREATE TABLE old_{0} AS TABLE {0}"))
        await database.write("keep", keep(log, 3))
        await database.read(lambda tx: log.receipts(tx, [(record(3), SALT, 2)]))
        # A standby that lagged behind has taken over.
        await database.write("back", lambda tx: run_all(tx, "DELETE FROM {0}", "INSERT INTO {0} TABLE old_{0}"))
        signed = signer.signed
        with pytest.raises(RenkeiError, match="2 leaves, and 3 were shown"):
            await database.write("keep", keep(log, 4))
        assert signer.signed == signed
    finally:
        await database.close()
