"""Decisions per second on one core: `decide_all`, beside two general policy engines with the same rows and questions.

    python bench/decisions.py [--questions 200000] [--rounds 5] [--quick] [--json]

The questions are mixed from all rows of all dates: half ask what a row permits, half differ from that in one respect
(day, item, kind, inquirer, provider). Each contender runs in a process of its own on the same core, has rules and
questions ready in its own form before the clock starts, runs once to warm up, and then `--rounds` times. The slow ones
get the first questions of the same list. All must answer alike, permitted or refused, or there is no result.

Cedar (cedarpy): a policy per row with the item as action, so that policies of other items fail at their first test;
bodies are entities in categories; policies and entities are parsed once; one batch call per list. "sliced" keeps a
policy set per item and groups the questions by it, a batch call for each.
Casbin (casbin): a line per row and kind, found by item and kind (FastEnforcer); a body is linked to every set of
categories that it meets. Both engines only say yes or no; `decide_all` gives the row and article, or the reason.
"""

import argparse
import json
import logging
import multiprocessing
import os
import platform
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib.metadata import version
from itertools import chain
from typing import Any

import casbin
import cedarpy
from casbin.model import FastModel

from renkei.law.decide import Question, decide_all
from renkei.law.list import PermissionList
from renkei.law.rows import Basis, Row
from renkei.terms.affairs import Category, item_number

SEED = 20261123
ITEM_THAT_NEVER_WAS = item_number("999")
LAST_DAY = date(2028, 1, 1)
Categories = frozenset[Category]
Prepared = tuple[Callable[[], Sequence[Any]], Callable[[Any], bool]]
"""What is timed, and whether one of its answers says "permitted"."""


def mixed(permissions: PermissionList, number: int) -> list[Question]:
    """The same questions for the same list of permissions."""
    rng = random.Random(SEED)
    known = sorted(permissions.categories)
    bodies = [frozenset([each]) for each in known] + [frozenset(rng.sample(known, rng.choice((2, 3)))) for _ in known]
    holding = {each: [body for body in bodies if each in body] for each in known}
    kinds, items = list(permissions.kinds), sorted({row.item for row in permissions.rows})
    first = permissions.changes()[0] - timedelta(200)
    changes: list[Callable[[], dict[str, Any]]] = [
        lambda: {"on": first + timedelta(rng.randrange((LAST_DAY - first).days))},
        lambda: {"item": rng.choice(items) if rng.random() < 0.8 else ITEM_THAT_NEVER_WAS},
        lambda: {"kind": rng.choice(kinds)},
        lambda: {"inquirer": rng.choice(bodies)},
        lambda: {"provider": rng.choice(bodies)},
    ]

    def one() -> Question:
        row = rng.choice(permissions.rows)
        days = ((row.valid_until or LAST_DAY) - row.valid_from).days
        told: dict[str, Any] = {
            "inquirer": rng.choice(holding[rng.choice(sorted(row.inquirers))]),
            "provider": rng.choice(holding[rng.choice(sorted(row.providers))]),
            "item": row.item,
            "kind": rng.choice(row.kinds),
            "on": row.valid_from + timedelta(rng.randrange(days)),
        }
        return Question(**(told if rng.random() < 0.5 else told | rng.choice(changes)()))

    return [one() for _ in range(number)]


def body_id(body: Categories) -> str:
    return "+".join(sorted(body))


def bodies_in(questions: Iterable[Question]) -> list[Categories]:
    return list(dict.fromkeys(chain.from_iterable((each.inquirer, each.provider) for each in questions)))


def renkei(permissions: PermissionList, questions: list[Question]) -> Prepared:
    return lambda: decide_all(permissions, questions), lambda answer: isinstance(answer, Basis)


