"""While a peer is down, whoever sits at the terminal is told for whom we wait: after a few seconds, and once."""

import pytest

from renkei.platform.peers.client import PeerUnreachableError
from renkei.sandbox import patience
from renkei.sandbox.network import _once
from renkei.terms.problems import Problem


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_RETRY_S", 0)


class Peer:
    """Down for so many calls."""

    def __init__(self, down: int) -> None:
        self._down = down

    async def call(self) -> str:
        self._down -= 1
        if self._down >= 0:
            raise PeerUnreachableError(Problem.UNREACHABLE, "https://127.0.0.1:1: Connection refused")
        return "here"


@pytest.mark.parametrize(("down", "told"), [(0, 0), (5, 0), (200, 1)])
async def test_it_is_told_once_and_only_of_a_longer_wait(
    down: int, told: int, capsys: pytest.CaptureFixture[str]
) -> None:
    token = patience.WAITED_FOR.set(_once({"https://127.0.0.1:1": "core"}))
    try:
        assert await patience.patiently(Peer(down).call) == "here"
        assert await patience.patiently(Peer(down).call) == "here"
    finally:
        patience.WAITED_FOR.reset(token)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("Waiting for core, for about a minute: Connection refused.") == told
    assert said.err.count("core に接続できないので待っています") == told


async def test_where_nobody_listens_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert await patience.patiently(Peer(100).call) == "here"
    assert capsys.readouterr().err == ""


async def test_at_last_it_is_given_up() -> None:
    with pytest.raises(PeerUnreachableError):
        await patience.patiently(Peer(10_000).call)
