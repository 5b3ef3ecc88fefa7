"""Time comes from here, so that a test can hand in another one."""

import time
from typing import Protocol

from renkei.terms.affairs import InstantMs


class Clock(Protocol):
    """Tells the time: milliseconds since 1970-01-01T00:00:00Z."""

    def now_ms(self) -> InstantMs: ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> InstantMs:
        return InstantMs(time.time_ns() // 1_000_000)
