"""Randomness comes from here, so that a test can hand in bytes of its own."""

import os
from collections.abc import Callable

Entropy = Callable[[int], bytes]
"""Gives that many unpredictable bytes."""


def system_entropy(count: int) -> bytes:
    """Bytes from the operating system's generator."""
    return os.urandom(count)


def new_id(entropy: Entropy = system_entropy) -> str:
    """A fresh id for a message, an inquiry or an event: 128 bits as 32 lower-case hex digits."""
    return entropy(16).hex()
