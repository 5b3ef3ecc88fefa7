"""What supervision and operators may see of the core: counts, the ids and ends of records, the log (design 10; P1)."""

from renkei.messages.directory import Done
from renkei.messages.log import CoreCounts, Cosignature, RecordKey, RecordKeys, RecordKeysQuery
from renkei.systems.core.ports import LogSizes, Tally, Work
from renkei.systems.core.rules.record import Entry
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.states import State
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def counts(desk: Desk) -> CoreCounts:
    """Counts without persons."""
    return await desk.store.read(_counts)


def _counts(work: Work) -> CoreCounts:
    tallies = work.counts()
    notices, codes = work.waiting()
    events = tallies.get(Tally.EVENT, {})
    log = work.log_sizes()
    return CoreCounts(
        persons=sum(tallies.get(Tally.PERSONS, {}).values()),
        codes_issued=sum(tallies.get(Tally.CODES, {}).values()),
        records=events.get(State.PERMITTED.value, 0) + events.get(State.REFUSED.value, 0),
        events=events,
        refusals=tallies.get(Tally.REFUSAL, {}),
        non_disclosure=sum(tallies.get(Tally.MARKED, {}).values()),
        pending_notices=sum(notices.values()),
        pending_codes=sum(codes.values()),
        log_size=log.size,
        cosigned_size=log.cosigned,
        misuse_signs=sum(work.misuse().values()),
    )


async def record_keys(desk: Desk, query: RecordKeysQuery) -> RecordKeys:
    """One page of records without their persons, oldest first."""
    found = await desk.store.read(lambda work: work.records.after(query.after, query.limit + 1))
    shown = found[: query.limit]
    return RecordKeys(records=tuple(_key(entry) for entry in shown), more=len(found) > len(shown))


def _key(entry: Entry) -> RecordKey:
    first, last = entry.first(), entry.last()
    return RecordKey(
        sequence=entry.sequence,
        inquiry=first.inquiry,
        inquirer=first.inquirer,
        provider=first.provider,
        item=first.item,
        article=first.article,
        list_version=first.list_version,
        kind=first.kind,
        items=first.items,
        unit=first.unit,
        asked_at_ms=first.asked_at_ms,
        state=entry.state.value,
        reason=first.reason,
        provided_at_ms=last.at_ms if last is not None and entry.state is State.PROVIDED else None,
        non_disclosure=entry.draft.marked,
        no_self_information=first.no_self_information or (last is not None and last.no_self_information),
        permit_index=entry.index,
    )


async def log_resource(desk: Desk, path: str) -> bytes:
    """A checkpoint, a tile or a bundle of entries (C2SP tlog-tiles)."""
    found = await desk.store.read(lambda work: work.log_resource(path))
    if found is None:
        raise RenkeiError(Problem.UNKNOWN_DOOR, "the log has no such resource")
    return found


async def log_sizes(desk: Desk) -> LogSizes:
    return await desk.store.read(lambda work: work.log_sizes())


async def cosign(desk: Desk, message: Cosignature) -> Done:
    """Keep a witness's cosignature with its checkpoint; doing it twice is no error."""
    await desk.store.write("cosignature", lambda work: work.cosign(message.size, message.line))
    return Done()


async def agree(desk: Desk, cosigned: str | None) -> str:
    """Hold the log against what the witness cosigned last (None: nothing yet); how the log stands from now on.

    Raises:
        RenkeiError: BAD_RECEIPT where that is no cosigned checkpoint of this log.
    """
    return await desk.store.write("agree", lambda work: work.compare(cosigned))
