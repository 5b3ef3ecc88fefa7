"""The closed list of what a door may say against a message, with the sentences people read.

A problem speaks about the message, the peer or the state of a system; a `Reason` (refusals) speaks about the law.
HTTP status codes are added in one place only, `platform.peers.problems`.
"""

from enum import Enum
from typing import Final, NamedTuple


class Sentence(NamedTuple):
    """What a person reads: what happened and what to do next, in Japanese and English."""

    ja: str
    en: str
    next_ja: str
    next_en: str


class Problem(Enum):
    """One entry per way a message can be turned away at a door."""

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    UNKNOWN_FIELD = "unknown-field"
    WRONG_TYPE = "wrong-type"
    WRONG_VERSION = "wrong-version"
    BAD_NUMBER = "bad-number"
    BAD_CODE = "bad-code"
    NO_CERTIFICATE = "no-certificate"
    WRONG_CERTIFICATE = "wrong-certificate"
    REVOKED_CERTIFICATE = "revoked-certificate"
    WRONG_ROLE = "wrong-role"
    UNKNOWN_DOOR = "unknown-door"
    UNKNOWN_BODY = "unknown-body"
    UNKNOWN_ADDRESSEE = "unknown-addressee"
    UNKNOWN_NUMBER = "unknown-number"
    UNKNOWN_INQUIRY = "unknown-inquiry"
    UNKNOWN_JOB = "unknown-job"
    NO_CODE_YET = "no-code-yet"
    REPEATED_OTHERWISE = "repeated-otherwise"
    DATED_AHEAD = "dated-ahead"
    WRONG_STATE = "wrong-state"
    BAD_ENVELOPE = "bad-envelope"
    BAD_RECEIPT = "bad-receipt"
    OTHER_LOG = "other-log"
    OLD_DIRECTORY = "old-directory"
    BAD_DIRECTORY = "bad-directory"
    BAD_CONFIGURATION = "bad-configuration"
    BAD_STORE = "bad-store"
    LOG_NOT_OPEN = "log-not-open"
    UNREACHABLE = "unreachable"
    BUSY = "busy"


_FIX = ("送信内容を直して、もう一度送ってください。", "Correct the message and send it again.")
_CERT = (
    "認証局が発行した、このシステム用の有効な証明書を使ってください。",
    "Use a valid certificate that the network's certification authority issued for this purpose.",
)
_WAIT = (
    "しばらく待ってから、同じ番号のまま再送してください。",
    "Wait, then repeat with the same id: it is safe.",
)
_OPERATOR = ("運用担当者に連絡してください。", "Tell the operator of the system.")

