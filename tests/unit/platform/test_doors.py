"""Doors are found by method and path, and by nothing else."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.platform.peers.doors import Asked, Door, Doors, RawReply, admit
from renkei.platform.peers.identity import Peer, identity_uri, peer_of
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def handler(_peer: Peer, _asked: Asked) -> RawReply:
    return RawReply(b"", "text/plain")


def door(method: str, path: str, *roles: Role, anyone: bool = False) -> Door:
    return Door(method, path, None, frozenset(roles), handler, anyone=anyone)


EXACT = door("GET", "/v1/inquiries")
NAMED = door("GET", "/v1/inquiries/{id}")
DEEPER = door("GET", "/v1/inquiries/{id}/state")
REST = door("GET", "/log/{path...}")
DOORS = Doors([EXACT, NAMED, DEEPER, REST])


@pytest.mark.parametrize(
    ("path", "found", "params"),
    [
        ("/v1/inquiries", EXACT, {}),
        ("/v1/inquiries/7", NAMED, {"id": "7"}),
        ("/v1/inquiries/7/state", DEEPER, {"id": "7"}),
        ("/log/tile/0/000.p/3", REST, {"path": "tile/0/000.p/3"}),
    ],
)
def test_a_door_is_found_with_the_named_parts_of_its_path(path: str, found: Door, params: dict[str, str]) -> None:
    assert DOORS.find("GET", path) == (found, params)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/inquiries"),
        ("get", "/v1/inquiries"),
        ("GET", "/v1/inquiries/"),
        ("GET", "/v1/inquiries/7/"),
        ("GET", "/v1/inquiriesX7"),
        ("GET", "/log/"),
        ("GET", "/"),
        ("GET", ""),
    ],
)
def test_everything_else_is_an_unknown_door(method: str, path: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        DOORS.find(method, path)
    assert caught.value.problem is Problem.UNKNOWN_DOOR


def test_two_doors_at_one_place_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        Doors([EXACT, EXACT])
    with pytest.raises(AssertionError):
        Doors([NAMED, NAMED])


@given(role=st.sampled_from(Role), listed=st.frozensets(st.sampled_from(Role)))
def test_a_peer_passes_exactly_where_its_role_is_listed(role: Role, listed: frozenset[Role]) -> None:
    peer = Peer(role, SystemName("x"), None, 1, InstantMs(0))
    opening = door("GET", "/", *listed)
    if role in listed:
        admit(opening, peer)
    else:
        with pytest.raises(RenkeiError) as caught:
            admit(opening, peer)
        assert caught.value.problem is Problem.WRONG_ROLE


def test_nobody_passes_only_where_anyone_may() -> None:
    admit(door("GET", "/", anyone=True), None)
    with pytest.raises(RenkeiError) as caught:
        admit(door("GET", "/", *Role), None)
    assert caught.value.problem is Problem.NO_CERTIFICATE


NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


@given(role=st.sampled_from(Role), system=NAMES, body=st.none() | NAMES)
def test_what_certification_writes_is_what_a_door_reads(role: Role, system: str, body: str | None) -> None:
    written = identity_uri(role, SystemName(system), None if body is None else BodyId(body))
    certificate = {
        "subjectAltName": (("DNS", "localhost"), ("URI", written)),
        "serialNumber": "0A",
        "notAfter": "Jan  1 00:00:00 2030 GMT",
    }
    assert peer_of(certificate) == Peer(
        role, SystemName(system), None if body is None else BodyId(body), 10, InstantMs(1_893_456_000_000)
    )


@given(uri=st.text(max_size=60))
def test_no_other_text_names_anybody(uri: str) -> None:
    certificate = {
        "subjectAltName": (("URI", "renkei://" + uri),),
        "serialNumber": "0A",
        "notAfter": "Jan  1 00:00:00 2030 GMT",
    }
    with suppress(RenkeiError):
        peer = peer_of(certificate)
        assert peer is not None
        assert identity_uri(peer.role, peer.system, peer.body) == "renkei://" + uri


def test_without_a_certificate_there_is_no_peer() -> None:
    assert peer_of(None) is None
    assert peer_of({}) is None
