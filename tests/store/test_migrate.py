"""Migrations are applied once, in order, and never changed afterwards."""

import asyncio
from pathlib import Path

import pytest

from renkei.platform.sql import Database, schema_of
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .conftest import NOTES, Open, put


async def schema(database: Database) -> str:
    return await database.read(schema_of)


async def test_a_later_migration_is_applied_to_a_store_that_exists(open_store: Open, migrations: Path) -> None:
    await open_store().close()
    put(migrations, "0002_mark.sql", "ALTER TABLE note ADD COLUMN mark TEXT;\nCREATE INDEX note_mark ON note (mark);\n")
    database = open_store()
    assert "mark TEXT" in await schema(database)
    assert "CREATE INDEX note_mark" in await schema(database)


async def test_migrations_of_several_folders_are_applied_in_the_order_of_their_names(
    open_store: Open, migrations: Path, tmp_path: Path
) -> None:
    other = put(tmp_path / "other", "0002_mark.sql", "ALTER TABLE note ADD COLUMN mark TEXT;")
    database = open_store(other, migrations)
    assert "mark TEXT" in await schema(database)


async def test_the_schema_is_the_sum_of_the_migrations_and_nothing_else(open_store: Open) -> None:
    text = await schema(open_store())
    assert "CREATE TABLE note (id " in text
    assert text.count("CREATE TABLE") == 1


async def test_reopening_applies_nothing_twice(open_store: Open, migrations: Path) -> None:
    put(migrations, "0002_row.sql", "INSERT INTO note (id, text) VALUES (1, 'once');")
    await open_store().close()
    database = open_store()
    assert await database.read(lambda tx: tx.rows("SELECT text FROM note")) == [("once",)]


async def test_a_store_of_a_newer_program_is_refused(open_store: Open, migrations: Path) -> None:
    newer = put(migrations, "0002_row.sql", "INSERT INTO note (id, text) VALUES (1, 'once');") / "0002_row.sql"
    await open_store().close()
    newer.unlink()
    with pytest.raises(RenkeiError, match="0002_row is of a newer program") as caught:
        open_store()
    assert caught.value.problem is Problem.BAD_STORE


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(open_store: Open, migrations: Path) -> None:
    await open_store().close()
    put(migrations, "0001_notes.sql", NOTES)
    with pytest.raises(RenkeiError, match="0001_notes was changed") as caught:
        open_store()
    assert caught.value.problem is Problem.BAD_STORE


async def test_a_migration_that_fails_leaves_the_store_as_it_was_and_can_be_mended(
    open_store: Open, migrations: Path
) -> None:
    await open_store().close()
    put(migrations, "0002_wrong.sql", "CREATE TABLE more (id INTEGER);\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(Exception, match="nowhere"):
        await asyncio.to_thread(open_store)
    put(migrations, "0002_wrong.sql", "CREATE TABLE more (id INTEGER);")
    assert "CREATE TABLE more" in await schema(open_store())


async def test_a_kill_between_a_migration_and_its_hash_is_harmless(open_store: Open, migrations: Path) -> None:
    database = open_store()
    await database.write("forget", lambda tx: tx.run("DELETE FROM schema_migration"))
    await database.close()
    await open_store().close()
    put(migrations, "0001_notes.sql", NOTES)
    with pytest.raises(RenkeiError, match="was changed"):
        open_store()
