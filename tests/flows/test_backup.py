"""A running core is backed up, lost, brought back and returned to the network, by the commands of docs/operate/backup.md."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from renkei.messages import line
from renkei.sandbox.bodies import KAWASAKI, YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.layout import CORE, SUPERVISION
from renkei.sandbox.network import Network
from renkei.sandbox.settings import ORIGIN
from renkei.systems.core.rules.register import LEAP
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.receipt import verify_receipt
from renkei.translog.trust import Trust
from tests import operate
from tests.operate import Shell

from .program import renkei
from .town import Town

NEXT_ORIGIN = f"{ORIGIN}-2"


@dataclass
class Drill:
    """One core's loss and return, step by step. How it is backed up and restored differs from store to store."""

    town: Town
    folder: Path
    trust: Trust
    early: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    kept: list[line.Result] = field(default_factory=list)
    backup_size: int = 0
    full_size: int = 0
    number: int = 0

    @property
    def network(self) -> Network:
        return self.town.network

    @property
    def instead(self) -> dict[str, str]:
        config = self.network.layout.system(CORE).config
        return {"/safe/": f"{self.folder}/", "/backups": str(self.folder), "core.toml": str(config)}

    @property
    def shell(self) -> Shell:
        return Shell(self.folder)

    async def take(self) -> None:
        """A backup of the running core, in the midst of inquiries."""
        self.early = await self.town.ask("early-1", "early-2", "early-3")
        during, _ = await asyncio.gather(
            self.town.ask(*[f"during-{number}" for number in range(20)]), asyncio.to_thread(self.back_up)
        )
        self.early += during
        await self.town.answered(self.early)
        await self.town.cosigned()
        await self.stand()
        self.number = (await self.network.directory()).number

    def back_up(self) -> None:
        raise NotImplementedError

    async def stand(self) -> None:
        """The moment that will be restored, if it is not that of the backup."""

    async def lose(self) -> None:
        """More is asked and answered, and then the disk is gone."""
        self.lost = await self.town.ask("lost-1", "lost-2")
        self.kept = await self.town.answered([*self.early, *self.lost])
        self.full_size = await self.town.cosigned()
        assert self.backup_size < self.full_size

    async def restore(self) -> None:
        raise NotImplementedError

    async def stand_still(self) -> None:
        """It serves what it has, says what it is, and signs nothing."""
        await self.network.start(CORE)
        await self.town.health_until(log="closed", log_size=self.backup_size)
        self.waiting = await self.town.ask("after-1", "after-2")
        while not self.town.said("log-not-open"):
            assert await self.town.states(self.waiting) == {line.InquiryState.ASKED}
        await self.town.health_until(log="closed", log_size=self.backup_size)
        assert (await self.network.witness()).size == self.full_size

    async def come_back(self) -> None:
        """The operators' way: the log goes on under another name."""
        await self.network.kill(CORE)
        await self.network.kill(SUPERVISION)
        trust = rename(self.network)
        await self.network.start(CORE)
        await self.town.health_until(log="waiting", log_size=self.backup_size)  # for the witness
        await self.network.start(SUPERVISION)
        await self.town.health_until(log="agreed")
        answered = await self.town.answered(self.waiting)
        assert {each.state for each in answered} == {line.InquiryState.PROVIDED}
        proven(answered, trust)
        proven(self.kept, self.trust)  # also those whose records the core has lost
        await self.town.cosigned()
        seen = await self.network.witness()
        assert (seen.origin, seen.alert) == (NEXT_ORIGIN, None)
        assert (await self.network.directory()).number == self.number + LEAP

    async def compare(self) -> None:
        """What is lost is in both bodies, each record with its receipt, and nowhere else; what is not is in all three."""
        core = {record.inquiry for record in await self.network.record_keys()}
        asked, provided = [
            {record.inquiry: record for record in await self.network.line(body.id).records(side)}
            for body, side in ((YOKOHAMA, line.Side.INQUIRER), (KAWASAKI, line.Side.PROVIDER))
        ]
        assert set(self.lost) & core == set()
        assert {*self.lost, *self.waiting} <= asked.keys() & provided.keys()
        assert core == asked.keys() - set(self.lost)


