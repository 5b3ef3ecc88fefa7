"""Bad input at the doors of a running network: one clear problem document, nothing stored, no secret repeated."""

import asyncio
import datetime as dt
import io
import ssl
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec
import pytest
from cryptography.x509 import load_pem_x509_certificate
from msgspec.structs import replace

from renkei.messages import line
from renkei.messages.certification import Revocation
from renkei.messages.directory import Done
from renkei.sandbox.authority import Applicant, enrol
from renkei.sandbox.bodies import KAWASAKI, YOKOHAMA
from renkei.sandbox.layout import CERTIFICATION, CORE, RESIDENTS, SUPERVISION, Folder, Holder
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.report import DemoReport
from renkei.terms.affairs import InformationKind, ItemNumber
from renkei.terms.bodies import Role, SystemName
from renkei.terms.secrets import SecretText
from tests.peers.authority import Authority, Life

pytestmark = pytest.mark.asyncio(loop_scope="session")
LIMIT_BYTES = 32 * 1024 * 1024  # the largest limit of any door


class Document(msgspec.Struct):
    type: str
    title: str
    title_en: str
    status: int
    detail: str
    next: str
    next_en: str
    instance: str


@dataclass(frozen=True)
class Knock:
    """A door, and who of the sandbox may knock."""

    system: str
    path: str
    who: str


DOORS = [
    Knock("intermediate-1", f"/v1/line/{name}", "line")
    for name in (
        "codes/acquire", "codes/states", "replicas/put", "replicas/delete", "inquiries", "inquiries/results",
        "holders", "records", "held", "held/decide", "may-ask",
        "law/decide", "law/explain", "law/who-holds", "law/find", "law/diff",
    )
] + [
    Knock(f"addressee-{YOKOHAMA.id}", "/v1/persons", "line"),
    Knock(CERTIFICATION, "/v1/certificates", "operator"),
    Knock(CERTIFICATION, "/v1/revocations", "operator"),
    Knock(CORE, "/v1/directory/systems", "operator"),
    Knock(CORE, "/v1/directory/bodies", "operator"),
    Knock(CORE, "/v1/record-keys", "operator"),
    Knock(CORE, "/v1/counts", "operator"),
    Knock(CORE, "/v1/envelopes", "interface-a"),
    Knock(CORE, "/v1/acquisitions", "residents"),
    Knock(CORE, "/v1/pia", "supervision"),
    Knock(CORE, "/v1/cosignatures", "supervision"),
    Knock(RESIDENTS, "/v1/residents", "operator"),
    Knock(RESIDENTS, "/v1/acquisitions", f"addressee-{YOKOHAMA.id}"),
    Knock(RESIDENTS, "/v1/acquisitions/card", "disclosure"),
    Knock(SUPERVISION, "/v1/findings", "commission"),
    Knock("interface-a", "/v1/envelopes", "core"),
    Knock("intermediate-1", "/v1/envelopes", "interface-a"),
    Knock("disclosure", "/v1/envelopes", "interface-d"),
]  # fmt: skip


def _holder(network: Network, who: str) -> Holder:
    if who == "line":
        return network.state.bodies[YOKOHAMA.id]
    return network.state.staff.get(who) or network.state.systems[who]


def _context(network: Network, holder: Holder | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=network.state.authorities)
    if holder is not None:
        context.load_cert_chain(holder.certificate, holder.key)
    return context


async def _post(
    network: Network, knock: Knock, body: bytes, holder: Holder | None, content_type: str = "application/json"
) -> tuple[int, str, bytes]:
    context = _context(network, holder)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.post(
            network.state.systems[knock.system].url + knock.path,
            data=io.BytesIO(body),
            headers={"Content-Type": content_type},
        ) as reply,
    ):
        return reply.status, reply.headers["Content-Type"], await reply.read()


async def _refused(network: Network, knock: Knock, body: bytes, holder: Holder | None) -> Document:
    status, kind, data = await _post(network, knock, body, holder)
    assert kind.startswith("application/problem+json"), (knock, data)
    document = msgspec.json.decode(data, type=Document)
    assert document.status == status >= 400
    assert all((document.title, document.title_en, document.next, document.next_en, document.instance))
    return document


@pytest.mark.parametrize("knock", DOORS, ids=lambda knock: f"{knock.system}{knock.path}")
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "malformed"),
        (b"\xff\xfe{}", "malformed"),
        (b"[]", "wrong-type"),
        (b'{"v":2}', "wrong-version"),
        (b'{"v":1,"nobody-knows-this-field":1}', "unknown-field"),
        (b'{"v":1,"x":"' + b"a" * LIMIT_BYTES + b'"}', "too-large"),
    ],
    ids=["malformed", "not-utf-8", "wrong-type", "wrong-version", "unknown-field", "oversized"],
)
async def test_a_bad_message_is_refused_with_one_clear_document(
    network: Network, report: DemoReport, knock: Knock, body: bytes, problem: str
) -> None:
    before = replace(await network.counts(), cosigned_size=0)
    document = await _refused(network, knock, body, _holder(network, knock.who))
    assert document.type.endswith(problem), document
    assert replace(await network.counts(), cosigned_size=0) == before


