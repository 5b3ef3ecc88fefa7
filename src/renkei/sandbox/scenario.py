"""The scenario: everything that can come of an inquiry, played by line systems and clerks over the running network.

Every step may be repeated at any time: ids are fixed by the step, so a system that is killed and restarted in the
middle changes nothing in the end. `Stage.moment` is called between steps: crash tests kill there, the demo prints.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from msgspec.structs import replace

from renkei.messages import addressee, line
from renkei.messages.line import InquiryState
from renkei.sandbox.bodies import BODIES, KANAGAWA, KAWASAKI, KENPO, YOKOHAMA, YOKOHAMA_BOARD, SandboxBody
from renkei.sandbox.lines import FINAL_STATES, LineSystem
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import ITEMS, PLANS, Plan, period_of, replicas_for
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import BodyId, PiaState, SystemName
from renkei.terms.codes import BodyCode
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

LAPSE_MS: Final = 2_000
_TAX: Final = InformationKind("local-tax")
_TAX_PLAN: Final = PLANS[0]


Step = tuple[str, Callable[[], Awaitable[None]]]


class Stage(Protocol):
    """What the scenario needs of the network beside the doors."""

    async def moment(self, name: str, done: int, of: int) -> None:
        """Between two steps: progress is shown, crash tests strike."""
        ...

    async def load_residents(self, people: Sequence[SyntheticResident]) -> None:
        """The registry's operator loads its residents."""
        ...

    async def find(self, body: BodyId, pia: PiaState) -> None:
        """The commission finds a breach of an impact assessment, or that it is mended."""
        ...

    async def kill(self, system: SystemName) -> None:
        """End a system by SIGKILL."""
        ...

    async def start(self, system: SystemName) -> None:
        """Start a system that is down; nothing happens to one that runs."""
        ...


class UnexpectedOutcomeError(Exception):
    """The network did something else than the scenario demands: a defect, not a refusal."""


@dataclass(frozen=True, slots=True)
class Act:
    """Inquiries of one body and what must come of each of them."""

    name: str
    body: BodyId
    inquiries: tuple[line.Inquiry, ...]
    state: InquiryState
    reason: Reason | None = None


@dataclass(slots=True)
class Played:
    """What came of it, as the line systems saw it."""

    outcomes: Counter[str] = field(default_factory=Counter)
    asked: dict[BodyId, list[str]] = field(default_factory=dict)
    replicas: int = 0
    citizen: SyntheticResident | None = None


