"""Each system's key store file: made once, sealed under an unlock secret of its own."""

import base64
from collections.abc import Sequence
from typing import Final

from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.entropy import system_entropy
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.layout import Folder, SystemPlan
from renkei.terms.bodies import Role

_UNLOCK_BYTES: Final = 32
_OF_A_BODY: Final = (
    ("sign", KeyPurpose.SIGN),
    ("seal", KeyPurpose.SEAL),
    ("column", KeyPurpose.COLUMN),
    ("index", KeyPurpose.INDEX),
)
_PURPOSES: Final[dict[Role, tuple[tuple[str, KeyPurpose], ...]]] = {
    Role.CORE: (
        *_OF_A_BODY,
        ("log", KeyPurpose.SIGN),
        ("directory", KeyPurpose.SIGN),
        ("link", KeyPurpose.LINK),
        ("body", KeyPurpose.BODY),
        ("record", KeyPurpose.RECORD),
    ),
    Role.RESIDENTS: (("column", KeyPurpose.COLUMN), ("index", KeyPurpose.INDEX)),
    Role.ADDRESSEE: (("column", KeyPurpose.COLUMN), ("index", KeyPurpose.INDEX)),
    Role.DISCLOSURE: _OF_A_BODY,
    Role.SUPERVISION: (("witness", KeyPurpose.SIGN),),
}


def wanted(plan: SystemPlan) -> Sequence[tuple[str, KeyPurpose]]:
    """Key ids and purposes of one system; an intermediate server has a set for each of its bodies."""
    if plan.role is Role.INTERMEDIATE:
        bodies = [body.id for body in BODIES if body.intermediate == plan.name]
        return [(f"{body}/{name}", purpose) for body in bodies for name, purpose in _OF_A_BODY]
    return _PURPOSES.get(plan.role, ())


def make_keys(plan: SystemPlan, folder: Folder) -> SoftwareKeyStore | None:
    """Make the keys of one system and write its sealed file; None for a system that needs none."""
    keys = wanted(plan)
    if not keys:
        return None
    store = SoftwareKeyStore.create(system_entropy)
    for key_id, purpose in keys:
        store.make(key_id, purpose)
    secret = base64.b64encode(system_entropy(_UNLOCK_BYTES))
    folder.unlock.touch(mode=0o600)
    folder.unlock.write_bytes(secret)
    folder.keystore.touch(mode=0o600)
    folder.keystore.write_bytes(store.dump(secret))
    return store
