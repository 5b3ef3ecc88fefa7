"""Does the log still tell the same history? (C2SP tlog-checkpoint, tlog-witness; RFC 9162 §2.1.4; design 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, NamedTuple

from renkei.messages.log import WitnessState
from renkei.systems.supervision.states import Event, State, after
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.translog.checkpoint import Checkpoint, open_checkpoint
from renkei.translog.keys import NoteError, VerifierKey
from renkei.translog.note import parse_note
from renkei.translog.proof import TreeView, verify_consistency
from renkei.translog.tiles import HashReader, Tile, TileList, TileMap
from renkei.translog.tree import EMPTY_ROOT, TreeHead


class Alert(Enum):
    """Why the witness does not agree."""

    BAD_CHECKPOINT = "bad-checkpoint"
    SMALLER = "smaller"
    INCONSISTENT = "inconsistent"
    UNREACHABLE = "unreachable"


EMPTY: Final = TreeHead(0, EMPTY_ROOT)


class Words(NamedTuple):
    """What people read."""

    ja: str
    en: str


SENTENCES: Final[Mapping[Alert, Words]] = {
    Alert.BAD_CHECKPOINT: Words(
        "コアシステムのチェックポイントの形式または署名が正しくありません。連署を停止しました。提示されたものは保管してあります。",
        "The core showed a checkpoint whose form or signature does not hold."
        " Cosigning has stopped; what was shown is kept.",
    ),
    Alert.SMALLER: Words(
        "コアシステムのログが、連署済みのものより短くなりました。記録が取り除かれたおそれがあります。連署を停止しました。",
        "The core's log is shorter than what was cosigned: records may have been removed. Cosigning has stopped.",
    ),
    Alert.INCONSISTENT: Words(
        "コアシステムのログが、連署済みの履歴と一致しません。記録が書き換えられたおそれがあります。連署を停止しました。",
        "The core's log does not continue the history that was cosigned: records may have been altered."
        " Cosigning has stopped.",
    ),
    Alert.UNREACHABLE: Words(
        "コアシステムのログを続けて確認できません。復旧すれば自動的に確認を再開します。",
        "The core's log could not be checked several times in a row. Checking goes on by itself once the core is back.",
    ),
}


@dataclass(frozen=True, slots=True)
class Log:
    """Which log is watched, and under which key it signs."""

    origin: str
    key: VerifierKey


@dataclass(frozen=True, slots=True)
class Watch:
    """What the witness stands by: the last head that it cosigned, and whether it still agrees."""

    state: State = State.AGREEING
    head: TreeHead = EMPTY
    checkpoint: str = ""
    """The cosigned note; empty before the first."""
    checked: int = 0
    """How many checkpoints were looked at and found to agree."""
    alert: Alert | None = None

    @property
    def cosigned(self) -> bool:
        return bool(self.checkpoint)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a look brought to light; `seen` is what the core showed, which is public."""

    alert: Alert
    seen: str


def read(log: Log, watch: Watch, note: str) -> Checkpoint | Contradiction:
    """The checkpoint that the core shows, if it is one of this log and does not fall behind what was cosigned."""
    try:
        checkpoint, _ = open_checkpoint(note, log.origin, [log.key])
    except NoteError:
        return Contradiction(Alert.BAD_CHECKPOINT, note)
    if checkpoint.size < watch.head.size:
        return Contradiction(Alert.SMALLER, note)
    if checkpoint.size == watch.head.size and checkpoint.root != watch.head.root:
        return Contradiction(Alert.INCONSISTENT, note)
    return checkpoint


def tiles_wanted(old: TreeHead, new: TreeHead) -> list[Tile]:
    """The tiles that `follows` will read."""
    reader = TileList()
    _prove(reader, old, new)
    return list(reader.asked)


def follows(old: TreeHead, new: TreeHead, tiles: Mapping[Tile, bytes]) -> bool:
    """Whether the tiles of the new tree begin with the old one and lead to the new root."""
    try:
        proof, root = _prove(TileMap(tiles), old, new)
        verify_consistency(old, new, proof)
    except RenkeiError:  # a proof that does not hold, or a tile of a wrong length
        return False
    return root == new.root


def _prove(reader: HashReader, old: TreeHead, new: TreeHead) -> tuple[tuple[bytes, ...], bytes]:
    view = TreeView(reader, new.size)
    return view.consistency(old.size), view.root()


def agreed(watch: Watch, head: TreeHead, checkpoint: str) -> Watch:
    """The witness stands by this head from now on."""
    return _moved(replace(watch, head=head, checkpoint=checkpoint, checked=watch.checked + 1, alert=None), Event.AGREE)


def missed(watch: Watch) -> Watch:
    """Too many looks in a row found nothing."""
    return _moved(replace(watch, alert=Alert.UNREACHABLE), Event.MISS)


def contradicted(watch: Watch, found: Contradiction) -> Watch:
    """What was cosigned stays what it is; the rest waits for an operator."""
    return _moved(replace(watch, alert=found.alert), Event.CONTRADICT)


def settled(watch: Watch) -> Watch | None:
    """An operator has looked into it: checking goes on from what was last cosigned, never from anything else."""
    return None if after(watch.state, Event.SETTLE) is None else _moved(replace(watch, alert=None), Event.SETTLE)


def _moved(watch: Watch, event: Event) -> Watch:
    state = after(watch.state, event)
    assert state is not None, (watch.state, event)  # callers ask the table first
    return replace(watch, state=state)


def described(log: Log, watch: Watch) -> WitnessState:
    """What is shown to people and other systems."""
    words = None if watch.alert is None else SENTENCES[watch.alert]
    return WitnessState(
        origin=log.origin,
        size=watch.head.size,
        checkpoint=watch.checkpoint,
        cosigned=watch.cosigned,
        checked=watch.checked,
        alert=None if watch.alert is None else watch.alert.value,
        alert_ja=None if words is None else words.ja,
        alert_en=None if words is None else words.en,
    )


def seconds(moment: InstantMs) -> int:
    """The time in a cosignature (C2SP tlog-cosignature): whole seconds since 1970."""
    return moment // 1000


def line_of(key: VerifierKey, cosigned: str) -> str:
    """The witness's own signature line in a note that it cosigned, without its newline."""
    lines = (each for each in parse_note(cosigned).signatures if (each.name, each.key_id) == (key.name, key.id))
    return next(lines).line().removesuffix("\n")
