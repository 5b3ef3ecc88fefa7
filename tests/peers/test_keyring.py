"""A key file that a command changes while a system runs."""

import asyncio
import base64
import stat
from pathlib import Path

import pytest

from renkei.crypto.keystore import KeyPurpose, KeyRefusedError, KeyState, active
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.config import KeyFile
from renkei.platform.entropy import system_entropy
from renkei.platform.keyring import KeyWatch, changing, open_keys


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    secret, store = base64.b64encode(system_entropy(32)), SoftwareKeyStore.create(system_entropy)
    store.make("sign", KeyPurpose.SIGN)
    found = KeyFile(path=tmp_path / "keys.sealed", unlock=tmp_path / "keys.unlock")
    found.unlock.touch(mode=0o600)
    found.unlock.write_bytes(secret)
    found.path.write_bytes(store.dump(secret))
    return found


async def test_a_running_system_takes_over_what_a_command_changed_and_is_told(file: KeyFile) -> None:
    watch, told = KeyWatch(file), asyncio.Event()

    async def changed() -> None:
        told.set()

    watch.on_change(changed)
    watch.start()
    with changing(file) as keys:
        keys.follow("sign")
        keys.succeed("sign")
    async with asyncio.timeout(20):
        await told.wait()
    await watch.stop()
    assert active(watch.store, "sign") == "sign.2"
    assert [info.state for info in watch.store.list_keys()] == [KeyState.RETIRED, KeyState.ACTIVE]


async def test_a_file_that_does_not_open_leaves_the_keys_as_they_were(
    file: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    before = file.path.read_bytes()
    watch = KeyWatch(file)
    watch.start()
    file.path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    async with asyncio.timeout(20):
        while "pump-failed" not in caplog.text:
            await asyncio.sleep(0.01)
    await watch.stop()
    assert active(watch.store, "sign") == "sign"


def test_a_change_that_fails_leaves_the_file_as_it_was_and_a_change_keeps_it_closed_to_others(file: KeyFile) -> None:
    before = file.path.read_bytes()

    def fail() -> None:
        with changing(file) as keys:
            keys.follow("sign")
            keys.follow("sign")

    with pytest.raises(KeyRefusedError):
        fail()
    assert file.path.read_bytes() == before
    with changing(file) as keys:
        keys.follow("sign")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [info.id for info in open_keys(file).list_keys()] == ["sign", "sign.2"]
    assert list(file.path.parent.glob("*.new")) == []
