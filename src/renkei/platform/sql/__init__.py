"""One SQLite store per system: one writer with group commit, readers that never wait for it, added-only migrations.

The SQL that rooms write is portable (`:name` parameters, no SQLite-only syntax): the same text is to run on PostgreSQL.
"""

from renkei.platform.sql.database import BeforeCommit, Database, NotStoredError, StoreFailedError
from renkei.platform.sql.migrate import schema_of
from renkei.platform.sql.tx import ConflictError, Tx

__all__ = ["BeforeCommit", "ConflictError", "Database", "NotStoredError", "StoreFailedError", "Tx", "schema_of"]
