"""Codes of one body as codes of another: undo one permutation, do the other, for a whole list (design 2)."""

import os
import time

from bench.context import Context
from bench.floors import library
from bench.model import Figure, Named, Result
from bench.stats import Spread
from renkei.crypto.codes import BODY_KEY, Codes
from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.entropy import system_entropy
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BLOCK_BYTES, BodyCode

LIST = 1_000
"""As many as one message carries."""
BUDGET = 5_000_000
SECONDS = 0.5
A, B = BodyId("141003-mayor"), BodyId("141305-mayor")


def run(context: Context) -> Result:
    ours, objects, floor, plain = [], [], [], []
    for _ in range(context.scale.runs):
        ours.append(context.aside(joined, context.scale.converted))
        floor.append(context.aside(library.aes_passes, LIST, SECONDS))
        plain.append(context.aside(library.aes_plainly, SECONDS))
        objects.append(context.aside(as_objects, context.scale.converted // 10))
    what = Figure(
        what="codes converted, lists of 1,000",
        unit="codes/s",
        ours=Spread(tuple(ours)),
        budget=BUDGET,
        floor=Named("AES-256 twice, cryptography", Spread(tuple(floor))),
        peers=[Named("one at a time, new ciphers", Spread(tuple(plain)))],
    )
    each = Figure(what="the same as code objects, one by one", unit="codes/s", ours=Spread(tuple(objects)))
    return Result([what, each])


def codes() -> Codes:
    store = SoftwareKeyStore.create(system_entropy)
    store.make(BODY_KEY, KeyPurpose.BODY)
    return Codes(store)


def joined(number: int) -> float:
    """Codes per second in lists of 1,000 as they are joined inside the core."""
    made, block = codes(), os.urandom(LIST * BLOCK_BYTES)
    made.convert_joined(block, (A, 1), (B, 1))
    began = time.perf_counter()
    for _ in range(number // LIST):
        made.convert_joined(block, (A, 1), (B, 1))
    return number // LIST * LIST / (time.perf_counter() - began)


def as_objects(number: int) -> float:
    """Codes per second as objects that know their owner."""
    made, listed = codes(), [BodyCode(A, 1, os.urandom(BLOCK_BYTES)) for _ in range(LIST)]
    made.convert(listed, A, B)
    began = time.perf_counter()
    for _ in range(max(1, number // LIST)):
        made.convert(listed, A, B)
    return max(1, number // LIST) * LIST / (time.perf_counter() - began)
