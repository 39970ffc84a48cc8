#!/bin/sh
# Find a Python that can run fineopt, and create the virtual environment with it.
#
#   python.sh --find [PYTHON]          print the Python to use, or an error
#   python.sh --stale VENV [PYTHON]    print why VENV must be recreated, or nothing
#   python.sh --make VENV [PYTHON]     recreate VENV; VENV/.home holds its directory
#
# PYTHON, a name or a path, replaces the search on PATH.
set -eu

range='3.10 to 3.13'
in_range='import sys; raise SystemExit(not (3, 10) <= sys.version_info[:2] <= (3, 13))'

fail() {
    printf 'fineopt: %s\n' "$@" >&2
    exit 1
}

can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

find_python() {
    named=${1:-}
    [ -n "$named" ] || set -- python3 python3.13 python3.12 python3.11 python3.10
    without_venv=
    for candidate; do
        "$candidate" -c "$in_range" >/dev/null 2>&1 || continue
        if can_make_venv "$candidate"; then
            command -v "$candidate"
            return
        fi
        without_venv=${without_venv:-$candidate}
    done
    if [ -n "$without_venv" ]; then
        fail "$without_venv cannot make a virtual environment: its venv or ensurepip module is missing." \
            "On Debian and Ubuntu: apt-get install python3-venv"
    elif [ -n "$named" ]; then
        fail "PYTHON=$named is not a working Python $range."
    else
        fail "no Python $range found on PATH." \
            "Install one, or specify it: make lab PYTHON=/path/to/python3.12"
    fi
}

# Scripts and the editable install contain the path of the directory.
home() { pwd -P; }

version() { "$1" -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null; }

stale() {
    if [ ! -e "$1/.home" ]; then
        echo 'not created yet'
    elif [ "$(cat "$1/.home")" != "$(home)" ]; then
        echo 'created for another directory'
    elif ! "$1/bin/python" -c "$in_range" >/dev/null 2>&1; then
        echo 'its Python no longer works'
    elif [ -n "${2:-}" ] && [ "$(version "$2")" != "$(version "$1/bin/python")" ]; then
        echo 'created with another Python'
    fi
}

make_venv() {
    python=$(find_python "${2:-}")
    why=$(stale "$1" "${2:-}")
    echo "Creating $1 ($why) with $("$python" -c 'import platform; print("Python", platform.python_version())') at $python"
    rm -rf "$1"
    "$python" -m venv "$1"
    home >"$1/.home"
}

action=$1
shift
case $action in
    --find) find_python "${1:-}" ;;
    --stale) stale "$@" ;;
    --make) make_venv "$@" ;;
    *) fail "python.sh: unknown action $action" ;;
esac
