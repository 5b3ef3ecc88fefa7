"""The scenario's stage over a real network."""

from typing import Final

from renkei.sandbox.network import Network, Progress

_LABELS: Final = {
    "registration": "住民と宛名の登録 / registering residents and addressees",
    "acquisition": "符号の取得 / acquiring codes",
    "replicas": "副本の登録 / registering replicas",
    "inquiries": "照会と回答 / inquiries and answers",
    "repeats": "同じ要求の再送 / a repeated request",
    "refusals": "法による拒否 / refusals by the law",
    "misuse": "他機関の符号、未発行の符号 / stolen and invented codes",
    "pia": "保護評価の違反 / a PIA breach",
    "clerks": "担当者の判断 / a clerk decides",
    "not-held": "該当情報なし / nothing held",
    "lapse": "有効期間の経過 / a notice lapses",
    "non-disclosure": "不開示の印 / a non-disclosure mark",
    "down-and-back": "提供者の停止と復旧 / a provider down and back",
    "end": "終わり / the end",
}


class NetworkStage:
    """The scenario's stage over a real network; between steps it shows how far things are."""

    def __init__(self, network: Network, progress: Progress) -> None:
        self._network = network
        self._progress = progress
        self.load_residents = network.load_residents
        self.find = network.find
        self.kill = network.kill
        self.start = network.start

    async def moment(self, name: str, done: int, of: int) -> None:
        self._progress(f"[{done}/{of}] {_LABELS[name]}")
