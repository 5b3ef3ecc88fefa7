"""What one inquiry and one person cost, as measured: `costs.json`, written by `measure`, read by everything else."""

from pathlib import Path
from typing import Any, Final

import msgspec

FILE: Final = Path(__file__).parent / "costs.json"
GROUPS: Final = ("core", "interface", "intermediate")
"""The systems that an inquiry passes. Each figure of a group is the sum over its systems: both interfaces, and the
intermediate servers of inquirer and provider."""


class Mode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CPU of one inquiry under one kind of load, in microseconds, by group; and the rate at which it was taken."""

    rate: float
    cpu_us: dict[str, float]


class Bytes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bytes on the disk of one row with all its indexes; `leaf`: of one leaf of the log, with tiles and entry."""

    record: float
    leaf: float
    inquiry: float
    provision: float
    person: float
    issued: float
    code: float
    replica: float
    addressee: float
    resident: float


class Sequencer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one writer does per second: whole inquiries in the core's store; bare leaves, with receipts, in a log."""

    inquiries_per_s: float
    leaves_per_s: float


class Postgresql(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same rows, the same writer and the same log over PostgreSQL."""

    bytes: Bytes
    sequencer: Sequencer


class Costs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`hashes`: of the proofs in the receipts that were weighed. `remark`: what to know before believing it."""

    v: int
    at: str
    provisional: bool
    remark: str
    machine: dict[str, Any]
    single: Mode
    bulk: Mode
    sequencer: Sequencer
    bytes: Bytes
    hashes: float
    rss_mib: dict[str, float]
    postgresql: Postgresql | None = None

    @property
    def rows(self) -> Bytes:
        """What a nation's stores are planned with: PostgreSQL, where it was measured."""
        return self.postgresql.bytes if self.postgresql else self.bytes

    @property
    def one(self) -> Sequencer:
        """What one writer and one log can, likewise."""
        return self.postgresql.sequencer if self.postgresql else self.sequencer


def load(path: Path = FILE) -> Costs:
    """Read a costs file; an unknown or missing field is an error."""
    return msgspec.json.decode(path.read_bytes(), type=Costs)


def save(costs: Costs, path: Path = FILE) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(costs), indent=1) + b"\n")
