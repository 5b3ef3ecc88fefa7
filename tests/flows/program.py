"""The `renkei` program as a process of its own, as a user starts it."""

import asyncio
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


async def renkei(*arguments: object) -> Done:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "renkei.cli", *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())
