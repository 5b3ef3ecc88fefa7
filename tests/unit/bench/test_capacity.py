"""The capacity plan: small cases worked out by hand, what must grow with what, and the page that shows it."""

import json
import math
import sys
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bench.capacity import __main__ as command
from bench.capacity import page
from bench.capacity.costs import GROUPS, Bytes, Costs, Mode, Postgresql, Sequencer, load, save
from bench.capacity.plan import USUAL, Assumed, Load, make, need, partitions, sequencing, storage, town
from bench.capacity.year import DAY, Profile, Year, backlog, room_for_bulk, simulate

COSTS = Costs(
    v=1,
    at="2026-01-01",
    provisional=False,
    remark="",
    machine={"processor": "x", "cores": 2, "python": "3", "load_before": 0.0},
    single=Mode(rate=100, cpu_us={"core": 1_000, "interface": 500, "intermediate": 2_000, "other": 9}),
    bulk=Mode(rate=1_000, cpu_us={"core": 100, "interface": 50, "intermediate": 200}),
    sequencer=Sequencer(inquiries_per_s=1_000, leaves_per_s=10_000),
    bytes=Bytes(
        record=1_500, leaf=70, inquiry=4_000, provision=3_000, person=200, issued=100, code=300, replica=500,
        addressee=250, resident=400,
    ),
    hashes=10,
    rss_mib={"core": 100, "interface": 80, "intermediate": 120},
)  # fmt: skip
ASSUMED = Assumed()
PROFILE = Profile()


def doubled(mode: Mode) -> Mode:
    return Mode(rate=mode.rate, cpu_us={name: 2 * each for name, each in mode.cpu_us.items()})


def test_cores_are_rate_times_cost_over_the_use_that_is_allowed() -> None:
    # 100/s x 1,000 us x 1.3 / 0.5 = 0.26; 1,000/s x 100 us x 1.3 / 0.8 = 0.1625.
    found = need(1_000, 100, (100, 1_000), ASSUMED)
    assert found.day == pytest.approx(0.26)
    assert found.night == pytest.approx(0.1625)
    assert found.cores == found.day


def test_each_of_two_sites_carries_everything_and_has_a_server_more() -> None:
    little = need(1_000, 100, (1, 1), ASSUMED)
    assert (little.servers, little.server_cores) == (2 * (1 + 1), 2)
    # A busy second of 16.1 cores: 3 servers of 8 and 1 at each site.
    more = need(1e6, 0, (16.1 * 0.5 / 1.3, 0), ASSUMED)
    assert (more.servers, more.server_cores, more.processes) == (2 * (3 + 1), 8, 17)
    # 100 cores: 7 servers of 16, the largest, and 1 at each site.
    most = need(1e6, 0, (100 * 0.5 / 1.3, 0), ASSUMED)
    assert (most.servers, most.server_cores) == (2 * (7 + 1), 16)


def test_doubled_costs_double_the_cores_and_change_no_byte() -> None:
    once = make(COSTS, Load.of(300e6))
    twice = make(msgspec.structs.replace(COSTS, single=doubled(COSTS.single), bulk=doubled(COSTS.bulk)), Load.of(300e6))
    for group in GROUPS:
        assert twice.needs[group].cores == pytest.approx(2 * once.needs[group].cores)
    assert twice.cores == pytest.approx(2 * once.cores)
    assert twice.town.two_cores_s == pytest.approx(2 * once.town.two_cores_s)
    assert twice.stored == once.stored


def test_more_inquiries_never_need_less_of_anything() -> None:
    plans = [make(COSTS, Load(inquiries, 0.3)) for inquiries in (1e6, 1e7, 1e8, 1e9)]
    for few, many in pairwise(plans):
        assert few.cores < many.cores
        assert few.rates < many.rates
        assert few.stored.core < many.stored.core
        assert few.stored.intermediate < many.stored.intermediate
        assert few.stored.receipt_hashes <= many.stored.receipt_hashes
        assert few.partitions.kept <= many.partitions.kept
        assert few.partitions.nodes <= many.partitions.nodes
        assert few.sequencing.log_share < many.sequencing.log_share


def test_storage_by_hand() -> None:
    # 100 inquiries a year, 7 years: 1,400 leaves, so proofs of 11 hashes: one more than was weighed.
    small = replace(ASSUMED, persons=10, codes_each=2, replicas_each=3)
    found = storage(COSTS, Load(100, 1), small)
    assert found.receipt_hashes == math.ceil(math.log2(1_400)) == 11
    assert found.record_kept == 100 * 1_500 * 7
    assert found.log_year == 200 * 70
    assert found.log_kept == 1_400 * 70
    assert found.bodies_kept == 100 * (4_000 + 3_000 + 2 * 47) * 7
    assert found.issuance == 10 * (200 + 2 * 100)
    assert found.codes == 10 * 2 * 300
    assert found.replicas == 10 * 3 * 500
    assert found.numbers == 10 * (400 + 2 * 250)
    assert found.core == found.record_kept + found.log_kept + found.issuance


