"""Unit tests speak to nobody: any network socket is a failure. (The event loop's own pair of Unix sockets is let be.)"""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
