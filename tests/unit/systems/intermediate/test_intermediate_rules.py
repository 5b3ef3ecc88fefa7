"""Small decisions: whose code, how large, which tag, how much in one message."""

import msgspec
import pytest

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.commit import commitment
from renkei.crypto.keystore import KeyPurpose, KeyRefusedError
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.codec import encode
from renkei.messages.fields import Period
from renkei.messages.line import Inquiry, Nothing, Replica, ReplicaKey
from renkei.platform.entropy import system_entropy
from renkei.systems.intermediate.rules.commitments import INQUIRER, PROVIDER, content_digest, opens_code
from renkei.systems.intermediate.rules.presented import REPLICA_BYTES, check_inquiry, check_replica, read_presented
from renkei.systems.intermediate.service import office
from renkei.systems.intermediate.service.cabinet import ASKED, NOTICED, Cabinet, Opened
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.codes import BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

OWN, OTHER = BodyId("own"), BodyId("other")
KIND = InformationKind("local-tax")


def keys() -> SoftwareKeyStore:
    store = SoftwareKeyStore.create(system_entropy)
    for body in (OWN, OTHER):
        for name in ("sign", "seal", "column", "index"):
            store.make(f"{body}/{name}", KeyPurpose(name))
    return store


def cabinets() -> tuple[Cabinet, Cabinet]:
    store = keys()
    return Cabinet(OWN, store, system_entropy), Cabinet(OTHER, store, system_entropy)


def replica(**changes: object) -> Replica:
    made = Replica(addressee=AddresseeNumber("1"), kind=KIND, period=None, items={"a": SecretText("b")})
    return msgspec.structs.replace(made, **changes)


def test_a_presented_code_is_ours_or_anothers_or_nobodys() -> None:
    own, other = (BodyCode(body, 1, bytes(16)) for body in (OWN, OTHER))
    assert read_presented(SecretText(own.text()), OWN, [OTHER]) == own
    assert read_presented(SecretText(other.text()), OWN, [OTHER]) is None
    for text, others in ((other.text(), []), ("", [OTHER]), ("x" * 39, [OTHER]), (own.text().upper(), [OTHER])):
        with pytest.raises(RenkeiError) as caught:
            read_presented(SecretText(text), OWN, others)
        assert caught.value.problem is Problem.BAD_CODE
        assert not text or text not in str(caught.value)


@pytest.mark.parametrize(("addressee", "code"), [(None, None), ("1", "c")])
def test_an_inquiry_names_the_person_once(addressee: str | None, code: str | None) -> None:
    inquiry = Inquiry(
        request="r",
        provider=OTHER,
        item=ItemNumber("48"),
        kind=KIND,
        items=("a",),
        unit="u",
        addressee=AddresseeNumber(addressee) if addressee else None,
        code=SecretText(code) if code else None,
    )
    with pytest.raises(RenkeiError) as caught:
        check_inquiry(inquiry)
    assert caught.value.problem is Problem.WRONG_TYPE


def test_a_replica_may_just_reach_the_limit() -> None:
    rest = REPLICA_BYTES - len(encode(replica(items={"a": SecretText("")})))
    check_replica(replica(items={"a": SecretText("x" * rest)}), 0)
    with pytest.raises(RenkeiError) as caught:
        check_replica(replica(items={"a": SecretText("x" * (rest + 1))}), 7)
    assert (caught.value.problem, "[7]" in caught.value.detail) == (Problem.TOO_LARGE, True)


def test_a_commitment_binds_side_salt_and_code() -> None:
    code = BodyCode(OWN, 1, bytes(16))
    digest = commitment(INQUIRER, bytes(32), code.text().encode())
    assert opens_code(INQUIRER, digest, bytes(32), code)
    assert not opens_code(PROVIDER, digest, bytes(32), code)
    assert not opens_code(INQUIRER, digest, b"\1" * 32, code)
    assert not opens_code(INQUIRER, digest, bytes(32), BodyCode(OTHER, 1, bytes(16)))
    assert not opens_code(INQUIRER, digest, bytes(32), BodyCode(OWN, 2, bytes(16)))
    assert not opens_code(INQUIRER, None, bytes(32), code)
    assert not opens_code(INQUIRER, digest, None, code)


