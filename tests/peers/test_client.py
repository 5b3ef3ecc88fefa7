"""How a client tells later from no, and whom it believes."""

import asyncio
from pathlib import Path

import pytest

from renkei.platform.config import Tls
from renkei.platform.peers.client import ClientLimits, PeerRefusedError, PeerUnreachableError, Target
from renkei.platform.peers.doors import Asked, Door, RawReply
from renkei.platform.peers.identity import Peer, identity_uri
from renkei.platform.peers.server import ServerOptions
from renkei.platform.peers.tls import ClientCertificate, client_context, server_context
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .authority import DAY, Authority, Life
from .conftest import CORE, INTERFACE, Site, Word, echo_door

ANY = frozenset({Role.INTERFACE})


async def failing(site: Site, tls: Tls, error: Exception) -> RenkeiError:
    """What the client makes of a handler that raises this."""

    async def fail(_peer: Peer, _word: Word) -> Word:
        raise error

    target = await site.open(Door("POST", "/v1/fail", Word, ANY, fail))
    with pytest.raises(RenkeiError) as caught:
        await site.client(tls).send(target, "/v1/fail", Word(text=""), Word)
    return caught.value


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (RenkeiError(Problem.BUSY), Problem.BUSY),
        (RenkeiError(Problem.UNREACHABLE), Problem.UNREACHABLE),
        (RenkeiError(Problem.BAD_STORE), Problem.UNREACHABLE),
        (RuntimeError("bug"), Problem.UNREACHABLE),
    ],
)
async def test_whatever_the_peer_could_not_do_now_is_to_be_repeated(
    site: Site, interface_tls: Tls, error: Exception, problem: Problem
) -> None:
    caught = await failing(site, interface_tls, error)
    assert isinstance(caught, PeerUnreachableError)
    assert caught.problem is problem


@pytest.mark.parametrize("problem", [Problem.WRONG_STATE, Problem.BAD_ENVELOPE, Problem.TOO_MANY])
async def test_whatever_the_peer_refused_is_not(site: Site, interface_tls: Tls, problem: Problem) -> None:
    caught = await failing(site, interface_tls, RenkeiError(problem, "$.x"))
    assert isinstance(caught, PeerRefusedError)
    assert (caught.problem, caught.detail) == (problem, "$.x")


