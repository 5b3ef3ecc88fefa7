"""What must hold, whatever happens: judged from the evidence alone, each with the article that it serves.

`ALWAYS` holds at every moment, between what was seen before and what is seen now; `AT_LAST` once everything has healed
and had time to end.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.messages.jobs import JobState, RowOutcome
from renkei.messages.line import InquiryState
from renkei.simulation.evidence import Asked, Central, Evidence, Key, Noticed
from renkei.simulation.law import unlawful
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.systems.intermediate.states import FINAL_INQUIRY, ProvisionState
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.translog.checkpoint import Checkpoint
from renkei.translog.keys import NoteError
from renkei.translog.note import Note, parse_note, verify_note
from renkei.translog.receipt import Verifier, record_entry
from renkei.translog.tree import Frontier, leaf_hash

ENDED: Final = frozenset({"refused", "provided", "withheld", "not-held", "lapsed"})
_PROVISION_ENDED: Final = frozenset(state for state in ProvisionState if state.value in ENDED)


@dataclass(slots=True)
class Past:
    """What earlier looks have established, so that nothing is proved twice."""

    evidence: Evidence | None = None
    frontier: Frontier = field(default_factory=Frontier)
    proven: set[tuple[str, str, int]] = field(default_factory=set)
    """Receipts that verified: side, inquiry, index."""
    placed: set[str] = field(default_factory=set)
    """Records whose leaves were found in their places, with their end."""


Check = Callable[[Past, Evidence], Iterator[str]]


def permit_before_answer(_: Past, now: Evidence) -> Iterator[str]:
    """法21条2項・22条1項, design 5: no answer exists anywhere unless the core's record of its permit does."""
    for (body, inquiry), noticed in now.noticed.items():
        central = now.central.get(inquiry)
        if central is None:
            yield f"{body} keeps inquiry {inquiry} of which the core has no record"
        elif noticed.content is not None and central.record.event != "permitted":
            yield f"{body} has content ready for inquiry {inquiry}, which was never permitted"
    for (body, inquiry), asked in now.asked.items():
        if asked.content is not None or asked.kept.state is InquiryState.PROVIDED:
            central = now.central.get(inquiry)
            if central is None or central.record.event != "permitted":
                yield f"{body} was given content for inquiry {inquiry} without a permit in the log"


def final_stays_final(past: Past, now: Evidence) -> Iterator[str]:
    """法23条: what has ended keeps its end, in all three copies."""
    before = past.evidence
    if before is None:
        return
    for inquiry, record in before.central.items():
        after = now.central.get(inquiry)
        if after is None:
            yield f"the core lost its record of {inquiry}"
        elif record.state in ENDED and (record.state, record.outcome_text) != (after.state, after.outcome_text):
            yield f"the core's end of {inquiry} changed from {record.state} to {after.state}"
        elif record.text != after.text:
            yield f"the core's record of {inquiry} changed"
    for key, asked in before.asked.items():
        yield from _still_asked(key, asked, now.asked.get(key))
    for key, noticed in before.noticed.items():
        yield from _still_noticed(key, noticed, now.noticed.get(key))


def _still_asked(key: Key, before: Asked, after: Asked | None) -> Iterator[str]:
    if after is None:
        yield f"{key[0]} lost its inquiry {key[1]}"
    elif before.kept.state in FINAL_INQUIRY and (before.kept, before.content) != (after.kept, after.content):
        yield f"{key[0]}: the end of inquiry {key[1]} changed"


def _still_noticed(key: Key, before: Noticed, after: Noticed | None) -> Iterator[str]:
    if after is None:
        yield f"{key[0]} lost its record of notice {key[1]}"
    elif before.kept.state in _PROVISION_ENDED and before.kept != after.kept:
        yield f"{key[0]}: the end of notice {key[1]} changed"


def log_only_grows(past: Past, now: Evidence) -> Iterator[str]:
    """命令47条, RFC 9162: earlier entries stay, and the signed checkpoint is over just these."""
    before = past.evidence.entries if past.evidence else ()
    if now.entries[: len(before)] != before:
        yield "entries of the log changed or went"
        return
    past.frontier, _ = past.frontier.append([leaf_hash(entry) for entry in now.entries[len(before) :]])
    if now.checkpoint is None:
        return
    note = parse_note(now.checkpoint)
    checkpoint = Checkpoint.parse(note.text)
    if not _signed(note, now):
        yield "the newest checkpoint is not signed by the log"
    if checkpoint.head != past.frontier.head():
        yield f"the checkpoint of size {checkpoint.size} is not over the {len(now.entries)} entries of the log"


def _signed(note: Note, now: Evidence) -> bool:
    try:
        return bool(verify_note(note, (now.trust.log,)))
    except NoteError:
        return False


