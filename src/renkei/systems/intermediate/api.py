"""The doors: one for the body's interface system, the others for its line systems, and who may knock at which.

The body is the one in the client's certificate or in the envelope's header, never one that a message names.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from renkei.messages import jobs, law, line
from renkei.messages.acquisition import CodeDeliveries
from renkei.messages.codec import Message, decode
from renkei.messages.envelope import Envelope, Label
from renkei.messages.provision import Acks, Answers, Notices
from renkei.platform.peers.doors import Asked, Door, Handler, Incoming, Outgoing, RawReply
from renkei.platform.peers.identity import Peer
from renkei.platform.peers.mail import envelope_door
from renkei.platform.peers.openapi import Described, DescribedFile, Interface, render
from renkei.systems.intermediate.service import (
    answers,
    clerks,
    codes,
    holders,
    lawful,
    notices,
    questions,
    replicas,
    results,
)
from renkei.systems.intermediate.service.envelopes import Opened, reply_to, unseal
from renkei.systems.intermediate.service.jobs import heads, taking, told
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import law_date
from renkei.terms.bodies import BodyId, Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

ENVELOPES_BYTES: Final = 16 * 1024 * 1024
JOB_ROWS_BYTES: Final = 16 * 1024 * 1024
JOB_FILE_BYTES: Final = 8 * 1024 * 1024 * 1024
NUMBER_DIGITS: Final = 9
"""Of a number in the query of a file's door."""
_LINE: Final = frozenset({Role.LINE})
_NETWORK: Final = frozenset(Role) - {Role.CARD}

Desk = Callable[[Office, BodyId, Any], Awaitable[Message]]

