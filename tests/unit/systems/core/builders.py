"""Bodies, requests and cases for tests of the core's rules; every builder takes what a test wants to be different."""

from datetime import date
from typing import Any

import msgspec

from renkei.law.decide import Question, decide
from renkei.law.list import PermissionList
from renkei.messages.directory import BodyEntry, Directory, PublicKeys, SystemEntry
from renkei.messages.inquiry import InquiryRequest
from renkei.systems.core.rules.inquiry import Case
from renkei.systems.core.rules.record import Decision, Entry, Named, draft
from renkei.systems.core.rules.register import OwnFacts
from renkei.terms.affairs import Category, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId, BodyState, PiaState, Role, SystemName
from renkei.terms.codes import BodyCode, RecordCode
from renkei.terms.secrets import SecretText

NOW = InstantMs(1_790_000_000_000)  # 2026-09
TODAY = date(2026, 9, 21)
MAYOR, OTHER, KENPO = BodyId("141003-mayor"), BodyId("141305-mayor"), BodyId("kyokai-kenpo")
ITEM, KIND = ItemNumber("48"), InformationKind("local-tax")
LAW = PermissionList.load()
OWN = OwnFacts(LAW.version, "renkei.example/log", "log-key", (), PublicKeys(sign_key=b"s" * 32, seal_key=b"e" * 1216))


def body(name: str, *categories: str, **changes: Any) -> BodyEntry:
    entry = BodyEntry(
        id=BodyId(name),
        name_ja="市長",
        name_en="Mayor",
        code=None,
        categories=tuple(Category(each) for each in categories or ("municipal-mayor",)),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=SystemName("interface-a"),
        system=SystemName("intermediate-1"),
        sign_key=b"k" * 32,
        seal_key=b"K" * 1216,
    )
    return msgspec.structs.replace(entry, **changes)


SYSTEMS = tuple(
    SystemEntry(name=SystemName(name), role=role, url=f"https://127.0.0.1:{port}")
    for name, role, port in (
        ("interface-a", Role.INTERFACE, 1),
        ("interface-b", Role.INTERFACE, 2),
        ("intermediate-1", Role.INTERMEDIATE, 3),
    )
)


def directory(*bodies: BodyEntry, **changes: Any) -> Directory:
    made = Directory(
        number=7,
        made_at_ms=NOW,
        list_version=OWN.list_version,
        log_origin=OWN.log_origin,
        log_key=OWN.log_key,
        witness_keys=(),
        sign_key=OWN.keys.sign_key,
        seal_key=OWN.keys.seal_key,
        systems=SYSTEMS,
        bodies=bodies,
    )
    return msgspec.structs.replace(made, **changes)


def code_of(owner: BodyId, value: int = 1) -> BodyCode:
    return BodyCode(owner, 1, bytes([value]) * 16)


def text_of(owner: BodyId, value: int = 1) -> SecretText:
    return SecretText(code_of(owner, value).text())


def request(**changes: Any) -> InquiryRequest:
    asked = InquiryRequest(
        inquiry="0" * 32,
        code=text_of(MAYOR),
        provider=OTHER,
        item=ITEM,
        kind=KIND,
        items=("総所得金額",),
        period=None,
        unit="税務課",
        asked_at_ms=NOW,
        respond_within_ms=None,
        non_disclosure=False,
        no_self_information=False,
    )
    return msgspec.structs.replace(asked, **changes)


def law(item: str = ITEM, kind: str = KIND, provider: str = "municipal-mayor") -> Any:
    categories = frozenset({Category("municipal-mayor")}), frozenset({Category(provider)})
    return decide(LAW, Question(*categories, ItemNumber(item), InformationKind(kind), TODAY))


def case(**changes: Any) -> Case:
    parts = {
        "inquirer": body(MAYOR),
        "provider": body(OTHER),
        "law": law(),
        "code": code_of(MAYOR),
        "known": True,
        "provider_holds": True,
    }
    return Case(**(parts | changes))


def permitted(index: int = 4, **changes: Any) -> Entry:
    """A permit in the record file, valid for one minute from NOW."""
    decision = Decision(None, law(), LAW.version, NOW, InstantMs(NOW + 60_000))
    named = Named(text_of(MAYOR), RecordCode(b"r" * 16), text_of(OTHER, 2))
    return Entry(index + 1, draft(request(**changes), case(), decision, named, (b"t" * 32, b"m" * 32)))
