"""A bulk job of a whole town while every system on its way is killed in turn: is each row's end the right one?

    python -m bench.survive --rows 100000
    python -m bench.survive --rows 1000000 --undisturbed

A new sandbox is built and removed. One line system hands in a file of rows about a few hundred persons; whenever a
further part of the results is there, the next system is ended by SIGKILL and started again. At the end each row must
have the value that its person's replica has, each row must be there once, and the core must have one record of each.
Memory of every system is told at every tenth: it must not grow with the rows. With `--undisturbed` nobody is killed, so
that memory is that of one life. Exit code 1 if anything is not so.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.procs import usage
from renkei.messages import line
from renkei.messages.jobs import InquiryRow, JobKind, JobState, NewJob
from renkei.sandbox.bodies import BODIES, KAWASAKI, YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import SystemName
from renkei.terms.secrets import SecretText

STRUCK: Final = ("intermediate-1", "core", "interface-a", "intermediate-2", "interface-b", "supervision")
KIND: Final = InformationKind("local-tax")
NAME: Final = "総所得金額"


@dataclass(slots=True)
class Story:
    """What happened."""

    rows: int
    struck: Sequence[str] = STRUCK
    seconds: float = 0
    tenths: list[dict[str, int]] = field(default_factory=list)
    """Resident MiB of each system at every tenth of the rows."""
    strikes: list[dict[str, object]] = field(default_factory=list)
    rss_mib: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    doubled: int = 0
    wrong: int = 0
    records: int = 0

    @property
    def sound(self) -> bool:
        struck = {str(each["struck"]) for each in self.strikes}
        return struck == set(self.struck) and (self.missing, self.doubled, self.wrong, self.records) == (
            0,
            0,
            0,
            self.rows,
        )


async def survive(story: Story, folder: Path) -> Story:
    """Build, ask, strike, compare."""
    rows = story.rows
    async with prepared(folder / "net", Size(residents=400), lambda _: None) as (network, people):
        known = await _known(network, people)
        expected = _write(folder / "town.csv", known, rows)
        bulk = network.line(YOKOHAMA.id).bulk
        common = InquiryRow(provider=KAWASAKI.id, item=ItemNumber("48"), kind=KIND, items=(NAME,), unit="税務課")
        job = (await bulk.create(NewJob(request="town", kind=JobKind.INQUIRIES, inquiry=common))).job
        began = time.monotonic()
        sending = asyncio.create_task(bulk.send(job, folder / "town.csv"))
        left = list(story.struck)
        while (status := await bulk.status(job, wait_ms=1_000)).state is not JobState.DONE:
            if left and status.results > rows * (len(STRUCK) - len(left) + 1) // (len(STRUCK) + 2):
                await _strike(network, left.pop(0), status.results, story)
            if status.results * 10 >= rows * (len(story.tenths) + 1):
                story.tenths.append(_memory(network))
            say(f"{status.results:,} of {rows:,} after {time.monotonic() - began:.0f} s")
        await sending
        story.seconds = time.monotonic() - began
        story.rss_mib = _memory(network)
        seen: dict[int, str | None] = {}
        async for each in bulk.results(job):
            story.doubled += each.row in seen
            content = each.result.content if each.result else None
            seen[each.row] = content[NAME].reveal() if content else None
        story.missing = len(expected.keys() - seen.keys())
        story.wrong = sum(seen.get(row) != value for row, value in expected.items())
        story.records = (await network.counts()).records
    return story


async def _known(network: Network, people: Sequence[SyntheticResident]) -> list[tuple[str, str]]:
    """Yokohama's number of each person whom both cities know, and what Kawasaki has of them."""
    both = [person for person in people if {YOKOHAMA.id, KAWASAKI.id} <= person.addressees.keys()]
    lines = {body.id: network.line(body.id) for body in BODIES}
    await Scenario(NetworkStage(network, lambda _: None), lines, list(people), 0).load()
    replicas = [
        line.Replica(
            addressee=person.addressees[KAWASAKI.id],
            kind=KIND,
            period=None,
            items={NAME: SecretText(f"{person.index}円")},
        )
        for person in both
    ]
    await network.line(KAWASAKI.id).put_replicas(replicas)
    return [(str(person.addressees[YOKOHAMA.id]), f"{person.index}円") for person in both]


def _write(path: Path, known: Sequence[tuple[str, str]], rows: int) -> dict[int, str]:
    numbers = [known[row % len(known)] for row in range(1, rows + 1)]
    path.write_text("addressee\n" + "".join(f"{number}\n" for number, _ in numbers))
    return {row: value for row, (_, value) in enumerate(numbers, start=1)}


async def _strike(network: Network, name: str, results: int, story: Story) -> None:
    story.strikes.append({"struck": name, "results": results, "rss_mib": _memory(network)})
    await network.kill(SystemName(name))
    await network.start(SystemName(name))


def _memory(network: Network) -> dict[str, int]:
    return {name: usage(info.pid).rss >> 20 for name, info in network.state.systems.items() if name in STRUCK}


def say(text: str) -> None:
    print(text, file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--undisturbed", action="store_true", help="no system is killed: how memory goes in one life")
    options = parser.parse_args()
    story = Story(options.rows, () if options.undisturbed else STRUCK)
    with tempfile.TemporaryDirectory(prefix="renkei-survive-") as folder:
        asyncio.run(survive(story, Path(folder)))
    told = {"rows": story.rows, "seconds": round(story.seconds, 1), "per_second": round(story.rows / story.seconds)}
    ends = {"missing": story.missing, "doubled": story.doubled, "wrong": story.wrong, "records": story.records}
    print(
        json.dumps(
            {
                **told,
                **ends,
                "sound": story.sound,
                "strikes": story.strikes,
                "rss_mib": story.rss_mib,
                "rss_mib_at_tenths": story.tenths,
            },
            indent=1,
        )
    )
    sys.exit(0 if story.sound else 1)


if __name__ == "__main__":
    main()
