"""`renkei demo`: build, play, ask every system what it saw, search for canaries, stop everything."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from renkei.messages import line
from renkei.messages.log import CoreCounts
from renkei.platform.peers.client import Target
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.canaries import MARKER, Canaries, search_files, search_processes
from renkei.sandbox.citizen import Citizen
from renkei.sandbox.layout import DISCLOSURE_SYSTEM
from renkei.sandbox.network import Network, Progress
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.report import (
    CanaryReport,
    CitizenReport,
    DemoReport,
    InquiriesReport,
    LogReport,
    RecordsReport,
    SystemReport,
    compare,
    findings,
)
from renkei.sandbox.scenario import Played, Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.terms.bodies import Role
from renkei.terms.codes import read_code_text
from renkei.translog.receipt import verify_receipt
from renkei.translog.trust import Trust

_TRIES = 600
_PAUSE_S = 0.1
_SAMPLE = 20
"""Residents whose names and codes are searched for; all of their numbers are."""


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="renkei-demo-") as folder:
        yield Path(folder)


async def run_demo(keep: Path | None, residents: int, inquiries: int, progress: Progress) -> DemoReport:
    """The whole demo; everything that it started is stopped, whatever happens."""
    begun = asyncio.get_running_loop().time()
    with _folder(keep) as folder:
        async with prepared(folder, Size(residents=residents), progress) as (network, people):
            lines = {body.id: network.line(body.id) for body in BODIES}
            played = await Scenario(NetworkStage(network, progress), lines, people, inquiries).play()
            progress("記録と証明の照合 / comparing records and proofs")
            told = Told(network, played)
            progress("カナリアの探索 / searching for canaries")
            return await told.report(begun, await search(network, people))


class Told:
    """What the systems tell after the scenario."""

    def __init__(self, network: Network, played: Played) -> None:
        self._network = network
        self._played = played
        self._trust = Trust.parse(network.layout.trust.read_bytes())

    async def report(self, begun: float, canaries: CanaryReport) -> DemoReport:
        """Ask the core, every body, the witness and the citizen's page."""
        records = await self._settled_records()
        counts = await self._network.counts()
        return DemoReport(
            systems=[
                SystemReport(name, info.kind, info.ready_ms) for name, info in self._network.state.systems.items()
            ],
            codes_issued=counts.codes_issued,
            replicas=self._played.replicas,
            inquiries=InquiriesReport(
                total=records.inquirers, outcomes=self._played.outcomes, refusals=counts.refusals
            ),
            log=await self._log(counts),
            records=records,
            citizen=await self._citizen(counts),
            canaries=canaries,
            elapsed_ms=round((asyncio.get_running_loop().time() - begun) * 1_000),
        )

    async def _settled_records(self) -> RecordsReport:
        """Lay the copies side by side, once nothing is on its way to anybody any more (or a minute has passed)."""
        for _ in range(_TRIES):
            central = await self._network.record_keys()
            pending = any(record.state == "permitted" for record in central)
            if not pending and not (await self._network.counts()).pending_notices:
                break
            await asyncio.sleep(_PAUSE_S)
        copies: list[line.LinkageRecord] = []
        for body in BODIES:
            for side in line.Side:
                copies += await self._network.line(body.id).records(side)
        return compare(await self._network.record_keys(), copies)

    async def _log(self, counts: CoreCounts) -> LogReport:
        inclusion = 0
        for body, asked in self._played.asked.items():
            for result in await self._network.line(body).results(list(dict.fromkeys(asked))):
                assert result.receipt is not None
                verify_receipt(result.receipt, self._trust)
                inclusion += 1
        for _ in range(_TRIES):
            seen = await self._network.witness()
            if seen.size >= counts.log_size or seen.alert:
                break
            await asyncio.sleep(_PAUSE_S)
        return LogReport(
            size=counts.log_size,
            leaves_expected=sum(counts.events.values()),
            checkpoint=seen.checkpoint,
            witness_cosigned=seen.cosigned and seen.size == counts.log_size and seen.alert is None,
            inclusion_checked=inclusion,
            consistency_checked=seen.checked,
        )

    async def _citizen(self, counts: CoreCounts) -> CitizenReport:
        assert self._played.citizen is not None
        page_url = self._network.state.systems[DISCLOSURE_SYSTEM].page_url
        card = self._network.state.residents[self._played.citizen.index].card
        assert page_url is not None
        assert card is not None
        citizen = Citizen(self._network.client(card), Target(page_url, Role.DISCLOSURE, DISCLOSURE_SYSTEM), self._trust)
        shown = await citizen.receipts()
        verified = [await citizen.proven(path) for path in shown]
        return CitizenReport(records=len(shown), verified=sum(verified), hidden=counts.non_disclosure)


async def search(network: Network, people: Sequence[SyntheticResident]) -> CanaryReport:
    """Search what lies on disk and what can be seen of the processes, while everything still runs."""
    canaries = Canaries()
    for person in people:
        canaries.plant_number(person.number.reveal())
        canaries.plant_number(person.resident.reveal())
    for person in people[:_SAMPLE]:
        canaries.plant_text(person.name)
        canaries.plant_text(person.address)
    canaries.plant_text(MARKER)
    for body in BODIES:
        known = [person.addressees[body.id] for person in people if body.id in person.addressees][:_SAMPLE]
        for status in await network.line(body.id).codes(known):
            if status.code is not None:
                canaries.plant_code(read_code_text(status.code.reveal())[1])
    files, found = search_files(canaries, network.layout.root)
    found += search_processes(canaries, network.state.pids())
    return CanaryReport(canaries.planted, files, findings(found))
