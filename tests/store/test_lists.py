"""A list as one parameter, and rows in bulk: the same on both databases."""

from pathlib import Path

import pytest

from renkei.platform.sql import ConflictError, Tx

from .conftest import Open, put
from .logged import ADD

TABLE = "CREATE TABLE thing (key BLOB PRIMARY KEY, number INTEGER, text TEXT);\n"
INSERT = "INSERT INTO thing (key, number, text) VALUES (:key, :number, :text)"
LOOK = "SELECT key, number, text FROM thing WHERE key IN :keys ORDER BY key"


def key(number: int) -> bytes:
    return number.to_bytes(4, "big")


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    return put(
        tmp_path / "migrations", "0001_thing.sql", TABLE + "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);"
    )


def fill(count: int) -> list[dict[str, object]]:
    return [{"key": key(n), "number": None if n % 3 else n, "text": f"{n}'" if n % 2 else None} for n in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 200])
async def test_many_rows_come_back_as_they_went_in(open_store: Open, count: int) -> None:
    database = open_store()
    await database.write("fill", lambda tx: tx.many(INSERT, fill(count)))
    found = await database.read(lambda tx: tx.rows("SELECT key, number, text FROM thing ORDER BY key"))
    assert [dict(zip(("key", "number", "text"), row, strict=True)) for row in found] == fill(count)
    assert all(type(row[0]) is bytes for row in found)


@pytest.mark.parametrize("asked", [1, 2, 3, 5, 999, 1_000, 1_001, 2_500])
async def test_a_list_is_asked_for_in_one_call_however_long_it_is(open_store: Open, asked: int) -> None:
    database = open_store()
    await database.write("fill", lambda tx: tx.many(INSERT, fill(2_000)))
    keys = [key(n) for n in range(0, 2 * asked, 2)]
    found = await database.read(lambda tx: tx.rows(LOOK, keys=tuple(keys)))
    assert [row[0] for row in found] == [each for each in keys if each < key(2_000)]
    assert await database.read(lambda tx: tx.row(LOOK, keys=keys)) == (key(0), 0, None)


async def test_a_key_that_is_asked_for_twice_gives_its_rows_once(open_store: Open) -> None:
    database = open_store()
    await database.write("fill", lambda tx: tx.many(INSERT, fill(2)))
    keys = [key(1), *(key(n) for n in range(5_000, 6_500)), key(1)]
    assert len(await database.read(lambda tx: tx.rows(LOOK, keys=keys))) == 1


async def test_an_empty_list_gives_no_rows_and_changes_none(open_store: Open) -> None:
    database = open_store()

    def job(tx: Tx) -> tuple[object, ...]:
        tx.many(INSERT, fill(2))
        tx.many(INSERT, [])
        return tx.rows(LOOK, keys=[]), tx.row(LOOK, keys=()), tx.run("DELETE FROM thing WHERE key IN :keys", keys=[])

    assert await database.write("empty", job) == ([], None, 0)
    assert await database.read(lambda tx: tx.row("SELECT count(*) FROM thing")) == (2,)


async def test_a_list_may_say_which_rows_to_change_and_stand_beside_other_parameters(open_store: Open) -> None:
    database = open_store()
    await database.write("fill", lambda tx: tx.many(INSERT, fill(1_500)))
    change = "UPDATE thing SET text = :text WHERE number >= :least AND number IN :numbers"
    numbers = list(range(1_500))
    assert await database.write("change", lambda tx: tx.run(change, text="changed", least=3, numbers=numbers)) == 499
    assert await database.read(lambda tx: tx.row("SELECT count(*) FROM thing WHERE text = 'changed'")) == (499,)


async def test_in_a_text_or_a_comment_a_colon_is_no_parameter(open_store: Open) -> None:
    database = open_store()
    asked = "SELECT 'it''s :key' -- :nothing\n, :key"
    assert await database.write("ask", lambda tx: tx.row(asked, key="k")) == ("it's :key", "k")


async def test_not_in_a_list_is_a_bug_since_an_empty_list_is_never_asked(open_store: Open) -> None:
    database = open_store()
    with pytest.raises(AssertionError):
        await database.read(lambda tx: tx.rows("SELECT 1 FROM thing WHERE key NOT IN :keys", keys=[b""]))


async def test_rows_that_add_up_are_taken_one_after_another(open_store: Open) -> None:
    database = open_store()
    add = (
        "INSERT INTO thing (key, number) VALUES (:key, :by)"
        " ON CONFLICT (key) DO UPDATE SET number = thing.number + excluded.number"
    )
    await database.write("add", lambda tx: tx.many(add, [{"key": b"a", "by": 2}, {"key": b"a", "by": 3}]))
    assert await database.read(lambda tx: tx.row("SELECT number FROM thing")) == (5,)


async def test_what_is_there_already_is_passed_over_where_the_statement_says_so(open_store: Open) -> None:
    database = open_store()
    await database.write("fill", lambda tx: tx.many(INSERT, fill(3)))
    await database.write("fill", lambda tx: tx.many(INSERT + " ON CONFLICT (key) DO NOTHING", fill(5)))
    assert await database.read(lambda tx: tx.row("SELECT count(*) FROM thing")) == (5,)


async def test_a_conflict_among_many_rows_is_its_own_jobs_alone(open_store: Open) -> None:
    database = open_store()

    def twice(tx: Tx) -> None:
        tx.many(ADD, [{"id": 1, "text": ""}])
        tx.many(ADD, [{"id": 1, "text": ""}])

    with pytest.raises(ConflictError):
        await database.write("twice", twice)
    await database.write("once", lambda tx: tx.many(ADD, [{"id": 1, "text": ""}]))
