#!/usr/bin/env bash
# Makes .venv from the locked packages: `setup.sh uv` the installer, `setup.sh demo` what the demo needs,
# `setup.sh dev` everything and nothing besides, `setup.sh bench` what the benchmark compares with, on top of that.
# The Makefile calls it when a lock or pyproject.toml changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

what=$1
unfinished=.venv/.unfinished

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local name
    for name in python3 python3.15 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    local python version
    if ! command -v python3 >/dev/null && ! find_python >/dev/null; then
        need "Python is missing" python3 python3-venv
    fi
    if ! python=$(find_python); then
        say "Python 3.11 or newer is needed, python3 here is $(python3 --version 2>&1); install a newer one"
        exit 1
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        need "python$version cannot make virtual environments" "python$version-venv"
    fi
    say "creating .venv with Python $version"
    mkdir -p .venv
    touch "$unfinished"
    "$python" -m venv .venv
}

# Two makes at once (a demo here, the tests there) take turns.
mkdir -p .cache
if command -v flock >/dev/null; then
    exec 9>.cache/setup.lock
    flock 9
fi

# An interrupted install may leave half a package that looks installed: start over, the cache is warm.
if [ -e "$unfinished" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    make_venv
fi
touch "$unfinished"

.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --no-deps --require-hashes --requirement requirements/uv.txt

uv_pip() { .venv/bin/uv --quiet pip "$@" --python .venv/bin/python --link-mode copy; }

if [ "$what" != uv ]; then
    say "installing the locked packages of requirements/$what.txt"
    case $what in
        # What the tests need stays, when it is there already.
        demo | bench) uv_pip install --compile-bytecode --require-hashes --requirement "requirements/$what.txt" ;;
        dev) uv_pip sync --compile-bytecode --require-hashes requirements/dev.txt ;;
    esac
    # Built by the locked hatchling just installed: nothing unlocked is fetched.
    uv_pip install --no-deps --no-build-isolation --editable . --editable ./portico-portal
fi

touch ".venv/.$what"
rm "$unfinished"
