"""Measuring what `costs.json` holds: a small network under load, its stores weighed, the core's writer alone.

Everything goes the real way: rows come from inquiries that were made and answered, and are weighed by SQLite's own
account of its pages (dbstat), indexes and slack included. Only persons are put in by the store's own code, as there
must be many for the indexes to look like theirs.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import apsw
import msgspec

from bench import fill, machine
from bench.capacity.costs import GROUPS, Bytes, Costs, Mode, Postgresql, Sequencer
from bench.context import Context, Scale
from bench.load import Loaded, Wanted
from bench.rows.log import appended
from renkei.crypto.columns import ColumnSealer
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.config import load
from renkei.platform.entropy import new_id, system_entropy
from renkei.platform.logstore import LogStore
from renkei.platform.sql import Tx
from renkei.sandbox.layout import CORE, SandboxFile
from renkei.sandbox.network import Network
from renkei.systems.core import wiring
from renkei.systems.core.rules.record import Draft, Entry, Salts
from renkei.systems.core.states import State
from renkei.systems.core.store.records import SqlRecords
from renkei.terms.codes import BodyCode, RecordCode
from renkei.terms.secrets import SecretText

RESIDENTS: Final = 1_000
INQUIRIES: Final = 10_000
PERSONS: Final = 100_000
WRITTEN: Final = 10_000
LIST: Final = 500
AT_ONCE: Final = 32
QUIET: Final = 0.5
"""Load average of the machine, before, above which a measurement is provisional."""
TABLES: Final = {
    "record": ("core", "record"),
    "inquiry": ("intermediate", "inquiry"),
    "provision": ("intermediate", "provision"),
    "code": ("intermediate", "code"),
    "replica": ("intermediate", "replica"),
    "person": ("core", "person"),
    "issued": ("core", "issued"),
    "addressee": ("addressee", "person"),
    "resident": ("residents", "resident"),
}
_OUTCOME: Final = '{"v":1,"inquiry":"%s","text":"' + "x" * 160 + '"}'


def measure(seconds: float = 15.0, address: str | None = None) -> Costs:
    """Everything; a few minutes. `address`: a PostgreSQL database in which a schema may be made and dropped."""
    with Context(replace(Scale(), residents=RESIDENTS)) as context:
        facts = machine.facts(context.folder())
        highest = context.load(Wanted("singles", AT_ONCE, seconds, warm_s=seconds))
        # At half load less goes together, so an inquiry costs more; and half load is what the plan allows by day.
        single = context.load(Wanted("singles", AT_ONCE, seconds, warm_s=2.0, rate=highest.sample.rate / 2))
        bulk = context.load(Wanted("bulk", 8, seconds, warm_s=seconds, list_size=LIST))
        context.say("weighing the stores")
        weights, hashes = weighed(context)
        own = _postgresql(context, address)
        config = Path(context.state().systems[CORE].config)
        context.say("the core's writer and the log alone")
        sequencer = Sequencer(
            inquiries_per_s=_digits(context.apart(written, config, WRITTEN)),
            leaves_per_s=_digits(context.apart(appended, context.folder() / "log.db", 2 * WRITTEN)),
        )
        state = context.state()
    busy = facts["load_before"] > QUIET
    return Costs(
        v=1,
        at=datetime.now(UTC).date().isoformat(),
        provisional=busy,
        remark="other work ran on the machine meanwhile: CPU and rates are too pessimistic" if busy else "",
        machine={key: facts[key] for key in ("processor", "cores", "python", "sqlite", "load_before")},
        single=_mode(state, single),
        bulk=_mode(state, bulk),
        sequencer=sequencer,
        bytes=weights,
        hashes=hashes,
        rss_mib={group: _digits(_rss(state, (single, bulk), group)) for group in GROUPS},
        postgresql=own,
    )


def measure_storage(old: Costs, address: str | None = None) -> Costs:
    """The bytes only; the rest stays as it was."""
    with Context(replace(Scale(), residents=RESIDENTS)) as context:
        weights, hashes = weighed(context)
        own = _postgresql(context, address)
    return msgspec.structs.replace(old, bytes=weights, hashes=hashes, postgresql=own or old.postgresql)


def _postgresql(context: Context, address: str | None) -> Postgresql | None:
    """The rows of the weighed stores, and the core's writer, in PostgreSQL; nothing without an address."""
    if address is None:
        return None
    from bench.capacity import postgres  # noqa: PLC0415 - psycopg is optional

    context.say("the same in PostgreSQL")
    state, found = context.state(), {"leaf": 0.0}
    for kind in postgres.MIGRATIONS:
        store = max(_stores(state, kind), key=lambda each: each.stat().st_size)
        tables = {name: table for name, (of, table) in TABLES.items() if of == kind}
        tables |= {"leaf": "log_tile"} if kind == "core" else {}
        sizes = context.apart(postgres.sizes, address, kind, store, tables)
        for name, table in tables.items():
            found[name] = sizes[name] / _sum([store], _leaves if name == "leaf" else _count, table)
    config = Path(state.systems[CORE].config)
    sequencer = Sequencer(
        inquiries_per_s=_digits(context.apart(postgres.inquiries, address, config, WRITTEN, written_with)),
        leaves_per_s=_digits(context.apart(postgres.leaves, address, 2 * WRITTEN)),
    )
    return Postgresql(bytes=Bytes(**{name: _digits(each) for name, each in found.items()}), sequencer=sequencer)


