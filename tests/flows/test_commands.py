"""The commands as real programs: against a running network, and building networks of their own."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.messages.codec import encode
from renkei.messages.log import CoreCounts
from renkei.sandbox.bodies import BODIES, INTERFACES, KAWASAKI, YOKOHAMA
from renkei.sandbox.layout import Layout, SandboxFile, read, system_plans
from renkei.sandbox.network import Network
from renkei.sandbox.report import DemoReport
from renkei.sandbox.scenario import Played
from renkei.translog.receipt import verify_receipt
from renkei.translog.trust import Trust
from tests.flows.program import Done, renkei
from tests.flows.test_crash import EXPECTED

pytestmark = pytest.mark.asyncio(loop_scope="session")

# As in README.md's tour.
TAX = {
    "--as": YOKOHAMA.id,
    "--provider": KAWASAKI.id,
    "--item": "48",
    "--kind": "local-tax",
    "--items": "総所得金額,所得割額",
    "--period": "2025-04-01/2026-03-31",
}


def somebody(network: Network) -> str:
    """The number, at Yokohama, of a person whom Kawasaki knows too and whom no other test asks about."""
    both = [p for p in network.state.residents if {YOKOHAMA.id, KAWASAKI.id} <= p.addressees.keys() and not p.card]
    return both[len(both) // 2].addressees[YOKOHAMA.id]


async def inquire(network: Network, *flags: str, **changes: str) -> Done:
    options = TAX | {"--addressee": somebody(network)} | {f"--{name}": value for name, value in changes.items()}
    words = [word for pair in options.items() for word in pair]
    return await renkei("inquire", "--sandbox", network.layout.root, *words, *flags)


async def test_the_inquiry_of_the_readme_is_answered_with_its_article(network: Network, report: DemoReport) -> None:
    done = await inquire(network)
    assert done.code == 0
    assert done.err.startswith("照会の番号 / this inquiry: --request ")
    for words in ("provided", "提供命令2条の表48の項・50条", "総所得金額", "所得割額", "円"):
        assert words in done.out


async def test_as_json_the_result_carries_a_receipt_that_holds(
    network: Network, report: DemoReport, tmp_path: Path
) -> None:
    done = await inquire(network, "--json", request="commands-1")
    result = json.loads(done.out)
    assert (done.code, result["state"], result["article"]) == (0, "provided", "50")
    assert set(result["content"]) == {"総所得金額", "所得割額"}
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(result["receipt"], ensure_ascii=False))
    verified = await renkei("verify", receipt, "--trust", network.layout.trust, "--json")
    (proven,) = json.loads(verified.out)["results"]
    assert (verified.code, proven["proven"], proven["record"]["inquiry"]) == (0, True, result["inquiry"])
    again = json.loads((await inquire(network, "--json", request="commands-1")).out)
    assert again["inquiry"] == result["inquiry"]


async def test_a_refused_inquiry_is_the_answer_no_with_its_reason(network: Network, report: DemoReport) -> None:
    for changes in ({"item": "999"}, {"provider": "999999-mayor"}):
        done = await inquire(network, request=f"refused-{'-'.join(changes)}", **changes)
        assert (done.code, done.err) == (1, "")
        assert "refused" in done.out
    told = await inquire(network, "--json", kind="child-allowance", items="支給額")
    result = json.loads(told.out)
    assert (told.code, result["state"], result["reason"]) == (1, "refused", "information-not-listed")
    assert result["reason_ja"]
    assert result["reason_en"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"as": "999999-mayor"}, "unknown-body"),
        ({"provider": "Kawasaki City"}, "wrong-type"),
        ({"addressee": "999999999999999"}, "no-code-yet"),
        ({"item": "forty-eight"}, "wrong-type"),
        ({"items": ""}, "wrong-type"),
    ],
)
async def test_bad_input_is_told_in_both_languages_and_nothing_is_asked(
    network: Network, report: DemoReport, changes: dict[str, str], problem: str
) -> None:
    before = (await network.counts()).records
    done = await inquire(network, **changes)
    assert (done.code, done.out) == (2, "")
    assert f"({problem})" in done.err
    assert "。" in done.err
    assert "Traceback" not in done.err
    assert (await network.counts()).records == before


async def test_a_period_that_is_none_is_wrong_use(network: Network, report: DemoReport) -> None:
    done = await inquire(network, period="2025")
    assert done.code == 2
    assert "YYYY-MM-DD/YYYY-MM-DD" in done.err


@pytest.mark.parametrize("side", ["inquirer", "provider"])
async def test_a_bodys_records_are_listed_for_people_and_for_programs(
    network: Network, report: DemoReport, side: str
) -> None:
    asked = ("records", "--sandbox", network.layout.root, "--as", KAWASAKI.id, "--side", side)
    table, lines = await renkei(*asked), await renkei(*asked, "--json")
    assert (table.code, lines.code) == (0, 0)
    assert "local-tax" in table.out
    found = [json.loads(line) for line in lines.out.splitlines()]
    assert found
    assert {record[side] for record in found} == {KAWASAKI.id}
    assert {record["side"] for record in found} == {side}
    assert {record["article"] for record in found if record["item"] == "48" and record["state"] == "provided"} == {"50"}


async def test_records_of_an_unknown_body_are_bad_input(network: Network, report: DemoReport) -> None:
    done = await renkei("records", "--sandbox", network.layout.root, "--as", "nobody")
    assert done.code == 2
    assert "nobody; known: 141003-mayor" in done.err


async def test_status_says_what_runs_and_what_the_core_counts(network: Network, report: DemoReport) -> None:
    table = await renkei("sandbox", "status", network.layout.root)
    told = await renkei("sandbox", "status", network.layout.root, "--json")
    assert (table.code, told.code) == (0, 0)
    assert table.out.count("running") >= len(system_plans())
    status = json.loads(told.out)
    assert status["systems"] == {plan.name: True for plan in system_plans()}
    counts = msgspec.convert(status["counts"], CoreCounts)
    assert counts.records >= report.records.core
    assert f"{counts.codes_issued} codes" in table.out
    assert status["log"] == "agreed"
    assert "ログ: 開いています" in table.out
    assert "The log is open" in table.out


async def test_a_system_whose_port_is_taken_says_so(network: Network, report: DemoReport) -> None:
    done = await renkei("run", "interface", "--config", network.layout.system(INTERFACES[0]).config)
    assert (done.code, done.out) == (3, "")
    assert "address already in use" in done.err
    assert network.state.systems[INTERFACES[0]].url.rpartition(":")[2] in done.err


async def test_what_is_not_held_is_told_with_what_was_asked(network: Network, report: DemoReport) -> None:
    done = await inquire(network, period="2024-04-01/2025-03-31")
    assert done.code == 1
    for words in (
        "not-held",
        "期間 2024-04-01〜2025-03-31",
        "items 総所得金額, 所得割額; period 2024-04-01/2025-03-31",
    ):
        assert words in done.out
    done = await inquire(network, items="総所得金額,所得")
    assert done.code == 0
    assert "提供者にこの名前の項目はありません: 所得（" in done.out
    assert "The provider has no item of this name: 所得 (" in done.out


async def test_wrong_files_leave_no_job_behind(network: Network, report: DemoReport, tmp_path: Path) -> None:
    rows, where = tmp_path / "rows.csv", ("--sandbox", network.layout.root, "--as", KAWASAKI.id)
    rows.write_text("addressee,nope\n1,2\n")
    before = (await renkei("bulk", "status", *where, "--json")).out
    assert (await renkei("bulk", "submit", rows, *where)).code == 2
    assert (await renkei("bulk", "status", *where, "--json")).out == before


async def test_after_failed_rows_it_is_told_where_their_reasons_stand(
    network: Network, report: DemoReport, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("addressee,kind\nno-such-person,local-tax\n")
    where = ("--sandbox", network.layout.root, "--as", KAWASAKI.id)
    done = await renkei("bulk", "submit", rows, *where, "--job", "replica-check", "--wait", "--request", "hinted")
    job = done.err.split("job: ")[1].split()[0]
    assert done.code == 1
    assert f"renkei bulk results {job} --sandbox {network.layout.root} --as {KAWASAKI.id} --failed" in done.out
    assert (await renkei("bulk", "delete", job, *where)).code == 0
    none = await renkei("bulk", "results", "0" * 32, *where)
    assert (none.code, none.out) == (2, "")


async def test_a_job_that_has_ended_is_deleted_and_deleting_it_again_changes_nothing(
    network: Network, report: DemoReport, tmp_path: Path
) -> None:
    rows = tmp_path / "check.csv"
    rows.write_text("addressee,kind\nno-such-person,local-tax\n")
    where = ("--sandbox", network.layout.root, "--as", YOKOHAMA.id)
    done = await renkei("bulk", "submit", rows, *where, "--job", "replica-check", "--wait", "--json")
    job = json.loads(done.out)
    assert (done.code, job["state"], job["counts"]["missing"]) == (1, "done", 1)
    found = await renkei("bulk", "results", job["job"], *where, "--json")
    assert [(each["row"], each["line"]) for each in map(json.loads, found.out.splitlines()) if each["row"]] == [(1, 2)]
    for changed in (1, 0):
        done = await renkei("bulk", "delete", job["job"], *where, "--json")
        assert (done.code, json.loads(done.out)["changed"]) == (0, changed)
    assert (await renkei("bulk", "status", job["job"], *where)).code == 2
    done = await renkei("bulk", "delete", job["job"], *where)
    assert (done.code, "deleted" in done.out) == (0, True)


async def test_a_receipt_with_one_bit_changed_is_not_proven(
    network: Network, played: Played, report: DemoReport, tmp_path: Path
) -> None:
    (result,) = await network.line(YOKOHAMA.id).results(played.asked[YOKOHAMA.id][:1])
    assert result.receipt is not None
    verify_receipt(result.receipt, Trust.parse(network.layout.trust.read_bytes()))
    file = tmp_path / "receipt.json"
    file.write_bytes(encode(result.receipt).replace(YOKOHAMA.id.encode(), b"141003-mayoq", 1))
    done = await renkei("verify", file, "--trust", network.layout.trust)
    assert (done.code, done.err) == (1, "")
    assert "not proven" in done.out


# -- networks of their own


def programs_naming(folder: Path) -> list[int]:
    """Processes in whose arguments the folder's path stands."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.fsencode(folder) in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def keys_of(kind: type[Any], told: Any) -> None:
    """Every promised key is there with its type, and no other."""
    assert msgspec.to_builtins(msgspec.convert(told, kind)) == told


