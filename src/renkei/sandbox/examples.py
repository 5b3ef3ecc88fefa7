"""One example command for each door that people may try: `curl` with the right certificate and a message that works."""

import json
import shlex
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from renkei.law.explain import decided
from renkei.law.list import PermissionList
from renkei.law.names import party
from renkei.messages.codec import encode
from renkei.messages.jobs import JOB_FILE, JOB_RESULTS
from renkei.messages.law import Asked
from renkei.sandbox.bodies import KAWASAKI, YOKOHAMA
from renkei.sandbox.layout import CERTIFICATION, CORE, DISCLOSURE_SYSTEM, SUPERVISION, Holder, ResidentInfo, SandboxFile
from renkei.sandbox.plans import FISCAL_YEAR
from renkei.terms.affairs import InformationKind, ItemNumber

FILE: Final = "doors.sh"
_PERIOD: Final = {"first": FISCAL_YEAR.first, "last": FISCAL_YEAR.last}
_JOB_DOORS: Final = (
    *(f"/v1/line/jobs/{door}" for door in ("rows", "close", "status", "results", "cancel", "delete")),
    JOB_FILE,
    JOB_RESULTS,
)
_UNIT: Final = "財政局税務課"


@dataclass(frozen=True, slots=True)
class Example:
    """One door: what it is for, where it is, who knocks, and with what message (none: GET)."""

    title: str
    url: str
    holder: Holder
    message: dict[str, Any] | None = None

    def command(self, authorities: str) -> str:
        """The command line."""
        words = ["curl", "--silent", "--show-error", "--cacert", authorities]
        words += ["--cert", self.holder.certificate, "--key", self.holder.key]
        if self.message is not None:
            body = json.dumps({"v": 1, **self.message}, ensure_ascii=False)
            words += ["--header", "Content-Type: application/json", "--data", body]
        return shlex.join([*words, self.url])


def examples(state: SandboxFile) -> list[Example]:
    """Every door that a line system, a clerk, an operator, the commission, a reader of the log or a citizen may use."""
    body = state.bodies[YOKOHAMA.id]
    person = next(p for p in state.residents if {YOKOHAMA.id, KAWASAKI.id} <= p.addressees.keys())
    card = next(p.card for p in state.residents if p.card)
    assert card is not None
    staff, systems = state.staff, state.systems
    core, page = systems[CORE].url, systems[DISCLOSURE_SYSTEM].page_url
    line = [
        Example(f"行政の窓口 / line door: {door}", f"{body.intermediate_url}/v1/line/{door}", body, message)
        for door, message in _line_doors(person).items()
    ]
    return [
        *line,
        Example("窓口の説明 / description of the line doors", f"{body.intermediate_url}/openapi.json", body),
        Example("名簿 / the directory", f"{core}/v1/directory", staff["operator"]),
        Example("コアの件数 / the core's counts", f"{core}/v1/counts", staff["operator"], {}),
        Example("コアの記録 (人を含まない) / the core's records", f"{core}/v1/record-keys", staff["operator"], {}),
        Example("ログの検査点 / the log's checkpoint", f"{core}/log/checkpoint", body),
        Example("監視の状態 / the witness", f"{systems[SUPERVISION].url}/v1/state", staff["commission"]),
        Example("失効一覧 / revoked certificates", f"{systems[CERTIFICATION].url}/v1/revocations", body),
        Example("市民のページ / the citizen's page", f"{page}/records", card),
    ]


def _line_doors(person: ResidentInfo) -> dict[str, dict[str, Any]]:
    addressee = person.addressees[YOKOHAMA.id]
    replica = {"addressee": addressee, "kind": "local-tax", "period": _PERIOD}
    row = {"item": "48", "kind": "local-tax"}
    inquiry = {
        **row,
        "request": "example-1",
        "provider": KAWASAKI.id,
        "items": ["総所得金額", "所得割額"],
        "unit": _UNIT,
        "addressee": addressee,
        "period": _PERIOD,
    }
    return {
        "codes/acquire": {"addressees": [addressee]},
        "codes/states": {"addressees": [addressee]},
        "replicas/put": {"replicas": [{**replica, "items": {"総所得金額": "1,234,000円"}}]},
        "replicas/delete": {"replicas": [{**replica, "kind": "child-allowance"}]},
        "inquiries": {"inquiries": [inquiry]},
        "inquiries/results": {"inquiries": ["0" * 32]},
        "holders": {"questions": [{**row, "addressee": addressee}]},
        "records": {"side": "inquirer"},
        "held": {},
        "held/decide": {"decisions": [{"inquiry": "0" * 32, "release": True, "clerk": "clerk-1"}]},
        "may-ask": {"text": "地方税"},
        "jobs": {"request": "example-job", "kind": "inquiries"},
        "jobs/list": {},
        "law/decide": {**row, "provider": KAWASAKI.id},
        "law/explain": {"decision": _decision()},
        "law/who-holds": {"kind": "local-tax", "own": True},
        "law/find": {"text": "児童手当"},
        "law/diff": {"before": "2025-09-30", "after": "2025-10-01"},
    }


def _decision() -> str:
    """A decision as `renkei law decide --json` prints it."""
    mayors = party(PermissionList.load(), YOKOHAMA.categories)
    asked = Asked(inquirer=mayors, provider=mayors, item=ItemNumber("48"), kind=InformationKind("local-tax"))
    return encode(decided(PermissionList.load(), asked, date(2025, 10, 1))).decode()


def script(state: SandboxFile) -> str:
    """All examples as a file to read and to paste from."""
    lines = ["# 窓口ごとの例です。一行ずつ貼り付けて使えます。/ One example for each door: paste a line at a time.", ""]
    for example in examples(state):
        lines += [f"# {example.title}", example.command(state.authorities), ""]
    lines += [
        "# 一括処理 / bulk jobs, whose other doors need the id of a job:",
        *(f"#   {door}" for door in _JOB_DOORS),
    ]
    lines += [f"#   renkei bulk submit FILE --sandbox DIR --as {YOKOHAMA.id} --wait", ""]
    return "\n".join(lines)
