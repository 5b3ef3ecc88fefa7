"""The disclosure system among its neighbours, over real TLS, with its real store."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from renkei.messages.acquisition import CodeDelivery
from renkei.messages.codec import decode
from renkei.messages.envelope import Label
from renkei.messages.provision import Acks
from renkei.messages.receipt import Receipt
from renkei.messages.records import RecordsReplies
from renkei.platform.config import load
from renkei.platform.peers.client import Client, PeerRefusedError
from renkei.platform.peers.identity import identity_uri
from renkei.systems.disclosure.wiring import Config
from renkei.terms.bodies import BodyId, Role, SystemName
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from renkei.translog.receipt import verify_receipt
from renkei.translog.trust import Trust
from tests.browser.ledger import inquiry_id
from tests.browser.stage import CARD, code_of
from tests.peers.authority import Authority
from tests.rooms.disclosure_network import Network, delivery_for
from tests.rooms.post import post
from tests.rooms.running import lists_of
from tests.rooms.stores import only_sqlite

ROOT = Path(__file__).parents[2]
OTHER = "card-0002"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def network(authority: Authority, tmp_path: Path) -> AsyncIterator[Network]:
    network = Network(authority, tmp_path)
    await network.start()
    yield network
    await network.stop()


def test_the_sample_configuration_loads() -> None:
    config = load(ROOT / "etc" / "disclosure.toml", Config)
    assert config.listen.port != config.pages.port


async def test_d1_d2_a_citizen_with_a_card_sees_their_records_at_the_first_visit(network: Network) -> None:
    status, text, headers = await network.get("/records", network.card())
    assert status == 200
    for row in range(1, 8):
        assert inquiry_id(row) in text
    assert "番号法19条8号・提供命令2条の表69の項・71条" in text
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert [ack.problem for ack in network.acks] == [None]


async def test_d2_nobody_sees_records_without_a_card(network: Network) -> None:
    for path in ("/records", f"/records/{inquiry_id(1)}", f"/receipt/{inquiry_id(1)}.json"):
        status, text, _ = await network.get(path, None)
        assert status == 401
        assert "カードを確認できません" in text
        assert inquiry_id(2) not in text
    assert not network.asked


@pytest.mark.parametrize("role", [Role.LINE, Role.OPERATOR, Role.CORE, Role.COMMISSION])
async def test_no_other_certificate_opens_records(network: Network, role: Role) -> None:
    body = BodyId("141003-mayor") if role is Role.LINE else None
    tls = network.authority.issue(identity_uri(role, SystemName("somebody"), body))
    status, text, _ = await network.get("/records", tls)
    assert status == 403
    assert "この証明書では記録を見られません" in text
    assert not network.asked


async def test_a_citizen_sees_nothing_of_another_citizen(network: Network) -> None:
    await network.get("/records", network.card())
    other = network.card(OTHER)
    _, text, _ = await network.get("/records", other)
    assert "記録はありません" in text
    status, _, _ = await network.get(f"/records/{inquiry_id(1)}", other)
    assert status == 404
    status, _, _ = await network.get(f"/receipt/{inquiry_id(1)}.json", other)
    assert status == 404


async def test_an_account_outlives_a_restart_and_no_code_is_asked_for_again(network: Network) -> None:
    card = network.card()
    await network.get("/records", card)
    await network.close()
    await network.open()
    status, text, _ = await network.get("/records", card)
    assert status == 200
    assert inquiry_id(1) in text
    assert len(network.cards) == 1


async def test_a_first_visit_that_was_cut_off_goes_on_with_the_same_number(network: Network) -> None:
    network.residents_down = True
    status, text, _ = await network.get("/records", network.card())
    assert status == 503
    assert "いま記録を取り寄せられません" in text
    await network.close()
    await network.open()
    network.residents_down = False
    assert (await network.get("/records", network.card()))[0] == 200
    assert len({request.acquisition for request in network.cards}) == 1


async def test_a_code_that_is_late_is_announced_and_then_there(authority: Authority, tmp_path: Path) -> None:
    network = Network(authority, tmp_path)
    network.mute = True
    await network.start()
    try:
        status, text, _ = await network.get("/records", network.card())
        assert (status, "記録を見る準備をしています" in text) == (200, True)
        acks = await network.deliver(delivery_for(network.cards[0]))
        assert [ack.problem for ack in acks] == [None]
        assert inquiry_id(1) in (await network.get("/records", network.card()))[1]
        # The core did not hear our acknowledgement and sends again.
        assert await network.deliver(delivery_for(network.cards[0]))
        assert inquiry_id(1) in (await network.get("/records", network.card()))[1]
    finally:
        await network.stop()


async def test_a_card_that_residents_does_not_know_is_told_so(network: Network) -> None:
    status, text, _ = await network.get("/records?lang=en", network.card("stolen"))
    assert status == 404
    assert "This card is not registered" in text


async def test_when_the_core_is_away_the_page_says_so_and_the_next_visit_works(network: Network) -> None:
    await network.get("/records", network.card())
    network.core_down = True
    status, text, _ = await network.get("/records?lang=en", network.card())
    assert status == 503
    assert "Your records cannot be fetched now" in text
    assert 'href="/records?lang=en"' in text
    network.core_down = False
    assert (await network.get("/records", network.card()))[0] == 200


async def test_replies_in_the_wrong_order_reach_nobody(network: Network) -> None:
    await network.get("/records", network.card())
    swapped = "f" * 32

    def alter(replies: RecordsReplies) -> RecordsReplies:
        return RecordsReplies(replies=tuple(msgspec.structs.replace(each, request=swapped) for each in replies.replies))

    network.alter = alter
    status, text, _ = await network.get("/records", network.card())
    assert status == 503
    assert inquiry_id(1) not in text


async def test_many_citizens_at_once_each_see_their_own(network: Network) -> None:
    cards = {serial: network.card(serial) for serial in [CARD, *(f"card-01{n:02}" for n in range(12))]}
    pages = await asyncio.gather(*(network.get("/records", card) for card in cards.values()))
    for serial, (status, text, _) in zip(cards, pages, strict=True):
        assert status == 200
        assert (inquiry_id(1) in text) is (serial == CARD)


async def test_what_the_core_sends_altered_is_called_out_even_without_scripts(network: Network) -> None:
    def alter(replies: RecordsReplies) -> RecordsReplies:
        page = replies.replies[0]
        first = page.records[0].first
        spoilt = msgspec.structs.replace(first, record=first.record.replace("保険年金課", "保険年金諜"))
        records = (msgspec.structs.replace(page.records[0], first=spoilt), *page.records[1:])
        return RecordsReplies(replies=(msgspec.structs.replace(page, records=records),))

    network.alter = alter
    _, text, _ = await network.get("/records", network.card())
    assert text.count("この記録を信用しないでください。") == 1


async def test_the_receipt_file_verifies_with_the_trust_file(network: Network) -> None:
    card = network.card()
    _, trust_text, headers = await network.get("/trust.json", None)
    assert headers["Content-Disposition"] == 'attachment; filename="renkei-trust.json"'
    _, text, headers = await network.get(f"/receipt/{inquiry_id(2)}.json", card)
    assert headers["Content-Disposition"] == f'attachment; filename="renkei-receipt-{inquiry_id(2)}.json"'
    file = json.loads(text)
    assert sorted(file) == ["receipts", "v"]
    events = [
        verify_receipt(decode(Receipt, json.dumps(each)), Trust.parse(trust_text)).record["event"]
        for each in file["receipts"]
    ]
    assert events == ["permitted", "provided"]


@pytest.mark.parametrize("path", ["/records/abc", f"/records/{'g' * 32}", "/records?before=x", "/records?before=-1"])
async def test_addresses_that_are_none_are_not_found(network: Network, path: str) -> None:
    status, text, _ = await network.get(path, network.card())
    assert status == 404
    assert "<h1>" in text


@only_sqlite
async def test_the_store_holds_no_record_no_card_and_no_code_in_the_clear(network: Network) -> None:
    await network.get("/records", network.card())
    number = network.cards[0].acquisition.reveal()
    await network.close()
    stored = b"".join(path.read_bytes() for path in network.folder.glob("disclosure.db*"))
    assert b"open" in stored
    for canary in (CARD, code_of(CARD).text(), number, inquiry_id(1), "所得割額"):
        assert canary.encode() not in stored
    assert code_of(CARD).reveal() not in stored


async def test_log_lines_name_no_card(network: Network, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        await network.get("/records", network.card())
        await network.get(f"/records/{inquiry_id(99)}", network.card())
        network.core_down = True
        await network.get("/records", network.card())
    said = " ".join(f"{record.msg} {record.__dict__.get('renkei')}" for record in caplog.records)
    assert "page-refused" in said
    assert CARD not in said
    assert code_of(CARD).text() not in said


async def test_art_21_2_only_the_own_interface_may_bring_codes(network: Network) -> None:
    other = Client(network.authority.issue(identity_uri(Role.INTERFACE, SystemName("interface-a"))))
    letter = network.letter(Label.CODES, Acks(acks=()))
    with pytest.raises(PeerRefusedError) as refused:
        await post(other, network.machine, letter)
    await other.close()
    assert refused.value.problem is Problem.WRONG_ROLE


async def test_a_letter_that_is_not_about_codes_is_refused(network: Network) -> None:
    letter = network.letter(Label.NOTICES, Acks(acks=()))
    with pytest.raises(PeerRefusedError) as refused:
        await post(network.client, network.machine, letter)
    assert refused.value.problem is Problem.BAD_ENVELOPE


async def test_a_code_of_another_body_is_refused_for_good(network: Network) -> None:
    foreign = BodyCode(BodyId("141003-mayor"), 1, bytes(16)).text()
    delivery = CodeDelivery(id="1" * 32, acquisition=AcquisitionNumber("2" * 32), code=SecretText(foreign))
    assert [ack.problem for ack in await network.deliver(delivery)] == ["bad-code"]


async def test_pages_need_nothing_from_elsewhere(network: Network) -> None:
    for path in ("/", "/check", "/records"):
        _, text, headers = await network.get(path, network.card())
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", text)
        assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_health_says_which_directory_it_holds(network: Network) -> None:
    state = json.loads(await network.client.fetch(network.machine, "/v1/health"))
    assert state == {"v": 1, "system": "disclosure", "directory": 1, "lists": lists_of()}