async def test_the_demo_prints_one_object_with_everything_promised_and_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    done = await renkei("demo", "--json", "--residents", 60, "--inquiries", 22, "--keep", folder)
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    keys_of(DemoReport, told)
    assert set(told) == {
        "elapsed_ms", "systems", "codes_issued", "replicas", "inquiries", "log", "records", "citizen", "canaries",
    }  # fmt: skip
    assert [(system["name"], system["kind"]) for system in told["systems"]] == [
        (plan.name, plan.kind) for plan in system_plans()
    ]
    assert all(system["ready_ms"] > 0 for system in told["systems"])
    outcomes = EXPECTED | {"answered": 23}
    assert told["inquiries"]["outcomes"] == outcomes
    assert told["inquiries"]["total"] == sum(outcomes.values()) == told["records"]["core"]
    assert sum(told["inquiries"]["refusals"].values()) == 9
    assert set(told["inquiries"]["refusals"]) == {
        "no-statutory-basis", "rule-not-in-force", "information-not-listed", "inquirer-not-listed",
        "provider-not-listed", "provider-holds-no-code", "code-of-another-body", "unknown-code", "pia-breach",
    }  # fmt: skip
    assert set(told["log"]) == {
        "size", "leaves_expected", "checkpoint", "witness_cosigned", "inclusion_checked", "consistency_checked",
    }  # fmt: skip
    assert told["log"]["size"] == told["log"]["leaves_expected"]
    assert told["log"]["checkpoint"].startswith("renkei.example/core-log\n")
    assert told["records"] == dict.fromkeys(("core", "inquirers", "providers"), told["records"]["core"]) | {
        "unmatched": 0
    }
    assert told["citizen"]["records"] == told["citizen"]["verified"] > 0
    assert told["citizen"]["hidden"] == 1
    assert told["canaries"]["planted"] > 0
    assert told["canaries"]["found"] == []
    assert min(told["codes_issued"], told["replicas"], told["elapsed_ms"], told["canaries"]["searched_files"]) > 0
    assert programs_naming(folder) == []
    assert list(read(Layout(folder)).pids()) == []


