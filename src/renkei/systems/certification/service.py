"""What the authority does for those who knock. The register decides and changes in one transaction."""

from dataclasses import dataclass
from typing import Final

from renkei.messages.certification import (
    CertificateRequests,
    IssuedCertificate,
    IssuedCertificates,
    Revocation,
    RevokedList,
)
from renkei.messages.directory import Done
from renkei.systems.certification.ports import Announce, Entropy, Issued, Now, Register, SignedList, Store
from renkei.systems.certification.rules import certificates, requests
from renkei.systems.certification.rules.certificates import Authority
from renkei.systems.certification.rules.requests import Wanted
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

LIST_LIFE_MS: Final = 24 * 3_600_000
"""How long a revocation list may be believed."""


@dataclass(frozen=True, slots=True)
class Means:
    """What is handed in: time, luck, and who must hear of revocations."""

    now: Now
    entropy: Entropy
    announce: Announce


class Certification:
    """The issuing authority at work."""

    def __init__(self, store: Store, issuing: Authority, means: Means) -> None:
        self._store = store
        self._issuing = issuing
        self._means = means
        self._issuing_pem = certificates.pem(issuing.certificate)

    async def issue(self, message: CertificateRequests) -> IssuedCertificates:
        """Certify every request or none. A repeated request gets the certificate that it got before."""
        wanted = [requests.check(asked, f"$.requests[{i}]") for i, asked in enumerate(message.requests)]
        now = self._means.now()
        issued = await self._store.write(
            "issue-certificates", lambda register: [self._issue_one(register, one, now) for one in wanted]
        )
        return IssuedCertificates(certificates=tuple(issued))

    async def enter(self, issued: Issued) -> None:
        """Enter a certificate that is older than the register; entering it again changes nothing."""

        def job(register: Register) -> None:
            known = register.of_key(issued.wanted.key_digest)
            if all(one.serial != issued.serial for one in known):
                register.enter(issued)

        await self._store.write("enter-founding", job)

    async def revoke(self, message: Revocation) -> Done:
        """Revoke all serials or none, publish the new list in the same transaction, close our own doors to them."""
        now = self._means.now()
        await self._store.write("revoke", lambda register: self._revoke(register, message, now))
        await self.announce()
        return Done()

    async def revoked(self) -> RevokedList:
        """Every revoked serial, and the number of the list that they stand on."""

        def job(register: Register) -> RevokedList:
            newest = register.newest_list()
            serials = tuple(one.serial for one in register.revoked())
            return RevokedList(number=newest.number if newest else 0, serials=serials)

        return await self._store.read(job)

    async def revocation_list(self) -> bytes:
        """The signed list (DER), made anew when half of its life is over."""
        now = self._means.now()
        newest = await self._store.read(lambda register: register.newest_list())
        if newest is None or _due(newest, now):
            newest = await self._store.write("publish-list", lambda register: self._renewed(register, now))
        return newest.der

    async def announce(self) -> None:
        """Tell our own doors who is revoked; also at start."""
        self._means.announce((await self.revoked()).serials)

    def _issue_one(self, register: Register, wanted: Wanted, now: InstantMs) -> IssuedCertificate:
        known = requests.earlier(wanted, register.of_key(wanted.key_digest), now)
        if known is not None:
            return IssuedCertificate(
                serial=known.serial, chain_pem=known.pem + self._issuing_pem, not_after_ms=known.not_after_ms
            )
        serial = certificates.serial_from(self._means.entropy(certificates.SERIAL_BYTES))
        made = certificates.make_leaf(self._issuing, wanted, serial, now)
        pem, ends = certificates.pem(made), certificates.not_after_ms(made)
        issued = Issued(wanted, certificates.serial_text(serial), pem, now, ends)
        register.enter(issued)
        return IssuedCertificate(serial=issued.serial, chain_pem=pem + self._issuing_pem, not_after_ms=ends)

    def _revoke(self, register: Register, message: Revocation, now: InstantMs) -> None:
        changed = False
        for i, serial in enumerate(message.serials):
            done = register.revoke(certificates.serial_text(int(serial, 16)), message.reason, now)
            if done is None:
                raise RenkeiError(Problem.WRONG_TYPE, f"$.serials[{i}]: not issued here")
            changed = changed or done
        if changed:
            self._publish(register, now)

    def _renewed(self, register: Register, now: InstantMs) -> SignedList:
        # Decided again inside the transaction: two who ask at once share one new list.
        newest = register.newest_list()
        return newest if newest and not _due(newest, now) else self._publish(register, now)

    def _publish(self, register: Register, now: InstantMs) -> SignedList:
        newest = register.newest_list()
        number = newest.number + 1 if newest else 1
        der = certificates.make_list(self._issuing, register.revoked(), number, now, LIST_LIFE_MS)
        made = SignedList(number, now, der)
        register.publish(made)
        return made


def _due(newest: SignedList, now: InstantMs) -> bool:
    return now >= newest.made_at_ms + LIST_LIFE_MS // 2
