"""A disk of its own for a folder, small and soon full; and what a server says that has no room."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from renkei.messages.codec import encode
from renkei.messages.line import Inquiries
from renkei.platform.config import Tls
from renkei.platform.peers.problems import read_document
from renkei.platform.peers.tls import client_context
from renkei.sandbox.load import Load
from renkei.sandbox.network import Network
from renkei.terms.bodies import BodyId, Role, SystemName

MIB = 1024 * 1024
ROOM = 8 * MIB
PAGE = 4096
LARGE = 50
"""Inquiries in one message: no page that lies free in the store has room for them."""


@contextmanager
def small_disk(folder: Path, room: int = ROOM) -> Iterator[Path]:
    """The folder on a disk of its own, with some room; afterwards back where it was."""
    aside = folder.with_name(f"{folder.name}.aside")
    held = sum(-(-file.lstat().st_size // PAGE) * PAGE for file in folder.rglob("*"))
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    size = f"size={held + room}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "none", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        aside.rename(folder)
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.decode().strip()}")
    _copy(aside, folder)
    try:
        yield folder
    finally:
        shutil.rmtree(aside)
        aside.mkdir()
        _copy(folder, aside)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
        aside.rename(folder)


def _copy(source: Path, target: Path) -> None:
    """Everything in it, with owners and modes, its own too."""
    subprocess.run(["cp", "--archive", f"{source}{os.sep}.", str(target)], check=True)


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
    assert shutil.disk_usage(disk).free < PAGE
    try:
        yield
    finally:
        filler.unlink()


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
