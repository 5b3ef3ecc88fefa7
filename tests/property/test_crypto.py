"""Whatever is sealed, issued or committed to comes back, and any byte changed anywhere is refused."""

import hashlib
from collections.abc import Callable
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.crypto import hpke
from renkei.crypto.codes import Codes
from renkei.crypto.columns import ColumnSealer
from renkei.crypto.commit import commitment, subsalt
from renkei.crypto.envelope import EnvelopeError, Identity, open_envelope, seal_envelope
from renkei.crypto.hpke import SealError
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.envelope import Header, Label
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BodyCode, LinkCode
from renkei.terms.errors import RenkeiError

BODIES = [BodyId(f"body-{i}") for i in range(4)]
links = st.lists(st.binary(min_size=16, max_size=16).map(LinkCode), max_size=40)
bodies = st.sampled_from(BODIES)
epochs = st.integers(0, 255)


def counted(seed: str) -> Callable[[int], bytes]:
    calls = iter(range(1 << 30))
    return lambda length: hashlib.shake_256(f"{seed}/{next(calls)}".encode()).digest(length)


@cache
def party(name: str) -> SoftwareKeyStore:
    store = SoftwareKeyStore.create(counted(name))
    for purpose in KeyPurpose:
        store.make(purpose.value, purpose)
    return store


@cache
def codes() -> Codes:
    return Codes(party("core"))


def mutated(data: bytes, draw: st.DataObject) -> bytes:
    """One byte changed, removed or put in, or the end cut off."""
    at = draw.draw(st.integers(0, len(data) - 1))
    kind = draw.draw(st.sampled_from(["change", "remove", "insert", "cut"]))
    if kind == "change":
        return data[:at] + bytes([data[at] ^ draw.draw(st.integers(1, 255))]) + data[at + 1 :]
    if kind == "insert":
        return data[:at] + draw.draw(st.binary(min_size=1, max_size=1)) + data[at:]
    return data[:at] + (data[at + 1 :] if kind == "remove" else b"")


@given(links, bodies, epochs)
def test_issuing_and_opening_undo_each_other(people: list[LinkCode], body: BodyId, epoch: int) -> None:
    issued = codes().issue(people, body, epoch)
    assert codes().open(issued, body) == people
    assert len({code.reveal() for code in issued}) == len({link.reveal() for link in people})
    assert [BodyCode.parse(code.text(), body) for code in issued] == issued


@given(links, bodies, bodies, epochs, epochs)
def test_conversion_there_and_back_is_nothing(
    people: list[LinkCode], source: BodyId, target: BodyId, first: int, second: int
) -> None:
    issued = codes().issue(people, source, first)
    there = codes().convert(issued, source, target, second)
    assert there == codes().issue(people, target, second)
    assert codes().convert(there, target, source, first) == issued


@given(links.filter(bool), epochs)
def test_two_bodies_never_share_a_code(people: list[LinkCode], epoch: int) -> None:
    lists = [{code.reveal() for code in codes().issue(people, body, epoch)} for body in BODIES]
    assert len(set.union(*lists)) == sum(map(len, lists))


@given(st.binary(max_size=3_000), st.binary(max_size=300))
@settings(max_examples=50)
def test_hpke_round_trip(plaintext: bytes, info: bytes) -> None:
    store = party("a")
    assert store.open("seal", info, hpke.seal(store.public("seal"), info, plaintext)) == plaintext


@given(st.data(), st.binary(max_size=200), st.binary(max_size=50))
@settings(max_examples=150)
def test_hpke_refuses_every_mutation_of_ciphertext_or_info(data: st.DataObject, plaintext: bytes, info: bytes) -> None:
    store = party("a")
    sealed = hpke.seal(store.public("seal"), info, plaintext)
    other = mutated(sealed, data)
    if other != sealed:
        with pytest.raises(SealError):
            store.open("seal", info, other)
    with pytest.raises(SealError):
        store.open("seal", info + b"x", sealed)


headers = st.builds(
    Header,
    label=st.sampled_from(Label),
    sender=bodies,
    recipient=bodies,
    message=st.text("0123456789abcdef", min_size=32, max_size=32),
    sent_at_ms=st.integers(0, 2**40).map(InstantMs),
)


@given(headers, headers, st.binary(max_size=500))
@settings(max_examples=50)
def test_an_envelope_opens_under_its_own_header_alone(header: Header, other: Header, payload: bytes) -> None:
    sender, recipient = party("a"), party("b")
    envelope = seal_envelope(Identity(sender), header, payload, recipient.public("seal"))
    assert open_envelope(Identity(recipient), envelope, [sender.public("sign")]) == payload
    if other != header:
        moved = msgspec.structs.replace(envelope, header=other)
        with pytest.raises(EnvelopeError):
            open_envelope(Identity(recipient), moved, [sender.public("sign")])


@given(st.data(), st.binary(max_size=200), st.binary(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_column_opens_in_its_place_alone(
    data: st.DataObject, value: bytes, row: bytes, table: str, column: str
) -> None:
    sealer = ColumnSealer(party("a"), "column", counted("nonce"))
    sealed = sealer.seal(table, column, row, value)
    assert sealer.open(table, column, row, sealed) == value
    other = mutated(sealed, data)
    if other != sealed:
        with pytest.raises(RenkeiError):
            sealer.open(table, column, row, other)
    with pytest.raises(RenkeiError):
        sealer.open(table, column, row + b"x", sealed)


names = st.sampled_from(["person", "inquirer", "provider", "content"])
salts = st.binary(min_size=32, max_size=32)
openings = st.tuples(names, salts, st.binary(max_size=40))


@given(openings, openings)
def test_a_commitment_has_one_opening(one: tuple[str, bytes, bytes], two: tuple[str, bytes, bytes]) -> None:
    assert (commitment(*one) == commitment(*two)) == (one == two)
    assert subsalt(one[1], one[0]) != one[1]
