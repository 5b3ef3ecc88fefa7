"""A permission list for a day to come, over a whole running network: announced, held by every member, withdrawn."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.messages import line
from renkei.messages.fields import Period
from renkei.platform.clock import SystemClock
from renkei.platform.entropy import new_id
from renkei.sandbox.bodies import KAWASAKI, YOKOHAMA
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.report import DemoReport
from renkei.terms.affairs import InformationKind, ItemNumber, law_date
from renkei.terms.bodies import Role, SystemName, addressee_number
from tests.flows.program import Done, renkei
from tests.newer import NEWER, NEWER_FILES, OWN

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEMBERS = {Role.CORE, Role.INTERFACE, Role.INTERMEDIATE, Role.DISCLOSURE}
"""Roles of systems that decide by the list, show it or hand it on."""
DAY = (law_date(SystemClock().now_ms()) + timedelta(days=30)).isoformat()


async def law(command: str, *arguments: object) -> Done:
    return await renkei("law", command, *arguments)


async def lists_of(network: Network, name: SystemName) -> dict[str, Any]:
    client = network.client(network.state.staff[OPERATOR])
    lists: dict[str, Any] = msgspec.json.decode(await client.fetch(network.target(name), "/v1/health"))["lists"]
    return lists


async def until_everywhere(network: Network, held: list[str]) -> None:
    """Wait until every member holds just these lists of those that the directory names."""
    members = [SystemName(name) for name, info in network.state.systems.items() if Role(info.kind) in MEMBERS]
    assert len(members) >= 6
    async with asyncio.timeout(60):
        for name in members:
            while (found := await lists_of(network, name)) != {"applies": held[0], "held": held, "missing": []}:
                assert found["applies"] == OWN.version
                await asyncio.sleep(0.05)


async def ask(network: Network) -> line.Result:
    both = [p for p in network.state.residents if {YOKOHAMA.id, KAWASAKI.id} <= p.addressees.keys() and not p.card]
    asked = line.Inquiry(
        request=new_id(),
        provider=KAWASAKI.id,
        item=ItemNumber("48"),
        kind=InformationKind("local-tax"),
        items=("総所得金額",),
        unit="税務課",
        addressee=addressee_number(both[len(both) // 2 + 1].addressees[YOKOHAMA.id]),
        period=Period(first="2025-04-01", last="2026-03-31"),
    )
    (accepted,) = await network.line(YOKOHAMA.id).ask([asked])
    assert accepted.inquiry is not None
    (result,) = await network.line(YOKOHAMA.id).results([accepted.inquiry], wait_ms=10_000)
    return result


async def test_an_announced_list_is_everywhere_ahead_of_its_day_and_changes_nothing_before_it(
    network: Network, report: DemoReport, tmp_path: Path
) -> None:
    for name, text in NEWER_FILES.items():
        (tmp_path / name).write_bytes(text.encode())
    root = network.layout.root
    done = await law("announce", tmp_path, "--from", DAY, "--network", root, "--json")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert (told["base"], told["announced"]) == (OWN.version, [{"from": DAY, "version": NEWER.version}])
    await until_everywhere(network, [OWN.version, NEWER.version])
    result = await ask(network)
    assert (result.state, result.list_version) == (line.InquiryState.PROVIDED, OWN.version)

    done = await law("withdraw", "--from", DAY, "--network", root)
    assert (done.code, NEWER.version[:16] in done.out) == (0, False)
    await until_everywhere(network, [OWN.version])
    done = await law("withdraw", "--from", DAY, "--network", root)
    assert (done.code, DAY in done.err) == (1, True)


async def test_a_list_that_does_not_parse_is_refused_with_its_line(network: Network, tmp_path: Path) -> None:
    for name, text in {**NEWER_FILES, "kinds.tsv": NEWER_FILES["kinds.tsv"] + "x\n"}.items():
        (tmp_path / name).write_bytes(text.encode())
    done = await law("announce", tmp_path, "--from", DAY, "--network", network.layout.root)
    assert (done.code, "kinds.tsv:" in done.err) == (2, True)
    (tmp_path / "rows.tsv").unlink()
    done = await law("announce", tmp_path, "--from", DAY, "--network", network.layout.root)
    assert (done.code, "rows.tsv: missing" in done.err) == (2, True)
