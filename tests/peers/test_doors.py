"""What a door lets in, over real TLS between real sockets."""

import asyncio
import json
import ssl
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web

from renkei.messages.codec import encode
from renkei.platform.config import Tls
from renkei.platform.peers.client import PeerRefusedError, PeerUnreachableError
from renkei.platform.peers.doors import Asked, Door, Page, RawReply
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.problems import ProblemDocument
from renkei.platform.peers.server import ServerOptions
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .authority import serial_of
from .conftest import BODY, Site, Word, echo, echo_door
from .wire import document_in, post, problem_in, raw, refused

Events = Callable[[], list[str]]


async def test_a_message_goes_in_and_its_answer_comes_back(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    assert await site.client(interface_tls).send(target, "/v1/echo", Word(text="照会"), Word) == Word(text="照会")


async def test_the_handler_is_told_who_knocks_from_the_certificate(site: Site, line_tls: Tls) -> None:
    seen: list[Peer] = []

    async def look(peer: Peer, word: Word) -> Word:
        seen.append(peer)
        return word

    target = await site.open(Door("POST", "/v1/look", Word, frozenset({Role.LINE}), look))
    await site.client(line_tls).send(target, "/v1/look", Word(text=""), Word)
    assert (seen[0].role, seen[0].system, seen[0].body) == (Role.LINE, SystemName("welfare"), BODY)
    assert seen[0].serial == serial_of(line_tls)


async def test_a_role_that_the_door_does_not_list_is_refused_before_the_body_is_read(
    site: Site, line_tls: Tls, events: Events
) -> None:
    target = await site.open(echo_door(Role.INTERFACE))
    answer = await raw(target, line_tls, post(b"not even JSON", "Content-Type: application/json"))
    assert problem_in(answer) is Problem.WRONG_ROLE
    assert events() == ["request-failed"]


async def test_an_empty_list_of_roles_refuses_everybody(site: Site, interface_tls: Tls) -> None:
    target = await site.open(Door("POST", "/v1/echo", Word, frozenset(), echo))
    assert await refused(site.client(interface_tls), target) is Problem.WRONG_ROLE


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/ech"), ("GET", "/v1/echo"), ("POST", "/v1/echo/")])
async def test_an_unknown_door_is_named_so(site: Site, interface_tls: Tls, method: str, path: str) -> None:
    target = await site.open(echo_door())
    answer = await raw(
        target, interface_tls, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    assert problem_in(answer) is Problem.UNKNOWN_DOOR


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", Problem.MALFORMED),
        (b'{"v":1,"text":"a","more":1}', Problem.UNKNOWN_FIELD),
        (b'{"v":1,"text":7}', Problem.WRONG_TYPE),
        (b'{"v":2,"text":"a"}', Problem.WRONG_VERSION),
        (b"", Problem.MALFORMED),
    ],
)
async def test_a_wrong_message_is_refused_with_its_own_problem(
    site: Site, interface_tls: Tls, body: bytes, problem: Problem
) -> None:
    target = await site.open(echo_door())
    answer = await raw(target, interface_tls, post(body, "Content-Type: application/json; charset=utf-8"))
    assert problem_in(answer) is problem


