"""Relaying: byte for byte, bounded, and nothing kept."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec import Raw

from renkei.messages.codec import encode
from renkei.messages.envelope import KEY_BYTES, Envelope, EnvelopeReply, Envelopes, Header, Label
from renkei.platform.peers.mail import refused
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
    """The next systems; each can be told to fail or to hang, or to answer single envelopes otherwise."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, list[bytes]]] = []
        self.reply: bytes | RenkeiError = envelope(B, A, "b" * 32, "a" * 32)
        self.others: dict[bytes, EnvelopeReply] = {}
        self.hang: dict[str, asyncio.Event] = {}
        self.renewed = 0

    async def __call__(self, hop: Hop, envelopes: Sequence[Raw]) -> Sequence[EnvelopeReply]:
        self.seen.append((hop.system, [bytes(each) for each in envelopes]))
        if hop.system in self.hang:
            await self.hang[hop.system].wait()
        if isinstance(self.reply, RenkeiError):
            raise self.reply
        plain = EnvelopeReply(envelope=Raw(self.reply))
        return [self.others.get(bytes(each), plain) for each in envelopes]

    def renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def following() -> Next:
    return Next()


@pytest.fixture
def relay(following: Next) -> Relay:
    addresses = Addresses(DIRECTORY)
    return Relay(SystemName("interface-a"), lambda: addresses, Ways(following, following.renew, refused), 2)


async def pass_on(relay: Relay, *bodies: bytes) -> list[bytes | Problem]:
    """For each envelope what came back: a reply, or a problem."""
    told = await relay.pass_on(HOME, Envelopes(envelopes=tuple(Raw(body) for body in bodies)))
    return [bytes(each.envelope) if each.problem is None else Problem(each.problem) for each in told.replies]


async def problem_of(relay: Relay, body: bytes) -> Problem:
    (problem,) = await pass_on(relay, body)
    assert isinstance(problem, Problem)
    return problem


async def test_both_ways_the_bytes_stay_as_they_are(relay: Relay, following: Next) -> None:
    spaced = envelope(A, B).replace(b",", b" ,\n")
    assert await pass_on(relay, spaced) == [following.reply]
    assert following.seen == [("interface-b", [spaced])]
    assert relay.counts == {"answers": 1}


async def test_what_goes_to_one_system_goes_there_together_and_each_hears_of_its_own(
    relay: Relay, following: Next
) -> None:
    first, second, third = (envelope(A, B, name * 32) for name in "cde")
    core = envelope(A, CORE)
    following.others = {
        first: EnvelopeReply(envelope=Raw(envelope(B, A, "1" * 32, "c" * 32))),
        second: EnvelopeReply(problem="bad-envelope", detail="seal"),
        third: EnvelopeReply(envelope=Raw(envelope(B, A, "3" * 32, "e" * 32))),
        core: EnvelopeReply(envelope=Raw(envelope(CORE, A, "4" * 32, "a" * 32))),
    }
    assert await pass_on(relay, first, b"{", core, second, third) == [
        envelope(B, A, "1" * 32, "c" * 32),
        Problem.MALFORMED,
        envelope(CORE, A, "4" * 32, "a" * 32),
        Problem.BAD_ENVELOPE,
        envelope(B, A, "3" * 32, "e" * 32),
    ]
    assert following.seen == [("interface-b", [first, second, third]), ("core", [core])]
    assert relay.counts == {"answers": 3}


async def test_replies_that_were_exchanged_are_handed_to_nobody(relay: Relay, following: Next) -> None:
    first, second = envelope(A, B, "c" * 32), envelope(A, B, "d" * 32)
    following.others = {
        first: EnvelopeReply(envelope=Raw(envelope(B, A, "1" * 32, "d" * 32))),
        second: EnvelopeReply(envelope=Raw(envelope(B, A, "2" * 32, "c" * 32))),
    }
    assert await pass_on(relay, first, second) == [Problem.BAD_ENVELOPE] * 2


async def test_a_system_that_refuses_all_of_a_list_refuses_nothing_of_another(relay: Relay, following: Next) -> None:
    forward = following.__call__

    async def refusing(hop: Hop, envelopes: Sequence[Raw]) -> Sequence[EnvelopeReply]:
        following.reply = (
            RenkeiError(Problem.WRONG_ROLE) if hop.system == "core" else envelope(B, A, "b" * 32, "a" * 32)
        )
        return await forward(hop, envelopes)

    own = Relay(SystemName("interface-a"), lambda: Addresses(DIRECTORY), Ways(refusing, following.renew, refused), 2)
    assert await pass_on(own, envelope(A, CORE), envelope(A, B)) == [
        Problem.WRONG_ROLE,
        envelope(B, A, "b" * 32, "a" * 32),
    ]


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
    await pass_on(relay, envelope(A, B))
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
    slow = [asyncio.create_task(pass_on(relay, envelope(A, B))) for _ in range(2)]
    while len(following.seen) < 2:
        await asyncio.sleep(0)
    assert await problem_of(relay, envelope(A, B)) is Problem.BUSY
    following.reply = envelope(CORE, A, "b" * 32, "a" * 32)
    await pass_on(relay, envelope(A, CORE))
    following.reply = envelope(B, A, "b" * 32, "a" * 32)
    following.hang["interface-b"].set()
    await asyncio.gather(*slow)
    await pass_on(relay, envelope(A, B))


async def test_a_failed_or_cancelled_envelope_gives_its_place_back(relay: Relay, following: Next) -> None:
    following.reply = RenkeiError(Problem.UNREACHABLE)
    for _ in range(5):
        assert await problem_of(relay, envelope(A, B)) is Problem.UNREACHABLE
    following.hang["interface-b"] = asyncio.Event()
    for _ in range(5):
        task = asyncio.create_task(pass_on(relay, envelope(A, B)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    following.hang.clear()
    following.reply = envelope(B, A, "b" * 32, "a" * 32)
    await pass_on(relay, envelope(A, B))


def test_while_there_is_no_directory_the_number_is_none() -> None:
    def missing() -> Addresses:
        raise RenkeiError(Problem.UNREACHABLE)

    following = Next()
    relay = Relay(SystemName("interface-a"), missing, Ways(following, following.renew, refused), 2)
    assert relay.directory_number is None