def test_partitions_by_hand() -> None:
    # 300 million inquiries are 600 million leaves: 12 partitions of 50 million a year, 84 in 7, and the open one.
    wanted = Load.of(300e6)
    stored = storage(COSTS, wanted, ASSUMED)
    found = partitions(COSTS, wanted, stored, 100.0, ASSUMED)
    assert found.a_year == 12
    assert found.kept == 85
    assert found.bytes_each == 25e6 * 1_500
    assert found.by_writer == 1
    assert found.nodes == found.by_bytes == math.ceil(stored.core / 8e12)
    # 10,100/s over writers of 1,000/s that are half busy at most: 20.2, so 21.
    assert partitions(COSTS, wanted, stored, 10_100.0, ASSUMED).nodes == 21
    assert found.issued_rows_each == 125e6 * 5 / 16


def test_the_page_cuts_the_record_file_as_the_migration_does() -> None:
    sql = (page.DOCUMENT.parents[2] / "src/renkei/systems/core/migrations/0001_core.postgresql.sql").read_text()
    first = f"record_1 PARTITION OF record FOR VALUES FROM (1) TO ({ASSUMED.partition_leaves + 1});"
    assert first in sql
    assert sql.count("PARTITION OF issued FOR VALUES WITH (MODULUS 16") == 16


def test_the_log_is_measured_by_the_worse_of_day_and_night() -> None:
    found = sequencing(COSTS, Load.of(300e6), (40.0, 100.0), ASSUMED)
    assert found.peak_leaves == 200
    assert found.writer_share == 0.1
    assert found.log_share == 0.02
    assert found.reader_bytes_s == 200 * 70
    # A proof from one size to the next reads a tile or two of each level, not the log.
    assert 0 < found.witness_tiles <= 2 * 5
    assert found.witness_bytes_s <= found.witness_tiles * 8_192


def test_a_town_by_hand() -> None:
    found = town(COSTS, replace(ASSUMED, town=1_000, growth=1.0))
    assert found.two_cores_s == pytest.approx(1_000 * 350e-6 / 2)
    # Inquirer and provider share the intermediate servers' 200 us, so the core's 100 are as narrow.
    assert found.one_process_s == pytest.approx(1_000 * 100e-6)


def test_holidays_and_the_days_about_new_year_are_closed() -> None:
    profile = Profile()
    closed = [date(2026, 1, 1), date(2026, 1, 3), date(2026, 5, 6), date(2026, 9, 22), date(2026, 12, 29)]
    assert not any(profile.is_open(each) for each in [*closed, date(2026, 6, 6)])
    assert profile.is_open(date(2026, 6, 5))
    assert sum(profile.is_open(each) for each in profile.days()) == 261 - 21


def test_a_year_has_its_inquiries_and_its_peaks_where_the_profile_puts_them() -> None:
    year = simulate(50e6, 20e6)
    assert year.singles.sum() == pytest.approx(50e6, rel=1e-3)
    assert year.bulk.sum() == pytest.approx(20e6)
    month = np.array([each.month for each in Profile().days()])
    singles, bulk = (each.reshape(-1, DAY).sum(axis=1) for each in (year.singles, year.bulk))
    assert month[singles.argmax()] in {3, 4, 6}
    assert month[bulk.argmax()] == 6
    by_hour = year.singles.reshape(-1, 24, 60).sum(axis=(0, 2))
    assert by_hour[9:17].sum() > 0.8 * by_hour.sum()
    assert year.peak_singles > 3 * 50e6 / (365 * 86_400)


def test_the_same_seed_gives_the_same_year_and_another_one_another() -> None:
    once, again, other = simulate(1e6, 1e6), simulate(1e6, 1e6), simulate(1e6, 1e6, Profile(seed=2))
    assert np.array_equal(once.singles, again.singles)
    assert not np.array_equal(once.singles, other.singles)


def test_a_queue_by_hand() -> None:
    arriving, room = np.array([5.0, 0, 0, 3, 0]), np.array([2.0, 2, 2, 2, 2])
    assert backlog(arriving, room).waiting.tolist() == [3, 1, 0, 1, 0]
    assert backlog(arriving, room).most == 3


def test_how_long_something_waits_and_on_how_many_mornings() -> None:
    arriving = np.zeros(2 * DAY)
    arriving[7 * 60] = 100.0  # at seven, one a minute: done after 100 minutes, not before eight
    waiting = backlog(arriving, np.ones(2 * DAY))
    assert waiting.longest_h == pytest.approx(99 / 60)
    assert waiting.left_at_eight == 1


