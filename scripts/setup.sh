#!/usr/bin/env bash
# Prepares this checkout on a fresh machine (Debian 12 with Python 3.11 or newer, git and make). Safe to repeat:
# what is in place already is left alone, so a second run ends at once.
#
#   scripts/setup.sh run           a Python environment in .venv, enough for `make demo`
#   scripts/setup.sh dev           the same and everything the tests need, a browser and Japanese fonts too
#   scripts/setup.sh bench         the same as dev and what `renkei bench` measures beside: nginx and pgbench
#   scripts/setup.sh --plan dev    only say what would be done
#
# System packages are installed through apt when this runs as root; otherwise the exact command is printed and the
# script stops. Python packages come from the locks in requirements/, each file checked against its hash.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly log=build/setup.log
plan=no
child=

usage() { sed -n '2,12s/^# \{0,1\}//p' "$0"; }
say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# ---------------------------------------------------------------------------------------------- what is needed

find_python() {
    local name
    for name in python3.11 python3 python3.12 python3.13 python3.14; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
}

has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_packages() { # mode
    local python
    python=$(find_python)
    if [ -z "$python" ]; then
        echo python3 python3-venv
    elif [ ! -x .venv/bin/pip ] && ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo python3-venv
    fi
    [ "$1" != bench ] || missing_beside
    [ "$1" != run ] || return 0
    command -v git >/dev/null || echo git
    command -v chromium >/dev/null || echo chromium
    has_package fonts-noto-cjk || has_japanese_font || echo fonts-noto-cjk
    # The node that drives the browser links it; Debian's smallest installation lacks it.
    has_package libatomic1 || compgen -G '/usr/lib*/*/libatomic.so.1' >/dev/null || echo libatomic1
    has_postgresql || echo postgresql
    # Shows one process another time: the tests set clocks.
    compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || echo libfaketime
}

# The programs, 15 or newer: the tests make and stop a server of their own.
has_postgresql() { compgen -G '/usr/lib/postgresql/1[5-9]/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

# Debian starts an nginx of its own where it can; the benchmark starts another and needs only the program.
missing_beside() {
    [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || echo nginx-light
    command -v pgbench >/dev/null || echo postgresql
}

has_japanese_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ja 2>/dev/null | head -n 1)" ]; }

# Changes with the lock, with what pyproject.toml says of the project itself (the settings of tools, which begin with
# ruff's, install nothing), with this script, and with the place of the checkout.
stamp_of() { # mode
    { cat "requirements/$1.lock" scripts/setup.sh; sed '/^\[tool\.ruff\]/,$d' pyproject.toml; pwd; } | sha256sum
}

is_ready() { # mode
    [ -x .venv/bin/python ] && [ "$(cat ".venv/renkei-$1.stamp" 2>/dev/null)" = "$(stamp_of "$1")" ] &&
        .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# ---------------------------------------------------------------------------------------------- doing it

# Runs a long command with its output in the log; every ten seconds says that it is still at work.
run_logged() { # what, command...
    local what=$1 began=$SECONDS status=0
    shift
    say "$what ..."
    printf '\n== %s: %s\n' "$(date -u +%FT%TZ)" "$*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null &
    child=$!
    while kill -0 "$child" 2>/dev/null; do
        sleep 0.2
        if [ $((SECONDS - began)) -ge 10 ] && [ $(((SECONDS - began) % 10)) -eq 0 ]; then
            say "  still at it after $((SECONDS - began)) s"
            sleep 1
        fi
    done
    wait "$child" || status=$?
    child=
    [ "$status" -eq 0 ] && return
    printf 'setup: this failed (exit %s). The end of %s:\n' "$status" "$log" >&2
    tail -n 25 "$log" >&2
    return "$status"
}

apt_install() { apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"; }

# The lists on the machine may be absent or old: try them first, refresh them only when that does not work.
apt_install_fresh() { apt_install "$@" || { apt-get update && apt_install "$@"; }; }

install_packages() { # names...
    if ! command -v apt-get >/dev/null; then
        fail "these are missing and this is no Debian system: $*" "install their like with your package manager, then repeat"
    fi
    if [ "$(id -u)" -ne 0 ]; then
        fail "these system packages are missing: $*" "run this, then repeat:" \
            "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    fi
    export DEBIAN_FRONTEND=noninteractive
    case " $* " in *" postgresql "*) keep_from_starting ;; esac
    run_logged "system packages: $*" apt_install_fresh "$@"
}

# Debian makes and starts a PostgreSQL server with the package. Where the package is new, it shall not.
keep_from_starting() {
    if has_package postgresql-common; then return; fi
    run_logged "system package: postgresql-common" apt_install_fresh postgresql-common
    echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
}

make_environment() {
    local python
    python=$(find_python)
    [ -n "$python" ] || fail "no Python 3.11 or newer is on the PATH"
    # A copied or moved checkout, or a vanished interpreter: scripts in .venv would point elsewhere.
    if [ -e .venv ] && ! grep -qsF "$PWD/.venv" .venv/bin/pip; then
        say "the environment in .venv belongs to another place: making it anew"
        rm -rf .venv
    fi
    if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        rm -rf .venv
        run_logged "Python environment in .venv, from $python" "$python" -m venv .venv
    fi
}

install_locked() { # mode
    local pip=(.venv/bin/python -m pip install --disable-pip-version-check --no-input)
    run_logged "Python packages of requirements/$1.lock ($(grep -c '^[a-z]' "requirements/$1.lock"))" \
        "${pip[@]}" --require-hashes --only-binary :all: --requirement "requirements/$1.lock"
    run_logged "renkei itself" "${pip[@]}" --no-deps --no-build-isolation --no-index --editable .
}

prepare() { # mode
    local missing
    missing=$(missing_packages "$1" | xargs)
    # shellcheck disable=SC2086
    [ -z "$missing" ] || install_packages $missing
    set -- "$(lock_of "$1")"
    if is_ready "$1"; then return; fi
    # Everything that runs needs is part of the development lock, so one environment serves both.
    if [ "$1" = run ] && is_ready dev; then return; fi
    make_environment
    install_locked "$1"
    stamp_of "$1" >".venv/renkei-$1.stamp"
    say "ready after $SECONDS s"
}

# The benchmark's Python packages are part of the development lock.
lock_of() { [ "$1" = bench ] && echo dev || echo "$1"; }

show_plan() { # mode
    local missing
    missing=$(missing_packages "$1" | xargs)
    say "Python: $(find_python || true)"
    say "system packages to install: ${missing:-none}"
    set -- "$(lock_of "$1")"
    if is_ready "$1" || { [ "$1" = run ] && is_ready dev; }; then
        say "Python packages: in place"
    else
        say "Python packages to install into .venv: $(grep -c '^[a-z]' "requirements/$1.lock") of requirements/$1.lock, and renkei itself"
    fi
}

# ---------------------------------------------------------------------------------------------- what was asked

[ "${1:-}" != --plan ] || { plan=yes; shift; }
case "${1:-}" in
    run | dev | bench) mode=$1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac
if [ "$plan" = yes ]; then
    show_plan "$mode"
    exit 0
fi

mkdir -p build
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 130' INT TERM
exec 9>build/setup.turn
if command -v flock >/dev/null && ! flock --nonblock 9; then
    say "another set-up of this checkout is under way: waiting for it"
    flock 9
fi
prepare "$mode"
