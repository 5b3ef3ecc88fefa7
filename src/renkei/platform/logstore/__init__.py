"""The log in the store: what is appended in a transaction is in the tree, and signed, when that transaction commits."""

from pathlib import Path
from typing import Final

from renkei.platform.logstore.standing import Standing
from renkei.platform.logstore.store import LogStore

__all__ = ["MIGRATIONS", "LogStore", "Standing"]

MIGRATIONS: Final = Path(__file__).parent / "migrations"
"""Give this folder to `Database.open` beside the room's own."""