async def test_a_body_of_another_content_type_is_refused(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    answer = await raw(target, interface_tls, post(b'{"v":1,"text":"a"}', "Content-Type: text/plain"))
    assert document_in(answer)["detail"] == "Content-Type: application/json wanted"


async def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_not(site: Site, interface_tls: Tls) -> None:
    message = encode(Word(text="abc"))
    target = await site.open(echo_door(limit_bytes=len(message)))
    json_type = "Content-Type: application/json"
    assert (await raw(target, interface_tls, post(message, json_type))).endswith(message)
    assert problem_in(await raw(target, interface_tls, post(message + b" ", json_type))) is Problem.TOO_LARGE


async def test_a_chunked_body_is_cut_off_at_the_limit(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door(limit_bytes=100))
    head = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    chunk = b"40\r\n" + b" " * 64 + b"\r\n"
    answer = await raw(target, interface_tls, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3 + b"0\r\n\r\n")
    assert problem_in(answer) is Problem.TOO_LARGE


async def test_a_compressed_body_is_not_unpacked(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    body = post(b"\x1f\x8b\x08\x00", "Content-Type: application/json", "Content-Encoding: gzip")
    assert problem_in(await raw(target, interface_tls, body)) is Problem.MALFORMED


async def test_a_body_that_stops_coming_is_refused_after_the_idle_time(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door(), options=ServerOptions(idle_s=0.05))
    head = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    assert problem_in(await raw(target, interface_tls, head)) is Problem.MALFORMED


async def test_a_connection_that_says_nothing_is_cut(site: Site, interface_tls: Tls, events: Events) -> None:
    target = await site.open(echo_door(), options=ServerOptions(idle_s=0.05))
    assert await raw(target, interface_tls, b"") == b""
    assert events() == ["silent-connection-cut"]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"\x00\x01\x02\r\n\r\n", Problem.MALFORMED),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000 + b"\r\n\r\n", Problem.TOO_LARGE),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", Problem.TOO_LARGE),
    ],
)
async def test_broken_or_oversized_http_gets_a_problem_document(
    site: Site, interface_tls: Tls, sent: bytes, problem: Problem
) -> None:
    target = await site.open(echo_door())
    assert problem_in(await raw(target, interface_tls, sent)) is problem


async def test_a_programming_error_is_loud_in_the_log_and_silent_in_the_answer(
    site: Site, interface_tls: Tls, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(_peer: Peer, word: Word) -> Word:
        raise KeyError(word.text)

    target = await site.open(Door("POST", "/v1/echo", Word, frozenset({Role.INTERFACE}), stumble))
    answer = await raw(target, interface_tls, post(b'{"v":1,"text":"hush"}', "Content-Type: application/json"))
    document = document_in(answer)
    assert (document["status"], document["type"], document["detail"]) == (500, "about:blank", "")
    (record,) = [each for each in caplog.records if each.name == "renkei"]
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError
    assert str(document["instance"]).endswith(record.__dict__["renkei"]["instance"])


async def test_a_refusal_of_the_handler_keeps_its_problem_and_detail(site: Site, interface_tls: Tls) -> None:
    async def refuse(_peer: Peer, _word: Word) -> Word:
        raise RenkeiError(Problem.UNKNOWN_BODY, "$.provider")

    target = await site.open(Door("POST", "/v1/echo", Word, frozenset({Role.INTERFACE}), refuse))
    with pytest.raises(PeerRefusedError) as caught:
        await site.client(interface_tls).send(target, "/v1/echo", Word(text=""), Word)
    assert (caught.value.problem, caught.value.detail, caught.value.status) == (Problem.UNKNOWN_BODY, "$.provider", 404)


async def test_named_parts_and_named_query_keys_reach_the_handler_and_others_do_not(
    site: Site, interface_tls: Tls
) -> None:
    async def tell(_peer: Peer, asked: Asked) -> RawReply:
        return RawReply(json.dumps([dict(asked.params), dict(asked.query)]).encode(), "application/json")

    door = Door("GET", "/v1/{kind}/of/{path...}", None, frozenset({Role.INTERFACE}), tell, query=frozenset({"wait"}))
    target = await site.open(door)
    client = site.client(interface_tls)
    told = json.loads(await client.fetch(target, "/v1/tile/of/0/x001/067?wait=5"))
    assert told == [{"kind": "tile", "path": "0/x001/067"}, {"wait": "5"}]
    for query in ("?hurry=1", "?wait=1&wait=2"):
        with pytest.raises(PeerRefusedError) as caught:
            await client.fetch(target, "/v1/tile/of/0" + query)
        assert caught.value.problem is Problem.UNKNOWN_FIELD


async def test_a_door_may_take_bytes_and_the_address_together(site: Site, interface_tls: Tls) -> None:
    async def join(_peer: Peer, body: bytes, asked: Asked) -> RawReply:
        return RawReply(body + asked.params["id"].encode(), "text/plain", headers={"Cache-Control": "no-store"})

    target = await site.open(Door("POST", "/add/{id}", bytes, frozenset({Role.INTERFACE}), join))
    assert await site.client(interface_tls).post_bytes(target, "/add/7", b"leaf-", "text/plain") == b"leaf-7"


async def test_a_page_is_admitted_like_a_door_and_draws_its_own_errors(
    site: Site, interface_tls: Tls, line_tls: Tls
) -> None:
    async def page(request: web.BaseRequest, peer: Peer, asked: Asked) -> web.StreamResponse:
        if request.query.get("lost"):
            raise RenkeiError(Problem.UNKNOWN_INQUIRY, "id")
        if request.query.get("move"):
            raise web.HTTPFound("/elsewhere")
        return web.Response(text=f"{peer.system} {asked.params['id']}", content_type="text/html")

    def draw(_request: web.BaseRequest, document: ProblemDocument) -> web.Response:
        return web.Response(text=f"<h1>{document.title}</h1>", status=document.status, content_type="text/html")

    shown = Page("GET", "/records/{id}", frozenset({Role.INTERFACE}), page)
    target = await site.open(pages=(shown,), options=ServerOptions(page_error=draw))

    async def get(tls: Tls, path: str) -> tuple[int, str]:
        context = ssl.create_default_context(cafile=str(tls.authorities))
        context.load_cert_chain(tls.certificate, tls.key)
        async with (
            aiohttp.ClientSession() as session,
            session.get(target.base + path, ssl=context, allow_redirects=False) as response,
        ):
            return response.status, await response.text()

    assert await get(interface_tls, "/records/7") == (200, "interface-a 7")
    assert await get(interface_tls, "/records/7?lost=1") == (404, "<h1>その照会は見つかりません。</h1>")
    assert (await get(interface_tls, "/records/7?move=1"))[0] == 302
    assert (await get(line_tls, "/records/7"))[0] == 403


async def test_stopping_lets_what_is_under_way_end_and_takes_nothing_new(site: Site, interface_tls: Tls) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_peer: Peer, word: Word) -> Word:
        entered.set()
        await leave.wait()
        return word

    target = await site.open(Door("POST", "/v1/echo", Word, frozenset({Role.INTERFACE}), slow))
    client = site.client(interface_tls)
    under_way = asyncio.create_task(client.send(target, "/v1/echo", Word(text="last"), Word))
    await entered.wait()
    assert site.server is not None
    stopping = asyncio.create_task(site.server.stop())
    await asyncio.sleep(0)
    leave.set()
    assert await under_way == Word(text="last")
    await stopping
    with pytest.raises(PeerUnreachableError):
        await client.send(target, "/v1/echo", Word(text="late"), Word)


