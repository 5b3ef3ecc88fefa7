"""Shares: how much of a server one peer may have, so that nobody's haste costs the others their turn.

A peer is who its certificate names, or its address where it shows none. Beyond its share a connection is closed and a
call is answered `busy`: nothing of it was done, and repeating it with the same id is safe.
"""

from collections.abc import Hashable
from typing import Final

from renkei.platform.config import Limits

KEPT_IDLE: Final = 1_000
"""From so many shares on, those of peers that are gone and have spent nothing lately are forgotten."""
TELL_EVERY_S: Final = 60
"""Between two log lines about what was turned away, however much that is."""


class Bucket:
    """Holds one second's calls: they may be spent at once, and come back evenly."""

    __slots__ = ("_at_s", "_left", "_rate")

    def __init__(self, rate: int, now_s: float) -> None:
        self._rate = rate
        self._left = float(rate)
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """One call, if there is one left."""
        self._fill(now_s)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def is_full(self, now_s: float) -> bool:
        """Nothing is known of whoever spends from it that a new one would not say."""
        self._fill(now_s)
        return self._left == self._rate

    def _fill(self, now_s: float) -> None:
        self._left = min(self._rate, self._left + (now_s - self._at_s) * self._rate)
        self._at_s = now_s


class Share:
    """What one peer has of the server now."""

    __slots__ = ("bucket", "calls", "connections", "who")

    def __init__(self, who: Hashable, bucket: Bucket) -> None:
        self.who = who
        self.bucket = bucket
        self.connections = 0
        self.calls = 0


class Shares:
    """The shares of all peers of a server. Times are seconds of whatever clock the caller goes by."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._shares: dict[Hashable, Share] = {}
        self._connections = 0
        self._sweep_at = KEPT_IDLE

    def __len__(self) -> int:
        return len(self._shares)

    def enter(self, who: Hashable, now_s: float, *, operator: bool = False) -> Share | None:
        """The share that a new connection of this peer draws on; None where there is no room for the connection."""
        share = self._share(who, now_s)
        full = self._connections >= self._limits.connections and not operator
        if full or share.connections >= self._limits.connections_each:
            return None
        share.connections += 1
        self._connections += 1
        return share

    def leave(self, share: Share) -> None:
        """The connection is gone; calls that it brought may still be under way."""
        share.connections -= 1
        self._connections -= 1

    def begin(self, share: Share, now_s: float) -> bool:
        """A call begins, and must `end`; False where it may not."""
        if share.calls >= self._limits.calls_each or not share.bucket.take(now_s):
            return False
        share.calls += 1
        return True

    def end(self, share: Share) -> None:
        """A call that has begun is answered."""
        share.calls -= 1

    def _share(self, who: Hashable, now_s: float) -> Share:
        share = self._shares.get(who)
        if share is None:
            if len(self._shares) >= self._sweep_at:
                self._sweep(now_s)
            share = self._shares[who] = Share(who, Bucket(self._limits.calls_each_second, now_s))
        return share

    def _sweep(self, now_s: float) -> None:
        """Forget who has left and spent nothing lately; next at twice as many, so that a newcomer costs little."""
        self._shares = {
            who: share
            for who, share in self._shares.items()
            if share.connections or share.calls or not share.bucket.is_full(now_s)
        }
        self._sweep_at = max(KEPT_IDLE, 2 * len(self._shares))


class Tally:
    """Counts what happens too often for a line each, and says when to tell: at the first, then now and then."""

    def __init__(self) -> None:
        self.count = 0
        self._tell_at_s: float | None = None

    def one_more(self, now_s: float) -> bool:
        """Whether the count is to be told now."""
        self.count += 1
        if self._tell_at_s is not None and now_s < self._tell_at_s:
            return False
        self._tell_at_s = now_s + TELL_EVERY_S
        return True