def _mode(state: SandboxFile, loaded: Loaded) -> Mode:
    costs = dict.fromkeys((*GROUPS, "other"), 0.0)
    for name, used in loaded.cpu_us.items():
        if name in state.systems:
            kind = state.systems[name].kind
            costs[kind if kind in GROUPS else "other"] += used
    return Mode(rate=_digits(loaded.sample.rate), cpu_us={name: _digits(each) for name, each in costs.items()})


def _rss(state: SandboxFile, loads: Iterable[Loaded], group: str) -> float:
    return max(
        cost.peak / 2**20
        for loaded in loads
        for name, cost in loaded.costs.items()
        if name in state.systems and state.systems[name].kind == group
    )


def _digits(value: float) -> float:
    """Three that mean something."""
    return float(f"{value:.3g}")


# -- bytes


def weighed(context: Context) -> tuple[Bytes, float]:
    """Bytes of each row, and the hashes of the proofs that were weighed with them; the core is down afterwards."""
    wanted = Wanted("bulk", 4, 5.0, warm_s=1.0, list_size=LIST)
    while _rows(context.state(), "record") < INQUIRIES:
        context.load(wanted)
    asyncio.run(_down(context.network()))
    state = context.state()
    weights = {name: _weight(state, name) for name in TABLES if name not in {"person", "issued"}}
    core = _stores(state, "core")
    weights["leaf"] = _sum(core, _pages, "log_tile") / max(1, _sum(core, _leaves, ""))
    # A receipt in a log of n leaves has about log2 n hashes; the mean over all n, while the log grew, is 1/ln 2 less.
    hashes = math.log2(max(2, _sum(core, _leaves, ""))) - 1 / math.log(2)
    context.apart(fill.core_to, Path(state.systems[CORE].config), 0, PERSONS)
    weights |= {name: _weight(state, name) for name in ("person", "issued")}
    return Bytes(**{name: _digits(each) for name, each in weights.items()}), _digits(hashes)


async def _down(folder: Path) -> None:
    async with Network.attach(folder) as network:
        await network.down()


def _weight(state: SandboxFile, name: str) -> float:
    kind, table = TABLES[name]
    stores = _stores(state, kind)
    return _sum(stores, _pages, table) / _sum(stores, _count, table)


def _rows(state: SandboxFile, name: str) -> float:
    kind, table = TABLES[name]
    return _sum(_stores(state, kind), _count, table)


def _stores(state: SandboxFile, kind: str) -> list[Path]:
    return [Path(info.store) for info in state.systems.values() if info.kind == kind and info.store]


def _sum(stores: Sequence[Path], what: Callable[[apsw.Connection, str], float], table: str) -> float:
    found = 0.0
    for store in stores:
        connection = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READWRITE)
        found += what(connection, table)
        connection.close()
    return found


def _pages(connection: apsw.Connection, table: str) -> float:
    """Bytes of the pages of a table and all its indexes."""
    sql = (
        "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ?)"
    )
    return float(next(connection.execute(sql, (table,)))[0])


def _count(connection: apsw.Connection, table: str) -> float:
    return float(next(connection.execute(f"SELECT count(*) FROM {table}"))[0])


def _leaves(connection: apsw.Connection, _: str) -> float:
    return float(next(connection.execute("SELECT max(size) FROM log_checkpoint"))[0])


# -- the one writer


def written(config: Path, inquiries: int) -> float:
    """Inquiries a second through the core's store alone: recorded with their notices, ended, settled; in lists."""
    return written_with(load(config, wiring.Config), inquiries)


def written_with(config: wiring.Config, inquiries: int) -> float:
    """The same, with a configuration that was read; without supervision, for nobody cosigns here."""
    return asyncio.run(_written(msgspec.structs.replace(config, supervision=None), inquiries))


async def _written(config: wiring.Config, inquiries: int) -> float:
    keys = SoftwareKeyStore.load(config.keys.sealed(), config.keys.secret(), system_entropy)
    sealer = ColumnSealer(keys, wiring.COLUMN_KEY, system_entropy)
    log, database = await wiring._open(config, keys, lambda _: None)  # noqa: SLF001 - opened as the core opens it
    lists = [[_draft() for _ in range(LIST)] for _ in range(inquiries // LIST)]
    began = time.perf_counter()
    for drafts in lists:
        entries = await database.write("permit", partial(_permit, log, sealer, drafts))
        await database.write("end", partial(_end, log, sealer, entries))
    passed = time.perf_counter() - began
    await database.close()
    return len(lists) * LIST / passed


def _draft() -> Draft:
    inquiry = new_id()
    return Draft(
        inquiry=inquiry,
        inquirer=fill.A,
        provider=fill.B,
        state=State.PERMITTED,
        content_tag=system_entropy(32),
        person=RecordCode(system_entropy(16)),
        salts=Salts(system_entropy(32)),
        record=fill._TEXT % inquiry,  # noqa: SLF001 - the same text as its records have
        marked=False,
        provider_code=SecretText(BodyCode(fill.B, 1, system_entropy(16)).text()),
    )


def _permit(log: LogStore, sealer: ColumnSealer, drafts: Sequence[Draft], tx: Tx) -> list[Entry]:
    return SqlRecords(tx, log, sealer).add(drafts, frozenset({fill.B}))


def _end(log: LogStore, sealer: ColumnSealer, entries: Sequence[Entry], tx: Tx) -> None:
    records = SqlRecords(tx, log, sealer)
    records.end(
        [
            replace(each, draft=replace(each.draft, state=State.PROVIDED), outcome=_OUTCOME % each.draft.inquiry)
            for each in entries
        ]
    )
    records.settle_notices(fill.B, [each.draft.inquiry for each in entries], {})