LINE_DOORS: Final[Mapping[Described, Desk]] = {
    Described(
        "acquireCodes",
        "/v1/line/codes/acquire",
        line.Addressees,
        line.CodeStatuses,
        "符号の取得を求める。",
        "Acquire codes (Act art. 21-2); asking again for one that is under way or acquired changes nothing.",
    ): codes.acquire,
    Described(
        "codeStates",
        "/v1/line/codes/states",
        line.Addressees,
        line.CodeStatuses,
        "符号の取得の状態を見る。",
        "States of acquisitions; with wait_ms a long poll.",
    ): codes.states,
    Described(
        "putReplicas",
        "/v1/line/replicas/put",
        line.Replicas,
        line.Changed,
        "副本を登録・更新する。",
        "Register or replace replicas, all of the message or none; a repeat changes nothing.",
    ): replicas.put,
    Described(
        "deleteReplicas",
        "/v1/line/replicas/delete",
        line.ReplicaKeys,
        line.Changed,
        "副本を削除する。",
        "Delete replicas.",
    ): replicas.delete,
    Described(
        "inquire",
        "/v1/line/inquiries",
        line.Inquiries,
        line.InquiriesAccepted,
        "照会する。",
        "Inquire (Act art. 19(viii)). Accepted means durable; the same request id with the same content is the same "
        "inquiry. With wait_ms the reply brings the results too.",
    ): results.inquire,
    Described(
        "inquiryResults",
        "/v1/line/inquiries/results",
        line.InquiryIds,
        line.Results,
        "照会の状態と結果を受け取る。",
        "States and results of inquiries; with wait_ms a long poll until all are final.",
    ): results.results,
    Described(
        "holders",
        "/v1/line/holders",
        line.Holders,
        line.HolderAnswers,
        "符号の通知先 (提供者の候補) を照会する。",
        "Which bodies hold a code for a person, under a row of the law (MO art. 40(3)).",
    ): holders.holders,
    Described(
        "records",
        "/v1/line/records",
        line.RecordsQuery,
        line.Records,
        "自機関の情報提供等の記録を見る。",
        "The body's own records of one side (Act art. 23), oldest first.",
    ): results.records,
    Described(
        "heldInquiries",
        "/v1/line/held",
        line.Nothing,
        line.HeldList,
        "自動応答不可で担当者を待つ照会を見る。",
        "Inquiries that wait for a clerk of this provider.",
    ): lambda office, body, _: clerks.held(office, body),
    Described(
        "decideHeld",
        "/v1/line/held/decide",
        line.Decisions,
        line.DecisionResults,
        "自動応答不可の照会に提供・不提供を決める。",
        "Release or withhold what waits for a clerk; who decided is recorded.",
    ): clerks.decide,
    Described(
        "mayAsk",
        "/v1/line/may-ask",
        line.MayAsk,
        line.MayAskRows,
        "照会できる事務・情報・提供者を調べる。",
        "What the law lets this body inquire on a day, and of whom (Provision Ordinance art. 2).",
    ): lawful.rows,
    Described(
        "decideByLaw",
        "/v1/line/law/decide",
        law.Decide,
        law.Decided,
        "照会できるかどうかを、理由と根拠を付けて答える。",
        "Whether the law lets this body ask that one, with the provision, or the reason and what is near.",
    ): questions.decide,
    Described(
        "explainByLaw",
        "/v1/line/law/explain",
        law.Explain,
        law.Explanations,
        "照会の記録や判断を法令に照らして説明する。",
        "Explain a decision, a record, a result or a receipt, and say whether it agrees with the law.",
    ): questions.explain,
    Described(
        "whoHolds",
        "/v1/line/law/who-holds",
        law.WhoHolds,
        law.KindHolders,
        "ある種類の情報を提供する者と、その根拠を調べる。",
        "Who may be asked for a kind of information at all, under which items.",
    ): questions.who_holds,
    Described(
        "findInLaw",
        "/v1/line/law/find",
        law.Find,
        law.Found,
        "事務・情報・機関の区分を言葉で探す。",
        "Find affairs, kinds of information and categories of bodies by words.",
    ): questions.search,
    Described(
        "diffOfLaw",
        "/v1/line/law/diff",
        law.Diff,
        law.Differences,
        "二つの日の間に照会できるようになったもの・できなくなったものを調べる。",
        "What may be asked on one day and not on another.",
    ): questions.diff,
    Described(
        "newJob",
        "/v1/line/jobs",
        jobs.NewJob,
        jobs.JobStatus,
        "一括処理を作る。",
        "Make a bulk job; the same request id with the same head is the same job.",
    ): heads.create,
    Described(
        "addJobRows",
        "/v1/line/jobs/rows",
        jobs.JobRows,
        jobs.JobStatus,
        "一括処理に行を加える。",
        "Add the next chunk of rows to a job, all or none; the same chunk again changes nothing.",
        JOB_ROWS_BYTES,
    ): taking.rows,
    Described(
        "closeJob",
        "/v1/line/jobs/close",
        jobs.JobClosing,
        jobs.JobStatus,
        "一括処理の行がそろったことを告げる。",
        "Say that all rows are there.",
    ): heads.close,
    Described(
        "jobStatus",
        "/v1/line/jobs/status",
        jobs.JobQuery,
        jobs.JobStatus,
        "一括処理の進み具合を見る。",
        "How a job stands; with wait_ms a long poll until it has ended.",
    ): heads.status,
    Described(
        "listJobs",
        "/v1/line/jobs/list",
        line.Nothing,
        jobs.JobList,
        "一括処理の一覧を見る。",
        "Every job of which something is left, oldest first.",
    ): heads.jobs,
    Described(
        "jobResults",
        "/v1/line/jobs/results",
        jobs.JobResultsQuery,
        jobs.JobResults,
        "一括処理の結果を、出た順に受け取る。",
        "Results of a job in the order in which they came, from one on, also while it runs.",
    ): told.results,
    Described(
        "cancelJob",
        "/v1/line/jobs/cancel",
        jobs.JobChoice,
        jobs.JobStatus,
        "一括処理を取り消す。",
        "Cancel a job: what was not asked yet is not asked, what is under way comes to its end.",
    ): heads.cancel,
    Described(
        "deleteJob",
        "/v1/line/jobs/delete",
        jobs.JobChoice,
        line.Changed,
        "終わった一括処理を消す。",
        "Forget a job that has ended, in the background; the records of its inquiries stay.",
    ): heads.delete,
}
JOB_FILE: Final = DescribedFile(
    "putJobFile",
    "PUT",
    jobs.JOB_FILE,
    {
        "first": "Number of the file's first row, where a part of the file went before; default 1.",
        "line": "The line of the whole file on which that row stands; for messages about lines only.",
    },
    (jobs.CSV, jobs.JSON_LINES),
    jobs.JobStatus,
    "一括処理の行を一つのファイルで送る。",
    "All rows of a job as one file, read as it comes; its end closes the job. After a cut send the file again, or its "
    "rest from the row after `rows` of the job's status on (CSV with the head line).",
    JOB_FILE_BYTES,
)
JOB_RESULTS: Final = DescribedFile(
    "getJobResults",
    "GET",
    jobs.JOB_RESULTS,
    {
        "after": "Only results numbered above this one; default 0.",
        "form": "csv or jsonl (default).",
        "failed": "true: all but those that are as they should be.",
    },
    (jobs.CSV, jobs.JSON_LINES),
    None,
    "一括処理の結果を一つのファイルで受け取る。",
    "The results of a job that are there now, as one file.",
)
FILES: Final = (JOB_FILE, JOB_RESULTS)
INTERFACE: Final = Interface(
    title="Renkei: 自治体中間サーバー (既存システム向け)",
    version="1",
    description=(
        "Doors of an intermediate server for a body's line systems (既存システム). Every door takes a list; a single "
        "question is a list of one. Unknown fields, wrong types and other versions are refused, and no refusal repeats "
        "a value. Repeating a message is always safe."
    ),
    certificate="A certificate of the network's authority with the role `line` and the body it speaks for.",
)


