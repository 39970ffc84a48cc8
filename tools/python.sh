#!/bin/sh
# Find a Python that can run fineopt, and make the virtual environment with it.
#
#   python.sh --find [PYTHON]          print the Python to use, or say why there is none
#   python.sh --stale VENV [PYTHON]    print why VENV must be made anew, or nothing
#   python.sh --make VENV [PYTHON]     make VENV anew; VENV/.home tells for which directory
#
# PYTHON, a name or a path, overrides the search on PATH.
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
        fail "PYTHON=$named is no Python $range that runs here."
    else
        fail "no Python $range found on PATH." \
            "Install one, or name it: make lab PYTHON=/path/to/python3.12"
    fi
}

# What the environment depends on: the directory, as scripts and the editable install hold its path.
home() { pwd -P; }

version() { "$1" -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null; }

stale() {
    if [ ! -e "$1/.home" ]; then
        echo 'not made yet'
    elif [ "$(cat "$1/.home")" != "$(home)" ]; then
        echo 'made for another directory'
    elif ! "$1/bin/python" -c "$in_range" >/dev/null 2>&1; then
        echo 'its Python is gone'
    elif [ -n "${2:-}" ] && [ "$(version "$2")" != "$(version "$1/bin/python")" ]; then
        echo 'made with another Python'
    fi
}

make_venv() {
    python=$(find_python "${2:-}")
    why=$(stale "$1" "${2:-}")
    echo "Making $1 ($why) with $("$python" -c 'import platform; print("Python", platform.python_version())') at $python"
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
