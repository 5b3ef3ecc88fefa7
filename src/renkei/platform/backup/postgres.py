"""The one thing about a store in PostgreSQL that its own programs do not do: a restored log's name is closed in it."""

from collections.abc import Callable

import psycopg

from renkei.platform.sql import statements
from renkei.platform.sql.connection import Params, Row
from renkei.platform.sql.postgres import PostgresEngine
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


def change_row(address: str, look: str, statement: str, values: Callable[[Row], Params]) -> Row:
    """Read a row, and change the store by what is made of it, while no process has the store.

    Raises:
        RenkeiError: BAD_STORE: no such row or table, or a process has the store.
    """
    with PostgresEngine(address).claim() as raw:
        try:
            row = raw.execute(look.encode()).fetchone()
        except psycopg.errors.UndefinedTable:
            row = None
        if row is None:
            raise RenkeiError(Problem.BAD_STORE, f"{address}: holds no log")
        found = statements.read(statement)
        raw.execute(found.text.encode(), found.values(values(row)))
    return row
