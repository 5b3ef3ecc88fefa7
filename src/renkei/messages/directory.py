"""The signed, numbered directory of bodies, systems and public keys (design 7)."""

from datetime import date
from typing import Annotated, Final

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import Body, BodyCategory, Day, Digest, ListVersion, Moment, System, whole
from renkei.messages.ordinance import Limitation, OrdinanceAffair
from renkei.terms.bodies import BodyState, PiaState, Role

Url = Annotated[str, Meta(pattern=whole("https://[A-Za-z0-9.:-]+"), max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
SignKey = Digest
SealKey = Annotated[bytes, Meta(min_length=1216, max_length=1216)]
"""ML-KEM-768 public key (1,184 bytes), then X25519 public key (32 bytes)."""
FactFiles = Annotated[
    dict[Annotated[str, Meta(pattern=whole("[a-z0-9.-]{1,40}"))], str], Meta(min_length=1, max_length=20)
]
OTHER_SIGN_KEYS: Final = 4
OtherSignKeys = Annotated[tuple[SignKey, ...], Meta(max_length=OTHER_SIGN_KEYS)]
"""Keys by which a party will sign, or has signed until lately: what they signed is believed too (ADR 0019)."""
SIGNATURE_DOMAIN: Final = b"renkei/directory/1\0"


class PublicKeys(Part, frozen=True):
    """What the directory says of a party's keys."""

    sign_key: SignKey
    seal_key: SealKey
    """The newest: what was sealed to an earlier one opens still."""
    other_sign_keys: OtherSignKeys = ()


class BodyEntry(Part, frozen=True):
    """One body: what it is, whether it may speak, where it is reached, how it is recognised."""

    id: Body
    name_ja: Name
    name_en: Name
    code: Annotated[str, Meta(max_length=13)] | None
    """全国地方公共団体コード or 法人番号, where it has one."""
    categories: Annotated[tuple[BodyCategory, ...], Meta(max_length=100)]
    state: BodyState
    pia: PiaState
    interface: System
    system: System
    """The system that holds its data: an intermediate server, or the disclosure system."""
    sign_key: SignKey
    seal_key: SealKey
    other_sign_keys: OtherSignKeys = ()


class SystemEntry(Part, frozen=True):
    """One system: its name and role as in its certificate, and where its machine door is."""

    name: System
    role: Role
    url: Url


class AnnouncedList(Part, frozen=True):
    """A permission list and the first day, Japan time, on which it applies: to inquiries asked from that day on."""

    version: ListVersion
    applies_from: Day


class Directory(Message, frozen=True):
    """The directory itself. Numbers only grow; everybody refuses a lower one than seen."""

    number: Annotated[int, Meta(ge=1)]
    made_at_ms: Moment
    list_version: ListVersion
    """The permission list that applies before every announced one."""
    log_origin: Name
    log_key: str
    """The log's C2SP verifier key."""
    witness_keys: tuple[str, ...]
    sign_key: SignKey
    seal_key: SealKey
    systems: tuple[SystemEntry, ...]
    bodies: tuple[BodyEntry, ...]
    announced: tuple[AnnouncedList, ...] = ()
    """Ascending by day, no two of one day. What applies on a day that has come never changes again."""
    ordinance_affairs: tuple[OrdinanceAffair, ...] = ()
    """法19条9号: what local governments notified, also what has ended, by id."""
    limitations: tuple[Limitation, ...] = ()
    """限定機関: what they do not provide for such affairs, by id."""
    other_sign_keys: OtherSignKeys = ()
    """Of the core."""

    def __post_init__(self) -> None:
        days = [date.fromisoformat(each.applies_from) for each in self.announced]
        if days != sorted(set(days)):
            raise ValueError("announced lists stand in the order of their days, one for each")


def sign_keys(party: BodyEntry | Directory) -> tuple[SignKey, ...]:
    """By which a body's messages may be signed; a directory stands for the core."""
    return (party.sign_key, *party.other_sign_keys)


class SignedDirectory(Message, frozen=True):
    """The directory as text, and the core's Ed25519 signature over a domain string and that text."""

    directory: str
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]


def signed_bytes(text: str) -> bytes:
    """What the signature is over: the domain string, then the directory's text in UTF-8."""
    return SIGNATURE_DOMAIN + text.encode()


class SystemRegistration(Message, frozen=True):
    """An operator of the core registers or replaces systems; before the bodies that they serve."""

    systems: Annotated[tuple[SystemEntry, ...], Meta(min_length=1, max_length=2_000)]


class BodyRegistration(Message, frozen=True):
    """An operator of the core registers or replaces a body (G11)."""

    bodies: Annotated[tuple[BodyEntry, ...], Meta(min_length=1, max_length=2_000)]


class ListFiles(Message, frozen=True):
    """The facts of one permission list, by file name; its version is the SHA-256 over them (`law.facts.version_of`)."""

    files: FactFiles


class ListAnnouncement(Message, frozen=True):
    """An operator of the core announces a list for a day that has not come; another one for that day is replaced."""

    applies_from: Day
    files: FactFiles


class ListWithdrawal(Message, frozen=True):
    """An operator of the core takes back what was announced for a day that has not come."""

    applies_from: Day


class PiaFinding(Part, frozen=True):
    """What the commission found about a body's impact assessment (法28条)."""

    body: Body
    pia: PiaState


class PiaFindings(Message, frozen=True):
    """Commission clerk to supervision, supervision to core."""

    findings: Annotated[tuple[PiaFinding, ...], Meta(min_length=1, max_length=2_000)]


class Done(Message, frozen=True):
    """Durable. `number`: the directory's number after it, where it changed."""

    number: int | None = None