def cedar_policy(row: Row) -> str:
    def listed(categories: Categories) -> str:
        return "[" + ", ".join(f'Category::"{each}"' for each in sorted(categories)) + "]"

    return (
        f'permit(principal, action == Action::"{row.item}", resource) when {{'
        f" {json.dumps(row.kinds)}.contains(context.kind)"
        f" && {row.valid_from.toordinal()} <= context.on && context.on < {(row.valid_until or date.max).toordinal()}"
        f" && principal in {listed(row.inquirers)} && resource in {listed(row.providers)} }};"
    )


def cedar_policies(rows: Iterable[Row]) -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str("\n".join(map(cedar_policy, rows)))


def cedar_entities(questions: list[Question]) -> cedarpy.Entities:
    def entity(type_: str, id_: str, parents: Iterable[str]) -> dict[str, Any]:
        above = [{"type": "Category", "id": each} for each in sorted(parents)]
        return {"uid": {"type": type_, "id": id_}, "attrs": {}, "parents": above}

    bodies = bodies_in(questions)
    made = [entity("Body", body_id(body), body) for body in bodies]
    made += [entity("Category", each, ()) for each in dict.fromkeys(chain.from_iterable(bodies))]
    return cedarpy.Entities.from_json_str(json.dumps(made))


def cedar_request(question: Question) -> dict[str, Any]:
    return {
        "principal": {"type": "Body", "id": body_id(question.inquirer)},
        "action": {"type": "Action", "id": question.item},
        "resource": {"type": "Body", "id": body_id(question.provider)},
        # As text, which is what the engine takes: a dict would be written out anew in every call.
        "context": json.dumps({"kind": question.kind, "on": question.on.toordinal()}),
    }


def cedar_allowed(answer: cedarpy.AuthzResult) -> bool:
    return answer.allowed


def cedar(permissions: PermissionList, questions: list[Question]) -> Prepared:
    policies, entities = cedar_policies(permissions.rows), cedar_entities(questions)
    requests = [cedar_request(each) for each in questions]
    return lambda: cedarpy.is_authorized_batch(requests, policies, entities), cedar_allowed


def cedar_sliced(permissions: PermissionList, questions: list[Question]) -> Prepared:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in permissions.rows:
        rows[row.item].append(row)
    policies = {item: cedar_policies(under) for item, under in rows.items()}
    nothing, entities = cedar_policies(()), cedar_entities(questions)
    requests = [cedar_request(each) for each in questions]

    def run() -> list[cedarpy.AuthzResult]:
        groups: dict[Any, list[int]] = defaultdict(list)
        for place, request in enumerate(requests):
            groups[request["action"]["id"]].append(place)
        found: dict[int, cedarpy.AuthzResult] = {}
        for item, places in groups.items():
            asked = [requests[place] for place in places]
            answers = cedarpy.is_authorized_batch(asked, policies.get(item, nothing), entities)
            found.update(zip(places, answers, strict=True))
        return [found[place] for place in range(len(requests))]

    return run, cedar_allowed


CASBIN_KEYS = (2, 3)
"""Item and kind: the enforcer finds lines by them, so the matcher does not compare them again."""
CASBIN_MODEL = """
[request_definition]
r = sub, obj, item, kind, on
[policy_definition]
p = sub, obj, item, kind, begins, ends
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = p.begins <= r.on < p.ends && g(r.sub, p.sub) && g(r.obj, p.obj)
"""


def casbin_fast(permissions: PermissionList, questions: list[Question]) -> Prepared:
    logging.getLogger("casbin").setLevel(logging.WARNING)
    model = FastModel(CASBIN_KEYS)
    model.load_model_from_text(CASBIN_MODEL)
    enforcer = casbin.FastEnforcer(model, cache_key_order=CASBIN_KEYS)
    sets = dict.fromkeys(chain.from_iterable((row.inquirers, row.providers) for row in permissions.rows))
    names = {each: f"set-{place}" for place, each in enumerate(sets)}
    enforcer.add_policies(
        [
            (
                names[row.inquirers],
                names[row.providers],
                row.item,
                kind,
                f"{row.valid_from}",
                f"{row.valid_until or '9'}",
            )
            for row in permissions.rows
            for kind in row.kinds
        ]
    )
    met = [(body, name) for body in bodies_in(questions) for each, name in names.items() if not each.isdisjoint(body)]
    enforcer.add_grouping_policies([(body_id(body), name) for body, name in met])
    asked = [(body_id(each.inquirer), body_id(each.provider), each.item, each.kind, f"{each.on}") for each in questions]
    return lambda: enforcer.batch_enforce(asked), bool


