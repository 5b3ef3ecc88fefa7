"""A place of its own in a PostgreSQL database."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql


@contextmanager
def schema(address: str, name: str) -> Iterator[str]:
    """A new schema, dropped at the end; gives the address at which everything goes there."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        try:
            yield f"{address}{'&' if '?' in address else '?'}options=-c%20search_path%3D{name}"
        finally:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
