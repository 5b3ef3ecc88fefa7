"""`renkei simulate`: the whole network in one process, where a seed decides everything."""

import os
import sys
from collections.abc import Iterator
from typing import Final

import click
import msgspec

from renkei.cli.exits import NO
from renkei.cli.progress import shown
from renkei.simulation import many
from renkei.simulation.run import STEPS, Outcome

_SEED: Final = click.IntRange(0, 2**63 - 1)


class _Seeds(click.ParamType):  # type: ignore[type-arg]  # generic in its stubs only
    name = "A..B"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> range:
        first, dots, last = str(value).partition("..")
        if not dots or not first.isdecimal() or not last.isdecimal() or int(first) > int(last):
            self.fail(f"{value}: 最初..最後 の形で / two numbers, as in 1..100", param, ctx)
        return range(int(first), int(last) + 1)


@click.command()
@click.option("--seed", type=_SEED, help="One seed, and the story of it.")
@click.option("--seeds", type=_Seeds(), help="Many seeds, from A to B; only failures are printed.")
@click.option("--steps", default=STEPS, show_default=True, type=click.IntRange(1, 100_000), help="Of each seed.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Seeds at a time.  [default: one a core]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a seed instead of sentences.")
def simulate(seed: int | None, seeds: range | None, steps: int, jobs: int | None, *, as_json: bool) -> None:
    """Break the whole network, and judge every promise.

    The real systems in one process, with time, network, disks and luck decided by a seed: the same seed, the same
    story.

    Systems are killed, paused and cut off; disks fail, fill up and lose power; requests come twice; clocks jump. At
    every step, and once all is mended, the invariants are judged by what the stores hold.

    \b
    Example:
      renkei simulate --seed 7
      renkei simulate --seeds 1..100
    Exit code 0: everything held. 1: something did not, and the command that repeats it is printed.
    """
    if (seed is None) is (seeds is None):
        raise click.UsageError("--seed か --seeds のどちらか一つ / exactly one of --seed and --seeds")
    many.fix_order()
    wanted = range(seed, seed + 1) if seed is not None else seeds or range(0)
    with shown(quiet=as_json) as progress:
        progress("網の構築 / building the network")
        with many.prepared() as base:
            found = many.outcomes(base, wanted, steps, jobs or len(os.sched_getaffinity(0)))
            failed = _tell(found, len(wanted), progress, one=seed is not None, as_json=as_json)
    sys.exit(NO if failed else 0)


def _tell(found: Iterator[Outcome], of: int, progress: object, *, one: bool, as_json: bool) -> int:
    assert callable(progress)
    done = failed = inquiries = 0
    seconds = 0.0
    for outcome in found:
        done, inquiries = done + 1, inquiries + outcome.inquiries
        failed += not outcome.sound
        seconds += outcome.real_s
        if as_json:
            click.echo(msgspec.json.encode(_object(outcome)))
        elif one:
            click.echo("\n".join(outcome.lines))
        if not as_json and (one or not outcome.sound):
            click.echo(_sentence(outcome))
        progress(f"[{done}/{of}] {failed} 件の違反 / {failed} failed")
    if not as_json and not one:
        rate = f"{inquiries / seconds * 60:,.0f}"
        click.echo(
            f"{done} 個の種、{inquiries} 件の照会、一つの処理で毎分 {rate} 件、違反 {failed} 個。\n"
            f"{done} seeds, {inquiries} inquiries, {rate} a minute and process: {failed} failed."
        )
    return failed


def _object(outcome: Outcome) -> dict[str, object]:
    return {
        "v": 1,
        "seed": outcome.seed,
        "steps": outcome.steps,
        "sound": outcome.sound,
        "inquiries": outcome.inquiries,
        "late": outcome.late,
        "faults": len(outcome.faults),
        "kinds": list(outcome.faults),
        "trace": outcome.digest,
        "virtual_s": round(outcome.virtual_s, 3),
        "real_s": round(outcome.real_s, 3),
        "violations": [{"invariant": each.invariant, "detail": each.detail} for each in outcome.violations],
        "bugs": list(outcome.bugs),
    }


def _sentence(outcome: Outcome) -> str:
    if outcome.sound:
        return (
            f"✓ 種 {outcome.seed}: 照会 {outcome.inquiries} 件、障害 {len(outcome.faults)} 件、約束はすべて守られた。\n"
            f"  Seed {outcome.seed}: {outcome.inquiries} inquiries, {len(outcome.faults)} faults; every promise held.\n"
            f"  trace {outcome.digest}"
        )
    told = [f"    {each.invariant}: {each.detail}" for each in outcome.violations]
    told += [f"    {bug}" for bug in outcome.bugs]
    return "\n".join(
        (
            f"✗ 種 {outcome.seed}: 守られなかった約束があります。 / Seed {outcome.seed}: a promise did not hold.",
            *told,
            "  再現 / repeat:",
            f"    renkei simulate --seed {outcome.seed} --steps {outcome.steps}",
        )
    )
