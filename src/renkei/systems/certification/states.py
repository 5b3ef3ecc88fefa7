"""The life of a certificate: it is revoked once and for good (RFC 5280 §3.3). Expiry is a date in it, not a state."""

from collections.abc import Mapping
from enum import Enum
from typing import Final


class CertificateState(Enum):
    """Where a certificate stands."""

    VALID = "valid"
    REVOKED = "revoked"


class CertificateEvent(Enum):
    """What can befall it."""

    REVOKE = "revoke"


# Revoking twice is no error: the first time, its moment and its reason stay.
NEXT: Final[Mapping[CertificateState, Mapping[CertificateEvent, CertificateState]]] = {
    CertificateState.VALID: {CertificateEvent.REVOKE: CertificateState.REVOKED},
    CertificateState.REVOKED: {CertificateEvent.REVOKE: CertificateState.REVOKED},
}
