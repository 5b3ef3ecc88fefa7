"""Bugs to plant in the systems: each is one that somebody could write, and breaks one promise.

`plant` changes the running code of a copy that ends with its run. Every name that is replaced must be there.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec.structs import replace as with_

from renkei.law.decide import Refused
from renkei.messages import line
from renkei.messages.codec import encode
from renkei.messages.fields import Outcome
from renkei.messages.receipt import Receipt
from renkei.platform.logstore.store import LogStore
from renkei.platform.observe import event, failure
from renkei.platform.sql import sqlite, writer
from renkei.sandbox.bodies import INTERFACES, INTERMEDIATES
from renkei.sandbox.layout import CORE
from renkei.simulation.faults import Fault
from renkei.simulation.play import Play
from renkei.systems.core.rules import record as core_record
from renkei.systems.core.rules import report as core_report
from renkei.systems.core.service import inquiries as core_inquiries
from renkei.systems.core.service import reports as core_reports
from renkei.systems.core.service import sending as core_sending
from renkei.systems.core.states import State
from renkei.systems.core.store import records
from renkei.systems.core.store.issuance import SqlIssuance
from renkei.systems.core.store.records import SqlRecords
from renkei.systems.intermediate.rules import inquirer as inquirer_rules
from renkei.systems.intermediate.rules import provider as provider_rules
from renkei.systems.intermediate.rules.kept import KeptInquiry, KeptProvision
from renkei.systems.intermediate.service import answers, clerks, inquiries, notices, results, sending
from renkei.systems.intermediate.service.cabinet import NOTICED, Cabinet
from renkei.systems.intermediate.service.jobs import turns
from renkei.systems.intermediate.states import ProvisionEvent, ProvisionState
from renkei.systems.intermediate.store import statements
from renkei.systems.intermediate.store.rows import SqlRows
from renkei.terms.affairs import ItemNumber
from renkei.terms.bodies import SystemName
from renkei.translog.receipt import Verifier
from renkei.translog.tree import TreeHead

Plant = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug, and the promises that it breaks. `amid`: all the faults of its run."""

    breaks: tuple[str, ...]
    plant: Plant
    amid: tuple[Fault, ...] = ()
    scene: Plant | None = None
    """Changes the play where the drawn one does not come to what is broken."""
    seed: int = 1
    steps: int = 10


def _put(where: Any, name: str, new: object) -> Any:
    """Replace something that is there; what it was."""
    before = where.__dict__[name]
    setattr(where, name, new)
    return before


def _fault(kind: str, who: SystemName, at_s: float, lasts_s: float, strength: float) -> Fault:
    return Fault(kind, who, SystemName("nobody"), at_s, lasts_s, strength)


_EAST, _WEST = INTERMEDIATES
_POWER_CUT_OF_THE_CORE: Final = (_fault("power-cut", CORE, 1.5, 0.5, 0.0),)
_POWER_CUT_OF_A_BODY: Final = (_fault("power-cut", _EAST, 1.5, 0.5, 0.0), _fault("power-cut", _WEST, 1.6, 0.5, 0.0))
_FULL_DISK_OF_THE_CORE: Final = (_fault("disk-full", CORE, 0.5, 1.0, 0.0),)
_FULL_DISK_OF_BODIES: Final = (_fault("disk-full", _EAST, 0.5, 1.0, 0.0), _fault("disk-full", _WEST, 0.5, 1.0, 0.0))
_DOUBLED: Final = (_fault("doubled-requests", CORE, 0.0, 4.0, 1.0),)
_CUT: Final = (_fault("cut-connections", CORE, 0.0, 5.0, 1.0),)
_SLOW: Final = tuple(_fault("slow-link", each, 1.0, 5.0, 1.0) for each in INTERFACES[:2])
_AHEAD: Final = (
    *(_fault("clock-jump", each, 0.0, 2.0, 0.57) for each in INTERMEDIATES),
    _fault("cut-connections", CORE, 0.5, 3.0, 1.0),
)


# The store.


def _the_end_of_the_log_is_what_this_process_remembers() -> None:
    """Whatever another one has appended meanwhile."""
    _put(LogStore, "_catch_up", lambda *_: None)


