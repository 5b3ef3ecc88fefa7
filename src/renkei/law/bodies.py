"""An affair by ordinance put to many bodies at once (法19条9号): which of them may be asked?"""

from collections.abc import Mapping
from dataclasses import replace

from renkei.law.decide import Question, Refused
from renkei.law.list import PermissionList
from renkei.law.ordinance import OrdinanceBasis, Ordinances, Parties, decide_ordinance
from renkei.terms.affairs import Category
from renkei.terms.bodies import BodyId

Verdict = OrdinanceBasis | Refused


def decide_for_bodies(
    permissions: PermissionList,
    ordinances: Ordinances,
    question: Question,
    inquirer: BodyId,
    providers: Mapping[BodyId, frozenset[Category]],
) -> dict[BodyId, Verdict]:
    """`decide_ordinance` for each of these bodies with its categories, in their order; consent is taken as given.

    Bodies with the same categories have the same answer, so it is found once for all of them. A limitation is one
    body's own (法26条): a body that has one for these items is decided alone. The question's provider does not matter.
    """
    affair = ordinances.affair(question.item)
    items = frozenset({affair.like_item, *(asked.like_item for asked in affair.asked)} if affair else ())
    found: dict[BodyId, Verdict] = {}
    shared: dict[frozenset[Category], Verdict] = {}
    for body, categories in providers.items():
        limited = ordinances.withholds(body, items, question)
        verdict = None if limited else shared.get(categories)
        if verdict is None:
            asked = replace(question, provider=categories)
            verdict = decide_ordinance(permissions, ordinances, asked, Parties(inquirer, body), consent=True)
            if not limited:
                shared[categories] = verdict
        found[body] = verdict
    return found
