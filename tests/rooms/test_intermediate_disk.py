"""What a thief of the disk learns: body and time, nothing else (design 8, 10)."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from renkei.messages.line import Decision, Decisions
from renkei.systems.intermediate.rules.kept import KeptCode
from renkei.systems.intermediate.service import clerks, inquiries
from renkei.systems.intermediate.service.cabinet import CODE
from renkei.systems.intermediate.service.cabinet import REPLICA as REPLICA_COLUMN
from renkei.terms.bodies import AddresseeNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

from .intermediate_world import INQUIRY, KAWASAKI, OSAKA, TARO, TENANTS, YOKOHAMA, World, ready
from .stores import only_sqlite

pytestmark = only_sqlite

CANARIES = (
    "canary-addressee-71",
    "canary-request-72",
    "canary-content-73",
    "canary-item-74",
    "canary-unit-75",
    "canary-clerk-76",
    "local-tax",
    "pia-breach",
    '"provided"',
    '"withheld"',
    '"permitted"',
    '"refused"',
    OSAKA,
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await ready(tmp_path)
    made.persons[CANARIES[0]] = TARO
    yield made
    await made.database.close()


async def lived(world: World) -> None:
    """A bit of everything: codes, replicas, answered, withheld, refused and undecided inquiries."""
    world.persons["canary-addressee-71"] = "saburo"
    await world.acquire(YOKOHAMA, "canary-addressee-71")
    await world.acquire(KAWASAKI, "canary-addressee-71")
    items = {"canary-item-74": SecretText("canary-content-73")}
    person = AddresseeNumber("canary-addressee-71")
    await world.replicate(KAWASAKI, addressee=person, items=items, automatic=False)
    about = msgspec.structs.replace(
        INQUIRY, request="canary-request-72", addressee=person, items=("canary-item-74",), unit="canary-unit-75"
    )
    first, second = await world.ask(YOKOHAMA, about, msgspec.structs.replace(about, request="canary-request-72b"))
    await world.settle()
    decisions = [
        Decision(inquiry=first, release=True, clerk="canary-clerk-76"),
        Decision(inquiry=second, release=False, clerk="canary-clerk-76"),
    ]
    await clerks.decide(world.office, KAWASAKI, Decisions(decisions=tuple(decisions)))
    await world.settle()
    world.core.refuse = lambda _: Reason.PIA_BREACH
    await world.ask(YOKOHAMA, msgspec.structs.replace(about, request="refused"))
    await world.settle()
    world.core.refuse = lambda _: None
    # Left due: an inquiry to a body elsewhere, and an answer that nobody fetches.
    await world.ask(YOKOHAMA, msgspec.structs.replace(about, request="open", provider=OSAKA))
    await world.ask(YOKOHAMA, msgspec.structs.replace(about, request="due"))
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    await world.core_sends(KAWASAKI)


async def test_the_stores_files_show_none_of_what_was_entrusted_to_them(world: World) -> None:
    await lived(world)
    codes = [world.core.code(body, who) for body in TENANTS for who in (TARO, "saburo")]
    searched = [*CANARIES, *(code.text() for code in codes)]
    binary = [code.reveal() for code in codes]
    files = [path for path in world.path.parent.iterdir() if path.name.startswith(world.path.name)]
    assert any(path.stat().st_size > 10_000 for path in files)
    for path in files:
        data = path.read_bytes()
        assert [each for each in searched if each.encode() in data] == [], path.name
        assert [each for each in binary if each in data] == [], path.name


async def test_what_the_search_looks_for_would_be_found(world: World) -> None:
    """The counter-test: the tenant's id, which may be learnt, is found by the same search."""
    await lived(world)
    files = [path for path in world.path.parent.iterdir() if path.name.startswith(world.path.name)]
    assert any(YOKOHAMA.encode() in path.read_bytes() for path in files)


async def test_a_sealed_value_opens_for_its_own_body_and_place_only(world: World) -> None:
    taro = AddresseeNumber("1")
    cabinets = world.office.cabinets
    own, other = cabinets[YOKOHAMA], cabinets[KAWASAKI]
    tag = own.addressee(taro)
    assert other.addressee(taro) != tag
    sealed = await world.office.store.read(lambda rows: rows.codes(YOKOHAMA, [tag]).get(tag))
    assert sealed is not None
    assert own.open(CODE, tag, sealed, KeptCode).addressee == taro
    places = [(other, CODE, tag), (own, REPLICA_COLUMN, tag), (own, CODE, own.addressee(AddresseeNumber("2")))]
    for cabinet, column, row in places:
        with pytest.raises(RenkeiError) as caught:
            cabinet.open(column, row, sealed, KeptCode)
        assert caught.value.problem is Problem.BAD_STORE


async def test_rows_moved_to_another_tenant_do_not_open(world: World) -> None:
    inquiry = (await world.ask(YOKOHAMA, INQUIRY))[0]

    def steal(rows: object) -> None:
        tx = rows._tx  # type: ignore[attr-defined]
        tx.run("UPDATE inquiry SET tenant = :new WHERE tenant = :old", new=KAWASAKI, old=YOKOHAMA)

    await world.office.store.write("theft", steal)
    with pytest.raises(RenkeiError) as caught:
        await world.result(KAWASAKI, inquiry)
    assert caught.value.problem is Problem.BAD_STORE


async def test_the_store_is_readable_for_its_owner_alone(world: World) -> None:
    assert world.path.stat().st_mode & 0o077 == 0