def _commits_are_not_synced() -> None:
    """The usual advice for a fast SQLite: in the write-ahead log only its checkpoints are synced."""
    fast = ["PRAGMA synchronous = normal" if "synchronous" in each else each for each in sqlite._PRAGMAS]
    _put(sqlite, "_PRAGMAS", tuple(fast))


def _acknowledged_before_it_is_durable() -> None:
    """Who waits is told as soon as the job has run; the commit goes on behind."""

    def prepare(self: Any, tx: Any, group: Any) -> Any:
        outcomes = before(self, tx, group)
        writer._resolve([(job.future, outcome) for job, outcome in zip(group, outcomes, strict=True)])
        return outcomes

    before = _put(writer.Groups, "prepare", prepare)


# The log.


def _a_rolled_back_group_stays_in_memory() -> None:
    _put(LogStore, "_forget", lambda _: None)
    _put(LogStore, "_drop_from", lambda *_: None)


def _a_bundle_forgets_what_it_held() -> None:
    def bundles(self: Any, old: int, new: int) -> Any:
        self._bundle = b""
        return before(self, old, new)

    before = _put(LogStore, "_bundles", bundles)


def _another_head_is_signed() -> None:
    def publish(self: Any, tx: Any, head: TreeHead) -> None:
        before(self, tx, TreeHead(head.size, sha256(head.root).digest()))

    before = _put(LogStore, "_publish", publish)


def _the_signature_is_not_the_logs() -> None:
    def signed(self: Any, head: TreeHead) -> str:
        text, _, lines = str(before(self, head)).rpartition(" ")
        return f"{text} {lines[:6]}{'A' * 20}{lines[26:]}"

    before = _put(LogStore, "_signed", signed)


def _an_end_is_not_logged() -> None:
    """The record says how it ended, the log does not."""

    def end(self: Any, entries: Sequence[Any]) -> None:
        self._log = _Unheard(self._log)
        before(self, entries)

    class _Unheard:
        def __init__(self, log: Any) -> None:
            self._log = log

        def append(self, tx: Any, *_: object) -> int:
            return int(self._log.size(tx))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._log, name)

    before = _put(SqlRecords, "end", end)


def _the_record_is_stored_otherwise_than_logged() -> None:
    def row(self: Any, entry: Any) -> dict[str, object]:
        found: dict[str, object] = before(self, entry)
        told = entry.first()
        found["record"] = encode(with_(told, at_ms=told.at_ms + 1)).decode()
        return found

    before = _put(SqlRecords, "_row", row)


def _no_proof_is_checked() -> None:
    """Bodies read receipts without verifying them, and the core makes wrong ones."""

    class Trusting:
        def __init__(self, trust: Any) -> None:
            """Whatever the trust is."""

        def read(self, receipt: Receipt, kind: Any) -> Any:
            return msgspec.json.decode(receipt.record, type=kind)

    def receipts(self: Any, tx: Any, leaves: Any) -> list[Receipt]:
        return [with_(each, proof=each.proof[:-1]) for each in before(self, tx, leaves)]

    _put(notices, "Verifier", Trusting)
    _put(inquiries, "Verifier", Trusting)
    before = _put(LogStore, "receipts", receipts)


# The core.


def _an_end_is_written_over_others() -> None:
    """A condition that is too wide."""
    _put(records, "_END", records._END.replace("sequence = :sequence", "sequence <= :sequence"))


def _the_end_is_noted_in_the_record() -> None:
    """What the log commits to is edited afterwards."""
    noted = "SET record = replace(record, 'false', 'true'), state"
    _put(records, "_END", records._END.replace("SET state", noted))


def _a_repeated_report_is_logged_again() -> None:
    def judge(report: Any, entry: Any, provider: Any, now: Any) -> Any:
        if entry is not None and entry.outcome is not None:
            entry = replace(entry, draft=replace(entry.draft, state=State.PERMITTED))
        return before(report, entry, provider, now)

    before = _put(core_reports, "judge", judge)


