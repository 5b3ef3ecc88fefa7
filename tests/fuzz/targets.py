"""The targets. Each takes any bytes; it returns, or raises RenkeiError, or there is a fault.

What a target read must come back from its own written form.
"""

import base64
import io
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from renkei.cli.ordinance import _read as read_ordinance_file
from renkei.crypto import stream
from renkei.crypto.columns import ColumnSealer
from renkei.crypto.envelope import Identity, open_envelope, seal_envelope
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.law.claims import claims
from renkei.messages.codec import Part, decode, encode
from renkei.messages.envelope import KEY_BYTES, Envelope, Header, Label
from renkei.messages.jobs import CSV, JSON_LINES, JobKind, NewJob
from renkei.messages.law import Party
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.messages.records import DisclosedRecord
from renkei.platform.backup.sealed import Manifest, open_into, read_key, read_manifest, seal_into
from renkei.platform.config import load
from renkei.platform.peers.identity import _parse as parse_identity
from renkei.platform.peers.problems import problem_of, read_document
from renkei.platform.sql import Store
from renkei.systems.certification.rules.requests import _proved_key, new_key, read_uri, request
from renkei.systems.certification.wiring import _certificate as read_issuing
from renkei.systems.core.rules.inquiry import read_foreign
from renkei.systems.disclosure.rules import read_page
from renkei.systems.intermediate.rules.job_files import RowReader
from renkei.systems.intermediate.rules.presented import read_presented
from renkei.systems.supervision.rules import Log as WatchedLog
from renkei.systems.supervision.rules import Watch
from renkei.systems.supervision.rules import read as read_checkpoint
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, BodyId, body_id, system_name
from renkei.terms.codes import AcquisitionNumber, BodyCode, read_code_text
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import IndividualNumber, ResidentCode
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from renkei.translog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.note import parse_note, parse_signature
from renkei.translog.receipt import Verifier, parse_receipts, record_entry
from renkei.translog.tiles import decode_bundle, encode_bundle, parse_path
from renkei.translog.tree import EMPTY_ROOT, TreeHead, leaf_hash
from renkei.translog.trust import Trust
from tests.fuzz.law import WORDS, beginnings, fact_files, law_facts, law_meaning, law_text, law_words, laws
from tests.unit.messages.shapes import example, parts

ROOT: Final = Path(__file__).parents[2]
BODY: Final = BodyId("141003-mayor")


def fixed(size: int) -> bytes:
    """Luck that is the same in every run: a finding can be repeated from its bytes alone."""
    return bytes(size)


@dataclass(frozen=True, slots=True)
class Target:
    """What is done with the bytes, and good examples to begin with."""

    run: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]


def text_of(data: bytes) -> str:
    """Any text, lone surrogates too."""
    return data.decode("utf-8", "surrogatepass") if _decodable(data) else data.decode("latin-1")


