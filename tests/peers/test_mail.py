"""Envelopes between two servers: together on the way, each for itself at the end."""

import asyncio

import pytest

from renkei.messages.codec import decode, encode
from renkei.messages.envelope import KEY_BYTES, MAX_ENVELOPES, Envelope, EnvelopeReplies, Envelopes, Header, Label
from renkei.platform.config import Tls
from renkei.platform.peers.client import Client, PeerRefusedError, PeerUnreachableError, Target
from renkei.platform.peers.doors import Door, Reply
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import AT_ONCE, PATH, TOGETHER_BYTES, Mail, envelope_door
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .conftest import Site

HERE, THERE = SystemName("core"), SystemName("elsewhere")
BODIES = [BodyId(name) for name in ("141003-mayor", "141305-mayor", "140007-governor")]


def envelope(number: int, sender: BodyId = BODIES[0], label: Label = Label.REPORTS, sealed: bytes = b"") -> Envelope:
    header = Header(label=label, sender=sender, recipient=CORE, message=f"{number:032x}", sent_at_ms=InstantMs(1))
    return Envelope(header=header, key=bytes(KEY_BYTES), signature=bytes(64), sealed=sealed)


def number_of(each: Envelope) -> int:
    return int(each.header.message, 16)


class Far:
    """A system at the end: says the envelope's number again, when it is let; single numbers fail."""

    def __init__(self) -> None:
        self.lists: list[list[int]] = []
        self.fails: dict[int, Exception] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.came = asyncio.Condition()

    def door(self) -> Door:
        door = envelope_door(frozenset({Role.INTERFACE}), self.answer)

        async def seen(peer: Peer, message: Envelopes) -> Reply:
            self.lists.append([number_of(decode(Envelope, bytes(each))) for each in message.envelopes])
            return await door.handler(peer, message)

        return Door("POST", PATH, Envelopes, door.roles, seen)

    async def answer(self, _: Peer, came: Envelope) -> Envelope:
        number = number_of(came)
        async with self.came:
            self.came.notify_all()
        await self.open.wait()
        if number in self.fails:
            raise self.fails[number]
        return envelope(number + 1_000)

    async def until(self, count: int) -> None:
        async with self.came:
            await self.came.wait_for(lambda: sum(map(len, self.lists)) >= count)


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
async def target(site: Site, far: Far) -> Target:
    return await site.open(far.door())


@pytest.fixture
def client(site: Site, interface_tls: Tls) -> Client:
    return site.client(interface_tls)


async def test_what_piles_up_for_a_system_goes_together_whoever_its_bodies_are(
    far: Far, target: Target, client: Client
) -> None:
    mail = Mail(client)
    far.open.clear()
    first = []
    for number in range(AT_ONCE):
        first.append(asyncio.ensure_future(mail.send(target, HERE, envelope(number))))
        await far.until(number + 1)
    rest = [
        asyncio.ensure_future(mail.send(target, HERE, envelope(number, BODIES[number % 3]))) for number in range(5, 11)
    ]
    await asyncio.sleep(0)
    far.open.set()
    assert [number_of(each) for each in await asyncio.gather(*first)] == [1_000, 1_001]
    assert [number_of(each) for each in await asyncio.gather(*rest)] == [1_000 + number for number in range(5, 11)]
    assert far.lists == [[0], [1], [5, 6, 7, 8, 9, 10]]
    await mail.stop()


async def test_one_that_is_refused_or_meets_an_error_of_ours_is_no_affair_of_the_others(
    far: Far, target: Target, client: Client
) -> None:
    mail = Mail(client)
    far.fails = {
        1: RenkeiError(Problem.BAD_ENVELOPE, "seal"),
        2: RenkeiError(Problem.BUSY, ""),
        3: RenkeiError(Problem.BAD_STORE, "row"),
        4: ZeroDivisionError("an error of ours"),
    }
    sent = [mail.send(target, HERE, envelope(number)) for number in range(6)]
    replies = await asyncio.gather(*sent, return_exceptions=True)
    assert far.lists == [[0, 1, 2, 3, 4, 5]]
    assert [number_of(each) for each in replies if isinstance(each, Envelope)] == [1_000, 1_005]
    refusal, busy, *broken = (each for each in replies if isinstance(each, BaseException))
    assert isinstance(refusal, PeerRefusedError)
    assert (refusal.problem, refusal.detail) == (Problem.BAD_ENVELOPE, "seal")
    assert isinstance(busy, PeerUnreachableError)
    assert busy.problem is Problem.BUSY
    assert len(broken) == 2
    for each in broken:
        assert isinstance(each, PeerUnreachableError)
        assert each.problem is Problem.UNREACHABLE


async def test_a_system_that_is_slow_holds_up_neither_another_nor_another_kind(
    far: Far, target: Target, client: Client
) -> None:
    """Both stand behind the same interface system, which here is the far end itself."""
    mail = Mail(client)
    far.open.clear()
    slow = [asyncio.ensure_future(mail.send(target, HERE, envelope(number))) for number in range(3)]
    await far.until(3)
    others = [
        asyncio.ensure_future(mail.send(target, THERE, envelope(11))),
        asyncio.ensure_future(mail.send(target, HERE, envelope(12, label=Label.INQUIRIES))),
    ]
    await far.until(5)
    far.open.set()
    await asyncio.gather(*slow, *others)


async def test_a_list_is_limited_by_bytes_and_by_number(far: Far, target: Target, client: Client) -> None:
    mail = Mail(client)
    large = b"x" * (TOGETHER_BYTES // 2)
    sent = [mail.send(target, HERE, envelope(number, sealed=large)) for number in range(3)]
    await asyncio.gather(*sent)
    assert [len(each) for each in far.lists] == [1, 1, 1]
    far.lists.clear()
    await asyncio.gather(*(mail.send(target, HERE, envelope(number)) for number in range(MAX_ENVELOPES + 1)))
    assert sorted(len(each) for each in far.lists) == [1, MAX_ENVELOPES]


async def test_more_envelopes_than_a_list_takes_are_refused_whole(target: Target, client: Client) -> None:
    one = encode(envelope(1))
    body = b'{"v":1,"envelopes":[' + b",".join([one] * (MAX_ENVELOPES + 1)) + b"]}"
    with pytest.raises(PeerRefusedError) as refused:
        await client.post_bytes(target, PATH, body, "application/json")
    assert refused.value.problem is Problem.TOO_MANY


async def test_a_list_that_is_answered_short_is_answered_for_nobody(site: Site, interface_tls: Tls) -> None:
    async def forgetful(_: Peer, __: Envelopes) -> EnvelopeReplies:
        return EnvelopeReplies(replies=())

    target = await site.open(Door("POST", PATH, Envelopes, frozenset({Role.INTERFACE}), forgetful))
    with pytest.raises(RenkeiError) as short:
        await Mail(site.client(interface_tls)).send(target, HERE, envelope(1))
    assert short.value.problem is Problem.BAD_ENVELOPE
