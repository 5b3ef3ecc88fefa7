"""Envelopes to and from the core: read only what the core wrote to us, of that kind, in reply to that question."""

from typing import Any

import msgspec
import pytest

from renkei.crypto.envelope import EnvelopeError, Identity, seal_envelope
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.codec import encode
from renkei.messages.envelope import Envelope, Header, Label
from renkei.messages.provision import Ack, Acks
from renkei.messages.records import RecordsReplies, RecordsReply
from renkei.platform.clock import SystemClock
from renkei.platform.entropy import new_id, system_entropy
from renkei.systems.disclosure.api.letters import Letters
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import CORE, DISCLOSURE, BodyId
from tests.browser.ledger import Ledger
from tests.browser.stage import directory_of

ASKED = "a" * 32
REPLY = RecordsReplies(replies=(RecordsReply(request="b" * 32, records=(), older=None),))


def keys() -> SoftwareKeyStore:
    store = SoftwareKeyStore.create(system_entropy)
    store.make("sign", KeyPurpose.SIGN)
    store.make("seal", KeyPurpose.SEAL)
    return store


class Both:
    """The core's side and ours."""

    def __init__(self) -> None:
        self.core, self.own = keys(), keys()
        directory = directory_of(Ledger(), sign_key=self.core.public("sign"), seal_key=self.core.public("seal"))
        self.letters = Letters(Identity(self.own), lambda: directory, SystemClock(), system_entropy)

    def reply(self, by: SoftwareKeyStore | None = None, **changes: Any) -> Envelope:
        facts: dict[str, Any] = {
            "label": Label.RECORD_REPLIES,
            "sender": CORE,
            "recipient": DISCLOSURE,
            "message": new_id(),
            "sent_at_ms": InstantMs(1),
            "answers": ASKED,
        }
        header = Header(**(facts | changes))
        return seal_envelope(Identity(by or self.core), header, encode(REPLY), self.own.public("seal"))

    def read(self, envelope: Envelope) -> RecordsReplies:
        return self.letters.read(envelope, Label.RECORD_REPLIES, RecordsReplies, ASKED)


@pytest.fixture(scope="module")
def both() -> Both:
    return Both()


def test_the_reply_to_our_question_is_read(both: Both) -> None:
    assert both.read(both.reply()) == REPLY


@pytest.mark.parametrize(
    "changes",
    [
        {"label": Label.ACKS},
        {"sender": BodyId("141003-mayor")},
        {"recipient": BodyId("141003-mayor")},
        {"answers": "c" * 32},
        {"answers": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_letter_of_another_kind_party_or_question_is_refused(both: Both, changes: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeError):
        both.read(both.reply(**changes))


def test_a_letter_that_somebody_else_signed_is_refused(both: Both) -> None:
    with pytest.raises(EnvelopeError):
        both.read(both.reply(by=keys()))


def test_a_letter_whose_seal_was_touched_is_refused(both: Both) -> None:
    good = both.reply()
    sealed = bytes([good.sealed[0] ^ 1]) + good.sealed[1:]
    with pytest.raises(EnvelopeError):
        both.read(msgspec.structs.replace(good, sealed=sealed))


def test_our_letters_name_us_the_core_and_what_they_answer(both: Both) -> None:
    letter = both.letters.write(Label.ACKS, Acks(acks=(Ack(id="d" * 32),)), ASKED)
    assert (letter.header.sender, letter.header.recipient, letter.header.answers) == (DISCLOSURE, CORE, ASKED)
    assert "d" * 32 not in str(letter)
