"""What the sandbox asks is what the real law permits, and what it holds is what is asked for."""

from datetime import date

import pytest

from renkei.law.decide import Question, Refused, decide
from renkei.law.list import PermissionList
from renkei.law.rows import Basis
from renkei.sandbox.bodies import BODIES, KANAGAWA, YOKOHAMA, SandboxBody
from renkei.sandbox.canaries import MARKER
from renkei.sandbox.people import make_residents
from renkei.sandbox.plans import ITEMS, PLANS, PROVIDED, Plan, period_of, replicas_for
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.refusals import Reason

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)
PEOPLE = make_residents(60, 1)


def asked(inquirer: SandboxBody, provider: SandboxBody, item: str, kind: str) -> Basis | Refused:
    categories = (frozenset(inquirer.categories), frozenset(provider.categories))
    return decide(PERMISSIONS, Question(*categories, ItemNumber(item), InformationKind(kind), TODAY))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.inquirer.id}-{plan.item}-{plan.kind}")
def test_the_law_permits_every_row_of_the_plan(plan: Plan) -> None:
    assert isinstance(asked(plan.inquirer, plan.provider, plan.item, plan.kind), Basis)


def test_item_157_could_be_asked_until_it_left_the_table() -> None:
    def governor_asks(provider: frozenset[Category], on: date) -> Basis | Refused:
        item, kind = ItemNumber("157"), InformationKind("family-register")
        return decide(PERMISSIONS, Question(frozenset(KANAGAWA.categories), provider, item, kind, on))

    justice = frozenset({Category("moj-minister")})
    assert isinstance(governor_asks(justice, date(2025, 9, 30)), Basis)
    gone = Refused(Reason.RULE_NOT_IN_FORCE)
    assert governor_asks(justice, date(2025, 10, 1)) == gone
    assert governor_asks(frozenset(YOKOHAMA.categories), TODAY) == gone


def test_every_category_of_a_sandbox_body_stands_in_the_list() -> None:
    for body in BODIES:
        assert PERMISSIONS.checked(body.categories) == frozenset(body.categories)


def test_the_six_bodies_are_of_five_categories_and_one_city_has_two() -> None:
    assert len(BODIES) == 6
    assert len({body.categories[0] for body in BODIES}) == 5
    assert [body.id for body in BODIES if body.code == "141003"] == ["141003-mayor", "141003-board-of-education"]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.inquirer.id}-{plan.item}-{plan.kind}")
def test_a_provider_holds_what_the_plan_asks_of_it(plan: Plan) -> None:
    assert plan.kind in PROVIDED[plan.provider.id]
    known = [p for p in PEOPLE if {plan.inquirer.id, plan.provider.id} <= p.addressees.keys()]
    held = [r for p in known for r in replicas_for(plan.provider.id, p) if r.kind == plan.kind]
    if plan.inquirer.categories != ("municipal-board-of-education",):  # few pupils among sixty people
        assert held
    for replica in held:
        assert tuple(replica.items) == ITEMS[plan.kind]
        assert replica.period == period_of(plan.kind)
        assert replica.automatic


def test_about_some_people_every_value_carries_the_marker() -> None:
    for person in PEOPLE:
        replicas = [r for body in BODIES if body.id in person.addressees for r in replicas_for(body.id, person)]
        marked = [MARKER in value.reveal() for replica in replicas for value in replica.items.values()]
        assert set(marked) <= {person.index % 8 == 5}
    assert any(person.index % 8 == 5 for person in PEOPLE)
