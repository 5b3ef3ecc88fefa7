"""Each system's configuration file, in the form that `etc/` shows with explanations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomli_w

from renkei.sandbox.bodies import BODIES, INTERFACES
from renkei.sandbox.layout import CERTIFICATION, CORE, RESIDENTS, SUPERVISION, Layout, SystemPlan
from renkei.terms.bodies import Role, SystemName

ORIGIN: Final = "renkei.example/core-log"
WITNESS: Final = "renkei.example/supervision"
_DIRECTORY_REFRESH_MS: Final = 1_000
_REVOCATIONS_REFRESH_MS: Final = 5_000
_WITNESS_MS: Final = 500


@dataclass(frozen=True, slots=True)
class Facts:
    """What configurations tell each other: where everybody listens, and the public keys to start from."""

    ports: Mapping[SystemName, int]
    page_port: int
    directory_key: str
    log_key: str
    witness_key: str
    store: str | None = None
    """URL of a PostgreSQL database for each system, `{system}` standing for its name."""

    def store_of(self, name: SystemName, file: Path) -> str:
        """Where a system stores."""
        return str(file) if self.store is None else self.store.replace("{system}", name.replace("-", "_"))

    def url(self, name: SystemName) -> str:
        """The machine door of a system."""
        return f"https://127.0.0.1:{self.ports[name]}"

    @property
    def page_url(self) -> str:
        """The citizens' page. By name, because passkeys and cookies know names only."""
        return f"https://localhost:{self.page_port}"


def settings(plan: SystemPlan, layout: Layout, facts: Facts) -> str:
    """The TOML text of one system's configuration."""
    folder = layout.system(plan.name)
    table: dict[str, Any] = {
        "name": plan.name,
        "log": str(folder.log),
        "listen": {"host": "127.0.0.1", "port": facts.ports[plan.name]},
        "tls": {
            "certificate": str(folder.certificate),
            "key": str(folder.key),
            "authorities": str(layout.authority / "authorities.pem"),
        },
    }
    if plan.role is not Role.INTERFACE:
        table["store"] = facts.store_of(plan.name, folder.store)
    if plan.role not in {Role.INTERFACE, Role.CERTIFICATION}:
        table["keys"] = {"path": str(folder.keystore), "unlock": str(folder.unlock)}
    return tomli_w.dumps(table | _OF_KIND[plan.role](plan, layout, facts))


def _certification(_: SystemPlan, layout: Layout, __: Facts) -> dict[str, Any]:
    own = layout.authority
    return {
        "issuing": {
            "certificate": str(own / "issuing.pem"),
            "key": str(own / "issuing.key"),
            "unlock": str(own / "issuing.unlock"),
        },
        "founding": [str(own / "certification.pem"), str(own / "operator.pem")],
    }


def _core(_: SystemPlan, __: Layout, facts: Facts) -> dict[str, Any]:
    own = {"log_origin": ORIGIN, "witnesses": [facts.witness_key], "shared": facts.store is not None}
    own["supervision"] = {"url": facts.url(SUPERVISION)}
    return own | _certified(facts)


def _residents(_: SystemPlan, __: Layout, facts: Facts) -> dict[str, Any]:
    return {"core": {"url": facts.url(CORE)}} | _certified(facts)


def _supervision(_: SystemPlan, __: Layout, facts: Facts) -> dict[str, Any]:
    core = {"url": facts.url(CORE), "log_origin": ORIGIN, "log_key": facts.log_key}
    return {"core": core, "witness_name": WITNESS, "interval_ms": _WITNESS_MS} | _certified(facts)


def _interface(plan: SystemPlan, layout: Layout, facts: Facts) -> dict[str, Any]:
    return _directory(plan, layout, facts, CORE) | _certified(facts)


def _addressee(plan: SystemPlan, layout: Layout, facts: Facts) -> dict[str, Any]:
    body = next(body for body in BODIES if body.id == plan.body)
    own = {"body": body.id, "residents": {"url": facts.url(RESIDENTS)}}
    return own | _directory(plan, layout, facts, body.interface) | _certified(facts)


def _intermediate(plan: SystemPlan, layout: Layout, facts: Facts) -> dict[str, Any]:
    served = [body for body in BODIES if body.intermediate == plan.name]
    bodies = [{"id": body.id, "addressee": facts.url(body.addressee_system)} for body in served]
    return {"bodies": bodies} | _directory(plan, layout, facts, served[0].interface) | _certified(facts)


def _disclosure(plan: SystemPlan, layout: Layout, facts: Facts) -> dict[str, Any]:
    own = {"pages": {"host": "127.0.0.1", "port": facts.page_port}, "residents": {"url": facts.url(RESIDENTS)}}
    return own | _directory(plan, layout, facts, INTERFACES[2]) | _certified(facts)


def _directory(plan: SystemPlan, layout: Layout, facts: Facts, source: SystemName) -> dict[str, Any]:
    table = {
        "url": facts.url(source),
        "role": (Role.CORE if source == CORE else Role.INTERFACE).value,
        "key": facts.directory_key,
        "kept": str(layout.system(plan.name).path / "directory.json"),
        "refresh_ms": _DIRECTORY_REFRESH_MS,
    }
    return {"directory": table}


def _certified(facts: Facts) -> dict[str, Any]:
    return {"certification": {"url": facts.url(CERTIFICATION), "refresh_ms": _REVOCATIONS_REFRESH_MS}}


_OF_KIND: Final[dict[Role, Callable[[SystemPlan, Layout, Facts], dict[str, Any]]]] = {
    Role.CERTIFICATION: _certification,
    Role.CORE: _core,
    Role.RESIDENTS: _residents,
    Role.INTERFACE: _interface,
    Role.ADDRESSEE: _addressee,
    Role.INTERMEDIATE: _intermediate,
    Role.DISCLOSURE: _disclosure,
    Role.SUPERVISION: _supervision,
}
