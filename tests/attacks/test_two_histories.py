"""A core with two histories: one log key, two trees, each shown to whom it suits.

What the witness does about it: tests/unit/systems/supervision (test_witness, test_witness_histories) and tests/rooms
(test_a_core_that_was_set_back_to_an_older_disk_is_caught). Here: what a body does, that sees one receipt at a time.
"""

import msgspec
import pytest

from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.line import InquiryState
from renkei.messages.receipt import Receipt
from renkei.platform.entropy import system_entropy
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service import inquiries
from renkei.translog.checkpoint import add_signatures
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.note import cosign_note, parse_note
from tests.rooms.intermediate_world import INQUIRY, KAWASAKI, YOKOHAMA, Log, World


class Witness:
    """Cosigns what it is given, as long as it is one history: the first log that it sees."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.keys = SoftwareKeyStore.create(system_entropy)
        self.keys.make("witness", KeyPurpose.SIGN)
        self.key = VerifierKey("witness.test", KeyType.COSIGNATURE, self.keys.public("witness"))

    def sees(self, log: Log, receipt: Receipt) -> Receipt:
        if log is not self.log:
            return receipt
        text = parse_note(receipt.checkpoint).text
        line = cosign_note(text, self.key, 1_790_000_000, lambda data: self.keys.sign("witness", data))
        return msgspec.structs.replace(receipt, checkpoint=add_signatures(receipt.checkpoint, [line]))


@pytest.fixture
def witness(world: World) -> Witness:
    return Witness(world.core.log)


def demand(world: World, witness: Witness, cosignatures: int) -> None:
    directory = msgspec.structs.replace(world.directory, witness_keys=(witness.key.text(),))
    world.book = Book(directory, cosignatures=cosignatures)

    def watched(log: Log) -> None:
        honest = log.receipt
        log.receipt = lambda *leaf: witness.sees(log, honest(*leaf))  # type: ignore[method-assign]

    watched(world.core.log)


def fork(world: World) -> Log:
    """A second tree under the same name and key, and the core goes on with it."""
    other = Log()
    other.store, other.key = world.core.log.store, world.core.log.key
    other.append("something else happened")
    world.core.log = other
    return other


async def test_a_permit_in_the_history_that_the_witness_did_not_see_is_not_believed(
    world: World, witness: Witness
) -> None:
    """Stopped by the demand for one cosignature: the inquirer leaves the inquiry asked, the provider is not answered."""
    demand(world, witness, 1)
    (asked,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    assert (await world.result(YOKOHAMA, asked)).state is InquiryState.PROVIDED
    fork(world)
    (forked,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, request="r-2"))
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, forked)).state is InquiryState.ASKED
    await world.core_sends(KAWASAKI)
    assert world.core.parked == {forked: "bad-receipt"}
    assert "cosignatures" in world.loud[0][1].detail


async def test_a_cosignature_of_the_one_history_does_not_fit_the_other(world: World, witness: Witness) -> None:
    """Tried: the witness's line of one tree under a checkpoint of the other. Stopped by what it signed: the root."""
    demand(world, witness, 1)
    line = parse_note(world.core.log.receipt("{}", *world.core.log.append("{}")).checkpoint).signatures[-1]
    other = fork(world)
    honest = other.receipt

    def mixed(*leaf: object) -> Receipt:
        receipt = honest(*leaf)  # type: ignore[arg-type]
        return msgspec.structs.replace(receipt, checkpoint=add_signatures(receipt.checkpoint, [line]))

    other.receipt = mixed  # type: ignore[method-assign, assignment]
    (asked,) = await world.ask(YOKOHAMA, INQUIRY)
    await inquiries.send(world.office, YOKOHAMA, await inquiries.due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, asked)).state is InquiryState.ASKED


async def test_without_a_demand_for_cosignatures_a_body_cannot_tell(world: World, witness: Witness) -> None:
    """NOT stopped where the policy demands no cosignature: the second history is caught by the witness alone."""
    demand(world, witness, 0)
    fork(world)
    (asked,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    assert (await world.result(YOKOHAMA, asked)).state is InquiryState.PROVIDED