CONTENDERS: dict[str, tuple[Callable[[PermissionList, list[Question]], Prepared], int]] = {
    "renkei decide_all": (renkei, 1),
    "cedarpy, one policy set": (cedar, 50),
    "cedarpy, sliced by item": (cedar_sliced, 10),
    "casbin FastEnforcer": (casbin_fast, 10),
}
"""How each is made ready, and the share of the questions that it gets: one in so many."""


@dataclass(frozen=True)
class Measured:
    questions: int
    rates: list[float]
    """Decisions per second, one per round."""

    @property
    def median(self) -> float:
        return statistics.median(self.rates)


def answers_of(name: str, questions: list[Question]) -> list[bool]:
    """Permitted or refused, by one contender (`tests/law/test_decisions_peers.py`)."""
    run, permitted = CONTENDERS[name][0](PermissionList.load(), questions)
    return [permitted(answer) for answer in run()]


def measure(name: str, number: int, rounds: int) -> tuple[Measured, bytes]:
    """Rates, and the answers as bytes of 0 and 1; runs in a process of its own."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    permissions = PermissionList.load()
    prepare, one_in = CONTENDERS[name]
    questions = mixed(permissions, number)[: number // one_in]
    run, permitted = prepare(permissions, questions)
    answers = bytes(permitted(answer) for answer in run())
    rates = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        rates.append(len(questions) / (time.perf_counter() - began))
    return Measured(len(questions), rates), answers


def measured(number: int, rounds: int) -> tuple[dict[str, Measured], bytes]:
    """All contenders one after the other, and the answers of the first; stops where two answer differently."""
    found: dict[str, Measured] = {}
    agreed = b""
    for name in CONTENDERS:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            found[name], answers = alone.submit(measure, name, number, rounds).result()
        agreed = agreed or answers
        if not agreed.startswith(answers):
            place = next(i for i, (one, other) in enumerate(zip(agreed, answers, strict=False)) if one != other)
            sys.exit(f"{name} answers question {place} otherwise")
    return found, agreed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=200_000, help="at least 50")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="20000 questions, 3 rounds")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")
    options = parser.parse_args()
    if options.questions < 50 or options.rounds < 1:
        parser.error("too few questions or rounds")
    number, rounds = (20_000, 3) if options.quick else (options.questions, options.rounds)
    found, answers = measured(number, rounds)
    versions = {name: version(name) for name in ("renkei", "cedarpy", "casbin")}
    permitted, ours = sum(answers) / len(answers), found["renkei decide_all"].median
    if options.as_json:
        told = {name: asdict(each) | {"median": each.median} for name, each in found.items()}
        print(
            json.dumps({"v": 1, "python": platform.python_version(), **versions, "permitted": permitted, "rates": told})
        )
        return
    print(f"Python {platform.python_version()}, " + ", ".join(" ".join(each) for each in versions.items()))
    print(f"{number:,} questions, {permitted:.0%} permitted; one core, median of {rounds} (lowest to highest)")
    print("last column: how many of its decisions ours makes in the same time; all answers agree\n")
    for name, each in found.items():
        spread = f"({min(each.rates):,.0f} to {max(each.rates):,.0f})"
        print(f"{name:<24} {each.median:>10,.0f} decisions/s {spread:<26} {ours / each.median:>6,.1f}")


if __name__ == "__main__":
    main()