def check_file(state: SandboxFile, plans: int) -> None:
    """`sandbox.json` names everything that a tester needs, and all of it is there."""
    assert list(state.systems) == [plan.name for plan in system_plans()]
    assert len({info.pid for info in state.systems.values()}) == len({s.url for s in state.systems.values()}) == plans
    for name, info in state.systems.items():
        assert info.pid > 0
        files = [info.certificate, info.key, info.config, info.log]
        assert [path for path in files if not Path(path).is_file()] == [], name
        assert info.store is None or Path(info.store).is_file()
        assert (info.store is None) == (info.kind == "interface")
    assert list(state.bodies) == [body.id for body in BODIES]
    for body in state.bodies.values():
        assert "BEGIN CERTIFICATE" in Path(body.certificate).read_text()
        assert Path(body.key).stat().st_mode & 0o077 == 0
        assert body.intermediate_url == state.systems[body.intermediate].url
        assert body.addressee_url == state.systems[body.addressee].url
    known = {body for resident in state.residents for body in resident.addressees}
    assert known == set(state.bodies)
    assert all(resident.addressees for resident in state.residents)
    assert sum(resident.card is not None for resident in state.residents) == 3


async def test_a_sandbox_is_kept_running_stopped_and_goes_on_from_what_it_stored() -> None:
    with tempfile.TemporaryDirectory(prefix="renkei-test-") as name:
        folder = Path(name) / "net"
        try:
            first = await renkei("sandbox", "up", folder, "--residents", 20)
            assert first.code == 0, first.err
            state = read(Layout(folder))
            assert len(state.residents) == 20
            check_file(state, len(system_plans()))
            for words in ("inquire --sandbox", "renkei records", "law may-ask", "curl --cacert", "sandbox.json"):
                assert words in first.out
            assert sorted(programs_naming(folder)) == sorted(state.pids())
            before = json.loads((await renkei("sandbox", "status", folder, "--json")).out)["counts"]

            assert (await renkei("sandbox", "down", folder)).code == 0
            assert programs_naming(folder) == []
            down = await renkei("sandbox", "status", folder, "--json")
            assert down.code == 1
            assert json.loads(down.out) == {
                "v": 1,
                "systems": {plan.name: False for plan in system_plans()},
                "counts": None,
                "log": None,
            }

            again = await renkei("sandbox", "up", folder, "--json", "--residents", 30)
            assert again.code == 0, again.err
            assert "this one keeps its 20 residents" in again.err
            assert msgspec.json.decode(again.out, type=SandboxFile) == read(Layout(folder))
            after = json.loads((await renkei("sandbox", "status", folder, "--json")).out)["counts"]
            assert after["codes_issued"] == before["codes_issued"] > 0
        finally:
            await renkei("sandbox", "down", folder)
        assert programs_naming(folder) == []
