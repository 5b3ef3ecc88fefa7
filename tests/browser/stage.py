"""The disclosure system's pages over real TLS, with twins in place of store, core and residents.

The twins can be told to fail: `core.down`, `residents.down`, `residents.silent`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import renkei.systems.disclosure.pages as pages_package
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.messages.acquisition import AcquisitionResult, CardRequest, CodeDelivery
from renkei.messages.directory import BodyEntry, Directory
from renkei.messages.records import DisclosedRecord, RecordsReply, RecordsRequest
from renkei.platform.config import Listen, Tls
from renkei.platform.entropy import new_id
from renkei.platform.html import Kit
from renkei.platform.peers.identity import identity_uri
from renkei.platform.peers.server import Server, ServerOptions
from renkei.platform.peers.tls import ClientCertificate
from renkei.systems.disclosure.pages.handlers import CitizenPages, Surroundings
from renkei.systems.disclosure.ports import Account, Card
from renkei.systems.disclosure.service import Disclosure
from renkei.systems.disclosure.states import AccountEvent, AccountState, step
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import DISCLOSURE, BodyId, BodyState, PiaState, Role, SystemName
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from tests.browser.ledger import KAWASAKI, ORIGIN, SCHOOLS, YOKOHAMA, Ledger, full_ledger
from tests.peers.authority import Authority

CARD = SystemName("card-0001")
ROOM = Path(pages_package.__file__).parent
NAMES = {
    YOKOHAMA: ("横浜市長", "Mayor of Yokohama"),
    KAWASAKI: ("川崎市長", "Mayor of Kawasaki"),
    SCHOOLS: ("横浜市教育委員会", "Yokohama City Board of Education"),
}


def code_of(card: str) -> BodyCode:
    return BodyCode(DISCLOSURE, 1, card.encode().ljust(16, b".")[:16])


class MemoryAccounts:
    """The port `Accounts` in memory."""

    def __init__(self) -> None:
        self.rows: dict[Card, Account] = {}

    async def find(self, card: Card) -> Account | None:
        return self.rows.get(card)

    async def begin(self, card: Card, acquisition: AcquisitionNumber) -> Account:
        return self.rows.setdefault(card, Account(AccountState.WANTED, acquisition))

    async def taken(self, card: Card) -> None:
        account = self.rows.get(card)
        if account is not None and account.state is AccountState.WANTED:
            self.rows[card] = replace(account, state=step(account.state, AccountEvent.TAKEN))

    async def forget(self, card: Card) -> None:
        self.rows.pop(card, None)

    async def deliver(self, deliveries: Sequence[CodeDelivery]) -> None:
        for each in deliveries:
            card = next((card for card, row in self.rows.items() if row.acquisition == each.acquisition), None)
            if card is not None:
                happened = AccountEvent.ALREADY if each.code is None else AccountEvent.CODE
                state = step(self.rows[card].state, happened)
                code = None if each.code is None else BodyCode.parse(each.code.reveal(), DISCLOSURE)
                self.rows[card] = Account(state, code=code)


@dataclass
class ScriptedCore:
    """The port `Core`: one ledger per code, paged as the real one does."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    down: bool = False
    asked: list[RecordsRequest] = field(default_factory=list)

    async def records(self, request: RecordsRequest) -> RecordsReply:
        if self.down:
            raise RenkeiError(Problem.UNREACHABLE, "told to be down")
        self.asked.append(request)
        ledger = self.ledgers.get(request.code.reveal())
        return page_of(ledger.disclosed() if ledger else [], request)


def page_of(rows: Sequence[DisclosedRecord], request: RecordsRequest) -> RecordsReply:
    """A page: positions count down from the newest, `before` is exclusive."""
    top = len(rows) if request.before is None else min(request.before, len(rows))
    start = len(rows) - top
    page = rows[start : start + request.limit]
    left = top - len(page)
    return RecordsReply(request=request.request, records=tuple(page), older=left or None)


class ScriptedResidents:
    """The port `Residents`, and the core's delivery behind it."""

    def __init__(self) -> None:
        self.known: set[str] = {CARD}
        self.elsewhere: set[str] = set()
        self.down = False
        self.silent = False
        self.requests: list[CardRequest] = []
        self.service: Disclosure | None = None
        self._deliveries: set[asyncio.Task[object]] = set()

    async def acquire(self, request: CardRequest) -> AcquisitionResult:
        if self.down:
            raise RenkeiError(Problem.UNREACHABLE, "told to be down")
        self.requests.append(request)
        if request.card not in self.known:
            return AcquisitionResult(acquisition=request.acquisition, problem="unknown-number")
        if not self.silent:
            self._deliveries.add(asyncio.create_task(self.deliver(request)))
        return AcquisitionResult(acquisition=request.acquisition)

    async def deliver(self, request: CardRequest) -> None:
        assert self.service is not None
        code = None if request.card in self.elsewhere else SecretText(code_of(request.card).text())
        await self.service.take([CodeDelivery(id=new_id(), acquisition=request.acquisition, code=code)])


def directory_of(ledger: Ledger, **changes: object) -> Directory:
    def body(body_id: BodyId, ja: str, en: str) -> BodyEntry:
        return BodyEntry(
            id=body_id,
            name_ja=ja,
            name_en=en,
            code=None,
            categories=(),
            state=BodyState.CONNECTED,
            pia=PiaState.IN_ORDER,
            interface=SystemName("interface-a"),
            system=SystemName("intermediate-1"),
            sign_key=bytes(32),
            seal_key=bytes(1216),
        )

    facts: dict[str, object] = {
        "number": 1,
        "made_at_ms": InstantMs(1),
        "list_version": PermissionList.load().version,
        "log_origin": ORIGIN,
        "log_key": ledger.signing.key.text(),
        "witness_keys": (ledger.witness.key.text(),),
        "sign_key": bytes(32),
        "seal_key": bytes(1216),
        "systems": (),
        "bodies": tuple(body(each, *names) for each, names in NAMES.items()),
    }
    return Directory(**(facts | changes))  # type: ignore[arg-type]  # test facts by name


class Stage:
    """Everything together; `url` is where the pages are."""

    def __init__(self, authority: Authority, wait_s: float = 5, required: int = 0) -> None:
        self.authority = authority
        self.ledger = full_ledger()
        self.accounts = MemoryAccounts()
        self.core = ScriptedCore({code_of(CARD).text(): self.ledger})
        self.residents = ScriptedResidents()
        self.service = Disclosure(self.accounts, self.core, self.residents, lambda: self.ledger.trust(required), new_id)
        self.residents.service = self.service
        around = Surroundings(
            lambda: directory_of(self.ledger), lambda: self.ledger.trust(required), Editions.shipped, wait_s
        )
        pages = CitizenPages(self.service, Kit(ROOM), around)
        tls = authority.issue(identity_uri(Role.DISCLOSURE, SystemName("disclosure")))
        options = ServerOptions(client_certificate=ClientCertificate.ASKED, page_error=pages.problem, stop_s=0.1)
        self._server = Server(Listen(port=0), tls, pages.doors(), pages=pages.pages(), options=options)

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        return self._server.url.replace("127.0.0.1", "localhost")

    def card(self, serial: str = CARD) -> Tls:
        return self.authority.issue(identity_uri(Role.CARD, SystemName(serial)))
