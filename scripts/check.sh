#!/usr/bin/env bash
# The checks, by name, in the order given; all are run even when one fails. `make check` names all of them,
# tests/house/test_tools.py runs the ones that are no tests themselves, so `make test` holds them too.
#
#   scripts/check.sh format lint types layers docs tests
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh dev || exit

readonly bin=.venv/bin
export NO_COLOR=1

format() { "$bin/ruff" format --check --diff --quiet .; }
lint() { "$bin/ruff" check --quiet .; }
types() { "$bin/mypy" --no-color-output --no-error-summary && "$bin/pyright" --level error; }
layers() { "$bin/lint-imports" --no-cache; }
docs() { "$bin/python" scripts/draw_states.py --check && "$bin/python" scripts/list_limits.py --check && "$bin/pytest" --color=no -q tests/house --ignore tests/house/test_tools.py; }
tests() { "$bin/pytest" --color=no --ignore tests/house; }

failed=()
for name in "$@"; do
    case "$name" in
        format | lint | types | layers | docs | tests) ;;
        *) printf 'check: there is no check named %s\n' "$name" >&2; exit 2 ;;
    esac
    printf -- '--- %s\n' "$name"
    "$name" || failed+=("$name")
done
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'check: NOT in order: %s\n' "${failed[*]}" >&2
    exit 1
fi
printf 'check: in order: %s\n' "$*"