def test_bulk_gets_what_singles_leave_and_by_day_no_more_than_the_share() -> None:
    singles = np.zeros(DAY)
    singles[12 * 60] = 60.0
    year = Year(singles, np.zeros(DAY))
    room = room_for_bulk(year, 1.0, (100_000, 1_000), 0.5, 0.8)
    assert room[0] == pytest.approx(0.8 * 60e6 / 1_000)
    assert room[10 * 60] == pytest.approx(0.5 * 60e6 / 1_000)
    assert room[12 * 60] == pytest.approx((0.5 * 60e6 - 60 * 100_000) / 1_000)


def test_the_cores_of_the_plan_clear_the_busiest_night_by_morning() -> None:
    plan = make(COSTS, Load.of(20e9))
    assert plan.nights.most_waiting > 0
    assert plan.nights.late_mornings == 0


def test_a_costs_file_reads_back_and_one_with_a_strange_field_does_not(tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    save(COSTS, path)
    assert load(path) == COSTS
    path.write_text(json.dumps(json.loads(path.read_text()) | {"strange": 1}))
    with pytest.raises(msgspec.ValidationError, match="strange"):
        load(path)


def test_sizes_and_times_read_well() -> None:
    assert [page.size(each) for each in (12.0, 1_500.0, 2.5e12, 3e15)] == ["12 B", "1.5 kB", "2.5 TB", "3 PB"]
    assert [page.number(each) for each in (0, 0.1234, 12.34, 12_345)] == ["0", "0.123", "12.3", "12,300"]
    assert [page.seconds(each) for each in (5, 120, 7_200)] == ["5 s", "2 min", "2 h"]
    assert [page.big(each) for each in (30.29e6, 20e9)] == ["30.29 million", "20 billion"]


def test_the_page_shows_what_the_costs_file_comes_to() -> None:
    text = page.DOCUMENT.read_text(encoding="utf-8")
    assert text.count(page.BEGINS) == text.count(page.ENDS) == 1
    assert page.renewed(text, load()) == text, "python -m bench.capacity --write-docs"


def test_the_page_says_when_its_costs_are_provisional() -> None:
    assert "Provisional: other work" in page.written(
        msgspec.structs.replace(COSTS, provisional=True, remark="other work")
    )
    assert "Provisional" not in page.written(COSTS)


def test_a_plan_for_the_terminal_says_the_same_of_its_costs() -> None:
    told = page.report(make(COSTS, Load.of(300e6)), COSTS, USUAL)
    assert told.startswith("Costs of 2026-01-01. Measured on a quiet machine.")
    assert "| 300 million |" in told


def test_what_postgresql_weighs_and_writes_counts_where_it_was_measured() -> None:
    heavy = msgspec.structs.replace(COSTS.bytes, record=3_000)
    own = Postgresql(bytes=heavy, sequencer=Sequencer(inquiries_per_s=500, leaves_per_s=2_500))
    costs = msgspec.structs.replace(COSTS, postgresql=own)
    wanted = Load.of(300e6)
    assert storage(costs, wanted, ASSUMED).record_kept == 2 * storage(COSTS, wanted, ASSUMED).record_kept
    assert sequencing(costs, wanted, (1.0, 100.0), ASSUMED).writer_share == 0.2
    assert sequencing(costs, wanted, (1.0, 100.0), ASSUMED).log_share == 0.08
    assert "| SQLite | PostgreSQL | of each |" in page.written(costs)


def test_every_assumption_stands_on_the_page() -> None:
    text = page.DOCUMENT.read_text(encoding="utf-8")
    told = text.partition("## What is assumed")[2].partition("##")[0]
    open_days = sum(PROFILE.is_open(each) for each in PROFILE.days())
    shares = (USUAL.by_day, USUAL.by_night, USUAL.bodies, USUAL.keep_years, USUAL.copies)
    assert shares == (0.5, 0.8, 1_800, 7, 3)
    for said in (
        f"{USUAL.persons / 1e6:g} million persons", f"{USUAL.bodies:,} bodies", "Five bodies hold", "Ten replicas",
        f"{USUAL.growth} times the CPU", "at most 50 %", "By night 80 %", f"in {USUAL.night_h:g} hours", "Three copies",
        "Records 7 years", "2, 4, 8 or 16 cores", f"{open_days} working days",
        f"{PROFILE.after_break} times as much", f"a closed day {PROFILE.closed:.0%}".replace("%", " %"),
    ):  # fmt: skip
        assert said in told, said


def test_the_command_prints_one_json_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["capacity", "--inquiries", "20e9", "--json"])
    command.main()
    told = json.loads(capsys.readouterr().out)
    assert told["load"]["inquiries"] == 20e9
    assert set(told["needs"]) == set(GROUPS)


def test_the_command_refuses_a_share_above_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["capacity", "--singles", "2"])
    with pytest.raises(SystemExit):
        command.main()