class FileDrill(Drill):
    """On SQLite a backup is a moment: what was asked while it was taken may be in it or not."""

    def back_up(self) -> None:
        self.shell.does(operate.line(operate.TAKE, "backup key", self.instead))
        taken = json.loads(self.shell.does(f"{operate.line(operate.TAKE, 'backup take', self.instead)} --json"))
        self.taken_at_ms = taken["manifest"]["taken_at_ms"]
        told = taken["manifest"]["log"]
        assert told["origin"] == ORIGIN
        self.backup_size = told["size"]

    async def restore(self) -> None:
        self.shell.does(operate.line(operate.TAKE, "backup take", self.instead))  # one too many
        moment = datetime.fromtimestamp(self.taken_at_ms / 1000, tz=UTC).isoformat(timespec="milliseconds")
        newest = operate.line(operate.RESTORE, "# the newest of this system", self.instead)
        before = operate.line(operate.RESTORE, "--at", {**self.instead, operate.PAGE_INSTANT: moment})
        running = self.shell.types(f"{newest} --replace")
        assert (running.returncode, "in use" in running.stderr) == (2, True)
        await self.network.kill(CORE)
        unasked = self.shell.types(before)
        assert (unasked.returncode, "nothing was changed" in unasked.stderr) == (2, True)
        assert "docs/operate/backup.md" in self.shell.does(f"{before} --replace")
        closed = self.shell.does(operate.block(operate.CLOSE, self.instead))  # once more is harmless
        assert f"closed at {self.backup_size} entries" in closed


async def all_cosigned(network: Network) -> int:
    """Once the witness has cosigned all that there is, whatever is still under way."""
    async with asyncio.timeout(30):
        while (counts := await network.counts()).log_size != counts.cosigned_size:
            await asyncio.sleep(0)
        return counts.log_size


def proven(results: Sequence[line.Result], trust: Trust) -> None:
    for each in results:
        assert each.receipt is not None
        verify_receipt(each.receipt, trust)


def rename(network: Network) -> Trust:
    """What the operators of core and supervision change in their files; the trust that everybody is given then."""
    old = Trust.parse(network.layout.trust.read_bytes())
    new = VerifierKey(NEXT_ORIGIN, KeyType.ED25519, old.log.public)
    for name in (CORE, SUPERVISION):
        config = network.layout.system(name).config
        text = config.read_text().replace(old.log.text(), new.text())
        config.write_text(text.replace(f'log_origin = "{ORIGIN}"', f'log_origin = "{NEXT_ORIGIN}"'))
    return Trust(NEXT_ORIGIN, new, old.witnesses)


async def test_a_core_comes_back_from_a_backup_and_cannot_tell_a_second_history(tmp_path: Path) -> None:
    async with prepared(tmp_path / "net", Size(residents=30), lambda _: None) as (network, people):
        drill = FileDrill(Town(network, people), tmp_path, Trust.parse(network.layout.trust.read_bytes()))
        await drill.town.load()
        await drill.take()
        await drill.lose()
        await drill.restore()
        await drill.stand_still()
        await drill.come_back()
        await drill.compare()


async def test_what_a_program_writes_is_sealed_as_it_comes_and_opened_under_its_name_alone(tmp_path: Path) -> None:
    key, safe, back = tmp_path / "backup.key", tmp_path / "base.sealed", tmp_path / "base.tar"
    assert (await renkei("backup", "key", key)).code == 0
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "renkei.cli", "backup", "seal", "/dev/stdin", str(safe), "--key", str(key), "--name", "base",
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await process.communicate(bytes(300_001))
    assert process.returncode == 0
    again = await renkei("backup", "seal", key, safe, "--key", key, "--name", "base")
    assert (again.code, "there already" in again.err) == (2, True)
    other = await renkei("backup", "open", safe, back, "--key", key, "--name", "wal")
    assert (other.code, back.exists()) == (2, False)
    assert (await renkei("backup", "open", safe, back, "--key", key, "--name", "base")).code == 0
    assert back.read_bytes() == bytes(300_001)
