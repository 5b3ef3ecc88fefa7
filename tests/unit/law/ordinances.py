"""One affair by ordinance as a city may notify it, and one limitation: what the tests of both floors change."""

from typing import Any

from renkei.messages.ordinance import AskedInformation, Limitation, OrdinanceAffair, Withheld
from renkei.terms.affairs import Category, InformationKind, ItemNumber, OrdinanceAffairId
from renkei.terms.bodies import BodyId

CITY, OTHER_CITY, INSURER = BodyId("141003-mayor"), BodyId("141305-mayor"), BodyId("kyokai-kenpo")
AFFAIR = OrdinanceAffairId(ItemNumber("ord-141003-1"))
LIKE = ItemNumber("13")
"""小児慢性特定疾病医療費: the table names the governor as its inquirer, not a mayor."""


def asked(kind: str, *providers: str, item: str = LIKE, **changed: Any) -> AskedInformation:
    return AskedInformation(
        like_item=ItemNumber(item),
        kind=InformationKind(kind),
        providers=tuple(Category(each) for each in providers),
        **changed,
    )


def affair(**changed: Any) -> OrdinanceAffair:
    """子どもの医療費の助成: local tax of mayors, medical insurance of the insurer."""
    fields: dict[str, Any] = {
        "id": AFFAIR,
        "body": CITY,
        "ordinance": "小児医療費助成条例",
        "name_ja": "小児の医療費の助成",
        "name_en": "Subsidy of children's medical fees",
        "like_item": LIKE,
        "asked": (
            asked("local-tax", "municipal-mayor"),
            asked("medical-insurance", "japan-health-insurance-association"),
        ),
        "notified_on": "2026-04-01",
        "starts_on": "2026-06-01",
    }
    return OrdinanceAffair(**{**fields, **changed})


def limitation(**changed: Any) -> Limitation:
    fields: dict[str, Any] = {
        "id": "lim-141305-1",
        "body": OTHER_CITY,
        "ordinance": "利用特定個人情報の提供の範囲の限定に関する条例",
        "withheld": (Withheld(like_item=LIKE, kinds=(InformationKind("local-tax"),)),),
        "notified_on": "2025-03-31",
        "ordinance_from": "2026-04-01",
        "starts_on": "2026-07-01",
    }
    return Limitation(**{**fields, **changed})