def test_a_content_digest_does_not_depend_on_the_order_of_items() -> None:
    first = {"所得額": SecretText("1"), "控除額": SecretText("2")}
    assert content_digest(bytes(32), first) == content_digest(bytes(32), dict(reversed(first.items())))
    assert content_digest(bytes(32), first) != content_digest(bytes(32), {**first, "控除額": SecretText("3")})


def test_tags_differ_by_body_use_and_value_and_have_one_reading() -> None:
    own, other = cabinets()
    person = AddresseeNumber("1")
    tags = [
        own.addressee(person),
        other.addressee(person),
        own.addressee(AddresseeNumber("2")),
        own.requests(["1"])[0],
        own.destination(BodyId("1")),
        *own.replicas(
            [
                ReplicaKey(addressee=person, kind=KIND, period=None),
                ReplicaKey(addressee=person, kind=KIND, period=Period(first="2025-01-01", last="2025-01-02")),
                ReplicaKey(addressee=person, kind=KIND, period=Period(first="2025-01-01", last="2025-01-03")),
                ReplicaKey(addressee=AddresseeNumber("1local"), kind=InformationKind("tax"), period=None),
            ]
        ),
    ]
    assert len(set(tags)) == len(tags)
    assert {len(tag) for tag in tags} == {32}
    key = ReplicaKey(addressee=person, kind=KIND, period=None)
    assert own.replicas([key]) == own.replicas([replica()])


def test_equal_contents_of_two_persons_have_different_tags() -> None:
    own, _ = cabinets()
    one, two = own.replica_contents([replica(), replica(addressee=AddresseeNumber("2"))])
    assert one != two
    assert own.replica_contents([replica(automatic=False)]) != [one]


def test_a_cabinet_without_one_of_its_keys_does_not_open() -> None:
    for missing in ("sign", "seal", "column", "index"):
        store = SoftwareKeyStore.create(system_entropy)
        for name in {"sign", "seal", "column", "index"} - {missing}:
            store.make(f"{OWN}/{name}", KeyPurpose(name))
        with pytest.raises(KeyRefusedError):
            Cabinet(OWN, store, system_entropy).check()
    cabinets()[0].check()


def test_a_cabinet_prints_its_body_alone() -> None:
    assert repr(cabinets()[0]) == "<Cabinet of own>"


def test_a_message_takes_what_fits_and_always_at_least_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "BATCH_BYTES", 10)
    assert office.fitting([4, 4, 2, 1], int) == [4, 4, 2]
    assert office.fitting([99, 1], int) == [99]
    assert office.fitting([], int) == []


def test_what_was_opened_is_remembered_for_its_body_and_place_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened()
    store = keys()
    own, other = (Cabinet(each, store, system_entropy, opened) for each in (OWN, OTHER))
    sealed = own.seal(ASKED, "a", Nothing())
    monkeypatch.setattr(ColumnSealer, "open", refuse)
    assert own.open(ASKED, "a", sealed, Nothing) == Nothing()
    for cabinet, column, row in ((other, ASKED, "a"), (own, NOTICED, "a"), (own, ASKED, "b")):
        with pytest.raises(RenkeiError):
            cabinet.open(column, row, sealed, Nothing)
    with pytest.raises(RenkeiError):
        own.open(ASKED, "a", sealed[:-1] + bytes([sealed[-1] ^ 1]), Nothing)


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renkei.systems.intermediate.service.cabinet.REMEMBERED", 2)
    own = Cabinet(OWN, keys(), system_entropy)
    sealed = [own.seal(ASKED, str(place), Nothing()) for place in range(4)]
    assert [own.open(ASKED, str(place), each, Nothing) for place, each in enumerate(sealed)] == [Nothing()] * 4
    monkeypatch.setattr(ColumnSealer, "open", refuse)
    with pytest.raises(RenkeiError):
        own.open(ASKED, "0", sealed[0], Nothing)
    assert own.open(ASKED, "3", sealed[3], Nothing) == Nothing()


def refuse(*_: object) -> bytes:
    raise RenkeiError(Problem.BAD_STORE)
