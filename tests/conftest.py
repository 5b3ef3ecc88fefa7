"""For all tests: no example is judged by its time, and where tools must be there nothing is left out for want of one.

Speed stands in the benchmarks, and machines differ. A developer may lack PostgreSQL or libfaketime; the build server
(`CI` is `true`, which `.ci/run` sets) may not: a skip there is a failure that says what is missing.
"""

import os
from collections.abc import Generator
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings

# Not Hypothesis' own profile for CI, which would try the same examples every time.
settings.register_profile(
    "renkei", settings.get_profile("default"), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("renkei")

R = TypeVar("R", pytest.TestReport, pytest.CollectReport)
ON_BUILD_SERVER: Final = os.environ.get("CI") == "true"
NOT_OURS: Final = "the law's own texts and tables lie beside this repository, not in it: no tool to install brings them"
ALLOWED: Final = {
    "the law's texts are not at hand": NOT_OURS,
    "the texts of the law are not beside this repository: facts not compiled anew": NOT_OURS,
    "the texts of the laws are not beside this repository: rules not compared with them": NOT_OURS,
    "the tables of the Act are not beside this repository: items not compared": NOT_OURS,
    "the dated table of the ordinance is not beside this repository: rows not compared": NOT_OURS,
    "no gcore (package gdb): the memory of the process is read instead, above": "the test before it reads the same memory",
    "no atheris: scripts/fuzz.sh brings it": "a tool of the long runs by hand; every parser is fuzzed without it too",
}
"""What may be skipped on the build server too, and why."""


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "every room on PostgreSQL too, not only those that store most (minutes more)"
    parser.addoption("--postgresql", action="store_true", help=words)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return demanded((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return demanded((yield))


def demanded(report: R) -> R:
    """The report; on the build server one of a skip becomes one of a failure."""
    if not ON_BUILD_SERVER or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if reason.removeprefix("Skipped: ") not in ALLOWED:
        report.outcome = "failed"
        report.longrepr = f"{reason}\nNothing is skipped where CI is true, but for the reasons in tests/conftest.py."
    return report
