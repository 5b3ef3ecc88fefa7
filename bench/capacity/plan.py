"""The plan, as plain arithmetic over costs, assumptions and the simulated year."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from bench.capacity.costs import GROUPS, Costs
from bench.capacity.year import Year, backlog, room_for_bulk, simulate
from renkei.systems.supervision.rules import tiles_wanted
from renkei.translog.tiles import HASH_BYTES
from renkei.translog.tree import TreeHead

LEAVES: Final = 2
"""Of one inquiry: what was decided, and how it ended."""
PROOF_HASH_BYTES: Final = 47
"""One more hash in the proof of a stored receipt: 32 bytes in base64, quotes, comma."""
DESIGN_US: Final = {"single": 1_000.0, "bulk": 250.0}
"""CPU that design 11 leaves for one inquiry, all systems together: two cores over 2,000/s and over 8,000/s."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What was not measured. Every field is an assumption that the page names."""

    persons: float = 125e6
    bodies: int = 1_800
    codes_each: float = 5.0
    """Bodies that hold a code for a person: municipality, prefecture, pension, health insurer, labour."""
    replicas_each: float = 10.0
    keep_years: int = 7
    growth: float = 1.3
    """What a full store may add to the CPU of an inquiry (the bound of design 11)."""
    by_day: float = 0.5
    by_night: float = 0.8
    night_h: float = 8.0
    """In which the busiest night's jobs are to be done."""
    server_cores: tuple[int, ...] = (2, 4, 8, 16)
    """The smallest of which four are enough, else the largest."""
    copies: int = 3
    """Of every byte: primary, standby beside it, standby at the other site."""
    node_bytes: float = 8e12
    partition_leaves: int = 50_000_000
    witness_s: float = 1.0
    town: int = 400_000


USUAL: Final = Assumed()


@dataclass(frozen=True, slots=True)
class Load:
    """A year's inquiries, and the share of them that is asked one by one, by day."""

    inquiries: float
    singles_share: float

    @classmethod
    def of(cls, inquiries: float) -> "Load":
        """Half are singles at 300 million; the more there are, the more of them are bulk."""
        return cls(inquiries, 0.5 if inquiries <= 1e9 else 0.05)


@dataclass(frozen=True, slots=True)
class Need:
    """Cores of one group of systems. `servers`: of all sites together, with the reserve."""

    day: float
    night: float
    servers: int
    server_cores: int
    processes: int

    @property
    def cores(self) -> float:
        return max(self.day, self.night)


