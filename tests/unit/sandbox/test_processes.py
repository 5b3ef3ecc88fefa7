"""Starting, watching, stopping and killing real child processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from renkei.sandbox import processes
from renkei.sandbox.layout import Layout, read
from renkei.sandbox.network import Network
from renkei.terms.bodies import SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.unit.sandbox.test_layout import state

CORE = SystemName("core")
READY = 'print(\'{"ready":"core","url":"https://127.0.0.1:1"}\', flush=True)'
WAITS = f"import time\n{READY}\ntime.sleep(600)"
STUBBORN = f"import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{READY}\ntime.sleep(600)"


class Children:
    """Programs started by `spawn` in place of a system; whatever still runs at the end is killed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._patch = monkeypatch
        self.pids: list[int] = []

    def config(self, name: str = "config.toml") -> Path:
        return self._folder / name

    def output(self) -> Path:
        return self._folder / "output.txt"

    def start(self, program: str) -> processes.Started:
        argv = [sys.executable, "-c", program, str(self.config())]
        self._patch.setattr(processes, "command", lambda *_: argv)
        started = processes.spawn(CORE, "core", self.config(), self.output())
        self.pids.append(started.pid)
        return started


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Children]:
    made = Children(tmp_path, monkeypatch)
    yield made
    for pid in made.pids:
        processes.kill(pid)


def test_a_system_is_started_by_this_very_interpreter_and_program(tmp_path: Path) -> None:
    argv = processes.command("core", tmp_path / "config.toml")
    assert argv == [sys.executable, "-m", "renkei.cli", "run", "core", "--config", str(tmp_path / "config.toml")]


async def test_a_started_system_is_ready_once_it_says_so_and_runs_in_a_session_of_its_own(children: Children) -> None:
    started = children.start(WAITS)
    await processes.until_ready(started, children.output())
    assert processes.alive(started.pid)
    assert os.getsid(started.pid) == started.pid != os.getsid(0)


async def test_a_command_that_ends_at_once_is_told_with_its_last_words(children: Children) -> None:
    words = "\n".join(f"print('line {n}')" for n in range(40))
    started = children.start(f"import sys\n{words}\nsys.exit('no store: disk full')")
    with pytest.raises(RenkeiError) as caught:
        await processes.until_ready(started, children.output())
    assert caught.value.problem is Problem.UNREACHABLE
    assert "core did not become ready" in caught.value.detail
    assert "no store: disk full" in caught.value.detail
    assert "line 39" in caught.value.detail
    assert "line 3\n" not in caught.value.detail
    assert not processes.alive(started.pid)


async def test_a_ready_line_of_another_system_does_not_count(children: Children) -> None:
    started = children.start(READY.replace("core", "residents"))
    with pytest.raises(RenkeiError, match="core did not become ready"):
        await processes.until_ready(started, children.output())


async def test_a_real_system_with_a_broken_configuration_names_the_key(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('name = "core"\nsurplus = 1\n')
    started = processes.spawn(CORE, "core", config, tmp_path / "output.txt")
    with pytest.raises(RenkeiError, match=r"surplus|missing required field"):
        await processes.until_ready(started, tmp_path / "output.txt")


async def test_stop_ends_every_process(children: Children) -> None:
    running = [children.start(WAITS) for _ in range(2)]
    for started in running:
        await processes.until_ready(started, children.output())
    await processes.stop([started.pid for started in running])
    assert [processes.alive(started.pid) for started in running] == [False, False]


async def test_stop_kills_what_does_not_listen(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STOP_S", 0.0)
    started = children.start(STUBBORN)
    await processes.until_ready(started, children.output())
    await processes.stop([started.pid])
    assert not processes.alive(started.pid)


async def test_kill_gives_no_warning_and_may_be_repeated(children: Children) -> None:
    started = children.start(STUBBORN)
    await processes.until_ready(started, children.output())
    child = processes._CHILDREN[started.pid]
    processes.kill(started.pid)
    assert child.returncode == -signal.SIGKILL
    assert not processes.alive(started.pid)
    processes.kill(started.pid)


async def test_only_the_process_with_this_configuration_is_ours(children: Children) -> None:
    started = children.start(WAITS)
    await processes.until_ready(started, children.output())
    assert processes.is_ours(started.pid, children.config())
    assert not processes.is_ours(started.pid, children.config("other.toml"))
    assert not processes.is_ours(os.getpid(), children.config())
    processes.kill(started.pid)
    assert not processes.is_ours(started.pid, children.config())


def test_a_process_that_is_not_our_child_is_seen_too_and_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    assert processes.alive(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has collected it
    assert not processes.alive(child.pid)
    child.wait()
    assert not processes.alive(child.pid)


# -- ended early


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """One system, in sandbox.json as it is before anything was started."""
    where = Layout(tmp_path)
    where.system(CORE).path.mkdir(parents=True)
    known = state(pid=0)
    core = msgspec.structs.replace(known.systems["core"], config=str(tmp_path / "config.toml"))
    return Network(where, msgspec.structs.replace(known, systems={"core": core}))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_system_in_whose_start_we_are_told_to_end_is_noted_first(
    network: Network, children: Children, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    spawn = processes.spawn

    def interrupted(*_: object) -> processes.Started:
        argv = [sys.executable, "-c", "import time; time.sleep(600)", str(children.config())]
        monkeypatch.setattr(processes, "command", lambda *_: argv)
        started = spawn(CORE, "core", children.config(), children.output())
        children.pids.append(started.pid)
        signal.raise_signal(number)
        return started

    monkeypatch.setattr(processes, "spawn", interrupted)
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            network._spawn(CORE)
    finally:
        signal.signal(number, before)
    assert list(read(network.layout).pids()) == children.pids


async def test_a_system_whose_command_the_kernel_does_not_show_yet_is_stopped_too(
    network: Network, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["bash", "-c", "exec sleep 600", str(children.config())]  # becomes a program without those arguments
    monkeypatch.setattr(processes, "command", lambda *_: argv)
    started = network._spawn(CORE)
    children.pids.append(started.pid)
    while str(children.config()).encode() in Path(f"/proc/{started.pid}/cmdline").read_bytes():
        await asyncio.sleep(0.01)
    await network.down()
    assert not processes.alive(started.pid)
    assert list(read(network.layout).pids()) == []


async def test_being_told_to_end_while_everything_is_stopped_does_not_leave_a_system_behind(
    network: Network, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = children.start(STUBBORN)
    await processes.until_ready(started, children.output())
    network._note(CORE, pid=started.pid)
    monkeypatch.setattr(processes, "_STOP_S", 0.3)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    asyncio.get_running_loop().call_later(0.1, signal.raise_signal, signal.SIGTERM)
    try:
        with pytest.raises(KeyboardInterrupt):
            await network.down()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not processes.alive(started.pid)


async def test_a_system_that_does_not_become_ready_is_shown_with_its_last_log_line(
    children: Children, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"event":"old"}\n{"event":"system-failed","says":"address already in use"}\n')
    started = children.start("raise SystemExit(3)")
    with pytest.raises(RenkeiError, match="address already in use"):
        await processes.until_ready(started, children.output(), log)