def _ids_are_told_in_another_order() -> None:
    """Each request is answered with the inquiry of another one."""

    async def take(office: Any, body: Any, message: Any) -> Any:
        taken = (await before(office, body, message)).accepted
        turned = [with_(each, inquiry=other.inquiry) for each, other in zip(taken, taken[::-1], strict=True)]
        return line.InquiriesAccepted(accepted=tuple(turned))

    before = inquiries.take
    _put(results, "take", take)


def _decisions_are_remembered_without_the_item() -> None:
    """Who may ask whom for one thing is looked up once, whatever it is asked for."""
    known: dict[object, Any] = {}

    def decide(permissions: Any, ordinances: Any, question: Any, parties: Any, *, consent: Any) -> Any:
        key = (question.inquirer, question.provider, question.kind)
        if key not in known or isinstance(known[key], Refused):
            known[key] = before(permissions, ordinances, question, parties, consent=consent)
        return known[key]

    before = _put(core_inquiries, "decide_either", decide)


def _much_is_asked_for_unlawfully() -> None:
    """Every other inquiry names an item that is none."""
    lawful = iter(range(1_000_000))

    def inquiry(*arguments: Any) -> Any:
        found = before(*arguments)
        return found if next(lawful) % 2 == 0 else with_(found, item=ItemNumber("9000"))

    before = _put(Play, "_inquiry", inquiry)


def _a_repeat_is_answered_with_another_id() -> None:
    def again(inquiry: Any, seen: Any, content: Any) -> Any:
        return with_(before(inquiry, seen, content), inquiry="0" * 32)

    before = _put(inquiries, "_again", again)


def _a_permit_is_recorded_as_a_refusal() -> None:
    """The record says refused, the notice carries the code all the same, and nobody looks at the event."""

    def record(*arguments: Any) -> Any:
        return with_(before(*arguments), event="refused")

    def read(event: str) -> Any:
        return lambda self, receipt, kind: with_(verified(self, receipt, kind), event=event)

    before = _put(core_record, "_record", record)
    verified = Verifier.read
    _put(notices, "Verifier", type("Verifier", (Verifier,), {"read": read("permitted")}))


def _a_notice_goes_with_its_sending() -> None:
    """Settled whether or not the provider acknowledged it."""

    async def send(self: Any, provider: Any, pending: Sequence[Any]) -> None:
        done = [each.entry.draft.inquiry for each in pending]
        await self.desk.store.write("notices", lambda work: work.records.settle_notices(provider, done, {}))
        await before(self, provider, pending)

    before = _put(core_sending.Sender, "send_notices", send)


# The intermediate server: the inquirer's side.


def _a_repeat_is_a_second_inquiry() -> None:
    """No request is found again."""
    number = iter(range(1_000_000))

    def requests(self: Any, wanted: list[str]) -> Any:
        return before(self, [f"{each} {next(number)}" for each in wanted])

    before = _put(Cabinet, "requests", requests)


def _what_an_inquiry_says_is_not_compared_well() -> None:
    """The same content is taken for another."""
    number = iter(range(1_000_000))

    def contents(self: Any, wanted: Sequence[Any]) -> list[bytes]:
        return [sha256(each + bytes([next(number) % 256])).digest() for each in before(self, wanted)]

    before = _put(Cabinet, "inquiry_contents", contents)


def _a_final_answer_may_change() -> None:
    """An answer that comes again ends the inquiry again, at another moment."""

    def answered(kept: KeptInquiry, answer: Any, sender: Any) -> Any:
        changed = before(kept, answer, sender)
        if changed is None and kept.ended_at_ms is not None:
            return with_(kept, ended_at_ms=kept.ended_at_ms + 1)
        return changed

    before = _put(answers, "answered", answered)


# The intermediate server: the provider's side.


def _validity_is_nobodys_business() -> None:
    """Neither provider nor inquirer nor core looks at how long a notice holds."""

    def check(kept: KeptInquiry, answer: Any) -> None:
        before(with_(kept, valid_until_ms=None), answer)

    async def lapse(office: Any, body: Any) -> int:
        return 0

    _put(provider_rules, "expired", lambda *_: False)
    _put(clerks, "expired", lambda *_: False)
    _put(clerks, "lapse", lapse)
    _put(core_report, "_untimely", lambda *_: None)
    before = _put(inquirer_rules, "_check_content", check)


