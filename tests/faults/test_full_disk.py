"""A full disk: what was acknowledged is there, what cannot be kept is refused, and both go on once there is room."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from renkei.messages.codec import encode
from renkei.messages.line import Inquiries, InquiryState
from renkei.platform.config import Tls
from renkei.platform.peers.problems import read_document
from renkei.platform.peers.tls import client_context
from renkei.sandbox.layout import CORE
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import Network
from renkei.sandbox.plans import Plan
from renkei.terms.bodies import BodyId, Role, SystemName

pytestmark = pytest.mark.asyncio(loop_scope="session")
EAST = SystemName("intermediate-1")
ROOM = 8 * 1024 * 1024
LARGE = 50
"""Inquiries in one message: no page that lies free in the store has room for them."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """The folder on a disk of its own, with some room; afterwards back where it was."""
    aside = folder.with_name(f"{folder.name}.aside")
    held = sum(file.stat().st_size for file in folder.rglob("*"))
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    size = f"size={held + ROOM}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "none", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        aside.rename(folder)
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.decode().strip()}")
    shutil.copytree(aside, folder, dirs_exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(aside)
        shutil.copytree(folder, aside)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
        aside.rename(folder)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Every byte of it taken."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (64 * 1024, 512):
            while True:
                try:
                    file.write(bytes(size))
                except OSError:
                    break
    assert shutil.disk_usage(disk).free < 4096
    try:
        yield
    finally:
        filler.unlink()


def told_by(network: Network, name: SystemName) -> str:
    """Its log; that of the system whose disk is full has no room either."""
    return network.layout.system(name).log.read_text()


async def refusal(network: Network, load: Load, wanted: BodyId) -> tuple[int, str]:
    """What the server says, word for word, to inquiries that it cannot keep."""
    asked = [inquiry for body, inquiry in load.plan(LARGE, lambda plan: plan.inquirer.id == wanted) if body == wanted]
    info = network.state.bodies[wanted]
    tls = Tls(certificate=Path(info.certificate), key=Path(info.key), authorities=Path(network.state.authorities))
    context = client_context(tls, Role.INTERMEDIATE, SystemName(info.intermediate))
    url = f"{info.intermediate_url}/v1/line/inquiries"
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session:
        message = encode(Inquiries(inquiries=tuple(asked)))
        async with session.post(url, data=message, headers=headers, ssl=context) as reply:
            document = read_document(await reply.read())
    assert document is not None
    assert document.next
    return reply.status, document.type


async def test_a_server_whose_disk_is_full_says_so_keeps_what_it_acknowledged_and_goes_on_once_there_is_room(
    network: Network, load: Load
) -> None:
    def here(plan: Plan) -> bool:
        return plan.inquirer.intermediate == EAST

    await network.kill(EAST)
    with small_disk(network.layout.system(EAST).path) as disk:
        await network.start(EAST)
        kept = load.plan(22, here)
        await load.ask(kept)
        with full(disk):
            found = await refusal(network, load, kept[0][0])
            assert found == (500, "urn:renkei:problem:bad-store")
            assert network.runs(EAST)
        await load.ended(kept)
        await load.ask(again := load.plan(22, here))
        await load.ended(again)
        report = await load.settle()
        assert whole(load, report), report
        await network.kill(EAST)
    await network.start(EAST)


async def test_a_core_whose_disk_is_full_permits_nothing_and_every_inquiry_that_waited_ends_once_there_is_room(
    network: Network, load: Load
) -> None:
    await network.kill(CORE)
    with small_disk(network.layout.system(CORE).path) as disk:
        await network.start(CORE)
        with full(disk):
            waiting = load.plan(4 * LARGE)
            begin = told_by(network, EAST)
            await load.ask(waiting, LARGE)
            while "peer-unreachable" not in told_by(network, EAST)[len(begin) :]:
                assert InquiryState.ASKED in await load.states(waiting)
            assert network.runs(CORE)
        await load.ended(waiting)
        report = await load.settle()
        assert whole(load, report), report
        await network.kill(CORE)
    await network.start(CORE)
