"""The pages and files, one handler each: whose card, load, draw. What goes wrong becomes a page, too."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from renkei.law.editions import Editions
from renkei.messages.directory import Directory
from renkei.platform.entropy import new_id
from renkei.platform.html import Kit, Language, language_of
from renkei.platform.html.kit import PRIVATE
from renkei.platform.html.language import PARAMETER, link
from renkei.platform.observe import event, failure
from renkei.platform.peers.doors import Asked, Door, Page, PageHandler
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.problems import PROBLEM_PREFIX, STATUS, ProblemDocument, problem_document
from renkei.systems.disclosure.pages.names import Names
from renkei.systems.disclosure.pages.views import STEPS, Views, receipt_file
from renkei.systems.disclosure.rules import Records
from renkei.systems.disclosure.service import Disclosure
from renkei.systems.disclosure.states import AccountState
from renkei.terms.bodies import Role
from renkei.terms.codes import BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.trust import Trust

CARD: Final = frozenset({Role.CARD})
CITIZENS: Final = frozenset(
    {Problem.UNKNOWN_NUMBER, Problem.UNKNOWN_INQUIRY, Problem.UNKNOWN_DOOR, Problem.UNREACHABLE, Problem.BUSY}
)
"""What can be a citizen's own affair. All else is between systems: to the citizen it means "not now"."""
_INQUIRY_DIGITS: Final = 32
_MAX_POSITION_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the pages show from besides the records: the newest directory and trust, the law, how long to wait."""

    directory: Callable[[], Directory]
    trust: Callable[[], Trust]
    law: Callable[[], Editions]
    wait_s: float


class CitizenPages:
    """Everything at the public listener."""

    def __init__(self, service: Disclosure, kit: Kit, around: Surroundings) -> None:
        self._service = service
        self._kit = kit
        self._around = around

    def doors(self) -> list[Door]:
        """The static files."""
        return self._kit.doors()

    def pages(self) -> list[Page]:
        return [
            Page("GET", "/", frozenset(), self._drawn(self.home), anyone=True),
            Page("GET", "/check", frozenset(), self._drawn(self.check), anyone=True),
            Page("GET", "/trust.json", frozenset(), self._drawn(self.trust), anyone=True),
            Page("GET", "/records", CARD, self._drawn(self.records)),
            Page("GET", "/records/{inquiry}", CARD, self._drawn(self.record)),
            Page("GET", "/receipt/{inquiry}.json", CARD, self._drawn(self.receipt)),
            Page("GET", "/{rest...}", frozenset(), self._drawn(self.missing), anyone=True),
        ]

    async def home(self, request: web.BaseRequest, peer: Peer | None, _asked: Asked) -> web.Response:
        card = peer is not None and peer.role is Role.CARD
        return self._page("home.html", request, {"card": card})

    async def check(self, request: web.BaseRequest, _peer: Peer | None, _asked: Asked) -> web.Response:
        return self._page("check.html", request, {"trust": self._around.trust()})

    async def trust(self, _request: web.BaseRequest, _peer: Peer | None, _asked: Asked) -> web.Response:
        return _file("renkei-trust.json", self._around.trust().render() + b"\n")

    async def records(self, request: web.BaseRequest, peer: Peer, asked: Asked) -> web.Response:
        before = _position(asked.query)
        code = await self._code(peer)
        if isinstance(code, AccountState):
            return self._page("account.html", request, {"state": code.value})
        page = await self._service.records(code, before)
        _report(page)
        values = {"entries": self._views(request).page(page.entries), "older": page.older, "before": before}
        return self._page("records.html", request, values | self._verification(request))

    async def record(self, request: web.BaseRequest, peer: Peer, asked: Asked) -> web.Response:
        before = _position(asked.query)
        code = await self._code(peer)
        if isinstance(code, AccountState):
            return self._page("account.html", request, {"state": code.value})
        entry = await self._service.record(code, _inquiry(asked), before)
        values = {"entry": self._views(request).one(entry), "before": before, "steps": STEPS}
        return self._page("record.html", request, values | self._verification(request))

    async def receipt(self, request: web.BaseRequest, peer: Peer, asked: Asked) -> web.Response:
        inquiry = _inquiry(asked)
        code = await self._code(peer)
        if isinstance(code, AccountState):
            return self._page("account.html", request, {"state": code.value})
        entry = await self._service.record(code, inquiry, _position(asked.query))
        return _file(f"renkei-receipt-{inquiry}.json", receipt_file(entry.receipts))

    async def missing(self, _request: web.BaseRequest, _peer: Peer | None, _asked: Asked) -> web.Response:
        raise RenkeiError(Problem.UNKNOWN_DOOR)

    def problem(self, request: web.BaseRequest, document: ProblemDocument) -> web.Response:
        """Any problem as a page for people; those that a citizen meets have words of their own."""
        language = language_of(request.query)
        ja = language is Language.JA
        kind = document.type.removeprefix(PROBLEM_PREFIX)
        own = self._kit.text(language)["problem"].get(kind)
        values = {
            "title": own["title"] if own else (document.title if ja else document.title_en),
            "what": own["what"] if own else "",
            "next": own["next"] if own else (document.next if ja else document.next_en),
            "retry": document.status >= STATUS[Problem.BAD_CONFIGURATION],
            "card": kind in {Problem.NO_CERTIFICATE.value, Problem.WRONG_ROLE.value},
            "again": link(language, request.path, {k: v for k, v in request.query.items() if k != PARAMETER}),
            "instance": document.instance,
        }
        return self._kit.page("problem.html", request, language, values, document.status)

    async def _code(self, peer: Peer) -> BodyCode | AccountState:
        """The code of the card's account, or the state in which it waits."""
        account = await self._service.account(peer.system, self._around.wait_s)
        return account.code or account.state

    def _drawn(self, handler: Callable[..., Awaitable[web.Response]]) -> PageHandler:
        """Draw a page for what the handler raises. The log line names the page and never the card."""

        async def handle(request: web.BaseRequest, peer: Peer | None, asked: Asked) -> web.StreamResponse:
            try:
                return await handler(request, peer, asked)
            except RenkeiError as error:
                instance = new_id()
                failure("page-refused", error, instance=instance, page=handler.__name__)
                met = error.problem if error.problem in CITIZENS else Problem.UNREACHABLE
                return self.problem(request, problem_document(met, "", instance))

        return handle

    def _views(self, request: web.BaseRequest) -> Views:
        language = language_of(request.query)
        names = Names(language, self._around.directory(), self._around.law())
        return Views(names, self._kit.text(language))

    def _verification(self, request: web.BaseRequest) -> dict[str, Any]:
        texts = self._kit.text(language_of(request.query))["verify"]
        return {
            "trust_json": self._around.trust().render().decode(),
            "texts_json": json.dumps(texts, ensure_ascii=False),
        }

    def _page(self, template: str, request: web.BaseRequest, values: Mapping[str, Any]) -> web.Response:
        return self._kit.page(template, request, language_of(request.query), values)


def _report(page: Records) -> None:
    """Loudly: the core sent something that it should not have, or something that does not hold."""
    faults = sorted({entry.fault for entry in page.entries if entry.fault is not None})
    if faults:
        event("record-proof-fails", level=logging.ERROR, steps=", ".join(faults))
    if page.kept_back:
        event("marked-record-kept-back", level=logging.ERROR, records=page.kept_back)


def _position(query: Mapping[str, str]) -> int | None:
    text = query.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_POSITION_DIGITS):
        raise RenkeiError(Problem.UNKNOWN_DOOR, "before")
    return int(text)


def _inquiry(asked: Asked) -> str:
    inquiry = asked.params["inquiry"]
    if len(inquiry) != _INQUIRY_DIGITS or not set(inquiry) <= set("0123456789abcdef"):
        raise RenkeiError(Problem.UNKNOWN_INQUIRY)
    return inquiry


def _file(name: str, body: bytes) -> web.Response:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type="application/json", headers=headers)
