"""Relaying: byte for byte, bounded, and nothing kept."""

import asyncio

import pytest

from renkei.messages.codec import encode
from renkei.messages.envelope import KEY_BYTES, Envelope, Header, Label
from renkei.systems.interface.rules import Addresses, Hop, Knocker
from renkei.systems.interface.service import Relay, Ways
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .directory import DIRECTORY, A, B

HOME = Knocker(Role.INTERMEDIATE, SystemName("intermediate-1"))


def envelope(sender: BodyId, recipient: BodyId, message: str = "a" * 32, answers: str | None = None) -> bytes:
    header = Header(
        label=Label.ANSWERS,
        sender=sender,
        recipient=recipient,
        message=message,
        sent_at_ms=InstantMs(1),
        answers=answers,
    )
    return encode(Envelope(header=header, sealed=b"sealed", key=bytes(KEY_BYTES), signature=bytes(64)))


class Next:
    """The next systems; each can be told to fail or to hang."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []
        self.reply: bytes | RenkeiError = envelope(B, A, "b" * 32, "a" * 32)
        self.hang: dict[str, asyncio.Event] = {}
        self.renewed = 0

    async def __call__(self, hop: Hop, body: bytes) -> bytes:
        self.seen.append((hop.system, body))
        if hop.system in self.hang:
            await self.hang[hop.system].wait()
        if isinstance(self.reply, RenkeiError):
            raise self.reply
        return self.reply

    def renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def following() -> Next:
    return Next()


@pytest.fixture
def relay(following: Next) -> Relay:
    addresses = Addresses(DIRECTORY)
    return Relay(SystemName("interface-a"), lambda: addresses, Ways(following, following.renew), 2)


async def problem_of(relay: Relay, body: bytes) -> Problem:
    with pytest.raises(RenkeiError) as caught:
        await relay.pass_on(HOME, body)
    return caught.value.problem


async def test_both_ways_the_bytes_stay_as_they_are(relay: Relay, following: Next) -> None:
    spaced = envelope(A, B).replace(b",", b" ,\n")
    assert await relay.pass_on(HOME, spaced) == following.reply
    assert following.seen == [("interface-b", spaced)]
    assert relay.counts == {"answers": 1}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", Problem.MALFORMED),
        (b"{", Problem.MALFORMED),
        (b"\xff", Problem.MALFORMED),
        (envelope(A, B)[:-1] + b',"more":1}', Problem.UNKNOWN_FIELD),
        (envelope(A, B).replace(b'"v":1', b'"v":2'), Problem.WRONG_VERSION),
        (envelope(A, B).replace(b'"answers"', b'"gossip"', 1), Problem.WRONG_TYPE),
        (envelope(A, B).replace(b"a-mayor", b"A MAYOR"), Problem.WRONG_TYPE),
        (envelope(A, BodyId("nobody")), Problem.UNKNOWN_BODY),
    ],
)
async def test_what_is_not_a_sound_envelope_goes_nowhere(
    relay: Relay, following: Next, body: bytes, problem: Problem
) -> None:
    assert await problem_of(relay, body) is problem
    assert following.seen == []
    assert relay.counts == {}


async def test_an_unknown_party_makes_it_look_for_a_newer_directory(relay: Relay, following: Next) -> None:
    await problem_of(relay, envelope(A, BodyId("nobody")))
    assert following.renewed == 1
    await relay.pass_on(HOME, envelope(A, B))
    assert following.renewed == 1


@pytest.mark.parametrize("problem", [Problem.UNREACHABLE, Problem.BUSY, Problem.BAD_ENVELOPE, Problem.UNKNOWN_BODY])
async def test_what_the_next_system_says_reaches_the_sender(relay: Relay, following: Next, problem: Problem) -> None:
    following.reply = RenkeiError(problem, "next")
    assert await problem_of(relay, envelope(A, B)) is problem
    assert relay.counts == {}


@pytest.mark.parametrize(
    "reply",
    [envelope(B, A, "b" * 32, "c" * 32), envelope(A, B, "b" * 32, "a" * 32), envelope(CORE, A, "b" * 32, "a" * 32)],
)
async def test_a_reply_to_another_message_is_not_handed_on(relay: Relay, following: Next, reply: bytes) -> None:
    following.reply = reply
    assert await problem_of(relay, envelope(A, B)) is Problem.BAD_ENVELOPE


async def test_a_reply_that_is_no_envelope_is_not_handed_on(relay: Relay, following: Next) -> None:
    following.reply = b'{"v":1,"done":true}'
    assert await problem_of(relay, envelope(A, B)) is Problem.UNKNOWN_FIELD


async def test_a_slow_receiver_fills_its_own_places_only(relay: Relay, following: Next) -> None:
    following.hang["interface-b"] = asyncio.Event()
    slow = [asyncio.create_task(relay.pass_on(HOME, envelope(A, B))) for _ in range(2)]
    while len(following.seen) < 2:
        await asyncio.sleep(0)
    assert await problem_of(relay, envelope(A, B)) is Problem.BUSY
    following.reply = envelope(CORE, A, "b" * 32, "a" * 32)
    await relay.pass_on(HOME, envelope(A, CORE))
    following.reply = envelope(B, A, "b" * 32, "a" * 32)
    following.hang["interface-b"].set()
    await asyncio.gather(*slow)
    await relay.pass_on(HOME, envelope(A, B))


async def test_a_failed_or_cancelled_envelope_gives_its_place_back(relay: Relay, following: Next) -> None:
    following.reply = RenkeiError(Problem.UNREACHABLE)
    for _ in range(5):
        assert await problem_of(relay, envelope(A, B)) is Problem.UNREACHABLE
    following.hang["interface-b"] = asyncio.Event()
    for _ in range(5):
        task = asyncio.create_task(relay.pass_on(HOME, envelope(A, B)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    following.hang.clear()
    following.reply = envelope(B, A, "b" * 32, "a" * 32)
    await relay.pass_on(HOME, envelope(A, B))


def test_while_there_is_no_directory_the_number_is_none() -> None:
    def missing() -> Addresses:
        raise RenkeiError(Problem.UNREACHABLE)

    following = Next()
    relay = Relay(SystemName("interface-a"), missing, Ways(following, following.renew), 2)
    assert relay.directory_number is None
