"""Published vectors of the primitives, and our own of codes, commitments and sealing, for other implementers to share."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from renkei.crypto import hpke, signatures
from renkei.crypto.blocks import Permutation
from renkei.crypto.codes import Codes
from renkei.crypto.commit import commitment, subsalt
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.terms.bodies import BodyId
from renkei.terms.numbers import ResidentCode

HERE = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


PRIMITIVES = load("primitives")
CODES = load("codes")


def store_of(keys: dict[str, tuple[KeyPurpose, bytes]]) -> SoftwareKeyStore:
    """A store whose keys are given: the entropy handed in is the key. Short HMAC keys are padded as RFC 2104 pads."""
    secrets = iter([secret for _, secret in keys.values()])
    store = SoftwareKeyStore.create(lambda length: next(secrets).ljust(length, b"\0"))
    for key_id, (purpose, _) in keys.items():
        store.make(key_id, purpose)
    return store


@pytest.mark.parametrize("vector", PRIMITIVES["aes"])
def test_fips_197_blocks(vector: dict[str, str]) -> None:
    permutation = Permutation(bytes.fromhex(vector["key"]))
    assert permutation.do(bytes.fromhex(vector["plain"])).hex() == vector["cipher"]
    assert permutation.undo(bytes.fromhex(vector["cipher"])).hex() == vector["plain"]


@pytest.mark.parametrize("vector", PRIMITIVES["ed25519"])
def test_rfc_8032_signatures(vector: dict[str, str]) -> None:
    store = store_of({"sign": (KeyPurpose.SIGN, bytes.fromhex(vector["seed"]))})
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    assert store.public("sign").hex() == vector["public"]
    assert store.sign("sign", message) == signature
    assert signatures.verify(bytes.fromhex(vector["public"]), signature, message)
    assert not signatures.verify(bytes.fromhex(vector["public"]), signature, message + b"x")


@pytest.mark.parametrize("vector", PRIMITIVES["hmac"])
def test_rfc_4231_macs(vector: dict[str, str]) -> None:
    store = store_of({"link": (KeyPurpose.LINK, bytes.fromhex(vector["key"]))})
    message = bytes.fromhex(vector["message"])
    assert [mac.hex() for mac in store.mac("link", [message])] == [vector["mac"]]
    assert {mac.hex() for mac in store.mac("link", [message] * 20)} == {vector["mac"]}


@pytest.mark.parametrize("vector", PRIMITIVES["hkdf_expand"])
def test_rfc_5869_expansion(vector: dict[str, str]) -> None:
    store = store_of({"body": (KeyPurpose.BODY, bytes.fromhex(vector["prk"]))})
    okm = bytes.fromhex(vector["okm"])
    assert store.derive("body", bytes.fromhex(vector["info"]), len(okm)) == okm


@pytest.mark.parametrize("person", CODES["persons"], ids=lambda person: person["record"][:8])
def test_our_codes(person: dict[str, Any]) -> None:
    keys = {name: (KeyPurpose(name), bytes.fromhex(key)) for name, key in CODES["keys"].items()}
    codes = Codes(store_of(keys))
    links = codes.link([ResidentCode.parse(person["resident_code"])])
    assert links[0].reveal().hex() == person["link"]
    assert codes.tag(links)[0].hex() == person["tag"]
    assert codes.record(links)[0].reveal().hex() == person["record"]
    for code in person["codes"]:
        issued = codes.issue(links, BodyId(code["body"]), code["epoch"])
        assert (issued[0].reveal().hex(), issued[0].text()) == (code["value"], code["text"])
        assert codes.open(issued, BodyId(code["body"])) == links


def test_our_commitments() -> None:
    vectors = load("commitments")
    salt = bytes.fromhex(vectors["salt"])
    for name, value in vectors["subsalts"].items():
        assert subsalt(salt, name).hex() == value
    for vector in vectors["commitments"]:
        assert commitment(vector["domain"], salt, bytes.fromhex(vector["value"])).hex() == vector["commitment"]


def test_our_seals() -> None:
    vector = load("hpke")
    seed = bytes.fromhex(vector["seed"])
    store = store_of({"seal": (KeyPurpose.SEAL, seed)})
    assert hashlib.sha256(store.public("seal")).hexdigest() == vector["public_sha256"]
    assert store.public("seal") == hpke.public_of_seed(seed)
    plain = store.open("seal", bytes.fromhex(vector["info"]), bytes.fromhex(vector["sealed"]))
    assert plain.hex() == vector["plain"]