async def test_nobody_listening_is_unreachable(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    assert site.server is not None
    await site.server.stop()
    with pytest.raises(PeerUnreachableError):
        await site.client(interface_tls).send(target, "/v1/echo", Word(text=""), Word)


async def test_no_reply_in_time_is_unreachable(site: Site, interface_tls: Tls) -> None:
    async def never(_peer: Peer, _word: Word) -> Word:
        await asyncio.Event().wait()
        raise AssertionError

    target = await site.open(Door("POST", "/v1/never", Word, ANY, never), options=ServerOptions(stop_s=0))
    client = site.client(interface_tls, ClientLimits(total_s=0.2))
    with pytest.raises(PeerUnreachableError, match="no reply in time"):
        await client.send(target, "/v1/never", Word(text=""), Word)


async def test_a_large_message_arrives_whole(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door(limit_bytes=4 * 1024 * 1024))
    word = Word(text="".join(f"{number:07} " for number in range(3 * 1024 * 128)))
    assert await site.client(interface_tls).send(target, "/v1/echo", word, Word) == word


async def test_a_reply_over_the_limit_is_refused(site: Site, interface_tls: Tls) -> None:
    async def much(_peer: Peer, _asked: Asked) -> RawReply:
        return RawReply(bytes(5_000), "application/octet-stream")

    target = await site.open(Door("GET", "/much", None, ANY, much))
    assert len(await site.client(interface_tls).fetch(target, "/much")) == 5_000
    with pytest.raises(RenkeiError) as caught:
        await site.client(interface_tls, ClientLimits(reply_bytes=4_999)).fetch(target, "/much")
    assert caught.value.problem is Problem.TOO_LARGE


async def test_a_reply_that_is_not_the_message_agreed_is_refused(site: Site, interface_tls: Tls) -> None:
    async def other(_peer: Peer, _asked: Asked) -> RawReply:
        return RawReply(b'{"v":1,"text":"a","more":2}', "application/json")

    target = await site.open(Door("GET", "/word", None, ANY, other))
    with pytest.raises(RenkeiError) as caught:
        await site.client(interface_tls).ask(target, "/word", Word)
    assert caught.value.problem is Problem.UNKNOWN_FIELD


@pytest.mark.parametrize(
    ("role", "system"),
    [(Role.INTERFACE, None), (Role.CORE, SystemName("other-core")), (Role.INTERFACE, CORE)],
)
async def test_a_server_whose_certificate_names_another_is_not_told_anything(
    site: Site, interface_tls: Tls, role: Role, system: SystemName | None
) -> None:
    heard: list[Word] = []

    async def hear(_peer: Peer, word: Word) -> Word:
        heard.append(word)
        return word

    real = await site.open(Door("POST", "/v1/echo", Word, ANY, hear))
    with pytest.raises(PeerUnreachableError, match="the server is not"):
        await site.client(interface_tls).send(Target(real.base, role, system), "/v1/echo", Word(text=""), Word)
    assert heard == []


async def test_a_server_under_a_foreign_root_or_another_host_name_is_not_believed(
    site: Site, authority: Authority, stranger: Authority, interface_tls: Tls
) -> None:
    uri = identity_uri(Role.CORE, CORE)
    foreign = await site.open(echo_door(), tls=stranger.issue(uri))
    with pytest.raises(PeerUnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
        await site.client(interface_tls).send(foreign, "/v1/echo", Word(text=""), Word)
    named = await site.open(echo_door(), tls=authority.issue(uri, host="core.example"))
    by_name = Target(named.base.replace("127.0.0.1", "localhost"), Role.CORE)
    with pytest.raises(PeerUnreachableError, match="Hostname mismatch"):
        await site.client(interface_tls).send(by_name, "/v1/echo", Word(text=""), Word)


@pytest.mark.parametrize(
    ("life", "problem"),
    [(Life(-2 * DAY, -DAY), Problem.WRONG_CERTIFICATE), (Life(DAY, 2 * DAY), Problem.WRONG_CERTIFICATE)],
)
async def test_a_certificate_of_ours_that_is_turned_away_says_so_and_can_be_repeated_later(
    site: Site, authority: Authority, life: Life, problem: Problem
) -> None:
    target = await site.open(echo_door())
    mine = authority.issue(identity_uri(Role.INTERFACE, INTERFACE), life=life)
    client = site.client(mine)
    with pytest.raises(PeerUnreachableError) as caught:
        await client.send(target, "/v1/echo", Word(text=""), Word)
    assert (caught.value.problem, caught.value.against_us) == (Problem.UNREACHABLE, problem)
    renewed = authority.issue(identity_uri(Role.INTERFACE, INTERFACE))
    mine.certificate.write_bytes(renewed.certificate.read_bytes())
    mine.key.write_bytes(renewed.key.read_bytes())
    assert await client.send(target, "/v1/echo", Word(text="again"), Word) == Word(text="again")


async def test_requests_one_after_another_share_a_connection(
    site: Site, interface_tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    real = asyncio.BaseEventLoop.create_connection

    async def counted(self: asyncio.BaseEventLoop, *args: object, **more: object) -> object:
        opened.append(args)
        return await real(self, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", counted)
    target = await site.open(echo_door())
    client = site.client(interface_tls)
    for _ in range(5):
        await client.send(target, "/v1/echo", Word(text=""), Word)
    assert len(opened) == 1


def test_files_that_are_no_certificates_are_a_wrong_configuration(tmp_path: Path, interface_tls: Tls) -> None:
    nothing = tmp_path / "nothing.pem"
    empty = tmp_path / "empty.pem"
    empty.touch()
    for broken in (
        Tls(certificate=nothing, key=interface_tls.key, authorities=interface_tls.authorities),
        Tls(certificate=empty, key=interface_tls.key, authorities=interface_tls.authorities),
        Tls(certificate=interface_tls.certificate, key=interface_tls.key, authorities=nothing),
        Tls(certificate=interface_tls.certificate, key=interface_tls.key, authorities=empty),
    ):
        with pytest.raises(RenkeiError) as caught:
            server_context(broken, ClientCertificate.ASKED)
        assert caught.value.problem is Problem.BAD_CONFIGURATION
        with pytest.raises(RenkeiError) as caught:
            client_context(broken, Role.CORE, None)
        assert caught.value.problem is Problem.BAD_CONFIGURATION
