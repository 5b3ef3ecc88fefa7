"""Notices to providers (法21条2項, 命令41条) and codes to bodies (命令44条・45条): until acknowledged.

What waits is in the store and nowhere else, so a restart goes on where it was. Rows go only with their acknowledgement.
A provider leaves out what it cannot judge yet (ADR 0010); that is sent again and again, and holds up nothing else.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.crypto.envelope import open_envelope, seal_envelope
from renkei.messages.acquisition import CodeDeliveries, CodeDelivery
from renkei.messages.codec import Message, decode, encode
from renkei.messages.directory import BodyEntry, sign_keys
from renkei.messages.envelope import Header, Label
from renkei.messages.fields import MAX_LIST
from renkei.messages.provision import Ack, Acks, Notice, Notices
from renkei.systems.core.ports import NEWEST, Delivery, PendingNotice, Send, Work
from renkei.systems.core.rules.record import Entry
from renkei.systems.core.service.desk import Desk
from renkei.terms.bodies import CORE, BodyId
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

BATCH: Final = 256
PROBE: Final = 4
TurnedAway = Callable[[str, BodyId, str, str], None]
"""Says loudly that a body will not take something: what, which body, which id, which problem."""


@dataclass(slots=True)
class LeftOut:
    """What one provider left out of its acknowledgements: all of it stands at or below `newest`."""

    newest: int = 0
    """Sequence of a notice; what stands above was never left out."""
    passed: int = 0
    """Up to where this round of trying again has come."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what waits for one body at a time; one loop per body calls it, so a body that is down slows only itself."""

    desk: Desk
    send: Send
    turned_away: TurnedAway
    troubled: set[tuple[Label, BodyId]] = field(default_factory=set)
    """Where the last exchange failed: there the next try costs little, however much waits."""
    left_out: defaultdict[BodyId, LeftOut] = field(default_factory=lambda: defaultdict(LeftOut))

    async def notices(self, provider: BodyId) -> list[PendingNotice]:
        """What is due for this provider; nothing while the directory does not know it.

        What is new comes with a few of those that were left out before; where nothing is new, with as many as fit.
        """
        if self.desk.register.body(provider) is None:
            return []
        left, limit = self.left_out[provider], self._limit(Label.NOTICES, provider)

        def due(work: Work) -> list[PendingNotice]:
            new = work.records.notices(provider, left.newest, NEWEST, limit)
            room = PROBE if new else limit
            for after in (left.passed, 0) if left.newest else ():  # at the end from the first again
                if again := work.records.notices(provider, after, left.newest, room):
                    return again + new
            return new

        return await self.desk.store.read(due)

    async def send_notices(self, provider: BodyId, pending: Sequence[PendingNotice]) -> None:
        """Send them with proofs against the newest checkpoint, and settle what is acknowledged."""
        entries = [each.entry for each in pending]
        receipts = await self.desk.store.read(lambda work: work.records.receipts(entries))
        notices = tuple(
            Notice(
                inquiry=each.entry.draft.inquiry,
                receipt=first,
                code=None if each.code is None else SecretText(each.code),
                code_salt=None if each.code is None else each.entry.draft.salts.provider,
            )
            for each, (first, _) in zip(pending, receipts, strict=True)
        )
        acks = await self._exchange(provider, Label.NOTICES, Notices(notices=notices))
        self._note_left_out(provider, entries, {ack.id for ack in acks})
        taken = _taken(acks, {each.inquiry for each in notices})
        parked = {ack.id: ack.problem for ack in taken if ack.problem is not None}
        done = [ack.id for ack in taken if ack.problem is None]
        await self.desk.store.write("notices", lambda work: work.records.settle_notices(provider, done, parked))
        for inquiry, problem in parked.items():
            self.turned_away("notice", provider, inquiry, problem)

    def _note_left_out(self, provider: BodyId, sent: Sequence[Entry], acknowledged: set[str]) -> None:
        left = self.left_out[provider]
        again = [entry.sequence for entry in sent if entry.sequence <= left.newest]
        left.passed = max(again, default=left.passed)
        missing = [entry.sequence for entry in sent if entry.draft.inquiry not in acknowledged]
        left.newest = max([left.newest, *missing])

    async def codes(self, body: BodyId) -> list[Delivery]:
        """What is due for this body."""
        if self.desk.register.body(body) is None:
            return []
        limit = self._limit(Label.CODES, body, MAX_LIST)
        return await self.desk.store.read(lambda work: work.issuance.deliveries(body, limit))

    def _limit(self, label: Label, body: BodyId, most: int = BATCH) -> int:
        return PROBE if (label, body) in self.troubled else most

    async def send_codes(self, body: BodyId, pending: Sequence[Delivery]) -> None:
        """Send them; code and 取得番号 are deleted in the transaction of the acknowledgement (法21条の2第3項)."""
        deliveries = tuple(
            CodeDelivery(
                id=each.id,
                acquisition=AcquisitionNumber(each.acquisition),
                code=None if each.code is None else SecretText(each.code),
            )
            for each in pending
        )
        acks = await self._exchange(body, Label.CODES, CodeDeliveries(deliveries=deliveries))
        taken = _taken(acks, {each.id for each in pending})
        done = [ack.id for ack in taken]
        await self.desk.store.write("codes", lambda work: work.issuance.settle_deliveries(body, done))
        for ack in taken:
            if ack.problem is not None:
                self.turned_away("code", body, ack.id, ack.problem)

    async def _exchange(self, body: BodyId, label: Label, message: Message) -> list[Ack]:
        self.troubled.add((label, body))
        entry = _known(self.desk, body)
        header = Header(
            label=label,
            sender=CORE,
            recipient=body,
            message=self.desk.entropy(16).hex(),
            sent_at_ms=self.desk.now(),
        )
        sealed = seal_envelope(self.desk.identity, header, encode(message), entry.seal_key)
        reply = await self.send(entry, sealed)
        answered = (reply.header.label, reply.header.sender, reply.header.recipient, reply.header.answers)
        if answered != (Label.ACKS, body, CORE, header.message):
            raise RenkeiError(Problem.BAD_ENVELOPE, "not the reply to this message")
        payload = open_envelope(self.desk.identity, reply, sign_keys(_known(self.desk, body)))
        acks = list(decode(Acks, payload).acks)
        self.troubled.discard((label, body))
        return acks


async def resume(desk: Desk) -> None:
    """Wake the loops of all for whom something waits: at the start, and when the directory has changed."""
    notices, codes = await desk.store.read(_waiting)
    for body in notices:
        desk.notify(body)
    for body in codes:
        desk.deliver(body)


def _waiting(work: Work) -> tuple[list[BodyId], list[BodyId]]:
    notices, codes = work.waiting()
    return list(notices), list(codes)


def _known(desk: Desk, body: BodyId) -> BodyEntry:
    entry = desk.register.body(body)
    if entry is None:
        raise RenkeiError(Problem.UNKNOWN_BODY, body)
    return entry


def _taken(acks: Sequence[Ack], sent: set[str]) -> list[Ack]:
    """The acknowledgements of what was sent; none at all is a peer that does not work, and is tried again later."""
    taken = [ack for ack in acks if ack.id in sent]
    if not taken:
        raise RenkeiError(Problem.BAD_ENVELOPE, "nothing acknowledged")
    return taken
