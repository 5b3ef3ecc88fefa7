"""Every configuration that the sandbox writes is one that its system takes."""

import importlib
import tomllib
from pathlib import Path

import pytest

from renkei.platform.config import Settings, load
from renkei.platform.sql import Store
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.layout import Layout, SystemPlan, system_plans
from renkei.sandbox.settings import Facts, settings
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError

PLANS = system_plans()
FACTS = Facts(
    ports={plan.name: 20_001 + at for at, plan in enumerate(PLANS)},
    page_port=20_000,
    directory_key="A" * 43 + "=",
    log_key="renkei.example/core-log+00000000+AQ==",
    witness_key="renkei.example/supervision+00000000+BA==",
)


def config_of(plan: SystemPlan) -> type[Settings]:
    kind: type[Settings] = importlib.import_module(f"renkei.systems.{plan.kind}.wiring").Config
    return kind


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_system_takes_the_configuration_that_is_written_for_it(plan: SystemPlan, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    file = tmp_path / "config.toml"
    file.write_text(settings(plan, layout, FACTS))
    config = load(file, config_of(plan))
    folder = layout.system(plan.name)
    assert config.name == plan.name  # type: ignore[attr-defined]
    assert config.log == folder.log  # type: ignore[attr-defined]
    assert config.listen.url == FACTS.url(plan.name)  # type: ignore[attr-defined]
    assert config.tls.key == folder.key  # type: ignore[attr-defined]
    assert getattr(config, "store", None) == (None if plan.role is Role.INTERFACE else Store(folder.store))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_key_too_many_in_it_would_be_refused(plan: SystemPlan, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("surplus = 1\n" + settings(plan, Layout(tmp_path), FACTS))
    with pytest.raises(RenkeiError, match="surplus"):
        load(file, config_of(plan))


def test_every_body_has_an_addressee_system_and_a_place_at_one_intermediate_server(tmp_path: Path) -> None:
    tables = {plan.name: tomllib.loads(settings(plan, Layout(tmp_path), FACTS)) for plan in PLANS}
    served = [
        (entry["id"], entry["addressee"])
        for plan in PLANS
        if plan.role is Role.INTERMEDIATE
        for entry in tables[plan.name]["bodies"]
    ]
    assert served == [(body.id, FACTS.url(body.addressee_system)) for body in BODIES]
    assert [tables[body.addressee_system]["body"] for body in BODIES] == [body.id for body in BODIES]


def test_no_secret_stands_in_a_configuration(tmp_path: Path) -> None:
    for plan in PLANS:
        keys = tomllib.loads(settings(plan, Layout(tmp_path), FACTS)).get("keys", {})
        assert set(keys) <= {"path", "unlock"}
        assert all(Path(value).is_absolute() for value in keys.values())
