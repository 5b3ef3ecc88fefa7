"""One system's clock goes wrong (libfaketime): every inquiry ends, and every copy, count and proof still agrees."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from renkei.sandbox.bodies import INTERMEDIATES
from renkei.sandbox.layout import CORE
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import Network
from renkei.terms.bodies import SystemName

pytestmark = pytest.mark.asyncio(loop_scope="session")
EAST, WEST = INTERMEDIATES


def library() -> str:
    """The library that shows a process another time."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed: scripts/setup.sh dev")
    return str(found[0])


class WrongClock:
    """The clock of a system that was started while this was worn; it can be set at any time."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def set(self, seconds: int) -> None:
        """So many seconds ahead of everybody else's."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}s\n")
        fresh.replace(self._file)

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Who is started now has this clock. Its timers are left alone, as they are when a real clock is set."""
        worn = {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in worn.items():
                patch.setenv(name, value)
            yield


async def ask_and_end(load: Load) -> None:
    await load.ask(planned := load.plan(33))
    await load.ended(planned)


@pytest.mark.parametrize("name", [CORE, EAST, WEST])
async def test_a_clock_that_is_ahead_then_behind_then_set_right_delays_no_inquiry(
    network: Network, load: Load, tmp_path: Path, name: SystemName
) -> None:
    clock = WrongClock(tmp_path / "clock")
    clock.set(240)
    await network.kill(name)
    with clock.worn():
        await network.start(name)
    assert f"LD_PRELOAD={library()}".encode() in Path(f"/proc/{network.state.systems[name].pid}/environ").read_bytes()
    await ask_and_end(load)
    under_way = load.plan(44)
    await load.ask(under_way)
    clock.set(-240)
    await load.ended(under_way)
    await ask_and_end(load)
    report = await load.settle()
    assert whole(load, report), report
    await network.kill(name)
    await network.start(name)
    assert b"LD_PRELOAD" not in Path(f"/proc/{network.state.systems[name].pid}/environ").read_bytes()
    assert os.environ.get("FAKETIME_TIMESTAMP_FILE") is None
    await ask_and_end(load)
