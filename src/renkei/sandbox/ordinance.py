"""What one body of the sandbox notified under 法19条9号: a subsidy of its own that is like a governor's (item 13).

The affair and the ordinance are samples: they only show the way.
"""

from typing import Final

from renkei.messages.ordinance import AskedInformation, OrdinanceAffair, OrdinanceNotices
from renkei.sandbox.bodies import KENPO, YOKOHAMA
from renkei.terms.affairs import Category, InformationKind, ItemNumber, OrdinanceAffairId

_CHILD_CHRONIC_DISEASE: Final = ItemNumber("13")
AFFAIR: Final = OrdinanceAffair(
    id=OrdinanceAffairId(ItemNumber("ord-141003-1")),
    body=YOKOHAMA.id,
    ordinance="横浜市小児医療費助成条例(見本)",
    name_ja="小児の医療費の助成",
    name_en="Subsidy of children's medical fees",
    like_item=_CHILD_CHRONIC_DISEASE,
    asked=(
        AskedInformation(
            like_item=_CHILD_CHRONIC_DISEASE,
            kind=InformationKind("local-tax"),
            providers=(Category("municipal-mayor"),),
        ),
        AskedInformation(
            like_item=_CHILD_CHRONIC_DISEASE,
            kind=InformationKind("medical-insurance"),
            providers=KENPO.categories,
        ),
    ),
    notified_on="2024-06-03",
    starts_on="2024-07-01",
)
NOTICES: Final = OrdinanceNotices(affairs=(AFFAIR,))
