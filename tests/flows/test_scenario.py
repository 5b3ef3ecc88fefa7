"""The whole network as its users see it: outcomes, records, log, citizen, canaries (design 4, 5, 10)."""

import pytest

from renkei.law.decide import Question, Refused
from renkei.law.list import PermissionList
from renkei.law.ordinance import Grounds, Ordinances, Parties, decide_either
from renkei.messages import line
from renkei.messages.codec import decode
from renkei.messages.directory import Directory
from renkei.messages.receipt import InquiryRecord
from renkei.sandbox.bodies import BODIES, KAWASAKI, YOKOHAMA
from renkei.sandbox.canaries import MARKER
from renkei.sandbox.demo import search
from renkei.sandbox.layout import system_plans
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.report import DemoReport
from renkei.sandbox.scenario import Played
from renkei.terms.affairs import InformationKind, ItemNumber, law_date
from renkei.terms.refusals import Reason

pytestmark = pytest.mark.asyncio(loop_scope="session")


def by_law(permissions: PermissionList, directory: Directory, record: line.LinkageRecord) -> Grounds | Refused:
    """The law's answer to a recorded inquiry on its day; only the refusal itself says that consent was missing."""
    categories = {each.id: frozenset(each.categories) for each in directory.bodies}
    question = Question(
        inquirer=categories[record.inquirer],
        provider=categories.get(record.provider, frozenset()),
        item=record.item,
        kind=record.kind,
        on=law_date(record.asked_at_ms),
    )
    ordinances = Ordinances(directory.ordinance_affairs, directory.limitations)
    consent = record.reason != Reason.NO_CONSENT.value
    return decide_either(permissions, ordinances, question, Parties(record.inquirer, record.provider), consent=consent)


async def test_every_system_is_a_process_of_its_own(network: Network, played: Played) -> None:
    pids = list(network.state.pids())
    assert len(set(pids)) == len(system_plans()) == 16


async def test_art_23_the_three_copies_of_every_record_agree_and_the_log_holds_each(
    network: Network, played: Played, report: DemoReport
) -> None:
    assert report.records.unmatched == 0
    assert report.records.core == report.records.inquirers == report.records.providers == sum(played.outcomes.values())
    assert report.log.size == report.log.leaves_expected > report.records.core
    assert report.log.inclusion_checked == report.records.core
    assert report.log.witness_cosigned
    assert report.log.consistency_checked > 0


async def test_the_citizen_sees_and_can_prove_every_use_but_the_marked_one(report: DemoReport) -> None:
    assert report.citizen.verified == report.citizen.records > 0
    assert report.citizen.hidden == 1


async def test_no_secret_is_found_outside_its_place(
    network: Network, people: list[SyntheticResident], played: Played
) -> None:
    found = await search(network, people)
    assert found.planted > 2 * len(people)
    assert found.searched_files > len(system_plans())
    assert found.found == []


async def test_the_search_finds_a_canary_that_is_planted_in_a_file(
    network: Network, people: list[SyntheticResident], played: Played
) -> None:
    leak = network.layout.root / "leak.txt"
    leak.write_text(f"x{people[5].number.reveal()}y {MARKER}")
    try:
        found = await search(network, people)
    finally:
        leak.unlink()
    assert found.found == ["number: leak.txt", "secret: leak.txt"]


async def test_a_permit_names_item_article_and_list_version(network: Network, played: Played) -> None:
    asked = played.asked[YOKOHAMA.id][0]
    (result,) = await network.line(YOKOHAMA.id).results([asked])
    assert result.receipt is not None
    record = decode(InquiryRecord, result.receipt.record)
    assert (record.item, record.article) == ("48", "50")
    assert record.list_version == result.list_version


async def test_every_record_of_every_body_names_the_article_and_the_list_that_the_law_gives_on_its_day(
    network: Network, played: Played, report: DemoReport
) -> None:
    permissions, directory = PermissionList.load(), await network.directory()
    asked = {inquiry for inquiries in played.asked.values() for inquiry in inquiries}
    kept = [each for body in BODIES for side in line.Side for each in await network.line(body.id).records(side)]
    records = [each for each in kept if each.inquiry in asked]
    assert len(records) == 2 * len(asked) == 2 * sum(played.outcomes.values())
    for record in records:
        grounds = by_law(permissions, directory, record)
        assert record.article == (None if isinstance(grounds, Refused) else grounds.article), record.inquiry
        assert record.list_version == permissions.version == directory.list_version
        if isinstance(grounds, Refused):
            assert (record.state, record.reason) == (line.InquiryState.REFUSED, grounds.reason.value)
    assert {"50", "65", None} <= {record.article for record in records}


async def test_art_40_3_a_body_may_ask_which_providers_hold_a_code(
    network: Network, people: list[SyntheticResident], played: Played
) -> None:
    person = next(p for p in people if {YOKOHAMA.id, KAWASAKI.id} <= p.addressees.keys())
    question = line.Holder(
        addressee=person.addressees[YOKOHAMA.id], item=ItemNumber("48"), kind=InformationKind("local-tax")
    )
    (answer,) = await network.line(YOKOHAMA.id).holders([question])
    assert KAWASAKI.id in answer.providers
    assert set(answer.providers) <= {body.id for body in BODIES}


async def test_the_core_counts_signs_of_misuse(network: Network, played: Played) -> None:
    assert (await network.counts()).misuse_signs == 2
