"""The README's commands exist, take what they are given, and the tour does what it says from its beginning to its end."""

import asyncio
import re
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import click
import pytest
import pytest_asyncio

from renkei.cli.main import renkei
from renkei.platform.peers.client import Target
from renkei.sandbox.citizen import Citizen
from renkei.sandbox.layout import DISCLOSURE_SYSTEM, Layout, ResidentInfo, read
from renkei.sandbox.network import Network
from renkei.terms.bodies import Role
from renkei.translog.trust import Trust
from tests.flows import program
from tests.house.tree import ROOT, page

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    lines = [line for block in BLOCK.findall(page("README.md")) for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def of_make() -> list[str]:
    return re.findall(r"^make (\w+)", page("README.md"), re.MULTILINE)


def leaf(words: list[str]) -> tuple[click.Command, list[str], click.Context]:
    """The sub-command that these words name, and what is left for it."""
    command: click.Command = renkei
    context = click.Context(command, info_name="renkei", **command.context_settings)
    while isinstance(command, click.Group):
        name, *words = words
        following = command.get_command(context, name)
        assert following is not None, f"there is no command {name}"
        command = following
        context = click.Context(command, info_name=name, parent=context)
    return command, words, context


def test_the_tour_uses_every_command() -> None:
    assert {shlex.split(line)[1] for line in commands()} == set(renkei.list_commands(click.Context(renkei)))


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_takes_what_it_is_given(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "renkei"
    command, left, context = leaf(words)
    options = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
    given = {word for word in left if word.startswith("--")}
    assert given <= options
    try:
        command.make_parser(context).parse_args(list(left))
    except click.UsageError as error:
        pytest.fail(error.format_message())


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_has_help_with_an_example(line: str) -> None:
    command, _, context = leaf(shlex.split(line)[1:])
    assert "Example:" in command.get_help(context)


def test_the_two_commands_are_targets() -> None:
    makefile = page("Makefile")
    assert {"demo", "test"} <= set(of_make())
    assert [name for name in of_make() if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_build_server_runs_a_command_of_the_readme() -> None:
    run = [line for line in page(".ci/run").splitlines() if line.startswith("exec ")]
    assert run == ["exec make test"]
    assert (ROOT / ".ci/run").stat().st_mode & 0o100


def tour() -> list[str]:
    """The commands around one sandbox, from `up` to `down`."""
    lines = commands()
    last = next(at for at, line in enumerate(lines) if line.startswith("renkei sandbox down"))
    return lines[: last + 1]


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Path]:
    """Where the tour's sandbox stands; whatever happens, nothing of it keeps running."""
    with tempfile.TemporaryDirectory(prefix="tour-") as name:
        yield Path(name)
        await program.renkei("sandbox", "down", Path(name) / "net")


def citizen_of(folder: Path) -> ResidentInfo:
    """Somebody with a card whom both cities of the tour know."""
    residents = read(Layout(folder)).residents
    return next(one for one in residents if one.card and {"141003-mayor", "141305-mayor"} <= one.addressees.keys())


async def download(folder: Path, receipt: Path) -> None:
    """What the reader does in the browser: open the page with the card and save the newest record."""
    async with Network.attach(folder) as network:
        url, card = network.state.systems[DISCLOSURE_SYSTEM].page_url, citizen_of(folder).card
        assert url is not None
        assert card is not None
        client, page_door = network.client(card), Target(url, Role.DISCLOSURE, DISCLOSURE_SYSTEM)
        citizen = Citizen(client, page_door, Trust.parse(network.layout.trust.read_bytes()))
        newest = (await citizen.receipts())[0]
        receipt.write_bytes(await client.fetch(page_door, newest))


async def test_the_tour_can_be_taken_as_it_stands(place: Path) -> None:
    folder, receipt = place / "net", place / "receipt.json"
    assert tour()[0] == "renkei sandbox up /tmp/renkei"
    said: list[str] = []
    for line in tour():
        words = ["RECEIPT" if word == "receipt.json" else word for word in shlex.split(line)[1:]]
        words = [word.replace("/tmp/renkei", str(folder)).replace("RECEIPT", str(receipt)) for word in words]
        if words[:2] == ["sandbox", "up"]:
            words += ["--residents", "20"]  # fewer than by default, to be quick
        if "ADDRESSEE" in words:
            words[words.index("ADDRESSEE")] = citizen_of(folder).addressees["141003-mayor"]
        if words[0] == "verify":
            await download(folder, receipt)
        if "bulk.csv" in words:
            rows, words[words.index("bulk.csv")] = folder.parent / "bulk.csv", str(folder.parent / "bulk.csv")
            rows.write_text(f"addressee\n{citizen_of(folder).addressees['141003-mayor']}\n")
        if words[0] == "bench":
            words.insert(1, "decide")  # one row of all, to be quick
        done = await program.renkei(*words)
        assert done.code == 0, f"{line}\n{done.out}\n{done.err}"
        said.append(done.out)
    assert [bool(text.strip()) for text in said] == [True] * len(said)
    assert "provided" in "".join(said)
    assert "stands in the log" in "".join(said)
    assert list(read(Layout(folder)).pids()) == []
    await run_by_hand(folder)


async def run_by_hand(folder: Path) -> None:
    """The command for one system, of the network that the tour has stopped: it becomes ready, and ends when told."""
    (line,) = [line for line in commands() if line.startswith("renkei run ")]
    words = [word.replace("/tmp/renkei", str(folder)) for word in shlex.split(line)[1:]]
    system = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "renkei.cli", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert system.stdout is not None
    async with asyncio.timeout(60):
        first = await system.stdout.readline()
    if system.returncode is None and first:
        system.terminate()
    _, err = await system.communicate()
    assert first.startswith(b'{"ready":"core"'), err.decode()
    assert system.returncode == 0