SENTENCES: Final[dict[Problem, Sentence]] = {
    Problem.MALFORMED: Sentence("電文を読み取れません。", "The message cannot be read.", *_FIX),
    Problem.TOO_LARGE: Sentence(
        "電文が大きすぎます。",
        "The message is too large.",
        "分けて送ってください。",
        "Split it and send the parts.",
    ),
    Problem.TOO_MANY: Sentence(
        "一度に送れる件数を超えています。",
        "The list has more entries than one message may carry.",
        "分けて送ってください。",
        "Split it and send the parts.",
    ),
    Problem.UNKNOWN_FIELD: Sentence("定義されていない項目があります。", "A field is not part of this message.", *_FIX),
    Problem.WRONG_TYPE: Sentence("項目の型または値が正しくありません。", "A field has the wrong type or value.", *_FIX),
    Problem.WRONG_VERSION: Sentence(
        "電文の版が違います。",
        "The message has a version that this door does not speak.",
        "対応する版で送ってください。",
        "Send the version that the interface description names.",
    ),
    Problem.BAD_NUMBER: Sentence(
        "番号の検査用数字が合いません。",
        "A number fails its check digit.",
        "番号を確認してください。",
        "Check the number at its source.",
    ),
    Problem.BAD_CODE: Sentence(
        "符号の検査が合いません。",
        "A code fails its check.",
        "符号を確認してください。",
        "Check the code at its source.",
    ),
    Problem.NO_CERTIFICATE: Sentence("クライアント証明書がありません。", "No client certificate was shown.", *_CERT),
    Problem.WRONG_CERTIFICATE: Sentence(
        "証明書から相手を確認できません。", "The certificate does not name a known peer.", *_CERT
    ),
    Problem.REVOKED_CERTIFICATE: Sentence("証明書は失効しています。", "The certificate has been revoked.", *_CERT),
    Problem.WRONG_ROLE: Sentence("この窓口を使う権限がありません。", "This certificate may not use this door.", *_CERT),
    Problem.UNKNOWN_DOOR: Sentence(
        "その窓口はありません。",
        "There is no such door.",
        "接続先の説明 (openapi.json) を確認してください。",
        "See the interface description (openapi.json).",
    ),
    Problem.UNKNOWN_BODY: Sentence(
        "その機関は登録されていません。",
        "The body is not in the directory.",
        "機関の識別子を確認してください。",
        "Check the identifier of the body.",
    ),
    Problem.UNKNOWN_ADDRESSEE: Sentence(
        "その団体内統合宛名番号は登録されていません。",
        "The addressee number is not known.",
        "宛名システムの登録を確認してください。",
        "Check the entry in the addressee system.",
    ),
    Problem.UNKNOWN_NUMBER: Sentence(
        "該当する住民が見つかりません。",
        "No resident has this number.",
        "番号を確認してください。",
        "Check the number at its source.",
    ),
    Problem.UNKNOWN_INQUIRY: Sentence(
        "その照会は見つかりません。",
        "There is no such inquiry.",
        "照会番号を確認してください。",
        "Check the inquiry id.",
    ),
    Problem.UNKNOWN_JOB: Sentence(
        "その一括処理は見つかりません。",
        "There is no such bulk job.",
        "一括処理の番号を確認してください (jobs/list で一覧が得られます)。",
        "Check the job's id (jobs/list lists them).",
    ),
    Problem.NO_CODE_YET: Sentence(
        "この人の符号をまだ取得していません。",
        "No code has been acquired for this person yet.",
        "符号の取得が終わってから照会してください。",
        "Acquire the code first (codes/acquire), then ask again.",
    ),
    Problem.REPEATED_OTHERWISE: Sentence(
        "同じ番号で内容の異なる要求です。",
        "The id was used before with other content.",
        "新しい番号を付けてください。",
        "Use a new id for a new request.",
    ),
    Problem.DATED_AHEAD: Sentence(
        "受け手の時計より先の日時が付いています。その時刻になれば受け付けられます。",
        "It is dated ahead of the receiver's clock, and will be taken once that moment has come.",
        "両方のシステムの時計を確認してください。同じ番号のまま再送できます。",
        "Check the clocks of both systems. It is safe to repeat with the same id.",
    ),
    Problem.WRONG_STATE: Sentence(
        "いまの状態ではその操作はできません。",
        "The present state does not allow this.",
        "状態を確認してください。",
        "Fetch the state and decide again.",
    ),
    Problem.BAD_ENVELOPE: Sentence(
        "封書の署名または封が正しくありません。",
        "The envelope's signature or seal does not hold.",
        *_OPERATOR,
    ),
    Problem.BAD_RECEIPT: Sentence(
        "記録の証明が正しくありません。", "The proof of the record does not hold.", *_OPERATOR
    ),
    Problem.OTHER_LOG: Sentence("別のログの証明です。", "The checkpoint belongs to another log.", *_OPERATOR),
    Problem.OLD_DIRECTORY: Sentence("古い名簿です。", "The directory is older than one already seen.", *_OPERATOR),
    Problem.BAD_DIRECTORY: Sentence(
        "名簿の署名が正しくありません。", "The directory's signature does not hold.", *_OPERATOR
    ),
    Problem.BAD_CONFIGURATION: Sentence(
        "設定に誤りがあります。",
        "The configuration is wrong.",
        "設定ファイルを直してください。",
        "Correct the configuration file.",
    ),
    Problem.BAD_STORE: Sentence(
        "保管データの状態が合いません。", "The store is not in the state that it must be in.", *_OPERATOR
    ),
    Problem.LOG_NOT_OPEN: Sentence(
        "コアシステムのログが監視・監督システムの確認を待っており、許可も記録もできません。",
        "The core's log waits for its witness to agree: nothing is permitted or recorded until then.",
        "しばらく待ってから、同じ番号のまま再送してください。続くときは運用担当者に連絡してください。",
        "Wait, then repeat with the same id: it is safe. If it stays so, tell the operator of the system.",
    ),
    Problem.UNREACHABLE: Sentence(
        "相手のシステムに接続できません。", "A system that is needed cannot be reached.", *_WAIT
    ),
    Problem.BUSY: Sentence("混み合っています。", "Too much is waiting.", *_WAIT),
}