async def test_stopping_ends_after_its_time_whatever_is_still_under_way(site: Site, interface_tls: Tls) -> None:
    entered, cut_off = asyncio.Event(), asyncio.Event()

    async def never(_peer: Peer, _word: Word) -> Word:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut_off.set()
        raise AssertionError

    door = Door("POST", "/v1/echo", Word, frozenset({Role.INTERFACE}), never)
    target = await site.open(door, options=ServerOptions(stop_s=0.1))
    under_way = asyncio.create_task(site.client(interface_tls).send(target, "/v1/echo", Word(text="x"), Word))
    await entered.wait()
    assert site.server is not None
    async with asyncio.timeout(10):  # far past its time; without one it would wait for ever
        await site.server.stop()
        with pytest.raises(PeerUnreachableError):
            await under_way
        await cut_off.wait()


@pytest.mark.parametrize(
    ("problem", "told"), [(Problem.BUSY, True), (Problem.UNREACHABLE, True), (Problem.WRONG_STATE, False)]
)
async def test_who_is_turned_away_for_the_moment_only_is_told_after_how_many_seconds_to_come_again(
    site: Site, interface_tls: Tls, problem: Problem, told: bool
) -> None:
    async def refuse(_peer: Peer, _word: Word) -> Word:
        raise RenkeiError(problem)

    target = await site.open(Door("POST", "/v1/echo", Word, frozenset({Role.INTERFACE}), refuse))
    answer = await raw(target, interface_tls, post(b'{"v":1,"text":""}', "Content-Type: application/json"))
    assert problem_in(answer) is problem
    head = answer.partition(b"\r\n\r\n")[0]
    assert (b"\r\nRetry-After: 1\r\n" in head + b"\r\n") is told
