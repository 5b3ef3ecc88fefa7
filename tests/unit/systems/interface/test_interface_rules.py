"""Where envelopes go and who may hand them in."""

import msgspec
import pytest

from renkei.messages.envelope import Header, Label
from renkei.systems.interface.rules import Addresses, Knocker, check_reply, route
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .directory import DIRECTORY, A, B, D

ADDRESSES = Addresses(DIRECTORY)
OWN = SystemName("interface-a")
HOME = (Role.INTERMEDIATE, "intermediate-1")
CORE_ITSELF = (Role.CORE, "core")
NEIGHBOUR = (Role.INTERFACE, "interface-b")


def header(sender: BodyId, recipient: BodyId) -> Header:
    return Header(label=Label.INQUIRIES, sender=sender, recipient=recipient, message="a" * 32, sent_at_ms=InstantMs(1))


def next_system(knocker: tuple[Role, str], sender: str, recipient: str, own: SystemName = OWN) -> str:
    hop = route(ADDRESSES, own, Knocker(knocker[0], SystemName(knocker[1])), header(BodyId(sender), BodyId(recipient)))
    assert hop.url == f"https://{hop.system}:1"
    return hop.system


@pytest.mark.parametrize(
    ("knocker", "sender", "recipient", "goes_to"),
    [
        (HOME, A, CORE, "core"),
        (HOME, A, B, "interface-b"),
        (HOME, A, "a-education", "intermediate-1"),
        (HOME, A, A, "intermediate-1"),
        (CORE_ITSELF, CORE, A, "intermediate-1"),
        (NEIGHBOUR, B, A, "intermediate-1"),
        ((Role.INTERFACE, "interface-d"), D, A, "intermediate-1"),
    ],
)
def test_an_envelope_goes_on_towards_its_recipient(
    knocker: tuple[Role, str], sender: str, recipient: str, goes_to: str
) -> None:
    assert next_system(knocker, sender, recipient) == goes_to


def test_the_disclosure_system_is_a_body_like_any_other() -> None:
    knocker = (Role.DISCLOSURE, "disclosure")
    assert next_system(knocker, D, CORE, SystemName("interface-d")) == "core"
    assert next_system(CORE_ITSELF, CORE, D, SystemName("interface-d")) == "disclosure"


@pytest.mark.parametrize(
    ("knocker", "sender", "recipient", "problem"),
    [
        pytest.param(HOME, B, CORE, Problem.WRONG_ROLE, id="a body of another interface"),
        pytest.param((Role.INTERMEDIATE, "intermediate-2"), A, CORE, Problem.WRONG_ROLE, id="another server's body"),
        pytest.param((Role.DISCLOSURE, "disclosure"), A, CORE, Problem.WRONG_ROLE, id="disclosure as a mayor"),
        pytest.param(HOME, CORE, A, Problem.WRONG_ROLE, id="a body's server as the core"),
        pytest.param(NEIGHBOUR, CORE, A, Problem.WRONG_ROLE, id="an interface as the core"),
        pytest.param(CORE_ITSELF, A, B, Problem.WRONG_ROLE, id="the core as a body"),
        pytest.param(CORE_ITSELF, CORE, CORE, Problem.WRONG_ROLE, id="the core to itself"),
        pytest.param(CORE_ITSELF, CORE, B, Problem.WRONG_ROLE, id="the core by a wrong interface"),
        pytest.param(NEIGHBOUR, A, B, Problem.WRONG_ROLE, id="a neighbour with our own body's envelope"),
        pytest.param(NEIGHBOUR, B, B, Problem.WRONG_ROLE, id="a circle"),
        pytest.param(NEIGHBOUR, B, D, Problem.WRONG_ROLE, id="a third interface"),
        pytest.param(NEIGHBOUR, B, CORE, Problem.WRONG_ROLE, id="a detour to the core"),
        pytest.param((Role.INTERFACE, "interface-a"), A, A, Problem.WRONG_ROLE, id="ourselves"),
        pytest.param((Role.LINE, "intermediate-1"), A, CORE, Problem.WRONG_ROLE, id="a line system"),
        pytest.param((Role.ADDRESSEE, "intermediate-1"), A, CORE, Problem.WRONG_ROLE, id="an addressee system"),
        pytest.param(HOME, "nobody", CORE, Problem.UNKNOWN_BODY, id="an unknown sender"),
        pytest.param(HOME, A, "nobody", Problem.UNKNOWN_BODY, id="an unknown recipient"),
        pytest.param(HOME, A, "lost", Problem.BAD_DIRECTORY, id="a body whose interface is missing"),
        pytest.param(HOME, A, "halfway", Problem.BAD_DIRECTORY, id="a body whose system is missing"),
    ],
)
def test_everything_else_is_refused(knocker: tuple[Role, str], sender: str, recipient: str, problem: Problem) -> None:
    with pytest.raises(RenkeiError) as caught:
        next_system(knocker, sender, recipient)
    assert caught.value.problem is problem


def test_without_a_core_in_the_directory_nothing_goes_there() -> None:
    systems = tuple(system for system in DIRECTORY.systems if system.role is not Role.CORE)
    without = Addresses(msgspec.structs.replace(DIRECTORY, systems=systems))
    with pytest.raises(RenkeiError) as caught:
        route(without, OWN, Knocker(HOME[0], SystemName(HOME[1])), header(A, CORE))
    assert caught.value.problem is Problem.BAD_DIRECTORY


def test_a_reply_belongs_to_its_message() -> None:
    asked = header(A, B)
    good = msgspec.structs.replace(header(B, A), answers=asked.message)
    check_reply(asked, good)
    for change in ({"sender": A}, {"recipient": B}, {"answers": None}, {"answers": "b" * 32}):
        with pytest.raises(RenkeiError) as caught:
            check_reply(asked, msgspec.structs.replace(good, **change))
        assert caught.value.problem is Problem.BAD_ENVELOPE
