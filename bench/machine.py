"""What the figures were measured on."""

import os
import platform
import ssl
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import apsw

from bench.floors import library

PACKAGES: Final = (
    "renkei", "aiohttp", "apsw", "casbin", "cedarpy", "cryptography", "fastapi", "httpx", "msgspec", "psycopg",
    "pymerkle", "sqlalchemy", "uvicorn", "uvloop",
)  # fmt: skip
_SYNCED_BYTES: Final = 4_096
_SYNCS: Final = 300


def facts(folder: Path) -> dict[str, Any]:
    """Everything that a reader needs to compare; `folder` stands on the disk that the stores will use."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "sqlite": apsw.sqlite_lib_version(),
        "packages": {name: found for name in PACKAGES if (found := installed(name))},
        "load_before": os.getloadavg()[0],
        "syncs_per_second": round(syncs(folder)),
        "libraries_per_second": {name: round(rate) for name, rate in library.speeds().items()},
    }


def processor() -> str:
    """The model, as Linux names it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def name() -> str:
    """A short name for a file."""
    words = "".join(each if each.isalnum() else "-" for each in f"{processor()}-{len(os.sched_getaffinity(0))}-cores")
    return "-".join(word for word in words.lower().split("-") if word)[:60].rstrip("-")


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def syncs(folder: Path) -> float:
    """How often a second 4 KiB reach the disk (fdatasync): what a commit costs at least."""
    path = folder / "sync"
    with path.open("wb", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(_SYNCS):
            file.write(bytes(_SYNCED_BYTES))
            os.fdatasync(file.fileno())
        passed = time.perf_counter() - began
    path.unlink()
    return _SYNCS / passed
