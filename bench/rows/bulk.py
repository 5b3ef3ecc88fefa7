"""Bulk inquiries: lists, several under way at once."""

from bench.context import Context
from bench.load import Wanted
from bench.model import Result
from bench.rows.singles import closed_runs, note, rate_figure

BUDGET = 8_000


def run(context: Context) -> Result:
    scale = context.scale
    wanted = Wanted("bulk", scale.bulk_at_once, scale.seconds, scale.warm_s, list_size=scale.list_size)
    runs = closed_runs(context, wanted, scale.bulk_clients)
    what = f"inquiries in lists of {wanted.list_size}, {wanted.at_once} lists at once"
    result = Result([rate_figure(what, BUDGET, runs)])
    note(runs, result)
    result.remarks.append(f"peers got lists of {min(wanted.list_size, scale.peer_list)}")
    return result
