"""What every function of the core works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.crypto.codes import INDEX_KEY, Codes
from renkei.crypto.envelope import Identity
from renkei.crypto.keystore import Entropy, KeyStore
from renkei.law.list import PermissionList
from renkei.messages.directory import SignedDirectory
from renkei.systems.core.ports import Store
from renkei.systems.core.rules.register import Register
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId

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
    permissions: PermissionList
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

    @property
    def identity(self) -> Identity:
        return Identity(self.keys)

    def tags(self, domain: str, values: Sequence[bytes]) -> list[bytes]:
        """Keyed digests: equal values are found again, and nobody without the key can try values out."""
        return self.keys.mac(INDEX_KEY, [_DOMAINS[domain] + value for value in values])
