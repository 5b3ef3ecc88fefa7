"""The peers of the benchmark do the work that they are measured for (bench/peers/README.md)."""

import hashlib
import json
import os
import secrets
import signal
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Table, create_engine, select

from bench.peers import CLIENTS, MerkleLog, Peer, bulk, log_rates, running, singles
from bench.peers.certificates import tls_context
from bench.peers.network import CONTENT, ITEM, KIND
from bench.peers.settings import INQUIRER, PROVIDER, Role, TlsFiles
from bench.peers.tables import INQUIRY, ISSUED, PROVISION, RECORD
from renkei.crypto.blocks import Permutation

PERSONS = 20


@pytest.fixture(scope="module", params=CLIENTS)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with running(request.param, persons=PERSONS) as found:
        yield found


def posted(url: str, body: bytes, tls: TlsFiles) -> tuple[int, Any]:
    parts = urlsplit(url)
    context = tls_context(tls, ssl.Purpose.SERVER_AUTH)
    with closing(HTTPSConnection(parts.netloc, timeout=20, context=context)) as connection:
        connection.request("POST", parts.path, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())


def rows(peer: Peer, role: Role, table: Table) -> Sequence[Any]:
    url = peer.settings[role].store
    assert url is not None
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(table)).all()
    finally:
        engine.dispose()


def row(peer: Peer, role: Role, table: Table, inquiry: str) -> Any:
    (found,) = [each for each in rows(peer, role, table) if each.inquiry == inquiry]
    return found


def noticed(peer: Peer, key: Ed25519PrivateKey, **changed: object) -> tuple[int, str]:
    """What B answers to a notice about somebody who has a replica, with a permit signed by `key`."""
    settings = peer.settings["core"]
    link = rows(peer, "core", ISSUED)[0].link
    code = Permutation(settings.key(PROVIDER)).do(link)
    inquiry = secrets.token_hex(16)
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": "core", "jti": inquiry, "iat": now, "exp": now + 600, "aud": PROVIDER, "inquirer": INQUIRER,
        "item": ITEM, "kind": KIND, "items": list(CONTENT), "unit": "x",
        "code": hashlib.sha256(code).hexdigest(),
    }  # fmt: skip
    permit = jwt.encode(claims | changed, key, algorithm="EdDSA")
    body = json.dumps({"permit": permit, "code": code.hex()}).encode()
    status, _ = posted(settings.urls["interface_b"] + "/notices", body, settings.tls)
    return status, inquiry


def test_one_inquiry_gives_the_content_and_leaves_a_row_with_everybody(peer: Peer) -> None:
    status, reply = posted(peer.door.url, peer.door.body(3), peer.door.tls)
    assert (status, reply["state"], reply["content"]) == (200, "received", CONTENT)
    inquiry = reply["inquiry"]
    asked = row(peer, "inquirer", INQUIRY, inquiry)
    record, provision = row(peer, "core", RECORD, inquiry), row(peer, "provider", PROVISION, inquiry)
    assert asked.permit == record.permit == provision.permit
    assert (asked.state, json.loads(asked.content), provision.outcome) == ("received", CONTENT, "provided")
    assert record.article


async def test_the_report_of_every_inquiry_reaches_the_core(peer: Peer) -> None:
    found = await singles(peer.door, at_once=2, seconds=0.1)
    assert found.done >= 2
    assert (found.failed, len(found.latencies_s)) == (0, found.done)
    known = rows(peer, "provider", PROVISION)
    for _ in range(5_000):
        told = {each.inquiry: each for each in rows(peer, "core", RECORD) if each.outcome == "provided"}
        if all(each.inquiry in told for each in known):
            break
    assert {each.inquiry: each.provided_at_ms for each in known} == {
        key: each.provided_at_ms for key, each in told.items()
    }


async def test_a_list_gives_each_its_content(peer: Peer) -> None:
    found = await bulk(peer.door, persons=30, per_call=12)
    assert (found.done, found.failed, len(found.latencies_s)) == (30, 0, 3)