@pytest.mark.parametrize("knock", DOORS, ids=lambda knock: f"{knock.system}{knock.path}")
async def test_without_a_certificate_no_door_opens(network: Network, report: DemoReport, knock: Knock) -> None:
    document = await _refused(network, knock, b'{"v":1}', None)
    assert document.type.endswith("no-certificate")


@pytest.mark.parametrize("knock", DOORS, ids=lambda knock: f"{knock.system}{knock.path}")
async def test_a_certificate_of_another_role_opens_no_door(network: Network, report: DemoReport, knock: Knock) -> None:
    card = next(person.card for person in network.state.residents if person.card)
    document = await _refused(network, knock, b'{"v":1}', card)
    assert document.type.endswith("wrong-role")


@pytest.mark.parametrize("life", [Life(), None], ids=["foreign", "foreign-and-expired"])
async def test_a_certificate_of_another_authority_does_not_even_speak(
    network: Network, report: DemoReport, tmp_path: Path, life: Life | None
) -> None:
    past = Life(dt.timedelta(days=-9), dt.timedelta(days=-1))
    foreign = Authority(tmp_path).issue(f"renkei://line/x/{YOKOHAMA.id}", life=life or past)
    holder = Holder(certificate=str(foreign.certificate), key=str(foreign.key))
    with pytest.raises(aiohttp.ClientError):
        await _post(network, DOORS[0], b'{"v":1}', holder)


async def test_a_revoked_certificate_is_refused_once_the_list_has_come(
    network: Network, report: DemoReport, tmp_path: Path
) -> None:
    """The certification system knows at once; the others fetch its list every few seconds."""
    operator, certification = network.client(network.state.staff[OPERATOR]), network.target(CERTIFICATION)
    applicant = Applicant(Role.LINE, SystemName("line-lost"), YOKOHAMA.id, Folder(tmp_path))
    await enrol(operator, certification, [applicant])
    holder = Holder(certificate=str(applicant.folder.certificate), key=str(applicant.folder.key))
    status, _, _ = await _post(network, DOORS[0], b'{"v":1,"addressees":["1"]}', holder)
    assert status == 200
    serial = f"{load_pem_x509_certificate(applicant.folder.certificate.read_bytes()).serial_number:x}"
    await operator.send(certification, "/v1/revocations", Revocation(serials=(serial,), reason="lost"), Done)
    async with asyncio.timeout(60):
        while status == 200:
            status, _, data = await _post(network, DOORS[0], b'{"v":1,"addressees":["1"]}', holder)
    assert msgspec.json.decode(data, type=Document).type.endswith("revoked-certificate")


async def test_a_line_system_of_another_body_is_refused_at_the_addressee_system(
    network: Network, report: DemoReport
) -> None:
    knock = Knock(f"addressee-{YOKOHAMA.id}", "/v1/persons", "line")
    document = await _refused(network, knock, b'{"v":1,"persons":[]}', network.state.bodies[KAWASAKI.id])
    assert document.type.endswith(("wrong-role", "wrong-type"))


async def test_a_number_with_a_wrong_check_digit_is_refused_without_being_repeated(
    network: Network, people: list[SyntheticResident], report: DemoReport
) -> None:
    digits = people[0].number.reveal()
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    body = b'{"v":1,"persons":[{"addressee":"1","number":"' + wrong.encode() + b'","lines":{}}]}'
    knock = Knock(f"addressee-{YOKOHAMA.id}", "/v1/persons", "line")
    _, _, data = await _post(network, knock, body, network.state.bodies[YOKOHAMA.id])
    assert b"bad-number" in data
    assert b"$.persons[0].number" in data
    assert wrong.encode() not in data


async def test_a_code_with_a_typing_error_is_refused_at_the_door(
    network: Network, people: list[SyntheticResident], report: DemoReport
) -> None:
    lines = network.line(YOKOHAMA.id)
    person = next(p for p in people if YOKOHAMA.id in p.addressees)
    (status,) = await lines.codes([person.addressees[YOKOHAMA.id]])
    assert status.code is not None
    text = status.code.reveal()
    typo = text[:-1] + ("a" if text[-1] != "a" else "b")
    inquiry = line.Inquiry(
        request="typo",
        provider=KAWASAKI.id,
        item=ItemNumber("48"),
        kind=InformationKind("local-tax"),
        items=("所得割額",),
        unit="課",
        code=SecretText(typo),
    )
    (accepted,) = await lines.ask([inquiry])
    assert (accepted.inquiry, accepted.problem) == (None, "bad-code")


async def test_an_unknown_door_is_named_as_such(network: Network, report: DemoReport) -> None:
    document = await _refused(network, Knock("core", "/v1/nothing", "operator"), b"{}", _holder(network, "operator"))
    assert document.type.endswith("unknown-door")
