"""The closed list of reasons for which an inquiry is refused by the core (法21条2項・26条, 令26条, 提供命令2条).

The order of the enum is the order in which the core checks; the first that applies is the answer.
"""

from enum import Enum
from typing import Final

from renkei.terms.problems import Sentence


class Reason(Enum):
    """Why an inquiry was refused. A value, never an exception; recorded and logged like every other outcome."""

    INQUIRER_NOT_CONNECTED = "inquirer-not-connected"
    PROVIDER_NOT_CONNECTED = "provider-not-connected"
    PIA_BREACH = "pia-breach"
    NO_STATUTORY_BASIS = "no-statutory-basis"
    RULE_NOT_IN_FORCE = "rule-not-in-force"
    INQUIRER_NOT_LISTED = "inquirer-not-listed"
    INFORMATION_NOT_LISTED = "information-not-listed"
    PROVIDER_NOT_LISTED = "provider-not-listed"
    LIMITED_BY_ORDINANCE = "limited-by-ordinance"
    NO_CONSENT = "no-consent"
    OTHER_LIST_VERSION = "other-list-version"
    CODE_OF_ANOTHER_BODY = "code-of-another-body"
    UNKNOWN_CODE = "unknown-code"
    PROVIDER_HOLDS_NO_CODE = "provider-holds-no-code"


_ASK = (
    "`renkei law may-ask` で、照会できる事務・情報・提供者を確かめてください。",
    "Ask `renkei law may-ask` what may be inquired, for which affair, from whom.",
)

SENTENCES: Final[dict[Reason, Sentence]] = {
    Reason.INQUIRER_NOT_CONNECTED: Sentence(
        "照会者は情報提供ネットワークシステムに接続していません。",
        "The inquirer is not connected to the network.",
        "接続の手続を確認してください。",
        "See to the body's connection first.",
    ),
    Reason.PROVIDER_NOT_CONNECTED: Sentence(
        "提供者は情報提供ネットワークシステムに接続していません。",
        "The provider is not connected to the network.",
        "提供者を確認するか、接続後に照会してください。",
        "Check the provider, or ask again once it is connected.",
    ),
    Reason.PIA_BREACH: Sentence(
        "特定個人情報保護評価に違反する事実があるため、提供を求められません (法21条2項)。",
        "A breach of the impact assessment blocks this inquiry (Act art. 21(2)).",
        "個人情報保護委員会の指示に従ってください。",
        "Follow what the Personal Information Protection Commission orders.",
    ),
    Reason.NO_STATUTORY_BASIS: Sentence(
        "その事務について提供を求める根拠が提供命令2条の表にありません。",
        "The table of article 2 of the ordinance has no such item.",
        *_ASK,
    ),
    Reason.RULE_NOT_IN_FORCE: Sentence(
        "根拠となる規定は、この日には効力がありません。", "The rule was not in force on that date.", *_ASK
    ),
    Reason.INQUIRER_NOT_LISTED: Sentence(
        "この照会者は、その事務の情報照会者として定められていません。",
        "The rule does not name this inquirer.",
        *_ASK,
    ),
    Reason.INFORMATION_NOT_LISTED: Sentence(
        "その情報は、この事務のために提供を求められる情報ではありません。",
        "The rule does not list this information.",
        *_ASK,
    ),
    Reason.PROVIDER_NOT_LISTED: Sentence(
        "この提供者は、その情報の情報提供者として定められていません。",
        "The rule does not name this provider.",
        *_ASK,
    ),
    Reason.LIMITED_BY_ORDINANCE: Sentence(
        "この提供者は、条例事務のために提供できる情報の範囲を条例で限定しています (法26条、22条1項)。",
        "The provider's own ordinance limits what it provides for affairs by ordinance (Act arts. 26, 22(1)).",
        "別の提供者を確かめるか、書面で求めてください。",
        "Find another provider, or ask on paper.",
    ),
    Reason.NO_CONSENT: Sentence(
        "条例事務のために地方税関係情報を求めることに、本人の同意がありません"
        " (平成28年個人情報保護委員会規則5号2条4項1号)。",
        "The person has not consented to asking for local tax information for an affair by ordinance"
        " (PPC Rule 5 of 2016 art. 2(4)(i)).",
        "本人の同意を得て、その旨を付けて照会してください。",
        "Obtain the person's consent and say so in a new inquiry.",
    ),
    Reason.OTHER_LIST_VERSION: Sentence(
        "照会許可照合リストの版が一致しません。",
        "The two sides hold different versions of the permission list.",
        "名簿の更新を待って再度照会してください。",
        "Wait for the directory to be renewed, then ask again.",
    ),
    Reason.CODE_OF_ANOTHER_BODY: Sentence(
        "他の機関の符号が使われました。",
        "The code belongs to another body.",
        "不正利用の疑いとして記録されました。符号の管理を点検してください。",
        "This was recorded as a sign of misuse; examine how codes are kept.",
    ),
    Reason.UNKNOWN_CODE: Sentence(
        "発行した覚えのない符号です。",
        "No such code was issued to this body.",
        "符号を確認してください。",
        "Check the code; acquire it anew if needed.",
    ),
    Reason.PROVIDER_HOLDS_NO_CODE: Sentence(
        "提供者はこの人の符号を取得していません (令26条2項)。",
        "The provider holds no code for this person (Order art. 26(2)).",
        "別の提供者を確かめるか、書面で求めてください。",
        "Ask which bodies hold a code, or ask on paper.",
    ),
}
