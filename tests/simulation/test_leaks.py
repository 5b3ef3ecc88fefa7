"""A number, name, code or content outside its place is found, in the trace and in files (design 10)."""

from pathlib import Path

import pytest

from renkei.sandbox.bodies import YOKOHAMA
from renkei.sandbox.canaries import MARKER
from renkei.sandbox.people import make_residents
from renkei.sandbox.plans import replicas_for
from renkei.simulation.leaks import INVARIANT, leaks

PEOPLE = make_residents(2, 0)
SECRETS = {
    "Individual Number": PEOPLE[0].number.reveal(),
    "resident record code": PEOPLE[1].resident.reveal(),
    "name": PEOPLE[0].name,
    "content": MARKER,
    "amount": next(
        value.reveal() for value in next(replicas_for(YOKOHAMA.id, PEOPLE[0])).items.values() if "円" in value.reveal()
    ),
    "body code": f"101-{'a' * 26}-{'b' * 8}",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_in_a_log_line_or_in_a_file_is_told_by_its_place_alone(secret: str, tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"\0" + secret.encode() + b"\0")
    found = list(leaks(PEOPLE, ["1.0 core#1: said", f"2.0 core#1: {secret}"], tmp_path))
    assert {each.invariant for each in found} == {INVARIANT}
    assert {each.detail.partition(" in ")[2] for each in found} == {"the trace", "store.db"}
    assert not any(secret in each.detail for each in found)


def test_where_there_is_none_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"nothing")
    assert list(leaks(PEOPLE, ["1.0 core#1: ready"], tmp_path)) == []