def records_have_their_leaves(past: Past, now: Evidence) -> Iterator[str]:
    """法23条3項: each record is one leaf, its end another, where the record says; no leaf is without a record."""
    leaves = 0
    for record in now.central.values():
        leaves += 1 + (record.outcome_text is not None)
        if record.inquiry in past.placed:
            continue
        yield from _misplaced(record, now.entries)
        if record.state in ENDED:
            past.placed.add(record.inquiry)
    if leaves != len(now.entries):
        yield f"{len(now.entries)} leaves for {leaves} records and ends"


def _misplaced(record: Central, entries: tuple[bytes, ...]) -> Iterator[str]:
    wanted = [(record.sequence - 1, record_entry(record.salts.leaf, record.text))]
    if record.outcome_text is not None and record.outcome_index is not None:
        wanted.append((record.outcome_index, record_entry(record.salts.outcome, record.outcome_text)))
    for index, entry in wanted:
        if index >= len(entries) or entries[index] != entry:
            yield f"leaf {index} is not that of inquiry {record.inquiry}"


def receipts_verify(past: Past, now: Evidence) -> Iterator[str]:
    """法21条2項, design 5: every receipt that a body keeps proves the very record that the core keeps."""
    verifier = Verifier(now.trust)
    held = [("inquirer", key[1], asked.receipt) for key, asked in now.asked.items() if asked.receipt is not None]
    held += [("provider", key[1], noticed.receipt) for key, noticed in now.noticed.items()]
    for side, inquiry, receipt in held:
        if (side, inquiry, receipt.index) in past.proven:
            continue
        central = now.central.get(inquiry)
        try:
            verifier.verify(receipt)
        except RenkeiError as error:
            yield f"the {side}'s receipt of {inquiry} does not verify: {error.detail}"
            continue
        if central is None or (central.sequence - 1, central.text) != (receipt.index, receipt.record):
            yield f"the {side}'s receipt of {inquiry} proves another record than the core keeps"
        past.proven.add((side, inquiry, receipt.index))


def lapsed_is_never_answered(_: Past, now: Evidence) -> Iterator[str]:
    """命令41条3項: past its validity a notice has no force."""
    for (body, inquiry), asked in now.asked.items():
        kept = asked.kept
        ended, until = kept.ended_at_ms, kept.valid_until_ms
        late = ended is not None and until is not None and ended > until
        if kept.state is InquiryState.PROVIDED and late:
            yield f"{body} took an answer to inquiry {inquiry} from after its validity"
    for (body, inquiry), noticed in now.noticed.items():
        if noticed.kept.state is ProvisionState.LAPSED and noticed.content is not None:
            yield f"{body} has content ready for inquiry {inquiry}, which has lapsed"


def permits_follow_the_law(past: Past, now: Evidence) -> Iterator[str]:
    """法19条8号, 提供命令2条: every permit has its row in the list of the day on which it was asked."""
    before = past.evidence.central if past.evidence else {}
    for inquiry in now.central.keys() - before.keys():
        record = now.central[inquiry].record
        if record.event == "permitted" and (why := unlawful(record)) is not None:
            yield f"the permit of {inquiry}: {why}"


ALWAYS: Final[tuple[Check, ...]] = (
    permits_follow_the_law,
    permit_before_answer,
    final_stays_final,
    log_only_grows,
    records_have_their_leaves,
    receipts_verify,
    lapsed_is_never_answered,
)


@dataclass(frozen=True, slots=True)
class KnownJob:
    """What a line system was told of one of its bulk jobs, all of whose rows were taken."""

    body: str
    request: str
    rows: int
    state: JobState
    results: Sequence[tuple[int, RowOutcome]]


@dataclass(frozen=True, slots=True)
class Known:
    """What line systems were told: by body and request, the inquiry that was accepted."""

    accepted: Mapping[tuple[str, str], str]
    acquired: Mapping[tuple[str, str], str]
    """By body and addressee number, the state that was last told."""
    jobs: Sequence[KnownJob]


LastCheck = Callable[[Known, Evidence], Iterator[str]]


def three_copies_agree(_: Known, now: Evidence) -> Iterator[str]:
    """法23条1項・3項: inquirer, provider and core record the same."""
    for inquiry, record in now.central.items():
        sides: tuple[tuple[str, str, Mapping[Key, Asked] | Mapping[Key, Noticed]], ...] = (
            ("inquirer", record.inquirer, now.asked),
            ("provider", record.provider, now.noticed),
        )
        for side, body, copies in sides:
            found = copies.get((BodyId(body), inquiry))
            if found is None:
                yield f"{body}, the {side} of {inquiry}, has no record of it"
            elif (problem := _differs(record, found)) is not None:
                yield f"{body}, the {side} of {inquiry}, records another {problem} than the core"
    for body, inquiry in now.asked.keys() | now.noticed.keys():
        if inquiry not in now.central:
            yield f"{body} records inquiry {inquiry}, and the core does not"


