"""The demo's one object: every number comes from the systems, never from the script that drove them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from renkei.messages.line import InquiryState, LinkageRecord
from renkei.messages.log import RecordKey
from renkei.sandbox.canaries import Finding


class SystemReport(msgspec.Struct, frozen=True):
    name: str
    kind: str
    ready_ms: int


class InquiriesReport(msgspec.Struct, frozen=True):
    total: int
    outcomes: Mapping[str, int]
    refusals: Mapping[str, int]


class LogReport(msgspec.Struct, frozen=True):
    """`leaves_expected`: records plus outcomes that the core's tables hold; it must equal `size`."""

    size: int
    leaves_expected: int
    checkpoint: str
    witness_cosigned: bool
    inclusion_checked: int
    consistency_checked: int


class RecordsReport(msgspec.Struct, frozen=True):
    """`unmatched`: inquiries whose three copies are not all there, or differ."""

    core: int
    inquirers: int
    providers: int
    unmatched: int


class CitizenReport(msgspec.Struct, frozen=True):
    """What one citizen's page showed, what of it was proven, and how many records bore the non-disclosure mark."""

    records: int
    verified: int
    hidden: int


class CanaryReport(msgspec.Struct, frozen=True):
    planted: int
    searched_files: int
    found: Sequence[str]


class DemoReport(msgspec.Struct, frozen=True):
    """What `renkei demo --json` prints."""

    elapsed_ms: int
    systems: Sequence[SystemReport]
    codes_issued: int
    replicas: int
    inquiries: InquiriesReport
    log: LogReport
    records: RecordsReport
    citizen: CitizenReport
    canaries: CanaryReport

    def sound(self) -> bool:
        """Whether everything that must agree agrees."""
        return (
            self.log.size == self.log.leaves_expected
            and self.log.witness_cosigned
            and self.log.inclusion_checked == self.records.core
            and self.records.core == self.records.inquirers == self.records.providers
            and self.records.unmatched == 0
            and self.citizen.verified == self.citizen.records > 0
            and not self.canaries.found
        )


_MARKS: Final = ("non_disclosure", "no_self_information")
_LAW: Final = ("item", "article", "list_version")
_SHARED: Final = ("inquirer", "provider", *_LAW, "kind", "items", "unit", "asked_at_ms", "reason", *_MARKS)


def compare(core: Iterable[RecordKey], copies: Iterable[LinkageRecord]) -> RecordsReport:
    """Lay the three copies of every record side by side (法23条1項・3項)."""
    kept = list(copies)
    sides = Counter(record.side.value for record in kept)
    by_inquiry: dict[str, list[LinkageRecord]] = {}
    for record in kept:
        by_inquiry.setdefault(record.inquiry, []).append(record)
    central = list(core)
    unmatched = sum(not _agree(record, by_inquiry.pop(record.inquiry, [])) for record in central)
    return RecordsReport(
        core=len(central),
        inquirers=sides["inquirer"],
        providers=sides["provider"],
        unmatched=unmatched + len(by_inquiry),
    )


def _agree(record: RecordKey, copies: Sequence[LinkageRecord]) -> bool:
    if sorted(copy.side.value for copy in copies) != ["inquirer", "provider"]:
        return False
    return all(
        copy.state is InquiryState(record.state)
        and copy.provided_at_ms == record.provided_at_ms
        and all(getattr(copy, name) == getattr(record, name) for name in _SHARED)
        for copy in copies
    )


def findings(found: Iterable[Finding]) -> list[str]:
    """Canaries that were found, by kind and place."""
    return sorted({f"{finding.kind}: {finding.place}" for finding in found})
