"""A running core is backed up, lost, brought back and returned to the network, by the commands of docs/operate/backup.md."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from renkei.messages import line
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.layout import CORE, SUPERVISION
from renkei.sandbox.network import Network
from renkei.sandbox.settings import ORIGIN
from renkei.systems.core.rules.register import LEAP
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.receipt import verify_receipt
from renkei.translog.trust import Trust

from .program import Done, renkei
from .town import Town

NEXT_ORIGIN = f"{ORIGIN}-2"


@dataclass
class Drill:
    """One core's loss and return, step by step."""

    town: Town
    folder: Path
    trust: Trust
    early: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    kept: list[line.Result] = field(default_factory=list)
    backup_size: int = 0
    full_size: int = 0
    number: int = 0

    @property
    def network(self) -> Network:
        return self.town.network

    async def backup(self, *arguments: object) -> Done:
        config = self.network.layout.system(CORE).config
        return await renkei("backup", *arguments, "--config", config, "--key", self.folder / "backup.key")

    async def take(self) -> None:
        """A backup of the running core, in the midst of inquiries."""
        assert (await renkei("backup", "key", self.folder / "backup.key")).code == 0
        self.early = await self.town.ask("early-1", "early-2", "early-3")
        during, taken = await asyncio.gather(
            self.town.ask(*[f"during-{number}" for number in range(20)]), self.backup("take", self.folder, "--json")
        )
        told = json.loads(taken.out)["manifest"]["log"]
        assert told["origin"] == ORIGIN
        self.backup_size = told["size"]
        await self.town.answered([*self.early, *during])

    async def lose(self) -> None:
        """More is asked and answered, and then the disk is gone."""
        lost = await self.town.ask("lost-1", "lost-2")
        self.kept = await self.town.answered([*self.early, *lost])
        self.full_size = await self.town.cosigned()
        self.number = (await self.network.directory()).number
        assert self.backup_size < self.full_size
        running = await self.backup("restore", self.folder, "--replace")
        assert (running.code, "in use" in running.err) == (2, True)
        await self.network.kill(CORE)

    async def restore(self) -> None:
        unasked = await self.backup("restore", self.folder)
        assert (unasked.code, "nothing was changed" in unasked.err) == (2, True)
        done = await self.backup("restore", self.folder, "--replace")
        assert (done.code, "docs/operate/backup.md" in done.out) == (0, True), done.err
        await self.network.start(CORE)

    async def stand_still(self) -> None:
        """It serves what it has, says what it is, and signs nothing."""
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
        drill = Drill(Town(network, people), tmp_path, Trust.parse(network.layout.trust.read_bytes()))
        await drill.town.load()
        await drill.take()
        await drill.lose()
        await drill.restore()
        await drill.stand_still()
        await drill.come_back()


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
