"""Keys replaced while everybody works, over real processes: nothing that is asked meanwhile is refused, late or lost."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.messages import line
from renkei.messages.directory import BodyEntry, Directory
from renkei.messages.fields import Period
from renkei.platform.entropy import new_id
from renkei.sandbox.bodies import BODIES, KAWASAKI, YOKOHAMA
from renkei.sandbox.layout import CORE
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.people import SyntheticResident
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import SystemName
from tests.flows.program import renkei

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("report")]

MEMBERS = ("intermediate-1", "intermediate-2", "disclosure")


def config(network: Network, system: str) -> Path:
    return network.layout.system(SystemName(system)).config


def entry(directory: Directory) -> BodyEntry:
    return next(body for body in directory.bodies if body.id == KAWASAKI.id)


async def health(network: Network, name: str) -> dict[str, Any]:
    client = network.client(network.state.staff[OPERATOR])
    found: dict[str, Any] = msgspec.json.decode(await client.fetch(network.target(SystemName(name)), "/v1/health"))
    return found


async def taken_over(network: Network, name: str, key: str) -> None:
    """Wait until the running system has said that it holds that key in that state."""
    log = network.layout.system(SystemName(name)).log
    async with asyncio.timeout(60):
        while not any(key in json.loads(line).get("keys", ()) for line in log.read_text().splitlines()):
            await asyncio.sleep(0.05)


async def step(network: Network, name: str, said: tuple[str, str], folder: Path) -> None:
    """One step for Kawasaki and for the core; ends when everybody knows of it."""
    for system, of in ((CORE, ()), (KAWASAKI.intermediate, ("--of", KAWASAKI.id, "--out", folder / "keys.json"))):
        done = await renkei("keys", name, "--config", config(network, system), *of)
        assert (done.code, done.err) == (0, "")
    for system, prefix in ((KAWASAKI.intermediate, f"{KAWASAKI.id}/"), (CORE, "")):
        for each in said:
            await taken_over(network, system, prefix + each)
    done = await renkei("keys", "publish", folder / "keys.json", "--network", network.layout.root, "--json")
    assert (done.code, done.err) == (0, "")
    number = json.loads(done.out)["directory"]
    async with asyncio.timeout(60):
        for member in MEMBERS:
            while (await health(network, member))["directory"] < number:
                await asyncio.sleep(0.05)


async def ask(network: Network, person: SyntheticResident) -> line.Result:
    asked = line.Inquiry(
        request=new_id(),
        provider=KAWASAKI.id,
        item=ItemNumber("48"),
        kind=InformationKind("local-tax"),
        items=("総所得金額",),
        unit="税務課",
        addressee=person.addressees[YOKOHAMA.id],
        period=Period(first="2025-04-01", last="2026-03-31"),
    )
    (accepted,) = await network.line(YOKOHAMA.id).ask([asked])
    assert accepted.inquiry is not None
    (result,) = await network.line(YOKOHAMA.id).results([accepted.inquiry], wait_ms=10_000)
    return result


async def test_the_keys_of_a_body_and_of_the_core_are_replaced_while_inquiries_go_on(
    network: Network, people: list[SyntheticResident], tmp_path: Path
) -> None:
    person = next(each for each in people if {YOKOHAMA.id, KAWASAKI.id} <= each.addressees.keys())
    logs = {name: info.log for name, info in network.state.systems.items()}
    lengths = {name: len(Path(log).read_text()) for name, log in logs.items()}
    before, results, over = await network.directory(), list[line.Result](), asyncio.Event()

    async def go_on() -> None:
        while not over.is_set():
            results.append(await ask(network, person))

    asking = asyncio.create_task(go_on())
    await step(network, "make", ("sign.2 made", "seal.2 made"), tmp_path)
    made = await network.directory()
    await step(network, "activate", ("sign.2 active", "seal retired"), tmp_path)
    active = await network.directory()
    await step(network, "destroy", ("sign destroyed", "seal destroyed"), tmp_path)
    counted = len(results)
    async with asyncio.timeout(60):
        while len(results) < counted + 3:  # by the new keys alone
            await asyncio.sleep(0.05)
    over.set()
    await asking
    after = await network.directory()
    assert {(each.state, each.reason) for each in results} == {(line.InquiryState.PROVIDED, None)}
    for of in (entry, lambda directory: directory):
        old, new = of(before), of(after)
        assert (of(made).sign_key, of(made).seal_key) == (old.sign_key, new.seal_key)
        assert of(made).other_sign_keys == (new.sign_key,)
        assert (of(active).sign_key, of(active).other_sign_keys) == (new.sign_key, (old.sign_key,))
        assert new.other_sign_keys == ()
        assert old.sign_key != new.sign_key
    said = {name: Path(log).read_text()[lengths[name] :] for name, log in logs.items()}
    assert {name for name, text in said.items() if "bad-envelope" in text} == set()


async def test_keys_are_listed_without_a_key(network: Network) -> None:
    done = await renkei("keys", "list", "--config", config(network, CORE), "--json")
    rows = json.loads(done.out)["keys"]
    assert {"id": "log", "purpose": "sign", "epoch": 1, "state": "active"} in rows
    assert all(row.keys() == {"id", "purpose", "epoch", "state"} for row in rows)
    shown = await renkei("keys", "list", "--config", config(network, CORE))
    assert len(shown.out.splitlines()) == len(rows)


async def test_keys_of_nobody_are_refused_in_both_languages_and_nothing_changes(network: Network) -> None:
    file = network.layout.system(SystemName(KAWASAKI.intermediate)).keystore
    before = file.read_bytes()
    held = [body.id for body in BODIES if body.intermediate == KAWASAKI.intermediate]
    done = await renkei("keys", "make", "--config", config(network, KAWASAKI.intermediate))
    assert done.code == 2
    assert "ここに鍵がある機関は" in done.err
    assert f"keys here are of: {', '.join(sorted(held))}" in done.err
    assert file.read_bytes() == before
