"""Supervision's store in SQL: one watch per log, and the evidence of every contradiction."""

from typing import Final

from renkei.platform.sql import Database, Tx
from renkei.systems.supervision.rules import Alert, Contradiction, Watch
from renkei.systems.supervision.states import State
from renkei.terms.affairs import InstantMs
from renkei.translog.tree import TreeHead

_LOAD: Final = "SELECT state, size, root, checkpoint, checked, alert FROM watch WHERE origin = :origin"
_SAVE: Final = (
    "INSERT INTO watch (origin, state, size, root, checkpoint, checked, alert)"
    " VALUES (:origin, :state, :size, :root, :checkpoint, :checked, :alert)"
    " ON CONFLICT (origin) DO UPDATE SET state = excluded.state, size = excluded.size, root = excluded.root,"
    " checkpoint = excluded.checkpoint, checked = excluded.checked, alert = excluded.alert"
)
_CONTRADICT: Final = (
    "INSERT INTO contradiction (origin, raised_at_ms, alert, seen, stood_by)"
    " VALUES (:origin, :at, :alert, :seen, :stood_by)"
)
_SETTLE: Final = (
    "UPDATE contradiction SET settled_at_ms = :at, settled_note = :note"
    " WHERE origin = :origin AND settled_at_ms IS NULL"
)


class SqlStore:
    """Store for the watch over one log."""

    def __init__(self, database: Database, origin: str) -> None:
        self._database = database
        self._origin = origin

    async def load(self) -> Watch:
        row = await self._database.read(lambda tx: tx.row(_LOAD, origin=self._origin))
        if row is None:
            return Watch()
        state, size, root, checkpoint, checked, alert = row
        found = None if alert is None else Alert(alert)
        return Watch(State(state), TreeHead(size, root), checkpoint, checked, found)

    async def save(self, watch: Watch) -> None:
        await self._database.write("watch", lambda tx: self._put(tx, watch))

    async def contradict(self, watch: Watch, found: Contradiction, at: InstantMs) -> None:
        def job(tx: Tx) -> None:
            self._put(tx, watch)
            evidence = {"alert": found.alert.value, "seen": found.seen, "stood_by": watch.checkpoint}
            tx.run(_CONTRADICT, origin=self._origin, at=at, **evidence)

        await self._database.write("contradiction", job)

    async def settle(self, watch: Watch, note: str, at: InstantMs) -> None:
        def job(tx: Tx) -> None:
            self._put(tx, watch)
            tx.run(_SETTLE, origin=self._origin, at=at, note=note)

        await self._database.write("settlement", job)

    def _put(self, tx: Tx, watch: Watch) -> None:
        tx.run(
            _SAVE,
            origin=self._origin,
            state=watch.state.value,
            size=watch.head.size,
            root=watch.head.root,
            checkpoint=watch.checkpoint,
            checked=watch.checked,
            alert=None if watch.alert is None else watch.alert.value,
        )