def _decodable(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


# Messages.

PARTS: Final = sorted(parts(), key=lambda kind: f"{kind.__module__}.{kind.__name__}")


def message(data: bytes) -> None:
    """The first byte says which type."""
    kind: type[Part] = PARTS[(data[0] if data else 0) % len(PARTS)]
    found = decode(kind, data[1:])
    again = encode(found)
    assert encode(decode(kind, again)) == again


def _messages() -> Sequence[bytes]:
    return [bytes([place]) + msgspec.json.encode(example(kind)) for place, kind in enumerate(PARTS) if place < 256]


def problem_document(data: bytes) -> None:
    found = read_document(data)
    if found is not None:
        problem_of(found)


# Cryptography.


@cache
def party() -> Identity:
    keys = SoftwareKeyStore.create(lambda size: bytes(range(256))[:size] if size < 256 else bytes(size))
    for name in ("sign", "seal", "column", "index"):
        keys.make(name, KeyPurpose(name))
    return Identity(keys)


HEADER: Final = Header(label=Label.ACKS, sender=CORE, recipient=BODY, message="0" * 32, sent_at_ms=InstantMs(0))


@cache
def sealed() -> Envelope:
    return seal_envelope(party(), HEADER, b"payload", party().store.public("seal"))


def envelope(data: bytes) -> None:
    """A prefix as it should be, and any bytes behind it: key, signature and ciphertext."""
    good = sealed()
    whole = good.key + good.signature + good.sealed
    made = whole[: int.from_bytes(data[:2], "big") % (len(whole) + 1)] + data[2:]
    made = made.ljust(KEY_BYTES + 64, b"\0")
    key, signature, rest = made[:KEY_BYTES], made[KEY_BYTES : KEY_BYTES + 64], made[KEY_BYTES + 64 :]
    shown = Envelope(header=HEADER, key=key, signature=signature, sealed=rest)
    assert open_envelope(party(), shown, [party().store.public("sign")]) == b"payload"


def column(data: bytes) -> None:
    ColumnSealer(party().store, "column", fixed).open("table", "column", b"row", data)
    raise AssertionError("opened")


def sealed_stream(data: bytes) -> None:
    place = 0

    def read(size: int) -> bytes:
        nonlocal place
        place += size
        return data[place - size : place]

    for _ in stream.open_pieces(bytes(32), bytes(32), b"head", read):
        pass
    raise AssertionError("opened")


def key_file(data: bytes) -> None:
    """scrypt makes each try expensive once the head is right, so that no seed has a right head."""
    SoftwareKeyStore.load(data, b"unlock", fixed)


# The log.


@cache
def trust() -> Trust:
    return Trust("log.example", VerifierKey("log.example", KeyType.ED25519, party().store.public("sign")))


@cache
def signed() -> str:
    head = TreeHead(0, EMPTY_ROOT)
    return sign_checkpoint("log.example", head, trust().log, lambda text: party().store.sign("sign", text))


@cache
def receipt() -> Receipt:
    """Of the one leaf of a log, as the core gives them."""
    kind = next(each for each in PARTS if each.__name__ == "InquiryRecord")
    record, salt = encode(decode(kind, msgspec.json.encode(example(kind)))).decode(), bytes(32)
    head = TreeHead(1, leaf_hash(record_entry(salt, record)))
    checkpoint = sign_checkpoint("log.example", head, trust().log, lambda text: party().store.sign("sign", text))
    return Receipt(record=record, salt=salt, index=0, proof=(), checkpoint=checkpoint)


def receipts(data: bytes) -> None:
    """As a file of the citizen's, and as part of what the core discloses."""
    for each in parse_receipts(data):
        read_page([DisclosedRecord(first=each, outcome=None)], None, trust())
        Verifier(trust()).read(each, InquiryRecord)


def trust_file(data: bytes) -> None:
    found = Trust.parse(data)
    assert Trust.parse(found.render()) == found


def note(data: bytes) -> None:
    text = text_of(data)
    assert parse_note(text).render() == text
    open_checkpoint(text, trust().origin, trust().keys)
    assert isinstance(read_checkpoint(WatchedLog(trust().origin, trust().log), Watch(), text), Checkpoint)


def signature_line(data: bytes) -> None:
    text = text_of(data)
    assert parse_signature(text).line() == text + "\n"


def checkpoint(data: bytes) -> None:
    text = text_of(data)
    assert Checkpoint.parse(text).text() == text


def verifier_key(data: bytes) -> None:
    text = text_of(data)
    assert VerifierKey.parse(text).text() == text


def tile_path(data: bytes) -> None:
    text = text_of(data)
    assert parse_path(text).path() == text


def bundle(data: bytes) -> None:
    """The first byte says how many entries there should be."""
    rest = data[1:]
    assert encode_bundle(decode_bundle(rest, data[0] if data else 0)) == rest


# Numbers, codes and names.


def codes(data: bytes) -> None:
    text = text_of(data)
    readers: tuple[Callable[[], object], ...] = (
        lambda: BodyCode.parse(text, BODY).text() == text,
        lambda: bool(read_code_text(text)),
        lambda: AcquisitionNumber.parse(text).reveal() == text,
        lambda: bool(IndividualNumber.parse(text)),
        lambda: bool(ResidentCode.parse(text)),
        lambda: body_id(text) == text,
        lambda: system_name(text) == text,
        lambda: bool(parse_identity(text)),
        lambda: bool(read_foreign(text, [BODY])),
        lambda: read_presented(SecretText(text), BODY, []) is not None,
        lambda: _named_in(text) == text,
    )
    for read in readers:
        try:
            assert read()
        except RenkeiError:
            continue


def _named_in(uri: str) -> str:
    try:
        return read_uri(uri).uri
    except ValueError:  # as it says that it will
        return uri


def certificate_request(data: bytes) -> None:
    _proved_key(text_of(data), "$")


def issuing_certificate(data: bytes) -> None:
    read_issuing(_file(".pem", data))


@cache
def _certificates() -> Sequence[bytes]:
    key, day = new_key(), datetime(2026, 1, 1, tzinfo=UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuing")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + timedelta(days=9))
    return [made.sign(key, SHA256()).public_bytes(Encoding.PEM)]


# What is held of decisions; the texts of laws stand in `tests.fuzz.law`.


def decisions(data: bytes) -> None:
    """What people hold of decisions, for `renkei law review`."""
    for _ in claims(data, lambda body: Party(id=body, ja="", en="", categories=())):
        pass


# Files of people and programs.


def job_csv(data: bytes) -> None:
    _rows(CSV, data)


def job_json(data: bytes) -> None:
    _rows(JSON_LINES, data)


def _rows(form: str, data: bytes) -> None:
    for kind in JobKind:
        reader = RowReader(form, NewJob(request="r", kind=kind))
        try:
            whole = [*reader.feed(data), *reader.end()]
        except RenkeiError:
            continue
        if len(data) < 1_000:
            pieces = RowReader(form, NewJob(request="r", kind=kind))
            found = [row for byte in data for row in pieces.feed(bytes([byte]))]
            assert repr([*found, *pieces.end()]) == repr(whole)


@cache
def scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="renkei-fuzz-"))


