"""The directory: signed, numbered, durable before anybody sees it (design 7; 法28条, G11)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from renkei.crypto.keystore import KeyStore
from renkei.law.list import PermissionList
from renkei.messages.codec import decode, encode
from renkei.messages.directory import (
    BodyRegistration,
    Directory,
    Done,
    ListFiles,
    PiaFindings,
    SignedDirectory,
    SystemRegistration,
    signed_bytes,
)
from renkei.systems.core.ports import Store, Work
from renkei.systems.core.rules import lists
from renkei.systems.core.rules import register as rules
from renkei.systems.core.rules.register import OwnFacts
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.sending import resume
from renkei.systems.core.service.stored import DIRECTORY_KEY, opened, stored_lists
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

DIRECTORY_BYTES: Final = 16 * 1024 * 1024
"""Of a `SignedDirectory`: half of what a system reads as a reply."""
Change = Callable[[Directory], Directory]
NONE: Final[Mapping[str, Any]] = {}


async def founding(
    store: Store, keys: KeyStore, own: tuple[OwnFacts, ListFiles], now: InstantMs
) -> tuple[Directory, SignedDirectory]:
    """The directory at start: the stored one, with the core's own facts and list as they now are; or the first."""
    signed = await store.write("directory", partial(_found, keys, own, now))
    return decode(Directory, signed.directory), signed


async def register_systems(desk: Desk, message: SystemRegistration) -> Done:
    return await change(desk, lambda directory: rules.with_systems(directory, message.systems))


async def register_bodies(desk: Desk, message: BodyRegistration) -> Done:
    lists.check_categories(desk.law.newest(), message.bodies)
    return await change(desk, lambda directory: rules.with_bodies(directory, message.bodies))


async def find_breaches(desk: Desk, message: PiaFindings) -> Done:
    return await change(desk, lambda directory: rules.with_findings(directory, message.findings))


async def change(
    desk: Desk, rule: Change, kept: Mapping[str, ListFiles] = NONE, held: Mapping[str, PermissionList] = NONE
) -> Done:
    """Sign what the rule makes of the directory and go by it; where it refuses, nothing is left behind.

    Args:
        desk: the core at work.
        rule: from the newest directory to the next; may refuse, and is called inside the transaction.
        kept: files of lists that the rule adds, by version: durable in the same transaction.
        held: the same lists, read.
    """
    now = desk.now()

    def job(work: Work) -> SignedDirectory:
        for version, files in kept.items():
            work.keep_list(version, encode(files).decode())
        return _renew(desk.keys, rule, now, work)

    signed = await desk.store.write("directory", job)
    directory = decode(Directory, signed.directory)
    others = await stored_lists(desk.store, directory, {*desk.law.held, *held})  # of another process, if any
    if desk.adopt(signed, {**held, **others}):
        await resume(desk)  # what was parked may pass now, and bodies may have come back
    return Done(number=directory.number)


def _found(keys: KeyStore, own: tuple[OwnFacts, ListFiles], now: InstantMs, work: Work) -> SignedDirectory:
    facts, files = own
    work.records.unpark_notices()
    if work.directory() is None:
        work.keep_list(facts.list_version, encode(files).decode())
        return _publish(keys, rules.founded(facts, now), work)

    def renew(directory: Directory) -> Directory:
        if not directory.announced and work.list_files(directory.list_version) is None:
            # A store from before lists were kept: the program's own is all that there is.
            work.keep_list(facts.list_version, encode(files).decode())
            directory = msgspec.structs.replace(directory, list_version=facts.list_version)
        # A newer program's list is not in force by being installed: an operator announces it (ADR 0010).
        return rules.with_own(directory, facts)

    return _renew(keys, renew, now, work)


def _renew(keys: KeyStore, rule: Change, now: InstantMs, work: Work) -> SignedDirectory:
    old = opened(keys, work.directory())
    new = rules.renumbered(rule(old[0]), old[0], now)
    if new is None:
        return old[1]
    work.records.unpark_notices()
    signed = _publish(keys, new, work)
    _demand_size(signed, old[1])
    work.drop_lists(lists.versions(new))  # the others never applied: what has applied stays named
    return signed


def _demand_size(new: SignedDirectory, old: SignedDirectory) -> None:
    """Every system reads the directory whole; one that is too large already may shrink."""
    size = len(encode(new))
    if size > DIRECTORY_BYTES and size > len(encode(old)):
        wanted = "shorten names, leave affairs out of the message, or end affairs that no longer apply"
        detail = f"the signed directory would have {size} bytes, at most {DIRECTORY_BYTES}: {wanted}"
        raise RenkeiError(Problem.TOO_LARGE, detail)


def _publish(keys: KeyStore, directory: Directory, work: Work) -> SignedDirectory:
    text = encode(directory).decode()
    signed = SignedDirectory(directory=text, signature=keys.sign(DIRECTORY_KEY, signed_bytes(text)))
    work.publish(directory.number, signed)
    return signed
