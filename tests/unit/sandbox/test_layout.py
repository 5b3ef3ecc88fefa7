"""`sandbox.json`: written in one step, read back as it was."""

from pathlib import Path

import pytest

from renkei.sandbox.bodies import BODIES
from renkei.sandbox.layout import (
    BodyInfo,
    Holder,
    Layout,
    ResidentInfo,
    SandboxFile,
    SystemInfo,
    read,
    system_plans,
    write,
)
from renkei.terms.bodies import Role


def state(pid: int = 4711) -> SandboxFile:
    holder = {"certificate": "/r/certificate.pem", "key": "/r/certificate.key"}
    one = SystemInfo(
        **holder, kind="core", url="https://127.0.0.1:1", page_url=None, pid=pid, ready_ms=12,
        config="/r/config.toml", log="/r/log.jsonl", store="/r/store.db",
    )  # fmt: skip
    body = BodyInfo(
        **holder, name_ja="横浜市長", name_en="Mayor of Yokohama", code="141003", categories=("city-mayor",),
        intermediate="intermediate-1", intermediate_url="https://127.0.0.1:2",
        addressee="addressee-141003-mayor", addressee_url="https://127.0.0.1:3",
    )  # fmt: skip
    residents = (
        ResidentInfo(index=0, addressees={"141003-mayor": "123456789012345"}, card=Holder(**holder)),
        ResidentInfo(index=1, addressees={}, card=None),
    )
    return SandboxFile(
        authorities="/r/authorities.pem", trust="/r/trust.json", systems={"core": one},
        bodies={"141003-mayor": body}, staff={"operator": Holder(**holder)}, residents=residents,
    )  # fmt: skip


def test_what_is_written_is_read(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write(layout, state())
    assert read(layout) == state()
    assert "横浜市長" in layout.file.read_text()


def test_writing_again_replaces_the_file_and_leaves_no_other(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write(layout, state(1))
    write(layout, state(2))
    assert list(read(layout).pids()) == [2]
    assert [path.name for path in tmp_path.iterdir()] == ["sandbox.json"]


def test_a_system_that_is_down_has_no_process_id() -> None:
    assert list(state(0).pids()) == []


def test_every_official_system_is_planned_and_no_name_twice() -> None:
    plans = system_plans()
    names = [plan.name for plan in plans]
    assert len(set(names)) == len(names) == 16
    assert {plan.role for plan in plans} == set(Role) - {Role.LINE, Role.CARD, Role.COMMISSION, Role.OPERATOR}
    assert [plan.body for plan in plans if plan.role is Role.ADDRESSEE] == [body.id for body in BODIES]


@pytest.mark.parametrize("name", ["certificate", "key", "config", "keystore", "unlock", "store", "log", "output"])
def test_no_two_systems_share_a_file(tmp_path: Path, name: str) -> None:
    layout = Layout(tmp_path)
    paths = [getattr(layout.system(plan.name), name) for plan in system_plans()]
    assert len(set(paths)) == len(paths)
    assert all(tmp_path in path.parents for path in paths)