def test_the_law_is_asked_before_anything_is_recorded(peer: Peer) -> None:
    before = len(rows(peer, "core", RECORD))
    question = json.loads(peer.door.body(1)) | {"kind": "returnees-support"}
    status, _ = posted(peer.door.url, json.dumps(question).encode(), peer.door.tls)
    assert (status, len(rows(peer, "core", RECORD))) == (403, before)


def test_a_request_that_was_made_before_is_refused(peer: Peer) -> None:
    body = peer.door.body(2)
    assert [posted(peer.door.url, body, peer.door.tls)[0] for _ in range(2)] == [200, 409]


@pytest.mark.parametrize("claims", [{"exp": 1}, {"aud": INQUIRER}, {"iss": "me"}, {"code": "00" * 32}])
def test_a_permit_that_says_something_else_is_refused(peer: Peer, claims: dict[str, object]) -> None:
    key = Ed25519PrivateKey.from_private_bytes(peer.settings["core"].key("signing"))
    assert noticed(peer, key, **claims)[0] == 403


def test_a_forged_permit_is_refused_and_recorded_nowhere(peer: Peer) -> None:
    status, inquiry = noticed(peer, Ed25519PrivateKey.generate())
    assert status == 403
    assert inquiry not in {each.inquiry for each in rows(peer, "provider", PROVISION)}
    genuine = Ed25519PrivateKey.from_private_bytes(peer.settings["core"].key("signing"))
    assert noticed(peer, genuine)[0] == 200  # only the signature was wrong


def test_nobody_is_served_without_a_certificate(peer: Peer) -> None:
    context = ssl.create_default_context(cafile=str(peer.door.tls.authority))
    connection = HTTPSConnection(urlsplit(peer.door.url).netloc, timeout=20, context=context)

    def ask() -> None:
        with closing(connection):
            connection.request("GET", "/health")
            connection.getresponse()

    with pytest.raises(OSError, match=r"(?i)certificate|reset|closed|pipe"):
        ask()


def test_kill_9_after_the_reply_loses_no_row() -> None:
    with running("aiohttp", persons=1) as peer:
        _, reply = posted(peer.door.url, peer.door.body(0), peer.door.tls)
        for pid in peer.pids.values():
            os.kill(pid, signal.SIGKILL)
        inquiry = reply["inquiry"]
        assert json.loads(row(peer, "inquirer", INQUIRY, inquiry).content) == reply["content"] == CONTENT
        assert row(peer, "core", RECORD, inquiry).permit == row(peer, "provider", PROVISION, inquiry).permit


def test_the_processes_end_with_the_context_and_its_files_are_gone() -> None:
    def end_early() -> None:
        with running("aiohttp", persons=1) as peer:
            seen.append(peer)
            raise InterruptedError

    seen: list[Peer] = []
    with pytest.raises(InterruptedError):
        end_early()
    (peer,) = seen
    assert not [pid for pid in peer.pids.values() if Path(f"/proc/{pid}").exists()]
    assert not peer.door.tls.key.exists()


def test_pymerkle_keeps_what_was_appended_and_proves_it(tmp_path: Path) -> None:
    entries = [bytes([number]) * 32 for number in range(9)]
    with MerkleLog(tmp_path / "log") as log:
        assert [log.append(each) for each in entries[:3]] == [1, 2, 3]
        assert log.append_all(entries[3:]) == 9
        root = log.root
    with MerkleLog(tmp_path / "log") as log:
        assert (log.size, log.root) == (9, root)
        assert all(log.proves(index, entry) for index, entry in enumerate(entries, 1))
        assert not log.proves(1, entries[1])


def test_the_rates_of_the_log_are_of_what_they_say(tmp_path: Path) -> None:
    rates = log_rates(tmp_path, entries=20)
    assert min(rates.append_single, rates.append_list, rates.prove) > 0
    with MerkleLog(tmp_path / "pymerkle.sqlite3") as log:
        assert log.size == 40
