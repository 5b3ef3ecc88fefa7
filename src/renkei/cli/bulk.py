"""`renkei bulk submit|status|results|cancel|delete`: a whole town at once, from the terminal."""

import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from renkei.cli.exits import INTERRUPTED, NO
from renkei.cli.inquire import period_option
from renkei.messages import jobs
from renkei.messages.codec import encode
from renkei.messages.line import Changed
from renkei.platform.entropy import new_id
from renkei.platform.peers.client import PeerUnreachableError
from renkei.sandbox.bulk import Bulk, form_of
from renkei.sandbox.network import Network
from renkei.sandbox.plain import PlainError
from renkei.systems.intermediate.rules.job_files import COLUMNS, RECORD_BYTES, RowReader
from renkei.systems.intermediate.rules.job_reports import csv_head, csv_line
from renkei.terms.affairs import asked_item, information_kind, japan_text
from renkei.terms.bodies import body_id
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_DIR: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_TROUBLE: Final = ("refused", "withheld", "not_held", "lapsed", "failed", "missing", "stale", "unexpected")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Show = Callable[[jobs.JobStatus], None]


def _where(command: F) -> F:
    """--sandbox and --as, alike for all."""
    command = click.option("--as", "body", required=True, help="Whose job, e.g. 141003-mayor.")(command)
    return click.option("--sandbox", required=True, type=_DIR, help="A folder that `renkei sandbox up` made.")(command)


@click.group()
def bulk() -> None:
    """Ask about, or register, up to a million persons at once.

    A job is taken at once, worked off in the background, and survives every crash; results come as they arise.

    \b
    Example:
      renkei bulk submit town.csv --sandbox /tmp/renkei --as 141003-mayor --wait
      renkei bulk status --sandbox /tmp/renkei --as 141003-mayor
      renkei bulk results JOB --sandbox /tmp/renkei --as 141003-mayor --failed
    """


@bulk.command()
@click.argument("file", type=_FILE)
@_where
@click.option(
    "--job",
    "job_kind",
    type=click.Choice([kind.value for kind in jobs.JobKind]),
    default=jobs.JobKind.INQUIRIES.value,
    show_default=True,
    help="What the rows are: inquiries, replicas to register, replicas to check.",
)
@click.option("--provider", help="For rows that name no provider of their own.")
@click.option("--item", help="The same for the 項 or ordinance affair.")
@click.option("--kind", help="The same for the kind of information.")
@click.option("--items", help="The same for the names of the items, separated by commas.")
@click.option("--unit", default="情報システム課", show_default=True, help="The same for the unit in charge.")
@click.option("--period", help="The same for the period, FIRST/LAST.")
@click.option("--request", help="Your own id; repeat it to go on after a crash. Default: a new one.")
@click.option("--wait", is_flag=True, help="Wait for the end. Exit code 1 if a row is not as it should be.")
@click.option("--json", "as_json", is_flag=True, help="The job's status as one JSON object.")
def submit(file: Path, sandbox: Path, body: str, *, wait: bool, as_json: bool, **asked: str | None) -> None:
    """Hand in a file of rows, CSV or JSON Lines.

    The file's name ends in .csv or .jsonl, and it is UTF-8. The job's id and its --request are told on standard error
    before the rows go out. Interrupted? The same command with the same --request goes on.

    \b
    Example:
      renkei bulk submit town.csv --sandbox /tmp/renkei --as 141003-mayor --provider 141305-mayor \\
        --item 48 --kind local-tax --items 総所得金額 --period 2025-04-01/2026-03-31 --wait
    """
    head = _head(asked)
    check_file(head, file)
    where = f"--sandbox {sandbox} --as {body}"
    try:
        with _shown(quiet=as_json) as show:
            status = asyncio.run(_submit(sandbox, body, (head, file), show if wait else None))
    except KeyboardInterrupt:
        click.echo(f"続けるには、同じコマンドに --request {head.request} を付けてください。", err=True)
        click.echo(f"To go on: the same command with --request {head.request}", err=True)
        click.echo(f"  renkei bulk status {where}\n  renkei bulk cancel JOB {where}", err=True)
        sys.exit(INTERRUPTED)
    _told(status, as_json=as_json)
    trouble = wait and any(getattr(status.counts, name) for name in (*_TROUBLE, "not_asked"))
    if trouble and not as_json:
        click.echo(f"行ごとの理由 / why, row by row:\n  renkei bulk results {status.job} {where} --failed")
    sys.exit(NO if trouble else 0)