def _content_stays_ready_after_a_lapse() -> None:
    """A notice whose validity is over is made ready all the same, then recorded as lapsed."""

    def first_move(kept: Any, found: Any, now: Any) -> Any:
        return before(with_(kept, valid_until_ms=None), found, now)

    def provided(kept: Any, found: Any, now: Any, salt: bytes) -> Any:
        done, content = giving(kept, found, now, salt)
        if expired(kept, now):
            return provider_rules.moved(kept, ProvisionEvent.LAPSE, found, now), content
        return done, content

    expired = provider_rules.expired
    before = _put(notices, "first_move", first_move)
    giving = _put(notices, "provided", provided)


def _the_report_is_of_whole_seconds() -> None:
    """The core is told another moment than the inquirer."""

    def report_of(kept: Any) -> Any:
        report = before(kept)
        return with_(report, at_ms=report.at_ms // 1_000 * 1_000)

    before = _put(sending, "report_of", report_of)


def _the_report_tells_another_outcome() -> None:
    def report_of(kept: Any) -> Any:
        report = before(kept)
        return with_(report, outcome=Outcome.WITHHELD) if report.outcome is Outcome.NOT_HELD else report

    before = _put(sending, "report_of", report_of)


def _the_report_commits_to_something_else() -> None:
    def report_of(kept: Any) -> Any:
        report = before(kept)
        return report if report.digest is None else with_(report, digest=sha256(report.digest).digest())

    before = _put(sending, "report_of", report_of)


def _a_clerk_may_decide_again() -> None:
    """Clerks are shown what has ended too, and what they say of it counts."""

    async def held(office: Any, body: Any) -> line.HeldList:
        cabinet = office.cabinet(body)
        found = await office.store.read(
            lambda rows: [cabinet.open(NOTICED, row.inquiry, row.record, KeptProvision) for row in rows.held(body)]
        )
        return line.HeldList(held=tuple(waiting(kept) for kept in found if kept.addressee and kept.valid_until_ms))

    def follow(desk: Any, kept: Any, decision: Any) -> Any:
        return before(desk, with_(kept, state=ProvisionState.HELD), decision)

    everything = statements.HELD.replace("AND lapse_at_ms IS NOT NULL ", "")
    waiting = clerks._waiting
    _put(statements, "HELD", everything)
    _put(clerks, "held", held)
    _put(clerks, "decided_so", lambda *_: False)
    before = _put(clerks, "_follow", follow)


def _content_is_kept_after_its_acknowledgement() -> None:
    _put(statements, "ANSWER_SETTLED", statements.ANSWER_SETTLED.replace("content = NULL, ", ""))


def _an_answer_goes_with_its_sending() -> None:
    """Settled whether or not the inquirer acknowledged it."""

    async def send(office: Any, body: Any, inquirer: Any, pending: Sequence[Any]) -> None:
        done = [(each.kept.inquiry, each.record) for each in pending]
        await office.store.write("answers-sent", lambda rows: rows.answers_settled(body, done))
        await before(office, body, inquirer, pending)

    before = _put(sending, "send_answers", send)


def _nobody_is_woken() -> None:
    """What became due is sent after the next start, and not before."""
    _put(notices, "wake_all", lambda *_: None)
    _put(clerks, "wake_all", lambda *_: None)


def _a_reader_divides_by_nothing() -> None:
    """Once, in the way out to the core."""

    async def due(office: Any, body: Any) -> Any:
        sending.reports_due = before
        return 1 // 0

    before = _put(sending, "reports_due", due)


def _due_is_what_the_clock_says() -> None:
    """What became due while the clock was ahead is not due any more once it is right again."""

    def due(rows: str) -> Any:
        def look(self: Any, *arguments: Any) -> Any:
            now = time.time_ns() // 1_000_000
            column = "answer_due_ms" if rows == "answers_due" else "report_due_ms"
            told = {each[0] for each in self._tx.rows(_LATER.format(column), tenant=arguments[0], now=now)}
            return [row for row in before[rows](self, *arguments) if row.inquiry not in told]

        return look

    before = {rows: _put(SqlRows, rows, due(rows)) for rows in ("answers_due", "reports_due")}


_LATER: Final = "SELECT inquiry FROM provision WHERE tenant = :tenant AND {} > :now"


def _every_validity_is_short() -> None:
    """Each inquiry is to be answered within two seconds."""

    def inquiry(*arguments: Any) -> Any:
        return with_(before(*arguments), respond_within_ms=2_000)

    before = _put(Play, "_inquiry", inquiry)


# Acquisition.


def _newcomers_arrive() -> None:
    """In the place of inquiries: bodies ask for the codes of persons whom they did not know."""
    _put(Play, "_ask", Play._arrive)


def _an_acquisition_number_is_kept() -> None:
    """The code is there, and the number by which it was acquired too."""
    _put(
        statements,
        "DROP_ACQUISITIONS",
        "DELETE FROM acquisition WHERE tenant = :tenant AND acquisition_tag IN :tags AND 1 = 0",
    )


def _a_code_is_never_delivered() -> None:
    """The body waits for ever."""
    _put(SqlIssuance, "deliver", lambda *_: None)


# Bulk jobs.


def _jobs_are_handed_in() -> None:
    """In the place of inquiries."""
    _put(Play, "_ask", Play._bulk)


def _rows_are_numbered_anew_in_each_chunk() -> None:
    """Two rows of a job then have one request id."""

    def request_of(job: str, asked: Any) -> str:
        return str(before(job, asked._replace(row=(asked.row - 1) % 30 + 1)))

    before = _put(turns, "request_of", request_of)


# Secrets.


def _a_code_is_logged() -> None:
    """While somebody looked for something else: of each notice the code by which it names the person."""

    async def receive(office: Any, body: Any, message: Any) -> Any:
        for notice in message.notices:
            event("notice-came", code=notice.code.reveal() if notice.code else None)
        return await before(office, body, message)

    before = _put(notices, "receive", receive)


def _an_amount_is_in_an_error() -> None:
    """What was provided stands in the text of an exception that production writes out."""

    def answered(kept: Any, answer: Any, sender: Any) -> Any:
        if answer.content:
            amounts = [value.reveal() for value in answer.content.values()]
            failure("answer-looked-odd", OSError(f"not a number: {amounts}"))
        return before(kept, answer, sender)

    before = _put(answers, "answered", answered)


# Waiting.


def _somebody_waits_for_ever() -> None:
    """For a signal that is never given, while all others go on."""

    async def settle(_: Play) -> None:
        await asyncio.Event().wait()

    _put(Play, "settle", settle)


MUTANTS: Final[Mapping[str, Mutant]] = {
    "decisions-are-remembered-without-the-item": Mutant(
        ("permits_follow_the_law",), _decisions_are_remembered_without_the_item, scene=_much_is_asked_for_unlawfully
    ),
    "commits-of-the-core-are-not-synced": Mutant(
        ("permit_before_answer", "final_stays_final"), _commits_are_not_synced, _POWER_CUT_OF_THE_CORE
    ),
    "the-end-of-the-log-is-what-this-process-remembers": Mutant(
        ("records_have_their_leaves",), _the_end_of_the_log_is_what_this_process_remembers, seed=3
    ),
    "a-permit-is-recorded-as-a-refusal": Mutant(("permit_before_answer",), _a_permit_is_recorded_as_a_refusal),
    "commits-of-a-body-are-not-synced": Mutant(("final_stays_final",), _commits_are_not_synced, _POWER_CUT_OF_A_BODY),
    "an-end-is-written-over-others": Mutant(("final_stays_final",), _an_end_is_written_over_others),
    "a-final-answer-may-change": Mutant(("final_stays_final",), _a_final_answer_may_change, _CUT, steps=20),
    "the-end-is-noted-in-the-record": Mutant(
        ("records_have_their_leaves", "receipts_verify"), _the_end_is_noted_in_the_record
    ),
    "a-clerk-may-decide-again": Mutant(("final_stays_final",), _a_clerk_may_decide_again),
    "a-bundle-forgets-what-it-held": Mutant(("log_only_grows",), _a_bundle_forgets_what_it_held),
    "another-head-is-signed": Mutant(("log_only_grows",), _another_head_is_signed),
    "the-signature-is-not-the-logs": Mutant(("log_only_grows",), _the_signature_is_not_the_logs),
    "an-end-is-not-logged": Mutant(("records_have_their_leaves",), _an_end_is_not_logged),
    "a-repeated-report-is-logged-again": Mutant(
        ("records_have_their_leaves",), _a_repeated_report_is_logged_again, _DOUBLED
    ),
    "a-rolled-back-group-stays-in-memory": Mutant(
        ("records_have_their_leaves",), _a_rolled_back_group_stays_in_memory, _FULL_DISK_OF_THE_CORE
    ),
    "no-proof-is-checked": Mutant(("receipts_verify",), _no_proof_is_checked),
    "the-record-is-stored-otherwise-than-logged": Mutant(
        ("receipts_verify", "records_have_their_leaves"), _the_record_is_stored_otherwise_than_logged
    ),
    "validity-is-nobodys-business": Mutant(
        ("lapsed_is_never_answered",), _validity_is_nobodys_business, _SLOW, _every_validity_is_short, seed=2, steps=20
    ),
    "content-stays-ready-after-a-lapse": Mutant(
        ("lapsed_is_never_answered",),
        _content_stays_ready_after_a_lapse,
        _SLOW,
        _every_validity_is_short,
        seed=2,
        steps=32,
    ),
    "the-report-is-of-whole-seconds": Mutant(("three_copies_agree",), _the_report_is_of_whole_seconds),
    "the-report-tells-another-outcome": Mutant(("three_copies_agree",), _the_report_tells_another_outcome),
    "the-report-commits-to-something-else": Mutant(("three_copies_agree",), _the_report_commits_to_something_else),
    "an-answer-goes-with-its-sending": Mutant(
        ("three_copies_agree", "pending_ends"), _an_answer_goes_with_its_sending, _CUT, steps=20
    ),
    "a-notice-goes-with-its-sending": Mutant(
        ("three_copies_agree", "pending_ends"), _a_notice_goes_with_its_sending, _CUT
    ),
    "nobody-is-woken": Mutant(("pending_ends",), _nobody_is_woken),
    "a-reader-divides-by-nothing": Mutant((), _a_reader_divides_by_nothing),
    "due-is-what-the-clock-says": Mutant(("pending_ends",), _due_is_what_the_clock_says, _AHEAD, seed=2, steps=20),
    "content-is-kept-after-its-acknowledgement": Mutant(("pending_ends",), _content_is_kept_after_its_acknowledgement),
    "acknowledged-before-it-is-durable": Mutant(
        ("nothing_accepted_is_lost",), _acknowledged_before_it_is_durable, _FULL_DISK_OF_BODIES
    ),
    "a-repeat-is-a-second-inquiry": Mutant(("nothing_accepted_is_lost",), _a_repeat_is_a_second_inquiry, _DOUBLED),
    "ids-are-told-in-another-order": Mutant(("nothing_accepted_is_lost",), _ids_are_told_in_another_order),
    "a-repeat-is-answered-with-another-id": Mutant(("doors_keep_their_word",), _a_repeat_is_answered_with_another_id),
    "what-an-inquiry-says-is-not-compared-well": Mutant(
        ("doors_keep_their_word",), _what_an_inquiry_says_is_not_compared_well, steps=20
    ),
    "an-acquisition-number-is-kept": Mutant(
        ("acquisitions_end",), _an_acquisition_number_is_kept, scene=_newcomers_arrive
    ),
    "a-code-is-never-delivered": Mutant(("acquisitions_end",), _a_code_is_never_delivered, scene=_newcomers_arrive),
    "rows-are-numbered-anew-in-each-chunk": Mutant(
        ("jobs_end",), _rows_are_numbered_anew_in_each_chunk, scene=_jobs_are_handed_in
    ),
    "a-code-is-logged": Mutant(("secrets_stay_in_their_places",), _a_code_is_logged),
    "an-amount-is-in-an-error": Mutant(("secrets_stay_in_their_places",), _an_amount_is_in_an_error),
    "somebody-waits-for-ever": Mutant(("goes_on",), _somebody_waits_for_ever),
}