def _file(suffix: str, data: bytes) -> Path:
    path = scratch() / f"{os.getpid()}{suffix}"
    path.write_bytes(data)
    return path


@cache
def configs() -> dict[str, Any]:
    """Every room with a configuration, by name."""
    rooms = ROOT / "etc"
    return {path.stem: _config(path.stem) for path in sorted(rooms.glob("*.toml"))}


def _config(room: str) -> Any:
    return __import__(f"renkei.systems.{room}.wiring", fromlist=["Config"]).Config


def configuration(data: bytes) -> None:
    """The first byte says whose."""
    kinds = list(configs().values())
    load(_file(".toml", data[1:]), kinds[(data[0] if data else 0) % len(kinds)])


def _configurations() -> Sequence[bytes]:
    return [bytes([place]) + (ROOT / "etc" / f"{name}.toml").read_bytes() for place, name in enumerate(configs())]


FOLDER: Final = Path("/folder")


def store_address(data: bytes) -> None:
    """A path below the folder of the configuration, or a URL that is written back as it was read."""
    text = text_of(data)
    try:
        found = Store.parse(text, FOLDER)
    except ValueError:
        raise RenkeiError(Problem.BAD_CONFIGURATION) from None
    assert isinstance(found.address, Path) or found.address == text
    assert Store.parse(str(found), FOLDER) == found


BACKUP_KEY: Final = bytes(range(stream.KEY_BYTES))
MANIFEST: Final = Manifest(name="core", form="sqlite", taken_at_ms=1, schema=("0001_tables",))


@cache
def backup() -> bytes:
    made = io.BytesIO()
    seal_into(made, BACKUP_KEY, MANIFEST, io.BytesIO(b"store" * 20))
    return made.getvalue()


def backup_head(data: bytes) -> None:
    """Only what was sealed opens, and nothing of it is believed before: whatever the head in clear says."""
    path, opened = _file(".backup", data), io.BytesIO()
    manifest = read_manifest(path)
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest
    try:
        assert open_into(opened, BACKUP_KEY, path) == MANIFEST
    except RenkeiError:
        return
    assert (data, opened.getvalue()) == (backup(), b"store" * 20)


def backup_key(data: bytes) -> None:
    path = _file(".key", data)
    path.chmod(0o600)
    assert len(read_key(path)) == stream.KEY_BYTES


def ordinance_toml(data: bytes) -> None:
    read_ordinance_file(_file(".ordinance.toml", data))


