"""What the libraries do per second on one core, without anything of ours around them."""

import hashlib
import os
import time
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from renkei.crypto import hpke

BLOCK: Final = 16


def rate(run: Callable[[], object], seconds: float) -> float:
    """Calls per second."""
    run()
    calls, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        run()
        calls += 1
    return calls / passed


def aes_passes(blocks: int, seconds: float) -> float:
    """Blocks per second that are decrypted under one key and encrypted under another, in buffers of so many."""
    one, other = (Cipher(algorithms.AES(os.urandom(32)), modes.ECB()) for _ in range(2))
    undo, do, data = one.decryptor(), other.encryptor(), os.urandom(BLOCK * blocks)
    return blocks * rate(lambda: do.update(undo.update(data)), seconds)


def aes_plainly(seconds: float) -> float:
    """The same for one block at a time with a cipher made anew, as it is written without thinking of speed."""
    one, other, data = os.urandom(32), os.urandom(32), os.urandom(BLOCK)

    def convert() -> bytes:
        undone = Cipher(algorithms.AES(one), modes.ECB()).decryptor().update(data)
        return Cipher(algorithms.AES(other), modes.ECB()).encryptor().update(undone)

    return rate(convert, seconds)


def speeds(seconds: float = 0.2) -> dict[str, float]:
    """Operations per second, for the facts of the machine."""
    key, node, text = Ed25519PrivateKey.generate(), os.urandom(65), os.urandom(2_048)
    public, signature = key.public_key(), key.sign(text)
    seed = os.urandom(hpke.SEED_BYTES)
    private, sealing = hpke.private_from_seed(seed), hpke.public_of_seed(seed)
    sealed = hpke.seal(sealing, b"", text)
    return {
        "SHA-256, 65 bytes": rate(lambda: hashlib.sha256(node).digest(), seconds),
        "Ed25519 sign": rate(lambda: key.sign(text), seconds),
        "Ed25519 verify": rate(lambda: public.verify(signature, text), seconds),
        "HPKE seal, 2 KiB": rate(lambda: hpke.seal(sealing, b"", text), seconds),
        "HPKE open, 2 KiB": rate(lambda: hpke.open_sealed(private, b"", sealed), seconds),
        "AES-256, two passes over blocks of 4,096": aes_passes(4_096, seconds),
    }
