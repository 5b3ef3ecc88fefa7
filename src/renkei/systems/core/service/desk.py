"""What every function of the core works with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from renkei.crypto.codes import INDEX_KEY, Codes
from renkei.crypto.envelope import Identity
from renkei.crypto.keystore import Entropy, KeyStore
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.messages.codec import decode
from renkei.messages.directory import Directory, SignedDirectory
from renkei.systems.core.ports import OvertakenError, Store, Work
from renkei.systems.core.rules.register import Register
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

T = TypeVar("T")

_DOMAINS: Final = {
    "content": b"renkei/core/content/1\0",
    "resident": b"renkei/core/resident/1\0",
    "acquisition": b"renkei/core/acquisition/1\0",
}


def nobody(_body: BodyId) -> None:
    """Until the sending loops stand."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """Store, keys, law, time and luck; and the directory as it now is: it changes whole, and only after its commit."""

    store: Store
    keys: KeyStore
    codes: Codes
    law: Editions
    """Changes whole, with the register; the core holds every list that its directory names."""
    now: Callable[[], InstantMs]
    entropy: Entropy
    validity_ms: int
    """通知の有効期間 where the inquirer names none shorter."""
    register: Register
    signed: SignedDirectory
    notify: Callable[[BodyId], None] = field(default=nobody)
    """A notice waits for this provider."""
    deliver: Callable[[BodyId], None] = field(default=nobody)
    """A code waits for this body."""
    identity: Identity = field(init=False)

    def __post_init__(self) -> None:
        self.identity = Identity(self.keys)

    def adopt(self, signed: SignedDirectory, held: Mapping[str, PermissionList]) -> bool:
        """Go by this directory, and these lists of it, from now on; False for one that a newer one has overtaken."""
        directory = decode(Directory, signed.directory)
        newer = directory.number > self.register.number
        if newer:  # two changes at once may come back in either order
            self.register, self.signed = Register(directory), signed
        self.law = Editions.of_directory(self.register.directory, {**self.law.held, **held})
        return newer

    async def decide(self, name: str, job: Callable[[Work], T]) -> T:
        """Write what was prepared by the directory as it now is.

        Raises:
            OvertakenError: a newer one has been published; nothing was written.
        """
        number = self.register.number

        def checked(work: Work) -> T:
            if work.directory_number() > number:
                raise OvertakenError
            return job(work)

        return await self.store.write(name, checked)

    def list_at(self, on: date) -> PermissionList:
        """The list that applies on that day; raises BAD_STORE where it is not here, which no commit allows."""
        found = self.law.at(on)
        if found is None:
            raise RenkeiError(Problem.BAD_STORE, f"no list {self.law.version_at(on)}")
        return found

    def tags(self, domain: str, values: Sequence[bytes]) -> list[bytes]:
        """Keyed digests: equal values are found again, and nobody without the key can try values out."""
        return self.keys.mac(INDEX_KEY, [_DOMAINS[domain] + value for value in values])