@cache
def description() -> bytes:
    """docs/openapi.json."""
    return render(INTERFACE, list(LINE_DOORS), FILES)


def doors(office: Office, system: str) -> Sequence[Door]:
    """All doors of an intermediate server."""
    described = description()

    async def openapi(_: Peer, __: Asked) -> RawReply:
        return RawReply(described, "application/json")

    async def health(_: Peer, __: Asked) -> RawReply:
        lists = office.law().summary(law_date(office.now()))
        bodies = sorted(office.cabinets)
        state = {"v": 1, "system": system, "directory": _directory(office), "bodies": bodies, "lists": lists}
        return RawReply(msgspec.json.encode(state), "application/json")

    async def envelope(peer: Peer, message: Envelope) -> Envelope:
        return await _answer(office, peer, message)

    return [
        envelope_door(frozenset({Role.INTERFACE}), envelope, ENVELOPES_BYTES),
        Door("GET", "/v1/health", None, _NETWORK, health),
        Door("GET", "/openapi.json", None, _LINE, openapi),
        *(each.door(_LINE, _hosted(office, desk)) for each, desk in LINE_DOORS.items()),
        JOB_FILE.door(_LINE, _job_file(office)),
        JOB_RESULTS.door(_LINE, _job_results(office)),
    ]


def _directory(office: Office) -> int | None:
    """The directory's number; None while there is none."""
    try:
        return office.book().number
    except RenkeiError:
        return None


def _hosted(office: Office, desk: Desk) -> Handler:
    async def handle(peer: Peer, message: Message) -> Message:
        return await desk(office, office.cabinet(peer.body).body, message)

    return handle


def _job_file(office: Office) -> Handler:
    async def handle(peer: Peer, coming: Incoming, asked: Asked) -> Message:
        form = coming.content_type.partition(";")[0].strip()
        came = taking.File(form, coming.chunks, _number(asked, "first", 1), _number(asked, "line", 1))
        return await taking.file(office, office.cabinet(peer.body).body, asked.params["job"], came)

    return handle


def _job_results(office: Office) -> Handler:
    async def handle(peer: Peer, asked: Asked) -> Outgoing:
        query = jobs.JobResultsQuery(
            job=asked.params["job"], after=_number(asked, "after", 0), failed=asked.query.get("failed") == "true"
        )
        form = {"csv": jobs.CSV, "jsonl": jobs.JSON_LINES}.get(asked.query.get("form", "jsonl"))
        if form is None:
            raise RenkeiError(Problem.WRONG_TYPE, "form: csv or jsonl wanted")
        return Outgoing(told.stream(office, (office.cabinet(peer.body).body, query), form), form)

    return handle


def _number(asked: Asked, name: str, default: int) -> int:
    text = asked.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS and int(text) >= default):
        raise RenkeiError(Problem.WRONG_TYPE, name)
    return int(text)


async def _answer(office: Office, peer: Peer, envelope: Envelope) -> Envelope:
    opened = unseal(office, peer.system, envelope)
    return reply_to(office, opened, Label.ACKS, await _take(office, opened))


async def _take(office: Office, opened: Opened) -> Acks:
    body, sender, payload = opened.cabinet.body, opened.header.sender, opened.payload
    match opened.header.label:
        case Label.CODES:
            return await codes.receive(office, body, decode(CodeDeliveries, payload))
        case Label.NOTICES:
            return await notices.receive(office, body, decode(Notices, payload))
        case Label.ANSWERS:
            return await answers.receive(office, body, sender, decode(Answers, payload))
        case _:
            raise RenkeiError(Problem.WRONG_ROLE, "label")
