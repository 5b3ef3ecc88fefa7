"""One store per system, SQLite or PostgreSQL: one writer with group commit, readers beside it, added-only migrations.

The SQL that rooms write is portable (`:name` parameters, nothing of one database only): the same text runs on both.
"""

from renkei.platform.sql.address import Store
from renkei.platform.sql.database import BeforeCommit, Database, NotStoredError, StoreFailedError
from renkei.platform.sql.migrate import schema_of
from renkei.platform.sql.signals import Lease
from renkei.platform.sql.tx import ConflictError, Tx

__all__ = [
    "BeforeCommit",
    "ConflictError",
    "Database",
    "Lease",
    "NotStoredError",
    "Store",
    "StoreFailedError",
    "Tx",
    "schema_of",
]
