"""Who is at the other end: read from the verified certificate, and only from there (design 1).

Our authority writes one URI into the subject alternative names: `renkei://<role>/<system>` or
`renkei://<role>/<system>/<body>`. A certificate with none, with two or with another shape names nobody.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, Role, SystemName, body_id, system_name
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

SCHEME: Final = "renkei"

Names = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """The holder of a verified certificate. `valid_until_ms` matters on connections that outlive their certificate."""

    role: Role
    system: SystemName
    body: BodyId | None
    serial: int
    valid_until_ms: InstantMs


def identity_uri(role: Role, system: SystemName, body: BodyId | None = None) -> str:
    """What certification writes into a certificate for this holder."""
    tail = f"/{body}" if body is not None else ""
    return f"{SCHEME}://{role.value}/{system}{tail}"


def peer_of(certificate: Mapping[str, Any] | None) -> Peer | None:
    """The peer that a connection's verified certificate names (`ssl.SSLObject.getpeercert()`).

    Returns:
        None where no certificate was shown.

    Raises:
        RenkeiError: WRONG_CERTIFICATE where it names nobody.
    """
    if not certificate:
        return None
    names: Names = certificate.get("subjectAltName", ())
    return _read(certificate["serialNumber"], names, certificate["notAfter"])


@lru_cache(maxsize=4096)
def _read(serial: str, names: Names, not_after: str) -> Peer:
    uris = [value for kind, value in names if kind == "URI" and value.startswith(f"{SCHEME}://")]
    if len(uris) != 1:
        raise RenkeiError(Problem.WRONG_CERTIFICATE, "exactly one renkei: name wanted")
    role, system, body = _parse(uris[0])
    return Peer(role, system, body, int(serial, 16), _moment(not_after))


def _parse(uri: str) -> tuple[Role, SystemName, BodyId | None]:
    try:
        role, system, *rest = uri.removeprefix(f"{SCHEME}://").split("/")
        (body,) = rest or (None,)
        return Role(role), system_name(system), None if body is None else body_id(body)
    except (ValueError, RenkeiError):
        raise RenkeiError(Problem.WRONG_CERTIFICATE, "the renkei: name is not role/system[/body]") from None


def _moment(not_after: str) -> InstantMs:
    return InstantMs(int(ssl.cert_time_to_seconds(not_after)) * 1000)
