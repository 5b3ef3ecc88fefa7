"""The sandbox's six bodies: real names and codes, of five categories; one city with both its mayor and its board.

They only lend their names: nothing here speaks for them or reaches them.
"""

from dataclasses import dataclass
from typing import Final

from renkei.terms.affairs import Category
from renkei.terms.bodies import BodyId, SystemName


@dataclass(frozen=True, slots=True)
class SandboxBody:
    """One body and the systems that serve it."""

    id: BodyId
    name_ja: str
    name_en: str
    code: str | None
    categories: tuple[Category, ...]
    intermediate: SystemName
    interface: SystemName

    @property
    def addressee_system(self) -> SystemName:
        """The name of the body's own addressee system."""
        return SystemName(f"addressee-{self.id}")

    @property
    def line_system(self) -> SystemName:
        """The name of the line system whose part the sandbox's driver plays."""
        return SystemName(f"line-{self.id}")


def _body(id_: str, names: tuple[str, str], code: str | None, categories: tuple[str, ...], half: str) -> SandboxBody:
    east = half == "1"
    return SandboxBody(
        BodyId(id_),
        *names,
        code,
        tuple(Category(name) for name in categories),
        SystemName(f"intermediate-{half}"),
        SystemName("interface-a" if east else "interface-b"),
    )


YOKOHAMA: Final = _body(
    "141003-mayor", ("横浜市長", "Mayor of Yokohama"), "141003",
    ("municipal-mayor", "city-mayor", "health-centre-city-mayor"), "1",
)  # fmt: skip
YOKOHAMA_BOARD: Final = _body(
    "141003-board-of-education", ("横浜市教育委員会", "Yokohama City Board of Education"), "141003",
    ("municipal-board-of-education",), "1",
)  # fmt: skip
KENPO: Final = _body(
    "kyokai-kenpo", ("全国健康保険協会", "Japan Health Insurance Association"), None,
    ("japan-health-insurance-association",), "1",
)  # fmt: skip
KAWASAKI: Final = _body(
    "141305-mayor", ("川崎市長", "Mayor of Kawasaki"), "141305",
    ("municipal-mayor", "city-mayor", "health-centre-city-mayor"), "2",
)  # fmt: skip
KANAGAWA: Final = _body(
    "140007-governor", ("神奈川県知事", "Governor of Kanagawa"), "140007",
    ("prefectural-governor",), "2",
)  # fmt: skip
MINISTER: Final = _body(
    "mhlw-minister", ("厚生労働大臣", "Minister of Health, Labour and Welfare"), "6000012070001",
    ("mhlw-minister",), "2",
)  # fmt: skip

BODIES: Final = (YOKOHAMA, YOKOHAMA_BOARD, KENPO, KAWASAKI, KANAGAWA, MINISTER)
INTERMEDIATES: Final = (SystemName("intermediate-1"), SystemName("intermediate-2"))
INTERFACES: Final = (SystemName("interface-a"), SystemName("interface-b"), SystemName("interface-d"))
