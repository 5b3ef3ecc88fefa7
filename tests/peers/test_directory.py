"""The directory: the core's alone, never older than seen, kept across a restart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.messages.codec import decode, encode
from renkei.messages.directory import BodyEntry, Directory, SignedDirectory, SystemEntry, signed_bytes
from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.pump import PumpOptions
from renkei.terms.affairs import Category, InstantMs
from renkei.terms.bodies import BodyId, BodyState, PiaState, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.unit.law.ordinances import affair, limitation

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
CITY = BodyId("141003-mayor")


def directory(number: int, *, made_at_ms: int = 1) -> Directory:
    body = BodyEntry(
        id=CITY,
        name_ja="市長",
        name_en="Mayor",
        code=None,
        categories=(Category("municipal-mayor"),),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=SystemName("interface-a"),
        system=SystemName("intermediate-1"),
        sign_key=bytes(32),
        seal_key=bytes(1216),
    )
    return Directory(
        number=number,
        made_at_ms=InstantMs(made_at_ms),
        list_version="0" * 64,
        log_origin="log.example",
        log_key="log",
        witness_keys=(),
        sign_key=PUBLIC,
        seal_key=bytes(1216),
        systems=(SystemEntry(name=SystemName("core"), role=Role.CORE, url="https://127.0.0.1:1"),),
        bodies=(body,),
    )


def signed(what: Directory, key: Ed25519PrivateKey = KEY) -> SignedDirectory:
    text = encode(what).decode()
    return SignedDirectory(directory=text, signature=key.sign(signed_bytes(text)))


class Core:
    """Publishes one directory; can be away."""

    def __init__(self) -> None:
        self.published = signed(directory(1))
        self.away = False
        self.asked = 0

    async def fetch(self) -> SignedDirectory:
        self.asked += 1
        if self.away:
            raise PeerUnreachableError(Problem.UNREACHABLE, "core")
        return self.published


Make = Callable[[], DirectoryKeeper]


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
async def make(core: Core, tmp_path: Path) -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        def keeper() -> DirectoryKeeper:
            options = PumpOptions(first_ms=1, last_ms=2, max_idle_ms=None, entropy=bytes)
            made = DirectoryKeeper(PUBLIC, tmp_path / "directory.json", core.fetch, options)
            stack.push_async_callback(made.stop)
            return made

        yield keeper


async def changed(keeper: DirectoryKeeper) -> Directory:
    """Wait for the next change."""
    seen: asyncio.Future[Directory] = asyncio.get_running_loop().create_future()

    def see(new: Directory) -> None:
        if not seen.done():
            seen.set_result(new)

    keeper.on_change(see)
    async with asyncio.timeout(10):
        return await seen


async def test_the_first_directory_is_fetched_at_the_start(make: Make) -> None:
    keeper = make()
    with pytest.raises(RenkeiError, match="no directory yet"):
        _ = keeper.current
    keeper.start()
    async with asyncio.timeout(10):
        await keeper.ready()
    assert keeper.current.number == 1


async def test_bodies_and_systems_are_found_by_name(make: Make) -> None:
    keeper = make()
    keeper.accept(signed(directory(1)))
    assert keeper.body(CITY).interface == "interface-a"
    assert keeper.system(SystemName("core")).url == "https://127.0.0.1:1"
    with pytest.raises(RenkeiError) as caught:
        keeper.body(BodyId("nobody"))
    assert caught.value.problem is Problem.UNKNOWN_BODY
    with pytest.raises(RenkeiError) as caught:
        keeper.system(SystemName("nowhere"))
    assert caught.value.problem is Problem.BAD_DIRECTORY


async def test_a_wake_fetches_the_newer_one_and_tells_the_listeners(make: Make, core: Core) -> None:
    keeper = make()
    keeper.start()
    await keeper.ready()
    core.published = signed(directory(2))
    keeper.wake()
    assert (await changed(keeper)).number == 2


async def test_however_often_it_is_woken_the_directory_is_fetched_once_a_second(core: Core, tmp_path: Path) -> None:
    """Anybody may ask for a list that no directory names, and each such question wakes the keeper."""
    keeper = DirectoryKeeper(PUBLIC, tmp_path / "directory.json", core.fetch)
    keeper.start()
    await keeper.ready()
    await asyncio.sleep(0)
    asked = core.asked
    for _ in range(100):
        keeper.wake()
        await asyncio.sleep(0)
    assert core.asked == asked
    await keeper.stop()


async def test_an_absent_core_is_asked_again_until_it_is_back(make: Make, core: Core) -> None:
    core.away = True
    keeper = make()
    keeper.start()
    async with asyncio.timeout(10):
        while core.asked < 3:
            await asyncio.sleep(0.001)
        core.away = False
        await keeper.ready()
    assert keeper.current.number == 1


async def test_an_older_one_is_refused_even_after_a_restart(make: Make, core: Core) -> None:
    make().accept(signed(directory(5)))
    core.away = True
    keeper = make()
    keeper.start()
    assert keeper.current.number == 5
    with pytest.raises(RenkeiError) as caught:
        keeper.accept(signed(directory(4)))
    assert caught.value.problem is Problem.OLD_DIRECTORY
    assert keeper.current.number == 5


async def test_the_same_one_again_changes_nothing(make: Make) -> None:
    keeper = make()
    told: list[Directory] = []
    keeper.on_change(told.append)
    first = keeper.accept(signed(directory(1)))
    assert keeper.accept(signed(directory(1))) is first
    assert len(told) == 1


async def test_another_one_under_the_same_number_is_refused(make: Make) -> None:
    keeper = make()
    keeper.accept(signed(directory(1)))
    with pytest.raises(RenkeiError, match="two directories of number 1") as caught:
        keeper.accept(signed(directory(1, made_at_ms=2)))
    assert caught.value.problem is Problem.BAD_DIRECTORY


@pytest.mark.parametrize("fault", ["other key", "changed text", "changed signature"])
async def test_what_the_core_did_not_sign_is_refused(make: Make, fault: str) -> None:
    good = signed(directory(1))
    bad = {
        "other key": signed(directory(1), Ed25519PrivateKey.generate()),
        "changed text": msgspec.structs.replace(good, directory=good.directory.replace("市長", "知事")),
        "changed signature": msgspec.structs.replace(good, signature=bytes(64)),
    }[fault]
    keeper = make()
    with pytest.raises(RenkeiError) as caught:
        keeper.accept(bad)
    assert caught.value.problem is Problem.BAD_DIRECTORY
    with pytest.raises(RenkeiError):
        _ = keeper.current


async def test_a_kept_file_that_was_tampered_with_stops_the_start(make: Make, tmp_path: Path) -> None:
    make().accept(signed(directory(1)))
    kept = tmp_path / "directory.json"
    forged = msgspec.structs.replace(decode(SignedDirectory, kept.read_bytes()), signature=bytes(64))
    kept.write_bytes(encode(forged))
    with pytest.raises(RenkeiError) as caught:
        make().start()
    assert caught.value.problem is Problem.BAD_STORE
    assert "bad-directory: signature" in caught.value.detail


@pytest.mark.parametrize("where", ["signed by another", "put in afterwards"])
async def test_19_9_a_forged_affair_by_ordinance_is_refused_by_the_signature(
    core: Core, make: Make, where: str
) -> None:
    """Who could put an affair into the directory could open the table for any city."""
    keeper = make()
    keeper.accept(core.published)
    forged = msgspec.structs.replace(directory(2), ordinance_affairs=(affair(),), limitations=(limitation(),))
    genuine = signed(directory(2))
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    shown = {
        "signed by another": signed(forged, other),
        "put in afterwards": SignedDirectory(directory=encode(forged).decode(), signature=genuine.signature),
    }[where]
    with pytest.raises(RenkeiError) as caught:
        keeper.accept(shown)
    assert caught.value.problem is Problem.BAD_DIRECTORY
    assert keeper.current == directory(1)
    assert keeper.accept(signed(forged)).ordinance_affairs == (affair(),)


async def test_a_kept_file_put_back_is_believed_until_a_newer_one_is_seen(make: Make, tmp_path: Path) -> None:
    """NOT stopped: who may write the file can put an earlier signed one back; the next one that is fetched replaces it."""
    kept = tmp_path / "directory.json"
    make().accept(signed(directory(1)))
    older = kept.read_bytes()
    make().accept(signed(directory(5)))
    kept.write_bytes(older)
    keeper = make()
    keeper.start()
    assert keeper.current.number == 1
    keeper.accept(signed(directory(6)))
    kept.write_bytes(older)
    with pytest.raises(RenkeiError) as caught:
        keeper.accept(signed(directory(5)))
    assert caught.value.problem is Problem.OLD_DIRECTORY
