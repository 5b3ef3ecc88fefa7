"""The rooms' statements as PostgreSQL reads them."""

import pytest

from renkei.platform.sql.connection import list_of
from renkei.platform.sql.statements import read, widened

INSERT = "INSERT INTO t (a, b) VALUES (:a, :b)"


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        (
            "SELECT a FROM t WHERE a = :a AND b > :b OR c = :a",
            "SELECT a FROM t WHERE a = $1 AND b > $2 OR c = $1",
            ("a", "b"),
        ),
        (
            "SELECT a FROM t WHERE a IN :keys AND b = :b",
            "SELECT a FROM t WHERE a IN (SELECT unnest($1)) AND b = $2",
            ("keys", "b"),
        ),
        ("SELECT ':a''s', b::text -- :c", "SELECT ':a''s', b::text -- :c", ()),
        ("SELECT a FROM t WHERE a IN (:a, :b)", "SELECT a FROM t WHERE a IN ($1, $2)", ("a", "b")),
    ],
)
def test_names_become_numbered_places(sql: str, text: str, names: tuple[str, ...]) -> None:
    statement = read(sql)
    assert (statement.text, statement.names) == (text, names)


def test_an_insert_takes_several_rows_at_once() -> None:
    wide = widened(INSERT + " ON CONFLICT (a) DO NOTHING", 2)
    assert wide is not None
    assert wide.text == "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT (a) DO NOTHING"
    assert wide.values({"b": 2, "a": 1}) == [1, 2]


@pytest.mark.parametrize(
    "sql",
    [
        INSERT + " ON CONFLICT (a) DO UPDATE SET b = excluded.b",
        "UPDATE t SET b = :b WHERE a = :a",
        "DELETE FROM t WHERE a = :a",
        "INSERT INTO t (a) SELECT a FROM u WHERE a = :a",
        "INSERT INTO t (a) VALUES (upper(:a))",
        INSERT + " ON CONFLICT (a) DO NOTHING RETURNING :c",
    ],
)
def test_what_is_not_row_by_row_alike_is_left_alone(sql: str) -> None:
    assert widened(sql, 2) is None


def test_a_statement_has_one_list_and_never_not_in() -> None:
    assert list_of("SELECT 1 WHERE a IN :keys") == "keys"
    assert list_of("SELECT 1 WHERE a IN (:a)") is None
    for sql in ("SELECT 1 WHERE a NOT IN :keys", "SELECT 1 WHERE a IN :a AND b IN :b"):
        with pytest.raises(AssertionError):
            list_of(sql)