def check_file(head: jobs.NewJob, file: Path) -> None:
    """Refuse a file that would be refused whole, before a job is made for it; raises WRONG_TYPE, PlainError."""
    form = form_of(file)
    with file.open("rb") as rows:
        begins = rows.read(RECORD_BYTES)
    if _is_shift_jis(begins[: begins.rfind(b"\n") + 1] or begins):
        raise PlainError(
            f"{file}: 文字コードが UTF-8 ではありません（Shift_JIS のようです）。UTF-8 で保存し直してください。",
            f"{file}: not UTF-8, but Shift_JIS as it seems. Save it as UTF-8.",
            Problem.MALFORMED,
        )
    reader = RowReader(form, head)
    try:
        for _ in reader.feed(begins):
            pass
        if len(begins) < RECORD_BYTES:
            for _ in reader.end():
                pass
    except RenkeiError as error:
        unknown = _unknown_columns(head, begins) if error.problem is Problem.UNKNOWN_FIELD else ""
        raise PlainError(
            f"{file}: 見出し行が正しくありません。{f'知らない列: {unknown}。' if unknown else ''}"
            "列の名前を直してください（docs/flows/bulk.md）。",
            f"{file}: the head line is wrong. {f'Unknown column: {unknown}; ' if unknown else ''}{error.detail}.",
            error.problem,
        ) from None


