"""Whose certificate opens a connection and a door, over real TLS between real sockets."""

import asyncio
import ssl
from collections.abc import Callable

import pytest

from renkei.platform.config import Tls
from renkei.platform.peers.doors import Asked, Door, RawReply
from renkei.platform.peers.identity import Peer, identity_uri
from renkei.platform.peers.server import Revocations, ServerOptions
from renkei.platform.peers.tls import ClientCertificate
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import Role
from renkei.terms.problems import Problem

from .authority import DAY, Authority, Life, serial_of
from .conftest import CORE, INTERFACE, Site, Word, echo_door
from .wire import post, problem_in, raw, refused

Events = Callable[[], list[str]]
REQUIRED = ServerOptions(client_certificate=ClientCertificate.REQUIRED)


async def test_no_certificate_no_connection_where_it_is_required(
    site: Site, interface_tls: Tls, events: Events
) -> None:
    target = await site.open(echo_door(), options=REQUIRED)
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        await raw(target, interface_tls, post(b""), show=False)
    assert events() == ["handshake-refused"]


async def test_no_certificate_is_a_problem_document_where_it_is_asked_for(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    assert problem_in(await raw(target, interface_tls, post(b""), show=False)) is Problem.NO_CERTIFICATE


async def test_a_door_for_anyone_opens_without_a_certificate(site: Site, interface_tls: Tls) -> None:
    async def note(peer: Peer | None, _asked: Asked) -> RawReply:
        assert peer is None
        return RawReply(b"note", "text/plain")

    door = Door("GET", "/log/checkpoint", None, frozenset(), note, anyone=True)
    target = await site.open(door)
    sent = b"GET /log/checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert (await raw(target, interface_tls, sent, show=False)).endswith(b"note")


async def test_an_expired_a_future_and_a_foreign_certificate_end_in_the_handshake(
    site: Site, authority: Authority, stranger: Authority, events: Events
) -> None:
    target = await site.open(echo_door())
    uri = identity_uri(Role.INTERFACE, INTERFACE)
    expired = authority.issue(uri, life=Life(-2 * DAY, -DAY))
    future = authority.issue(uri, life=Life(DAY, 2 * DAY))
    foreign = stranger.issue(uri, believe=authority.root_file)
    for tls, alert in ((expired, "CERTIFICATE_EXPIRED"), (future, "BAD_CERTIFICATE"), (foreign, "UNKNOWN_CA")):
        with pytest.raises(ssl.SSLError, match=alert):
            await raw(target, tls, post(b""))
    assert events() == ["handshake-refused"] * 3


async def test_a_certificate_that_ends_while_its_connection_stands_is_refused_from_then_on(
    site: Site, interface_tls: Tls
) -> None:
    class Later:
        days = 0

        def now_ms(self) -> InstantMs:
            import time

            return InstantMs(time.time_ns() // 1_000_000 + self.days * 86_400_000)

    clock = Later()
    target = await site.open(echo_door(), options=ServerOptions(clock=clock))
    client = site.client(interface_tls)
    await client.send(target, "/v1/echo", Word(text=""), Word)
    clock.days = 2
    assert await refused(client, target) is Problem.WRONG_CERTIFICATE


async def test_a_revoked_serial_is_refused_on_the_next_request(site: Site, interface_tls: Tls) -> None:
    revocations = Revocations()
    target = await site.open(echo_door(), options=ServerOptions(revocations=revocations))
    client = site.client(interface_tls)
    await client.send(target, "/v1/echo", Word(text=""), Word)
    revocations.replace([serial_of(interface_tls)])
    assert await refused(client, target) is Problem.REVOKED_CERTIFICATE


@pytest.mark.parametrize(
    "uris",
    [
        (),
        ("renkei://interface/interface-a", "renkei://core/core"),
        ("renkei://emperor/interface-a",),
        ("renkei://interface",),
        ("renkei://interface/interface-a/body/more",),
        ("renkei://interface/Interface_A",),
        ("https://interface/interface-a",),
    ],
)
async def test_a_certificate_that_names_nobody_is_refused(
    site: Site, authority: Authority, uris: tuple[str, ...]
) -> None:
    target = await site.open(echo_door())
    assert await refused(site.client(authority.issue(*uris)), target) is Problem.WRONG_CERTIFICATE


async def test_a_new_certificate_is_shown_without_a_restart(
    site: Site, authority: Authority, interface_tls: Tls
) -> None:
    uri = identity_uri(Role.CORE, CORE)
    mine = authority.issue(uri)
    target = await site.open(echo_door(), tls=mine)
    newer = authority.issue(uri)
    mine.certificate.write_bytes(newer.certificate.read_bytes())
    mine.key.write_bytes(newer.key.read_bytes())
    context = ssl.create_default_context(cafile=str(interface_tls.authorities))
    context.load_cert_chain(interface_tls.certificate, interface_tls.key)
    port = int(target.base.rpartition(":")[2])
    _, writer = await asyncio.open_connection("localhost", port, ssl=context)
    shown = writer.get_extra_info("peercert")
    writer.close()
    assert int(shown["serialNumber"], 16) == serial_of(newer)


async def test_half_a_renewed_pair_on_disk_changes_nothing(
    site: Site, authority: Authority, interface_tls: Tls
) -> None:
    uri = identity_uri(Role.CORE, CORE)
    mine = authority.issue(uri)
    target = await site.open(echo_door(), tls=mine)
    mine.certificate.write_bytes(authority.issue(uri).certificate.read_bytes())
    assert await site.client(interface_tls).send(target, "/v1/echo", Word(text="still"), Word) == Word(text="still")


async def test_a_connection_under_a_revoked_certificate_is_closed_with_its_refusal(
    site: Site, authority: Authority
) -> None:
    mine = authority.issue(identity_uri(Role.INTERFACE, INTERFACE))
    target = await site.open(echo_door(), options=ServerOptions(revocations=Revocations([serial_of(mine)])))
    context = ssl.create_default_context(cafile=str(mine.authorities))
    context.load_cert_chain(mine.certificate, mine.key)
    port = int(target.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
    writer.write(b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    said = await asyncio.wait_for(reader.read(), 10)  # until the end of the connection
    writer.close()
    assert b"revoked-certificate" in said
