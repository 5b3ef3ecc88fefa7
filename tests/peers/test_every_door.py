"""How large a message each door of each system reads: the real doors, with a body of that size and of one byte more."""

import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

import renkei.systems
from renkei.messages.codec import Message
from renkei.platform.config import Tls
from renkei.platform.peers import connections
from renkei.platform.peers.doors import Asked, Door, Incoming
from renkei.platform.peers.identity import identity_uri
from renkei.platform.peers.server import ServerOptions
from renkei.systems.addressee import api as addressee
from renkei.systems.certification import api as certification
from renkei.systems.core import api as core
from renkei.systems.disclosure.api.doors import MachineDoors
from renkei.systems.interface import api as interface
from renkei.systems.intermediate import api as intermediate
from renkei.systems.residents import api as residents
from renkei.systems.supervision import api as supervision
from renkei.terms.bodies import Role, SystemName
from renkei.terms.problems import Problem

from .authority import Authority
from .conftest import BODY, Site, Word
from .wire import document_in, post, problem_in, raw

MIB: Final = 1024 * 1024
OWN: Final = SystemName("own")
NOBODY: Final[Any] = None
"""In the place of what stands behind the doors: no message of these tests comes so far."""
DOORS: Final[dict[str, Sequence[Door]]] = {
    "addressee": addressee.doors(OWN, NOBODY, NOBODY),
    "certification": certification.doors(OWN, NOBODY),
    "core": core.doors(OWN, NOBODY),
    "disclosure": MachineDoors(OWN, NOBODY, NOBODY, NOBODY).doors(NOBODY),
    "interface": interface.doors(OWN, NOBODY, NOBODY),
    "intermediate": intermediate.doors(NOBODY, OWN),
    "residents": residents.doors(OWN, NOBODY),
    "supervision": supervision.doors(OWN, NOBODY, NOBODY),
}
COMMON: Final = 4 * MIB
OTHERS: Final = {
    ("core", "/v1/directory/bodies"): 32 * MIB,
    ("interface", "/v1/envelopes"): 16 * MIB,
    ("intermediate", "/v1/envelopes"): 16 * MIB,
    ("intermediate", "/v1/line/jobs/rows"): 16 * MIB,
    ("intermediate", "/v1/line/jobs/{job}/file"): 8 * 1024 * MIB,
}
"""As docs/operate/limits.md has it, in numbers and not by the names of constants."""


def taking(*, files: bool) -> Iterator[tuple[str, Door]]:
    """The doors that take a body: whole ones that are read at once, or files that are read as they come."""
    for system, doors in DOORS.items():
        yield from ((system, door) for door in doors if door.request and (door.request is Incoming) is files)


MESSAGES, FILES = list(taking(files=False)), list(taking(files=True))


def name(value: object) -> str | None:
    return value.path if isinstance(value, Door) else None


def test_the_doors_of_every_system_are_tried() -> None:
    assert {found.name for found in pkgutil.iter_modules(renkei.systems.__path__)} == set(DOORS)
    assert len(MESSAGES) > 30
    assert {(system, door.path) for system, door in MESSAGES + FILES} >= set(OTHERS)


@pytest.fixture(scope="module")
def holders(authority: Authority) -> dict[Role, Tls]:
    return {role: authority.issue(identity_uri(role, SystemName("knocker"), BODY)) for role in Role}


@pytest.fixture(autouse=True)
def _not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was announced and refused never comes here."""
    monkeypatch.setattr(connections, "LINGER_S", 0.01)


def knocker(holders: dict[Role, Tls], door: Door) -> Tls:
    return holders[min(door.roles, key=lambda role: role.value)]


def head(door: Door, size: int) -> bytes:
    """The head of a request that announces so many bytes, and the first of them."""
    path = re.sub(r"\{\w+\}", "0" * 32, door.path)
    whole = post(b" ", "Content-Type: application/json", path=path).replace(b"POST", door.method.encode(), 1)
    return whole.replace(b"Content-Length: 1\r\n", b"Content-Length: %d\r\n" % size)


@pytest.mark.parametrize(("system", "door"), MESSAGES, ids=name)
async def test_each_door_reads_a_message_as_large_as_the_page_of_limits_says_and_not_a_byte_more(
    site: Site, holders: dict[Role, Tls], system: str, door: Door
) -> None:
    limit, tls = OTHERS.get((system, door.path), COMMON), knocker(holders, door)
    target = await site.open(door)
    read = document_in(await raw(target, tls, head(door, limit) + b" " * (limit - 1)))
    assert (str(read["type"]).rpartition(":")[2], read["detail"]) == ("malformed", "")  # by who decodes: it is no JSON
    assert problem_in(await raw(target, tls, head(door, limit + 1))) is Problem.TOO_LARGE


@pytest.mark.parametrize(("system", "door"), FILES, ids=name)
async def test_each_door_for_files_waits_for_as_much_as_the_page_of_limits_says_and_not_for_a_byte_more(
    site: Site, holders: dict[Role, Tls], system: str, door: Door
) -> None:
    """Announced, not sent: at the limit the rest of the file is waited for, past it the announcement is enough."""

    async def read(_: object, coming: Incoming, __: Asked) -> Message:
        return Word(text=str([len(chunk) async for chunk in coming.chunks]))

    limit, tls = OTHERS.get((system, door.path), COMMON), knocker(holders, door)
    target = await site.open(replace(door, handler=read), options=ServerOptions(idle_s=0.1))
    assert document_in(await raw(target, tls, head(door, limit)))["detail"] == "the body did not arrive whole"
    assert problem_in(await raw(target, tls, head(door, limit + 1))) is Problem.TOO_LARGE
