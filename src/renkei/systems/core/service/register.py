"""The directory: signed, numbered, durable before anybody sees it (design 7; 法28条, G11)."""

from collections.abc import Callable
from functools import partial

from renkei.crypto import signatures
from renkei.crypto.keystore import KeyStore
from renkei.messages.codec import decode, encode
from renkei.messages.directory import (
    BodyRegistration,
    Directory,
    Done,
    PiaFindings,
    SignedDirectory,
    SystemRegistration,
    signed_bytes,
)
from renkei.systems.core.ports import Store, Work
from renkei.systems.core.rules import register as rules
from renkei.systems.core.rules.register import OwnFacts, Register
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.sending import resume
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

DIRECTORY_KEY = "directory"
Change = Callable[[Directory], Directory]


async def founding(store: Store, keys: KeyStore, own: OwnFacts, now: InstantMs) -> tuple[Register, SignedDirectory]:
    """The directory at start: the stored one, with the core's own facts as they now are; or the first."""
    signed = await store.write("directory", partial(_found, keys, own, now))
    return Register(decode(Directory, signed.directory)), signed


async def register_systems(desk: Desk, message: SystemRegistration) -> Done:
    return await _change(desk, lambda directory: rules.with_systems(directory, message.systems))


async def register_bodies(desk: Desk, message: BodyRegistration) -> Done:
    for entry in message.bodies:
        desk.permissions.checked(entry.categories)
    return await _change(desk, lambda directory: rules.with_bodies(directory, message.bodies))


async def find_breaches(desk: Desk, message: PiaFindings) -> Done:
    return await _change(desk, lambda directory: rules.with_findings(directory, message.findings))


async def _change(desk: Desk, change: Change) -> Done:
    now = desk.now()
    signed = await desk.store.write("directory", lambda work: _renew(desk.keys, change, now, work))
    directory = decode(Directory, signed.directory)
    if directory.number > desk.register.number:  # two changes at once may come back in either order
        desk.register, desk.signed = Register(directory), signed
        await resume(desk)  # what was parked may pass now, and bodies may have come back
    return Done(number=directory.number)


def _found(keys: KeyStore, own: OwnFacts, now: InstantMs, work: Work) -> SignedDirectory:
    work.records.unpark_notices()
    if work.directory() is None:
        return _publish(keys, rules.founded(own, now), work)
    return _renew(keys, lambda directory: rules.with_own(directory, own), now, work)


def _renew(keys: KeyStore, change: Change, now: InstantMs, work: Work) -> SignedDirectory:
    old = _opened(keys, work.directory())
    new = rules.renumbered(change(old[0]), old[0], now)
    if new is None:
        return old[1]
    work.records.unpark_notices()
    return _publish(keys, new, work)


def _opened(keys: KeyStore, signed: SignedDirectory | None) -> tuple[Directory, SignedDirectory]:
    """What was stored is believed only if its signature still holds: the disk is not the core."""
    public = keys.public(DIRECTORY_KEY)
    if signed is None or not signatures.verify(public, signed.signature, signed_bytes(signed.directory)):
        raise RenkeiError(Problem.BAD_STORE, "directory: signature")
    return decode(Directory, signed.directory), signed


def _publish(keys: KeyStore, directory: Directory, work: Work) -> SignedDirectory:
    text = encode(directory).decode()
    signed = SignedDirectory(directory=text, signature=keys.sign(DIRECTORY_KEY, signed_bytes(text)))
    work.publish(directory.number, signed)
    return signed
