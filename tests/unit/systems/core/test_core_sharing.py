"""Several processes of one core: what was prepared by an older directory is not written but done anew (design 7, 8)."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.messages.codec import encode
from renkei.messages.directory import Directory, SignedDirectory, signed_bytes
from renkei.platform.entropy import system_entropy
from renkei.systems.core.ports import OvertakenError
from renkei.systems.core.rules.register import Register
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.sharing import by_newest, catch_up
from renkei.systems.core.service.stored import DIRECTORY_KEY
from renkei.terms.errors import RenkeiError

from .builders import MAYOR, OTHER, body, directory


class SharedStore:
    """A store to which another process may write: its newest directory, and what was written by this one."""

    def __init__(self, keys: SoftwareKeyStore) -> None:
        self._keys = keys
        self.newest: Directory | None = None
        self.signature: bytes | None = None
        self.written: list[str] = []

    def directory_number(self) -> int:
        return 0 if self.newest is None else self.newest.number

    def directory(self) -> SignedDirectory:
        text = encode(cast("Directory", self.newest)).decode()
        own = self._keys.sign(DIRECTORY_KEY, signed_bytes(text))
        return SignedDirectory(directory=text, signature=self.signature or own)

    async def write(self, name: str, job: Any) -> Any:
        found = job(self)
        self.written.append(name)
        return found

    async def read(self, job: Any) -> Any:
        return job(self)


def desk_and_store() -> tuple[Desk, SharedStore]:
    keys = SoftwareKeyStore.create(system_entropy)
    keys.make(DIRECTORY_KEY, KeyPurpose.SIGN)
    store = SharedStore(keys)
    first = directory(body(MAYOR))
    permissions = PermissionList.load()
    made = Desk(
        store=cast("Any", store),
        keys=keys,
        codes=cast("Any", None),
        law=Editions.of_directory(first, {permissions.version: permissions}),
        now=cast("Any", None),
        entropy=system_entropy,
        validity_ms=1,
        register=Register(first),
        signed=cast("Any", SimpleNamespace()),
    )
    store.newest = first
    return made, store


async def test_what_was_prepared_by_the_newest_directory_is_written() -> None:
    desk, store = desk_and_store()
    assert await desk.decide("inquiries", lambda _: "done") == "done"
    assert store.written == ["inquiries"]


async def test_what_was_prepared_by_an_older_directory_leaves_nothing_behind() -> None:
    desk, store = desk_and_store()
    store.newest = directory(body(MAYOR), body(OTHER), number=8)
    with pytest.raises(OvertakenError):
        await desk.decide("inquiries", lambda _: "done")
    assert store.written == []


async def test_it_is_done_anew_by_the_directory_that_another_process_has_published() -> None:
    desk, store = desk_and_store()
    store.newest = directory(body(MAYOR), body(OTHER), number=8)

    async def action() -> bool:
        other = desk.register.body(OTHER)
        await desk.decide("inquiries", lambda _: None)
        return other is not None

    assert await by_newest(desk, action)
    assert desk.register.number == 8
    assert store.written == ["inquiries"]


async def test_a_stored_directory_whose_signature_does_not_hold_is_not_gone_by() -> None:
    desk, store = desk_and_store()
    store.newest = directory(body(MAYOR), body(OTHER), number=8)
    store.signature = bytes(64)
    with pytest.raises(RenkeiError, match="signature"):
        await catch_up(desk)
    assert desk.register.number == 7


async def test_nothing_is_read_anew_while_nobody_has_published() -> None:
    desk, store = desk_and_store()
    store.signature = bytes(64)  # would be refused
    await catch_up(desk)
    assert desk.register.number == 7