def ordinance_json(data: bytes) -> None:
    read_ordinance_file(_file(".ordinance.json", data))


def _examples(*names: str) -> Sequence[bytes]:
    return [b"\n".join((ROOT / "docs" / "examples" / name).read_bytes().split(b"\n")[:8]) + b"\n" for name in names]


def _receipts() -> Sequence[bytes]:
    one = encode(receipt())
    return [one, b'{"v":1,"receipts":[' + one + b"]}"]


def _decisions() -> Sequence[bytes]:
    named = ("Decided", "LinkageRecord", "Result", "InquiryRecord")
    found = [msgspec.json.encode(example(kind)) for kind in PARTS if kind.__name__ in named]
    assert len(found) == len(named)
    return [*found, b"\n".join(found), b'{"v":1,"receipts":[' + found[0] + b"]}"]


@cache
def _requests() -> Sequence[bytes]:
    return [request().request_pem.encode()]


TARGETS: Final[dict[str, Target]] = {
    "message": Target(message, _messages),
    "problem_document": Target(
        problem_document,
        lambda: [b'{"type":"t","title":"","title_en":"","status":1,"detail":"","next":"","next_en":"","instance":""}'],
    ),
    "envelope": Target(envelope, lambda: [(KEY_BYTES + 64 + len(sealed().sealed)).to_bytes(2, "big")]),
    "column": Target(column, lambda: [ColumnSealer(party().store, "column", fixed).seal("t", "c", b"row", b"x")]),
    "sealed_stream": Target(sealed_stream, lambda: [bytes(70_000)]),
    "key_file": Target(key_file, lambda: [b"RENKEIKS\x02\x0f" + bytes(60)]),
    "receipts": Target(receipts, _receipts),
    "trust_file": Target(trust_file, lambda: [trust().render()]),
    "note": Target(note, lambda: [signed().encode()]),
    "signature_line": Target(signature_line, lambda: [signed().splitlines()[-1].encode()]),
    "checkpoint": Target(checkpoint, lambda: [parse_note(signed()).text.encode()]),
    "verifier_key": Target(verifier_key, lambda: [trust().log.text().encode()]),
    "tile_path": Target(tile_path, lambda: [b"tile/0/x001/234.p/5", b"tile/entries/000"]),
    "bundle": Target(bundle, lambda: [b"\x02" + encode_bundle([b"one", bytes(32)])]),
    "codes": Target(
        codes,
        lambda: [BodyCode(BODY, 1, bytes(16)).text().encode(), b"0" * 32, b"123456789018", b"renkei://core/core"],
    ),
    "certificate_request": Target(certificate_request, _requests),
    "issuing_certificate": Target(issuing_certificate, _certificates),
    "law_text": Target(law_text, laws),
    "law_meaning": Target(law_meaning, laws),
    "law_facts": Target(law_facts, lambda: beginnings(fact_files())),
    "law_words": Target(law_words, lambda: beginnings(WORDS)),
    "job_csv": Target(job_csv, lambda: _examples("bulk.csv", "replicas.csv", "replica-check.csv")),
    "job_json": Target(job_json, lambda: _examples("bulk.jsonl")),
    "configuration": Target(configuration, _configurations),
    "decisions": Target(decisions, _decisions),
    "store_address": Target(
        store_address,
        lambda: [b"core.sqlite3", b"postgresql:///renkei?host=/run/postgresql", b"postgres://core@[::1]:5432/renkei"],
    ),
    "backup_head": Target(backup_head, lambda: [backup()]),
    "backup_key": Target(backup_key, lambda: [base64.b64encode(BACKUP_KEY) + b"\n"]),
    "ordinance_toml": Target(ordinance_toml, lambda: [b'affairs = []\n[[endings]]\nid = "ord-141003-1"\n']),
    "ordinance_json": Target(ordinance_json, lambda: [b'{"v":1,"affairs":[],"endings":[]}']),
}


def attempt(name: str, data: bytes) -> bool:
    """Whether the bytes were read; any other exception than RenkeiError comes out."""
    try:
        TARGETS[name].run(data)
    except RenkeiError:
        return False
    return True
