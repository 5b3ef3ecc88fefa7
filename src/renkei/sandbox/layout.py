"""Which systems a sandbox has and where each keeps what; `sandbox.json`, the file that tells it to users and tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from renkei.sandbox.bodies import BODIES, INTERFACES, INTERMEDIATES
from renkei.sandbox.plain import PlainError
from renkei.terms.bodies import BodyId, Role, SystemName

CERTIFICATION: Final = SystemName("certification")
CORE: Final = SystemName("core")
RESIDENTS: Final = SystemName("residents")
SUPERVISION: Final = SystemName("supervision")
DISCLOSURE_SYSTEM: Final = SystemName("disclosure")
FILE: Final = "sandbox.json"


@dataclass(frozen=True, slots=True)
class SystemPlan:
    """One system: its name, what program it is, its role and body in the certificate, and the keys of its store."""

    name: SystemName
    role: Role
    body: BodyId | None = None

    @property
    def kind(self) -> str:
        """The SYSTEM of `renkei run`."""
        return self.role.value


def system_plans() -> list[SystemPlan]:
    """Every system, in an order in which they may be started."""
    return [
        SystemPlan(CERTIFICATION, Role.CERTIFICATION),
        SystemPlan(CORE, Role.CORE),
        SystemPlan(RESIDENTS, Role.RESIDENTS),
        *(SystemPlan(name, Role.INTERFACE) for name in INTERFACES),
        *(SystemPlan(body.addressee_system, Role.ADDRESSEE, body.id) for body in BODIES),
        *(SystemPlan(name, Role.INTERMEDIATE) for name in INTERMEDIATES),
        SystemPlan(DISCLOSURE_SYSTEM, Role.DISCLOSURE),
        SystemPlan(SUPERVISION, Role.SUPERVISION),
    ]


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one certificate's holder; a system has all of them, a person or line system the first two."""

    path: Path

    @property
    def certificate(self) -> Path:
        return self.path / "certificate.pem"

    @property
    def key(self) -> Path:
        return self.path / "certificate.key"

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def keystore(self) -> Path:
        return self.path / "keys.sealed"

    @property
    def unlock(self) -> Path:
        return self.path / "keys.unlock"

    @property
    def store(self) -> Path:
        return self.path / "store.db"

    @property
    def log(self) -> Path:
        return self.path / "log.jsonl"

    @property
    def output(self) -> Path:
        return self.path / "output.txt"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand below the sandbox's folder."""

    root: Path

    def system(self, name: SystemName) -> Folder:
        return Folder(self.root / "systems" / name)

    def line(self, body: BodyId) -> Folder:
        return Folder(self.root / "lines" / body)

    def staff(self, who: str) -> Folder:
        return Folder(self.root / "staff" / who)

    def card(self, serial: str) -> Folder:
        return Folder(self.root / "cards" / serial)

    @property
    def authority(self) -> Path:
        return self.system(CERTIFICATION).path / "authority"

    @property
    def offline(self) -> Path:
        return self.root / "offline"

    @property
    def trust(self) -> Path:
        return self.root / "trust.json"

    @property
    def file(self) -> Path:
        return self.root / FILE


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate and its key, PEM."""

    certificate: str
    key: str


class SystemInfo(Holder, frozen=True, kw_only=True):
    """One system as it runs. `pid` 0: it is down."""

    kind: str
    url: str
    page_url: str | None
    pid: int
    ready_ms: int
    config: str
    log: str
    store: str | None


class BodyInfo(Holder, frozen=True, kw_only=True):
    """One body, and its line system's certificate."""

    name_ja: str
    name_en: str
    code: str | None
    categories: tuple[str, ...]
    intermediate: str
    intermediate_url: str
    addressee: str
    addressee_url: str


class ResidentInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One synthetic resident by the numbers that bodies give; never the Individual Number, name or address."""

    index: int
    addressees: dict[str, str]
    card: Holder | None


class SandboxFile(msgspec.Struct, frozen=True, kw_only=True):
    """`sandbox.json`. `complete`: everything that `up` builds and loads stands, and it may go on from there."""

    v: int = 1
    complete: bool = False
    authorities: str
    trust: str
    systems: dict[str, SystemInfo]
    bodies: dict[str, BodyInfo]
    staff: dict[str, Holder]
    residents: tuple[ResidentInfo, ...]

    def pids(self) -> Iterator[int]:
        """Process ids of the systems that were started."""
        return (info.pid for info in self.systems.values() if info.pid)


def write(layout: Layout, state: SandboxFile) -> None:
    """Replace `sandbox.json` in one step."""
    data = msgspec.json.format(msgspec.json.encode(state), indent=1)
    fresh = layout.file.with_suffix(".new")
    fresh.write_bytes(data)
    fresh.replace(layout.file)


def read(layout: Layout) -> SandboxFile:
    """Read `sandbox.json`; raises BAD_CONFIGURATION for one that is cut off or is something else."""
    try:
        return msgspec.json.decode(layout.file.read_bytes(), type=SandboxFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PlainError(
            f"{layout.file}: 読めません。フォルダーを消して renkei sandbox up で作り直してください。",
            f"{layout.file}: not the file of a sandbox ({error}); remove the folder and make a new one.",
        ) from None
