"""What the core reads back from its store: believed only if it is what it says it is, for the disk is not the core."""

from collections.abc import Collection

from renkei.crypto import signatures
from renkei.crypto.keystore import KeyStore
from renkei.law.editions import read_list
from renkei.law.list import PermissionList
from renkei.messages.codec import decode
from renkei.messages.directory import Directory, ListFiles, SignedDirectory, signed_bytes
from renkei.systems.core.ports import Store
from renkei.systems.core.rules import lists as rules
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

DIRECTORY_KEY = "directory"


def opened(keys: KeyStore, signed: SignedDirectory | None) -> tuple[Directory, SignedDirectory]:
    """What was stored is believed only if its signature still holds: the disk is not the core."""
    public = keys.public(DIRECTORY_KEY)
    if signed is None or not signatures.verify(public, signed.signature, signed_bytes(signed.directory)):
        raise RenkeiError(Problem.BAD_STORE, "directory: signature")
    return decode(Directory, signed.directory), signed


async def stored_lists(store: Store, directory: Directory, held: Collection[str] = ()) -> dict[str, PermissionList]:
    """Every list that the directory names but those that are held, read from the store; raises BAD_STORE."""
    wanted = sorted(rules.versions(directory) - {*held})
    texts = await store.read(lambda work: [work.list_files(version) for version in wanted])
    return {version: _read(version, text) for version, text in zip(wanted, texts, strict=True)}


def _read(version: str, text: str | None) -> PermissionList:
    """What was stored is believed only if it is what its version says: the disk is not the core."""
    if text is None:
        raise RenkeiError(Problem.BAD_STORE, f"no files of list {version}")
    try:
        return read_list(decode(ListFiles, text).files, version)
    except RenkeiError as error:
        raise RenkeiError(Problem.BAD_STORE, f"list {version}: {error.detail}") from error
