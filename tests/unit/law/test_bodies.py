"""法19条9号 for many bodies at once: to each the same answer as when it is asked for alone."""

from datetime import date
from typing import Any

import pytest

from renkei.law import bodies
from renkei.law.bodies import decide_for_bodies
from renkei.law.decide import Question, Refused
from renkei.law.list import PermissionList
from renkei.law.ordinance import OrdinanceBasis, Ordinances, Parties, decide_ordinance
from renkei.messages.ordinance import Limitation, Withheld
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.refusals import Reason
from tests.unit.law.ordinances import AFFAIR, CITY, LIKE, affair, asked, limitation

PERMISSIONS = PermissionList.load()
ON = date(2026, 7, 1)
MAYOR, GOVERNOR = frozenset({Category("municipal-mayor")}), frozenset({Category("prefectural-governor")})
PROVIDERS = {BodyId(f"{number}-mayor"): GOVERNOR if number % 3 == 0 else MAYOR for number in range(30)}
LIMITED = BodyId("4-mayor")


def ask(item: str = AFFAIR, kind: str = "local-tax") -> Question:
    return Question(frozenset(), frozenset(), ItemNumber(item), InformationKind(kind), ON)


def of_one(ordinances: Ordinances, question: Question, provider: BodyId) -> OrdinanceBasis | Refused:
    alone = Question(frozenset(), PROVIDERS[provider], question.item, question.kind, question.on)
    return decide_ordinance(PERMISSIONS, ordinances, alone, Parties(CITY, provider), consent=True)


def limited(**changed: Any) -> Limitation:
    return limitation(**{"body": LIMITED, **changed})


@pytest.mark.parametrize(
    "limitations",
    [
        (),
        (limited(),),
        (limited(withheld=(Withheld(like_item=LIKE, kinds=None),)),),
        (limited(withheld=(Withheld(like_item=ItemNumber("106"), kinds=None),)),),
        (limited(until="2026-07-01"),),
        (limited(), limitation(id="lim-000003-1", body=BodyId("3-mayor"))),
        (limited(body=BodyId("1-mayor")),),  # the first of its categories
    ],
)
@pytest.mark.parametrize("question", [ask(), ask(kind="pension"), ask(item="ord-141003-9")])
def test_every_body_has_the_answer_that_it_has_alone(limitations: tuple[Limitation, ...], question: Question) -> None:
    ordinances = Ordinances((affair(),), limitations)
    found = decide_for_bodies(PERMISSIONS, ordinances, question, CITY, PROVIDERS)
    assert found == {provider: of_one(ordinances, question, provider) for provider in PROVIDERS}
    assert list(found) == list(PROVIDERS)


def test_26_a_limitation_of_an_item_that_was_notified_besides_counts_too() -> None:
    besides = affair(asked=(asked("local-tax", "municipal-mayor", item="106"),))
    ordinances = Ordinances((besides,), (limited(withheld=(Withheld(like_item=ItemNumber("106"), kinds=None),)),))
    found = decide_for_bodies(PERMISSIONS, ordinances, ask(), CITY, PROVIDERS)
    refused = {provider: verdict.reason for provider, verdict in found.items() if isinstance(verdict, Refused)}
    assert refused.pop(LIMITED) is Reason.LIMITED_BY_ORDINANCE
    assert refused == {p: Reason.PROVIDER_NOT_LISTED for p, categories in PROVIDERS.items() if categories == GOVERNOR}


def test_the_law_is_asked_once_for_bodies_of_the_same_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    decided: list[BodyId] = []

    def counting(*given: Any, **more: Any) -> OrdinanceBasis | Refused:
        decided.append(given[3].provider)
        return decide_ordinance(*given, **more)

    monkeypatch.setattr(bodies, "decide_ordinance", counting)
    decide_for_bodies(PERMISSIONS, Ordinances((affair(),), (limited(),)), ask(), CITY, PROVIDERS)
    assert decided == ["0-mayor", "1-mayor", LIMITED]


def test_of_no_body_nothing_is_said() -> None:
    assert decide_for_bodies(PERMISSIONS, Ordinances((affair(),)), ask(), CITY, {}) == {}
