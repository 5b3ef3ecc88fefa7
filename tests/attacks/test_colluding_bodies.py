"""Two bodies that put everything together: complete stores with keys, all codes, receipts and salts. No join by person.

What they exchanged by an inquiry of one to the other names the person to both: that is the inquiry. Beyond that nothing
that the one holds about a person equals, opens or leads to anything that the other holds about the same person.
"""

import itertools
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import apsw
import msgspec

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.commit import commitment
from renkei.messages.codec import encode
from renkei.platform.entropy import system_entropy
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.secrets import SecretText
from tests.rooms.core_stage import KENPO, MAYOR, OTHER, Stage, inquiry
from tests.rooms.intermediate_world import HANAKO, INQUIRY, KAWASAKI, OSAKA, TARO, YOKOHAMA, World

PERSONS = (1, 2, 3)
LEAST = 6
"""Characters of a value that could join two tables; shorter ones are kinds, counts and marks."""


def values(anything: Any) -> Iterator[str]:
    """Every text and number in it, however deep; a text that is JSON itself is opened too."""
    match anything:
        case dict():
            for key, value in anything.items():
                yield from values(key)
                yield from values(value)
        case list() | tuple():
            for each in anything:
                yield from values(each)
        case str() if anything.startswith("{"):
            yield from values(msgspec.json.decode(anything))
        case str():
            yield anything
            yield from anything.replace("\n", " ").split(" ")
        case bytes():
            yield anything.hex()


def joined(one: dict[Any, set[str]], other: dict[Any, set[str]]) -> dict[Any, set[str]]:
    """By person: values that both bodies hold about them, and hold about nobody else."""
    found = {}
    for person, held in one.items():
        elsewhere = {value for by in (one, other) for each, those in by.items() if each != person for value in those}
        found[person] = {value for value in (held & other[person]) - elsewhere if len(value) >= LEAST}
    return found


async def _known(
    stage: Stage, body: BodyId
) -> tuple[dict[int, set[str]], list[tuple[int, str, dict[str, Any], bytes]]]:
    """What a body holds about each person after two inquiries, and its codes with the receipts that commit to them."""
    held, commitments = dict[int, set[str]](), []
    for person in PERSONS:
        code = await stage.code(body, person)
        held[person] = {code, *values(code)}
        for _ in range(2):
            asked = inquiry(code, provider=KENPO, kind=InformationKind("medical-insurance"), item=ItemNumber("42"))
            (reply,) = await stage.inquire(asked, body=body)
            assert reply.receipt is not None
            held[person] |= set(values(msgspec.to_builtins(asked, enc_hook=SecretText.reveal)))
            held[person] |= set(values(msgspec.json.decode(encode(reply))))
            assert stage.verified(reply).record["event"] == "permitted"
            commitments.append((person, code, stage.verified(reply).record, reply.code_salt or b""))
    return held, commitments


async def test_codes_and_receipts_of_two_bodies_have_nothing_in_common_about_a_person(stage: Stage) -> None:
    """Tried: equal codes, commitments, salts, hashes or ids. Stopped by a key per body, and a salt per record."""
    for person in PERSONS:
        await stage.code(KENPO, person)
    one, own = await _known(stage, MAYOR)
    other, others = await _known(stage, OTHER)
    assert all(len(values_of) > 20 for values_of in (*one.values(), *other.values()))
    assert joined(one, other) == {person: set() for person in PERSONS}
    # Nor does any salt of the one open, with any code of either, a commitment of the other.
    codes = {code for _, code, _, _ in (*own, *others)}
    opened = 0
    for (_, own_code, _, salt), (_, _, record, _) in itertools.product(own, others):
        for domain, code in itertools.product(("inquirer", "provider", "person"), codes):
            made = commitment(domain, salt, code.encode())
            for name in ("person", "inquirer_code", "provider_code"):
                opened += msgspec.json.encode(made).decode().strip('"') == record[name]
        assert own_code in codes
    assert opened == 0
    persons = [record["person"] for _, _, record, _ in (*own, *others)]
    assert len(set(persons)) == len(persons)  # one person has another commitment in every record


def _opened(world: World, body: BodyId) -> Iterator[tuple[str, bytes, set[str]]]:
    """Every row of a body: tags and ids in the clear, and what its key opens."""
    sealer = ColumnSealer(world.keys, f"{body}/column", system_entropy)
    with closing(apsw.Connection(str(world.path))) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%tenant%'")]
        for table in tables:
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for row in connection.execute(f"SELECT * FROM {table} WHERE tenant = ?", (body,)) if names else ():
                cells = dict(zip(names, row, strict=True))
                held, plain = set[str](), b""
                for name, cell in cells.items():
                    if not isinstance(cell, bytes):
                        held |= set(values(cell))
                        continue
                    text = _open(sealer, table, name, cells, cell)
                    held |= {cell.hex()} if text is None else set(values(msgspec.json.decode(text)))
                    plain += text or b""
                yield table, plain, held


def _open(sealer: ColumnSealer, table: str, name: str, cells: dict[str, Any], cell: bytes) -> bytes | None:
    for key in ("addressee_tag", "acquisition_tag", "key_tag", "inquiry", "job"):
        row = cells.get(key)
        try:
            return sealer.open(table, name, row if isinstance(row, bytes) else str(row).encode(), cell)
        except RenkeiError:
            continue
    return None


async def test_two_complete_stores_with_their_keys_have_nothing_in_common_about_a_person(world: World) -> None:
    """Tried: every row of both bodies opened with both keys, and compared by person: tags, codes, permits, records."""
    world.persons |= {
        "y-taro": TARO + "-x",
        "y-hanako": HANAKO + "-x",
        "k-taro": TARO + "-x",
        "k-hanako": HANAKO + "-x",
    }
    held: dict[BodyId, dict[str, set[str]]] = {}
    for body, letter in ((YOKOHAMA, "y"), (KAWASAKI, "k")):
        for who in ("taro", "hanako"):
            person = AddresseeNumber(f"{letter}-{who}")
            await world.acquire(body, person)
            await world.replicate(body, addressee=person, items={"所得額": SecretText(f"{letter}-{who}")})
            world.core.acquire(OSAKA, world.network.acquisitions[0].requests[0].acquisition, f"{who}-x")
            world.core.asks(OSAKA, body, f"{who}-x")
            await world.ask(
                body, msgspec.structs.replace(INQUIRY, request=f"{letter}-{who}", addressee=person, provider=OSAKA)
            )
        await world.settle()
        held[body] = {"taro": set(), "hanako": set()}
        for _, plain, found in _opened(world, body):
            for who in held[body]:
                if f"{letter}-{who}".encode() in plain:
                    held[body][who] |= found
    assert all(len(found) > 30 for by_person in held.values() for found in by_person.values())
    assert joined(held[YOKOHAMA], held[KAWASAKI]) == {"taro": set(), "hanako": set()}