class Scenario:
    """One run over one network."""

    def __init__(
        self, stage: Stage, lines: dict[BodyId, LineSystem], people: Sequence[SyntheticResident], inquiries: int
    ) -> None:
        self._stage = stage
        self._lines = lines
        self._people = people
        self._inquiries = inquiries
        self.played = Played(citizen=next(person for person in people if person.card))

    async def play(self) -> Played:
        """Everything, in order."""
        acts: tuple[Step, ...] = (
            ("inquiries", self._ask_in_bulk),
            ("repeats", self._repeat),
            ("refusals", self._refusals),
            ("misuse", self._misuse),
            ("pia", self._pia),
            ("clerks", self._clerks),
            ("not-held", self._not_held),
            ("lapse", self._lapse),
            ("non-disclosure", self._non_disclosure),
            ("down-and-back", self._down_and_back),
        )
        await self._steps((*self._loading(), *acts))
        return self.played

    async def load(self) -> None:
        """Only what comes before any inquiry: residents, addressees, codes, replicas."""
        await self._steps(self._loading())

    def _loading(self) -> tuple[Step, ...]:
        return (
            ("registration", self._register),
            ("acquisition", self._acquire),
            ("replicas", self._replicate),
        )

    async def _steps(self, steps: Sequence[Step]) -> None:
        for done, (name, step) in enumerate(steps):
            await self._stage.moment(name, done, len(steps))
            await step()
        await self._stage.moment("end", len(steps), len(steps))

    # -- before any inquiry

    async def _register(self) -> None:
        await self._stage.load_residents(self._people)
        for body in BODIES:
            persons = [
                addressee.Person(addressee=person.addressees[body.id], number=person.number, lines={})
                for person in self._known(body.id)
            ]
            await self._lines[body.id].register_persons(persons)

    async def _acquire(self) -> None:
        for body in BODIES:
            await self._lines[body.id].acquire([p.addressees[body.id] for p in self._known(body.id)])
        for body in BODIES:
            found = await self._lines[body.id].acquired([p.addressees[body.id] for p in self._known(body.id)])
            failed = [status for status in found if status.state is not line.CodeState.ACQUIRED]
            if failed:
                raise UnexpectedOutcomeError(f"{body.id}: {len(failed)} codes not acquired: {failed[0].problem}")

    async def _replicate(self) -> None:
        for body in BODIES:
            replicas = [r for person in self._known(body.id) for r in replicas_for(body.id, person)]
            self.played.replicas += await self._lines[body.id].put_replicas(replicas)

    # -- acts

    async def _ask_in_bulk(self) -> None:
        by_body: dict[BodyId, list[line.Inquiry]] = {}
        for number in range(self._inquiries):
            plan = PLANS[number % len(PLANS)]
            people = self._between(plan)
            person = people[number // len(PLANS) % len(people)]
            by_body.setdefault(plan.inquirer.id, []).append(self._inquiry(plan, person, f"bulk-{number}"))
        acts = [Act("answered", body, tuple(asked), InquiryState.PROVIDED) for body, asked in by_body.items()]
        accepted = [(act, await self._accepted(act)) for act in acts]
        for act, ids in accepted:
            await self._expect(act, ids)

    async def _repeat(self) -> None:
        plan = PLANS[0]
        person = self._between(plan)[0]
        first = self._inquiry(plan, person, "repeated")
        lines = self._lines[plan.inquirer.id]
        once, again = (
            (await self._accepted(Act("repeated", plan.inquirer.id, (first,), InquiryState.PROVIDED)))[0],
            (await lines.ask([first]))[0],
        )
        other = (await lines.ask([replace(first, unit="別の課")]))[0]
        if again.inquiry != once or other.problem != "repeated-otherwise":
            raise UnexpectedOutcomeError("a repeated request was not recognised")
        await self._expect(Act("repeated-request", plan.inquirer.id, (first,), InquiryState.PROVIDED), [once])

    async def _refusals(self) -> None:
        person = self._between(_TAX_PLAN)[0]
        alone = next(p for p in self._known(YOKOHAMA.id) if KAWASAKI.id not in p.addressees)
        pupil = next(p for p in self._known(YOKOHAMA_BOARD.id) if KAWASAKI.id in p.addressees)
        tax, child = _TAX_PLAN, InformationKind("child-allowance")
        acts = (
            _refused("no-row", tax, self._inquiry(_row(tax, item="9000"), person, "r1"), Reason.NO_STATUTORY_BASIS),
            self._no_longer_in_force(),
            _refused(
                "information-not-of-the-row",
                tax,
                self._inquiry(_row(tax, kind=child), person, "r3"),
                Reason.INFORMATION_NOT_LISTED,
            ),
            _refused(
                "inquirer-not-of-the-category",
                _row(tax, inquirer=YOKOHAMA_BOARD),
                self._inquiry(_row(tax, inquirer=YOKOHAMA_BOARD), pupil, "r4"),
                Reason.INQUIRER_NOT_LISTED,
            ),
            _refused(
                "provider-not-of-the-category",
                tax,
                self._inquiry(_row(tax, provider=KENPO), person, "r5"),
                Reason.PROVIDER_NOT_LISTED,
            ),
            _refused("provider-holds-no-code", tax, self._inquiry(tax, alone, "r6"), Reason.PROVIDER_HOLDS_NO_CODE),
        )
        for act in acts:
            await self._run(act)

    def _no_longer_in_force(self) -> Act:
        """国家戦略特別区域限定保育士の登録 (157の項) left the table on 2025-10-01, whomever one asks."""
        plan = Plan(KANAGAWA, YOKOHAMA, ItemNumber("157"), InformationKind("family-register"), "次世代育成課")
        person = next(p for p in self._known(KANAGAWA.id) if YOKOHAMA.id in p.addressees)
        return _refused("row-no-longer-in-force", plan, self._inquiry(plan, person, "r2"), Reason.RULE_NOT_IN_FORCE)

    async def _misuse(self) -> None:
        person = self._between(_TAX_PLAN)[0]
        stolen = (await self._lines[KAWASAKI.id].codes([person.addressees[KAWASAKI.id]]))[0].code
        assert stolen is not None
        invented = SecretText(BodyCode(YOKOHAMA.id, 1, bytes(range(16))).text())
        for name, code, reason in (
            ("code-of-another-body", stolen, Reason.CODE_OF_ANOTHER_BODY),
            ("unknown-code", invented, Reason.UNKNOWN_CODE),
        ):
            inquiry = self._inquiry(_TAX_PLAN, None, name, code=code)
            await self._run(_refused(name, _TAX_PLAN, inquiry, reason))

    async def _pia(self) -> None:
        plan = next(plan for plan in PLANS if plan.provider is KENPO)
        person = self._between(plan)[0]
        await self._stage.find(KENPO.id, PiaState.BREACH)
        await self._run(_refused("pia-breach", plan, self._inquiry(plan, person, "pia"), Reason.PIA_BREACH))
        await self._stage.find(KENPO.id, PiaState.IN_ORDER)
        mended = self._inquiry(plan, person, "pia-mended")
        await self._run(Act("answered", plan.inquirer.id, (mended,), InquiryState.PROVIDED))

    async def _clerks(self) -> None:
        released, withheld = self._protect(1, 2)
        await self._lines[KAWASAKI.id].put_replicas(self._protected(released, withheld))
        asked = {name: self._inquiry(_TAX_PLAN, p, name) for name, p in (("rel", released), ("with", withheld))}
        ids = {name: await self._held(inquiry) for name, inquiry in asked.items()}
        await self._lines[KAWASAKI.id].decide(
            [
                line.Decision(inquiry=ids["rel"], release=True, clerk="clerk-1"),
                line.Decision(inquiry=ids["with"], release=False, clerk="clerk-1"),
            ]
        )
        for name, key, state in (
            ("held-then-released", "rel", InquiryState.PROVIDED),
            ("held-then-withheld", "with", InquiryState.WITHHELD),
        ):
            await self._expect(Act(name, YOKOHAMA.id, (asked[key],), state), [ids[key]])

    async def _not_held(self) -> None:
        plan = PLANS[1]
        person = self._between(plan)[3]
        key = line.ReplicaKey(addressee=person.addressees[KAWASAKI.id], kind=plan.kind, period=None)
        await self._lines[KAWASAKI.id].delete_replicas([key])
        inquiry = self._inquiry(plan, person, "not-held")
        await self._run(Act("not-held", YOKOHAMA.id, (inquiry,), InquiryState.NOT_HELD))

    async def _lapse(self) -> None:
        (person,) = self._protect(3)
        await self._lines[KAWASAKI.id].put_replicas(self._protected(person))
        inquiry = replace(self._inquiry(_TAX_PLAN, person, "lapse"), respond_within_ms=LAPSE_MS)
        await self._run(Act("lapsed", YOKOHAMA.id, (inquiry,), InquiryState.LAPSED))

    async def _non_disclosure(self) -> None:
        assert self.played.citizen is not None
        inquiry = replace(self._inquiry(_TAX_PLAN, self.played.citizen, "marked"), non_disclosure=True)
        await self._run(Act("non-disclosure", YOKOHAMA.id, (inquiry,), InquiryState.PROVIDED))

    async def _down_and_back(self) -> None:
        person = self._between(_TAX_PLAN)[4]
        inquiry = self._inquiry(_TAX_PLAN, person, "down-and-back")
        act = Act("provider-down-and-back", YOKOHAMA.id, (inquiry,), InquiryState.PROVIDED)
        await self._stage.kill(KAWASAKI.intermediate)
        ids = await self._accepted(act)
        await self._lines[YOKOHAMA.id].until(ids, frozenset({InquiryState.PERMITTED}) | FINAL_STATES)
        await self._stage.start(KAWASAKI.intermediate)
        await self._expect(act, ids)

    # -- how acts are run

    async def _run(self, act: Act) -> None:
        await self._expect(act, await self._accepted(act))

    async def _accepted(self, act: Act) -> list[str]:
        ids: list[str] = []
        for answer in await self._lines[act.body].ask(act.inquiries):
            if answer.inquiry is None:
                raise UnexpectedOutcomeError(f"{act.name}: {answer.request} was turned away: {answer.problem}")
            ids.append(answer.inquiry)
        self.played.asked.setdefault(act.body, []).extend(ids)
        return ids

    async def _expect(self, act: Act, ids: Sequence[str]) -> None:
        for result in await self._lines[act.body].until(ids, FINAL_STATES):
            reason = act.reason.value if act.reason else None
            if (result.state, result.reason) != (act.state, reason):
                raise UnexpectedOutcomeError(f"{act.name}: {result.state.value} {result.reason}, not {act.state.value}")
            if act.state is InquiryState.PROVIDED and not result.content:
                raise UnexpectedOutcomeError(f"{act.name}: provided without content")
            self.played.outcomes[act.name] += 1

    async def _held(self, inquiry: line.Inquiry) -> str:
        ids = await self._accepted(Act("held", YOKOHAMA.id, (inquiry,), InquiryState.HELD))
        await self._lines[YOKOHAMA.id].until(ids, frozenset({InquiryState.HELD}) | FINAL_STATES)
        return ids[0]

    # -- who and what

    def _known(self, body: BodyId) -> list[SyntheticResident]:
        return [person for person in self._people if body in person.addressees]

    def _between(self, plan: Plan) -> list[SyntheticResident]:
        """Persons whom both know and about whom the provider holds the kind; the citizen comes first."""
        both = [p for p in self._known(plan.inquirer.id) if plan.provider.id in p.addressees]
        return [p for p in both if any(r.kind == plan.kind for r in replicas_for(plan.provider.id, p))]

    def _protect(self, *places: int) -> list[SyntheticResident]:
        """Persons under protection, from the end of the list so that bulk inquiries seldom meet them."""
        people = self._between(_TAX_PLAN)
        return [people[-place] for place in places]

    def _protected(self, *people: SyntheticResident) -> list[line.Replica]:
        replicas = [r for p in people for r in replicas_for(KAWASAKI.id, p) if r.kind == _TAX]
        return [replace(replica, automatic=False) for replica in replicas]

    def _inquiry(
        self, plan: Plan, person: SyntheticResident | None, request: str, code: SecretText | None = None
    ) -> line.Inquiry:
        return line.Inquiry(
            request=request,
            provider=plan.provider.id,
            item=plan.item,
            kind=plan.kind,
            items=ITEMS.get(plan.kind, ("項目",)),
            unit=plan.unit,
            addressee=person.addressees[plan.inquirer.id] if person else None,
            code=code,
            period=period_of(plan.kind),
        )


def _row(
    plan: Plan,
    *,
    inquirer: SandboxBody | None = None,
    provider: SandboxBody | None = None,
    item: str | None = None,
    kind: InformationKind | None = None,
) -> Plan:
    return Plan(
        inquirer or plan.inquirer,
        provider or plan.provider,
        ItemNumber(item) if item else plan.item,
        kind or plan.kind,
        plan.unit,
    )


def _refused(name: str, plan: Plan, inquiry: line.Inquiry, reason: Reason) -> Act:
    return Act(name, plan.inquirer.id, (inquiry,), InquiryState.REFUSED, reason)
