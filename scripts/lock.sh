#!/usr/bin/env bash
# Writes requirements/run.lock, dev.lock and fuzz.lock: every package with its version and the hashes of its files.
# A release younger than seven days is not taken: most poisoned releases are found within that time.
#
#   scripts/lock.sh              keep what is locked, add and drop what pyproject.toml asks for
#   scripts/lock.sh --upgrade    take the newest release of everything
set -euo pipefail
cd "$(dirname "$0")/.."

readonly uv=.venv/bin/uv
[ -x .venv/bin/pip ] || scripts/setup.sh run
[ -x "$uv" ] || .venv/bin/pip install --quiet --disable-pip-version-check 'uv==0.13.9'

compile() {
    UV_CUSTOM_COMPILE_COMMAND='make lock' "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --exclude-newer "$(date -u -d '7 days ago' +%F)" "$@"
}

compile "$@" pyproject.toml requirements/build.in --output-file requirements/run.lock
compile "$@" --extra dev --constraints requirements/run.lock pyproject.toml requirements/build.in \
    --output-file requirements/dev.lock
compile "$@" requirements/fuzz.in --output-file requirements/fuzz.lock
printf 'lock: %s packages to run, %s to develop\n' \
    "$(grep -c '^[a-z]' requirements/run.lock)" "$(grep -c '^[a-z]' requirements/dev.lock)"
