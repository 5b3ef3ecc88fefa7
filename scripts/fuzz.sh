#!/usr/bin/env bash
# Feeds the parsers with bytes that coverage finds interesting (tests/fuzz), one target after another.
#
#   scripts/fuzz.sh                       the names of the targets
#   scripts/fuzz.sh TARGET [SECONDS]      one target; default 60 seconds
#   scripts/fuzz.sh all [SECONDS]         each of them
#   scripts/fuzz.sh again TARGET FILE     what an input that was found does
#
# What is worth keeping of the inputs stays in build/fuzz/TARGET and is where the next run begins.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh dev

readonly tools=build/fuzz/tools lock=requirements/fuzz.lock
# Beside the environment, not in it: nothing that runs or is tested needs it.
if ! cmp --silent "$lock" "$tools/lock"; then
    rm -rf "$tools"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes \
        --only-binary :all: --target "$tools" --requirement "$lock"
    cp "$lock" "$tools/lock"
fi
export PYTHONPATH=$tools

case "${1:-}" in
    '') .venv/bin/python -m tests.fuzz ;;
    again) .venv/bin/python -m tests.fuzz --again "$2" "$3" ;;
    all) for target in $(.venv/bin/python -m tests.fuzz); do .venv/bin/python -m tests.fuzz "$target" "${2:-60}"; done ;;
    *) .venv/bin/python -m tests.fuzz "$@" ;;
esac
