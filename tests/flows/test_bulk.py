"""A bulk job through real processes, killed in the middle: every row has its right end, none is asked twice (design 4)."""

import asyncio
import csv
from pathlib import Path

import pytest

from renkei.messages import line
from renkei.messages.jobs import InquiryRow, JobKind, JobState, NewJob, RowOutcome
from renkei.sandbox.bodies import BODIES, KAWASAKI, YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import SystemName
from renkei.terms.secrets import SecretText
from tests.postgres import session_cluster, store

__all__ = ["session_cluster", "store"]
ROWS = 3_000
STRANGER = 700
"""Every so many rows one names a person without a code."""
KIND, ITEM = InformationKind("local-tax"), ItemNumber("48")


async def _known(network: Network, people: list[SyntheticResident]) -> list[str]:
    """Persons for whom both cities hold a code, each with a replica of their own."""
    both = [person for person in people if {YOKOHAMA.id, KAWASAKI.id} <= person.addressees.keys()]
    lines = {body.id: network.line(body.id) for body in BODIES}
    await Scenario(NetworkStage(network, lambda _: None), lines, people, 0).load()
    replicas = [
        line.Replica(
            addressee=person.addressees[KAWASAKI.id],
            kind=KIND,
            period=None,
            items={"総所得金額": SecretText(f"{person.index}円")},
        )
        for person in both
    ]
    await network.line(KAWASAKI.id).put_replicas(replicas)
    return [f"{person.addressees[YOKOHAMA.id]} {person.index}" for person in both]


def _file(folder: Path, known: list[str]) -> dict[int, str | None]:
    """A file of rows; what each must give: a value, or None for a row that cannot be asked."""
    expected: dict[int, str | None] = {}
    with (folder / "town.csv").open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["addressee"])
        for row in range(1, ROWS + 1):
            number, _, index = known[row % len(known)].partition(" ")
            stranger = row % STRANGER == 0
            writer.writerow(["no-such-person" if stranger else number])
            expected[row] = None if stranger else f"{index}円"
    return expected


OTHERS = ["core", "interface-a", "intermediate-2"]


@pytest.mark.parametrize(
    ("store", "struck"),
    [("sqlite", ["intermediate-1"]), ("sqlite", OTHERS), ("postgresql", ["intermediate-1", *OTHERS])],
    indirect=["store"],
)
async def test_a_job_whose_servers_are_killed_in_the_middle_gives_every_row_its_right_end(
    tmp_path: Path, store: str | None, struck: list[str]
) -> None:
    async with prepared(tmp_path / "net", Size(60, store), lambda _: None) as (network, people):
        expected = _file(tmp_path, await _known(network, people))
        bulk = network.line(YOKOHAMA.id).bulk
        common = InquiryRow(provider=KAWASAKI.id, item=ITEM, kind=KIND, items=("総所得金額",), unit="税務課")
        head = NewJob(request="town", kind=JobKind.INQUIRIES, inquiry=common)
        job = (await bulk.create(head)).job
        sending = asyncio.create_task(bulk.send(job, tmp_path / "town.csv"))
        await _strike(network, struck[0])
        await sending
        mending: list[str] = []

        while (status := await bulk.status(job, wait_ms=50)).state is not JobState.DONE:
            done = len(mending)
            if done < len(struck) and status.results > ROWS * (done + 1) // (len(struck) + 2):
                mending.append(struck[done])
                await _strike(network, struck[done])
        assert mending == struck
        found = [each async for each in bulk.results(job)]
        assert [each.sequence for each in found] == list(range(1, ROWS + 1))
        values = {
            each.row: each.result.content["総所得金額"].reveal() if each.result and each.result.content else None
            for each in found
        }
        assert values == expected
        assert {each.problem for each in found if each.outcome is RowOutcome.FAILED} == {"no-code-yet"}
        counts = await network.counts()
        assert counts.records == ROWS - ROWS // STRANGER


async def _strike(network: Network, name: str) -> None:
    await network.kill(SystemName(name))
    await network.start(SystemName(name))
