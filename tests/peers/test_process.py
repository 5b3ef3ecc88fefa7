"""A system as a process of its own: it says ready, serves, and ends as it is told."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from renkei.platform.config import Tls
from renkei.platform.peers.client import Client, Target
from renkei.terms.bodies import Role

from .conftest import Word

PROGRAM = """
import asyncio, sys
from pathlib import Path
from renkei.messages.codec import Message
from renkei.platform.config import Listen, Tls
from renkei.platform.peers.server import Door, Server
from renkei.platform.process import System, SystemSettings, run_from_file
from renkei.platform.sql import Database
from renkei.terms.bodies import Role

class Config(SystemSettings, frozen=True, kw_only=True):
    listen: Listen
    tls: Tls

class Word(Message, frozen=True):
    text: str

async def build(config, stop):
    async def say(_peer, word):
        if word.text == "fail":
            stop("a store that failed")
        if word.text == "crash":
            raise SystemError
        return word

    async def close():
        print("closed", file=sys.stderr)

    door = Door("POST", "/v1/say", Word, frozenset({Role.INTERFACE}), say)
    server = Server(config.listen, config.tls, [door])
    return System(config.name, server, [server], closing=[close])

sys.exit(run_from_file("core", Path(sys.argv[1]), Config, build))
"""


@pytest.fixture
def config(tmp_path: Path, core_tls: Tls) -> Path:
    lines = ['name = "core"', "[listen]", "port = 0", "[tls]"]
    lines += [f'{name} = "{getattr(core_tls, name)}"' for name in ("certificate", "key", "authorities")]
    path = tmp_path / "core.toml"
    path.write_text("\n".join(lines))
    return path


async def start(config: Path) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, str(config), stdout=PIPE, stderr=PIPE)


async def started(config: Path, tls: Tls) -> tuple[Process, Client, Target]:
    process = await start(config)
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert (ready["ready"], ready["pid"]) == ("core", process.pid)
    return process, Client(tls), Target(ready["url"], Role.CORE)


async def ended(process: Process, client: Client) -> tuple[int | None, list[str], str]:
    await client.close()
    out, err = await process.communicate()
    assert out == b""
    events = [json.loads(line)["event"] for line in err.decode().splitlines() if line.startswith("{")]
    return process.returncode, events, err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_ready_with_its_address_serves_and_stops_when_told(
    config: Path, interface_tls: Tls, number: signal.Signals
) -> None:
    process, client, target = await started(config, interface_tls)
    assert await client.send(target, "/v1/say", Word(text="hello"), Word) == Word(text="hello")
    process.send_signal(number)
    code, events, err = await ended(process, client)
    assert (code, events) == (0, ["ready", "stopping", "stopped"])
    assert "closed\n" in err


async def test_a_failure_that_it_must_not_outlive_ends_it_in_order(config: Path, interface_tls: Tls) -> None:
    process, client, target = await started(config, interface_tls)
    await client.send(target, "/v1/say", Word(text="fail"), Word)
    code, events, err = await ended(process, client)
    assert (code, events) == (3, ["ready", "stopping", "stopped"])
    assert "closed\n" in err


async def test_a_bug_in_a_handler_does_not_end_it(config: Path, interface_tls: Tls) -> None:
    process, client, target = await started(config, interface_tls)
    with pytest.raises(Exception, match="unreachable"):
        await client.send(target, "/v1/say", Word(text="crash"), Word)
    assert await client.send(target, "/v1/say", Word(text="still here"), Word) == Word(text="still here")
    process.terminate()
    code, events, _ = await ended(process, client)
    assert (code, events[1]) == (0, "request-failed")


async def test_a_wrong_configuration_ends_it_before_it_starts_and_names_the_key(config: Path) -> None:
    config.write_text(config.read_text().replace("port = 0", "prot = 0"))
    process = await start(config)
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert "prot" in err.decode()