_COMMON: Final = (
    "item",
    "article",
    "list_version",
    "kind",
    "items",
    "period",
    "unit",
    "asked_at_ms",
    "valid_until_ms",
    "reason",
)
"""What all three say under one name (命令47条1項)."""
_MARKS: Final = ("non_disclosure", "no_self_information")
"""The inquirer's, or the provider's (法23条2項)."""


def _differs(record: Central, copy: Asked | Noticed) -> str | None:
    kept, first, outcome = copy.kept, record.record, record.outcome
    wanted = {name: (getattr(kept, name), getattr(first, name)) for name in _COMMON}
    for mark in _MARKS:
        wanted[mark] = getattr(kept, mark), getattr(first, mark) or bool(outcome and getattr(outcome, mark))
    if isinstance(kept, KeptInquiry):
        ended_at = kept.ended_at_ms
        wanted |= {"provider": (kept.provider, first.provider), "consent": (kept.consent, first.consent)}
    else:
        ended_at = kept.at_ms
        wanted["inquirer"] = kept.inquirer, first.inquirer
    wanted |= {
        "state": (kept.state.value, record.state),
        "index": (kept.index, record.sequence - 1),
        "digest": (kept.digest, outcome.digest if outcome else None),
        "moment": (ended_at if outcome else None, outcome.at_ms if outcome else None),
    }
    return next((name for name, (theirs, ours) in wanted.items() if theirs != ours), None)


def pending_ends(_: Known, now: Evidence) -> Iterator[str]:
    """After healing nothing is on its way any more."""
    for name, count in now.waiting.items():
        yield f"{count} rows still wait in {name}"
    for (body, inquiry), asked in now.asked.items():
        if asked.due or asked.kept.state not in FINAL_INQUIRY:
            yield f"{body}: inquiry {inquiry} is still {asked.kept.state.value}"
    for (body, inquiry), noticed in now.noticed.items():
        if noticed.duties or noticed.content is not None:
            yield f"{body}: something of notice {inquiry} ({noticed.kept.state.value}) is still to be sent"


def nothing_accepted_is_lost(known: Known, now: Evidence) -> Iterator[str]:
    """Design 4: what was acknowledged is durable, and there once."""
    requests = Counter((str(body), asked.kept.request) for (body, _), asked in now.asked.items())
    for (body, request), inquiry in known.accepted.items():
        found = now.asked.get((BodyId(body), inquiry))
        if found is None or found.kept.request != request:
            yield f"{body}: inquiry {inquiry} was accepted and is not there"
    for (body, request), count in requests.items():
        if count > 1:
            yield f"{body}: request {request} has become {count} inquiries"


def acquisitions_end(known: Known, now: Evidence) -> Iterator[str]:
    """法21条の2第3項: no acquisition number is left anywhere, and every acquisition has come to an end."""
    for name, count in now.waiting.items():
        if name.endswith((".acquisition", ".code_delivery")):
            yield f"{count} acquisition numbers are left in {name}"
    for (body, addressee), state in known.acquired.items():
        if state not in {"acquired", "failed"}:
            yield f"{body}: the acquisition for addressee {addressee} is still {state}"


def jobs_end(known: Known, _: Evidence) -> Iterator[str]:
    """Design 8: a bulk job ends, and each of its rows has one result; what could be asked was asked."""
    for job in known.jobs:
        which = f"{job.body}: job {job.request}"
        if job.state is not JobState.DONE:
            yield f"{which} is still {job.state.value}"
        told = Counter(row for row, _ in job.results)
        for row in range(1, job.rows + 1):
            if told.pop(row, 0) != 1:
                yield f"{which} has not one result of row {row}"
        if told:
            yield f"{which} has results of rows that were not handed in"
        failed = sum(outcome is RowOutcome.FAILED for _, outcome in job.results)
        if failed:
            yield f"{which} did not ask {failed} rows that are sound"


AT_LAST: Final[tuple[LastCheck, ...]] = (
    three_copies_agree,
    pending_ends,
    nothing_accepted_is_lost,
    acquisitions_end,
    jobs_end,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold, and how it shows."""

    invariant: str
    detail: str


def judge(past: Past, now: Evidence) -> list[Violation]:
    """What does not hold now; the past then holds what was seen."""
    found = [Violation(check.__name__, detail) for check in ALWAYS for detail in check(past, now)]
    past.evidence = now
    return found


def judge_accepted(accepted: Mapping[tuple[str, str], str], now: Evidence) -> list[Violation]:
    """What was told to a line system and is not so: before it asks again, which would make good what was lost."""
    known = Known(accepted, {}, [])
    return [Violation(nothing_accepted_is_lost.__name__, detail) for detail in nothing_accepted_is_lost(known, now)]


def judge_at_last(known: Known, now: Evidence) -> list[Violation]:
    """What does not hold in the end."""
    return [Violation(check.__name__, detail) for check in AT_LAST for detail in check(known, now)]