def need(single_us: float, bulk_us: float, rates: tuple[float, float], assumed: Assumed) -> Need:
    """Cores for `rates`, singles by day and bulk by night, per second.

    Two sites; each carries everything, and each has one server more than it needs.
    """
    day = rates[0] * single_us * assumed.growth / 1e6 / assumed.by_day
    night = rates[1] * bulk_us * assumed.growth / 1e6 / assumed.by_night
    cores = max(day, night)
    size = next((each for each in assumed.server_cores if cores <= 4 * each), assumed.server_cores[-1])
    servers = 2 * (math.ceil(cores / size) + 1)
    return Need(day, night, servers, size, math.ceil(cores))


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes, one copy. What grows is given by year and as kept; the log is kept for ever."""

    record_year: float
    record_kept: float
    log_year: float
    log_kept: float
    bodies_year: float
    bodies_kept: float
    issuance: float
    codes: float
    replicas: float
    numbers: float
    receipt_hashes: int

    @property
    def core(self) -> float:
        return self.record_kept + self.log_kept + self.issuance

    @property
    def intermediate(self) -> float:
        return self.bodies_kept + self.codes + self.replicas


def storage(costs: Costs, load: Load, assumed: Assumed) -> Storage:
    weight = costs.rows
    leaves = load.inquiries * LEAVES * assumed.keep_years
    hashes = math.ceil(math.log2(leaves)) if leaves > 1 else 0
    longer = max(0.0, hashes - costs.hashes) * PROOF_HASH_BYTES
    bodies = load.inquiries * (weight.inquiry + weight.provision + 2 * longer)
    record = load.inquiries * weight.record
    return Storage(
        record_year=record,
        record_kept=record * assumed.keep_years,
        log_year=leaves / assumed.keep_years * weight.leaf,
        log_kept=leaves * weight.leaf,
        bodies_year=bodies,
        bodies_kept=bodies * assumed.keep_years,
        issuance=assumed.persons * (weight.person + assumed.codes_each * weight.issued),
        codes=assumed.persons * assumed.codes_each * weight.code,
        replicas=assumed.persons * assumed.replicas_each * weight.replica,
        numbers=assumed.persons * (weight.resident + assumed.codes_each * weight.addressee),
        receipt_hashes=hashes,
    )


@dataclass(frozen=True, slots=True)
class Partitions:
    """Of the record file, as migration 0001 cuts it, and of the issuance file (16 by hash)."""

    a_year: float
    kept: int
    bytes_each: float
    by_bytes: int
    by_writer: int
    nodes: int
    month_bytes_node: float
    issued_rows_each: float
    issued_bytes_each: float


def partitions(costs: Costs, load: Load, stored: Storage, peak: float, assumed: Assumed) -> Partitions:
    """`peak`: inquiries a second. A node holds so many bytes, and its writer is at most half busy."""
    a_year = load.inquiries * LEAVES / assumed.partition_leaves
    by_bytes = max(1, math.ceil(stored.core / assumed.node_bytes))
    by_writer = max(1, math.ceil(peak / costs.one.inquiries_per_s / assumed.by_day))
    nodes = max(by_bytes, by_writer)
    issued = assumed.persons * assumed.codes_each / 16
    return Partitions(
        a_year=a_year,
        kept=math.ceil(a_year * assumed.keep_years) + 1,
        bytes_each=assumed.partition_leaves / LEAVES * costs.rows.record,
        by_bytes=by_bytes,
        by_writer=by_writer,
        nodes=nodes,
        month_bytes_node=stored.record_year / 12 / nodes,
        issued_rows_each=issued,
        issued_bytes_each=issued * costs.rows.issued,
    )


@dataclass(frozen=True, slots=True)
class Sequencing:
    """The one log and the one writer before it: what they can, what the worst minute asks of them."""

    peak_inquiries: float
    peak_leaves: float
    writer_share: float
    log_share: float
    witness_tiles: int
    witness_bytes_s: float
    reader_bytes_s: float


def sequencing(costs: Costs, load: Load, rates: tuple[float, float], assumed: Assumed) -> Sequencing:
    """Day and night do not fall together, so the larger rate counts."""
    peak = max(rates)
    leaves = peak * LEAVES
    size = math.ceil(load.inquiries * LEAVES * assumed.keep_years)
    before = max(1, size - math.ceil(leaves * assumed.witness_s))
    tiles = tiles_wanted(TreeHead(before, b""), TreeHead(size, b""))
    looked = sum(each.width for each in tiles) * HASH_BYTES
    return Sequencing(
        peak_inquiries=peak,
        peak_leaves=leaves,
        writer_share=peak / costs.one.inquiries_per_s,
        log_share=leaves / costs.one.leaves_per_s,
        witness_tiles=len(tiles),
        witness_bytes_s=looked / assumed.witness_s,
        reader_bytes_s=leaves * costs.rows.leaf,
    )


@dataclass(frozen=True, slots=True)
class Town:
    """All persons of a town, asked at once: on two cores; and with one process of each system, as wide as it can be."""

    two_cores_s: float
    one_process_s: float


def town(costs: Costs, assumed: Assumed) -> Town:
    each_us = sum(costs.bulk.cpu_us[group] for group in GROUPS) * assumed.growth
    # The figures of interfaces and intermediate servers are of both sides; each side bears about half.
    sides = {"core": 1, "interface": 2, "intermediate": 2}
    narrowest_us = max(costs.bulk.cpu_us[group] / sides[group] for group in GROUPS) * assumed.growth
    return Town(assumed.town * each_us / 1e6 / 2, assumed.town * narrowest_us / 1e6)


@dataclass(frozen=True, slots=True)
class Nights:
    """What the simulated year says about the jobs, with the cores of the plan."""

    most_waiting: float
    longest_h: float
    late_mornings: int


@dataclass(frozen=True, slots=True)
class Plan:
    load: Load
    peak_singles: float
    peak_night: float
    rates: tuple[float, float]
    needs: dict[str, Need]
    at_design: dict[str, float]
    stored: Storage
    partitions: Partitions
    sequencing: Sequencing
    town: Town
    nights: Nights

    @property
    def cores(self) -> float:
        return sum(each.cores for each in self.needs.values())

    def told(self) -> dict[str, Any]:
        return asdict(self) | {"cores": self.cores}


def make(costs: Costs, load: Load, assumed: Assumed = USUAL) -> Plan:
    """Everything, from the costs and one year."""
    singles = load.inquiries * load.singles_share
    year = simulate(singles, load.inquiries - singles)
    rates = (year.peak_singles, year.peak_night / (assumed.night_h * 3_600))
    needs = {group: need(costs.single.cpu_us[group], costs.bulk.cpu_us[group], rates, assumed) for group in GROUPS}
    stored = storage(costs, load, assumed)
    return Plan(
        load=load,
        peak_singles=year.peak_singles,
        peak_night=year.peak_night,
        rates=rates,
        needs=needs,
        at_design=asdict(need(DESIGN_US["single"], DESIGN_US["bulk"], rates, assumed)),
        stored=stored,
        partitions=partitions(costs, load, stored, max(rates), assumed),
        sequencing=sequencing(costs, load, rates, assumed),
        town=town(costs, assumed),
        nights=_nights(costs, year, needs, assumed),
    )


def _nights(costs: Costs, year: Year, needs: dict[str, Need], assumed: Assumed) -> Nights:
    rooms = []
    for group, each in needs.items():
        cost = (costs.single.cpu_us[group] * assumed.growth, costs.bulk.cpu_us[group] * assumed.growth)
        rooms.append(room_for_bulk(year, each.cores, cost, assumed.by_day, assumed.by_night))
    narrowest = rooms[0]
    for room in rooms[1:]:
        narrowest = narrowest.clip(max=room)
    left = backlog(year.bulk, narrowest)
    return Nights(left.most, left.longest_h, left.left_at_eight)
