"""What the sandbox's bodies ask each other: rows of the real permission list, with plausible items and values.

Item names are ours: the real list of items is not public. About some persons, every value carries the canaries' marker.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from renkei.messages.fields import Period
from renkei.messages.line import Replica
from renkei.sandbox.bodies import KANAGAWA, KAWASAKI, KENPO, MINISTER, YOKOHAMA, YOKOHAMA_BOARD, SandboxBody
from renkei.sandbox.canaries import MARKER
from renkei.sandbox.people import SyntheticResident
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.secrets import SecretText

FISCAL_YEAR: Final = Period(first="2025-04-01", last="2026-03-31")


@dataclass(frozen=True, slots=True)
class Plan:
    """Who asks whom under which row, and the unit in charge (事務をつかさどる組織)."""

    inquirer: SandboxBody
    provider: SandboxBody
    item: ItemNumber
    kind: InformationKind
    unit: str


def _plan(inquirer: SandboxBody, provider: SandboxBody, row: tuple[str, str], unit: str) -> Plan:
    return Plan(inquirer, provider, ItemNumber(row[0]), InformationKind(row[1]), unit)


PLANS: Final = (
    _plan(YOKOHAMA, KAWASAKI, ("48", "local-tax"), "財政局税務課"),
    _plan(YOKOHAMA, KAWASAKI, ("48", "resident-record"), "財政局税務課"),
    _plan(YOKOHAMA, MINISTER, ("48", "unemployment-benefits"), "財政局税務課"),
    _plan(YOKOHAMA, KENPO, ("48", "medical-insurance"), "財政局税務課"),
    _plan(KAWASAKI, YOKOHAMA, ("48", "local-tax"), "財政局市民税管理課"),
    _plan(YOKOHAMA_BOARD, YOKOHAMA, ("63", "local-tax"), "学校教育企画部"),
    _plan(YOKOHAMA_BOARD, YOKOHAMA, ("63", "public-assistance"), "学校教育企画部"),
    _plan(KANAGAWA, YOKOHAMA, ("13", "local-tax"), "福祉子どもみらい局"),
    _plan(KENPO, KAWASAKI, ("2", "local-tax"), "神奈川支部業務グループ"),
    _plan(KENPO, MINISTER, ("2", "unemployment-benefits"), "神奈川支部業務グループ"),
    _plan(MINISTER, YOKOHAMA, ("1", "resident-record"), "保険局保険課"),
)

ITEMS: Final[dict[str, tuple[str, ...]]] = {
    "local-tax": ("総所得金額", "所得割額", "均等割額"),
    "resident-record": ("世帯主との続柄", "住民となった年月日"),
    "unemployment-benefits": ("受給資格決定年月日", "基本手当日額"),
    "medical-insurance": ("給付決定年月日", "給付額"),
    "public-assistance": ("保護開始年月日", "保護の種類"),
}

PROVIDED: Final[dict[BodyId, tuple[str, ...]]] = {
    YOKOHAMA.id: ("local-tax", "resident-record", "public-assistance"),
    KAWASAKI.id: ("local-tax", "resident-record"),
    KENPO.id: ("medical-insurance",),
    MINISTER.id: ("unemployment-benefits",),
}


def period_of(kind: str) -> Period | None:
    """Tax is asked for a fiscal year; the rest as it stands."""
    return FISCAL_YEAR if kind == "local-tax" else None


def _value(name: str, index: int) -> str:
    if name.endswith("年月日"):
        return f"202{index % 6}-{index % 12 + 1:02d}-{index % 28 + 1:02d}"
    if name.endswith("額"):
        return f"{(index * 7_919) % 9_000_000 + 1_000:,}円"
    return ("世帯主", "配偶者", "子")[index % 3] if name.endswith("続柄") else "生活扶助"


def replicas_for(body: BodyId, person: SyntheticResident) -> Iterator[Replica]:
    """What a body holds about a person it knows; about every eighth, with the marker that is searched for later."""
    mark = f" ({MARKER})" if person.index % 8 == 5 else ""
    for kind in PROVIDED.get(body, ()):
        if kind == "public-assistance" and person.index % 2:
            continue
        items = {name: SecretText(_value(name, person.index) + mark) for name in ITEMS[kind]}
        yield Replica(
            addressee=person.addressees[body],
            kind=InformationKind(kind),
            period=period_of(kind),
            items=items,
        )
