"""A keyed permutation of 16-byte blocks: AES-256 (FIPS 197), each block by itself.

One block is one code: a permutation gives every person of a body another code and can be undone, and equal persons must
give equal codes, so there is no chaining and nothing to randomise.
"""

from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from renkei.terms.codes import BLOCK_BYTES

KEY_BYTES: Final = 32


class Permutation:
    """AES-256 under one key, both ways, over joined blocks. It does not print its key.

    The two contexts are kept: keying a new one costs twenty times a block. Single blocks leave no state behind, and a
    lock keeps two threads from being inside one context at once.
    """

    __slots__ = ("_backward", "_forward", "_lock")

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_BYTES  # derived by the key store
        cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - one block, one code: see the module
        self._forward: CipherContext = cipher.encryptor()
        self._backward: CipherContext = cipher.decryptor()
        self._lock = Lock()

    def do(self, blocks: bytes) -> bytes:
        """Permute each 16-byte block of a joined buffer (FIPS 197 §5.1)."""
        return self._run(self._forward, blocks)

    def undo(self, blocks: bytes) -> bytes:
        """Undo `do` (FIPS 197 §5.3)."""
        return self._run(self._backward, blocks)

    def _run(self, context: CipherContext, blocks: bytes) -> bytes:
        assert len(blocks) % BLOCK_BYTES == 0  # a rest would stay in the context and shift all that follows
        with self._lock:
            return context.update(blocks)


def split(blocks: bytes) -> list[bytes]:
    """The 16-byte blocks of a joined buffer."""
    return [blocks[i : i + BLOCK_BYTES] for i in range(0, len(blocks), BLOCK_BYTES)]