def _is_shift_jis(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        # Single bytes that are no letters come out as U+F8F0 to U+F8F3: broken rows, which are told one by one.
        said = text.decode("cp932", "replace")
        return not set("\ufffd\uf8f0\uf8f1\uf8f2\uf8f3") & set(said)
    return False


def _unknown_columns(head: jobs.NewJob, begins: bytes) -> str:
    """As they stand in the user's own file."""
    (names,) = csv.reader([begins.partition(b"\n")[0].decode("utf-8-sig", "replace").strip("\r")])
    item = "item:" if head.kind is jobs.JobKind.REPLICAS else None
    known = COLUMNS[head.kind]
    return ", ".join(name for name in names if name not in known and not (item and name.startswith(item)))


def _head(asked: dict[str, str | None]) -> jobs.NewJob:
    kind = jobs.JobKind(asked["job_kind"])
    information = None if asked["kind"] is None else information_kind(asked["kind"])
    period, request = period_option(asked["period"]), asked["request"] or new_id()
    if kind is jobs.JobKind.REPLICAS:
        return jobs.NewJob(request=request, kind=kind, replica=jobs.ReplicaRow(kind=information, period=period))
    if kind is jobs.JobKind.REPLICA_CHECK:
        return jobs.NewJob(request=request, kind=kind, expected=jobs.ExpectedRow(kind=information, period=period))
    row = jobs.InquiryRow(
        provider=None if asked["provider"] is None else body_id(asked["provider"]),
        item=None if asked["item"] is None else asked_item(asked["item"]),
        kind=information,
        items=None if asked["items"] is None else tuple(name.strip() for name in asked["items"].split(",")),
        unit=asked["unit"],
        period=period,
    )
    return jobs.NewJob(request=request, kind=kind, inquiry=row)


async def _submit(sandbox: Path, body: str, job: tuple[jobs.NewJob, Path], show: Show | None) -> jobs.JobStatus:
    head, file = job
    async with Network.attach(sandbox) as network:
        lines = network.line(body_id(body)).bulk
        made = await lines.create(head)
        click.echo(f"一括処理 / job: {made.job}  (--request {head.request})", err=True)
        status = await _sent(lines, made.job, file)
        return status if show is None else await lines.ended(made.job, show)


async def _sent(lines: Bulk, job: str, file: Path) -> jobs.JobStatus:
    """A job whose rows were refused stays open and takes up a place of the body's: it is cancelled."""
    try:
        return await lines.send(job, file)
    except PeerUnreachableError:
        raise  # the same --request goes on
    except RenkeiError:
        if (await lines.status(job)).state is jobs.JobState.OPEN:
            await lines.cancel(job)
            click.echo(f"一括処理 {job} は取り消しました。/ The job {job} was cancelled.", err=True)
        raise


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Show]:
    """A bar on a terminal, a line per tenth elsewhere, on standard error; nothing when quiet."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        tenths: set[int] = set()

        def tell(status: jobs.JobStatus) -> None:
            tenth = 10 * _done(status) // max(status.rows, 1)
            if tenth not in tenths and not quiet:
                tenths.add(tenth)
                console.print(f"  {_done(status):,} / {status.rows:,}", highlight=False)

        yield tell
        return
    with Progress(console=console) as progress:
        task = progress.add_task("一括処理 / job", total=None)
        yield lambda status: progress.update(task, total=status.rows, completed=_done(status))


def _done(status: jobs.JobStatus) -> int:
    if status.state is jobs.JobState.DELETING:
        return max(status.rows - status.results, 0)
    return status.rows - status.waiting - status.under_way


def _told(status: jobs.JobStatus, *, as_json: bool) -> None:
    if as_json:
        click.echo(encode(status))
        return
    counts = {name: number for name, number in msgspec.to_builtins(status.counts).items() if number}
    click.echo(f"{status.job} {status.state.value}  (--request {status.request})")
    click.echo(
        f"  {_done(status):,} / {status.rows:,} 行 rows  {'  '.join(f'{name} {n:,}' for name, n in counts.items())}"
    )
    for each in status.freshness:
        oldest, newest = japan_text(each.oldest_ms), japan_text(each.newest_ms)
        click.echo(f"  {each.kind}: {each.count:,}  {oldest} … {newest}")


@bulk.command()
@click.argument("job", required=False)
@_where
@click.option("--json", "as_json", is_flag=True, help="One JSON object per job.")
def status(job: str | None, sandbox: Path, body: str, *, as_json: bool) -> None:
    """Say how a job stands; without JOB: all of them.

    \b
    Example:
      renkei bulk status --sandbox /tmp/renkei --as 141003-mayor
    """
    found = asyncio.run(_with(sandbox, body, lambda lines: _status(lines, job)))
    if job is not None or as_json:
        for each in found:
            _told(each, as_json=as_json)
        return
    table = Table(title=body)
    for title in ("一括処理 job", "種類", "状態", "行", "済み", "毎秒", "終わる見込み"):
        table.add_column(title, overflow="fold")
    for each in found:
        end = "-" if each.expected_end_ms is None else japan_text(each.expected_end_ms)
        speed = "-" if each.per_second is None else f"{each.per_second:,}"
        table.add_row(
            each.job, each.kind.value, each.state.value, f"{each.rows:,}", f"{_done(each):,}", speed, end
        )  # fmt: skip
    Console().print(table)


async def _status(lines: Bulk, job: str | None) -> list[jobs.JobStatus]:
    return await lines.listed() if job is None else [await lines.status(job)]


async def _with(sandbox: Path, body: str, call: Callable[[Bulk], Awaitable[T]]) -> T:
    async with Network.attach(sandbox) as network:
        return await call(network.line(body_id(body)).bulk)


@bulk.command()
@click.argument("job")
@_where
@click.option("--after", default=0, type=click.IntRange(0), help="Only results numbered above this one.")
@click.option("--failed", is_flag=True, help="All but those that are as they should be.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, with receipts; otherwise CSV.")
def results(sandbox: Path, body: str, *, as_json: bool, **chosen: Any) -> None:  # noqa: ANN401  # as click parsed it
    """Print the results that are there, in the order in which they came.

    \b
    Example:
      renkei bulk results JOB --sandbox /tmp/renkei --as 141003-mayor > results.csv
    """
    asyncio.run(_print(sandbox, body, jobs.JobResultsQuery(**chosen), as_json=as_json))


async def _print(sandbox: Path, body: str, query: jobs.JobResultsQuery, *, as_json: bool) -> None:
    async with Network.attach(sandbox) as network:
        lines = network.line(body_id(body)).bulk
        await lines.status(query.job)  # is there such a job? before the head line
        if not as_json:
            click.echo(csv_head(), nl=False)
        async for each in lines.results(query.job, after=query.after, failed=query.failed):
            click.echo(encode(each) + b"\n" if as_json else csv_line(each), nl=False)


@bulk.command()
@click.argument("job")
@_where
@click.option("--json", "as_json", is_flag=True, help="The job's status as one JSON object.")
def cancel(job: str, sandbox: Path, body: str, *, as_json: bool) -> None:
    """Cancel a job: nothing more is asked.

    What is under way comes to its end, and its results stay.

    \b
    Example:
      renkei bulk cancel JOB --sandbox /tmp/renkei --as 141003-mayor
    """
    _told(asyncio.run(_with(sandbox, body, lambda lines: lines.cancel(job))), as_json=as_json)


@bulk.command()
@click.argument("job")
@_where
@click.option("--json", "as_json", is_flag=True, help="One JSON object: `changed` is 0 where there was nothing to do.")
def delete(job: str, sandbox: Path, body: str, *, as_json: bool) -> None:
    """Delete a job that has ended, with its results.

    The records of its inquiries stay. Interrupted? It goes on by itself; the same command again shows how far it is.

    \b
    Example:
      renkei bulk delete JOB --sandbox /tmp/renkei --as 141003-mayor
    """
    with _shown(quiet=as_json) as show:
        changed = asyncio.run(_with(sandbox, body, lambda lines: lines.deleted(job, show)))
    click.echo(encode(Changed(changed=changed)) if as_json else f"{job} 削除済み deleted")
