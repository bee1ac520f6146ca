#!/usr/bin/env bash
# What the tests need besides Python packages: a PostgreSQL that answers or can be started, and a Chromium;
# `test-services.sh postgresql` is the former alone.
set -euo pipefail
. "$(dirname "$0")/debian.sh"

if [ "${1-}" != postgresql ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then
    need "the journey tests drive Chromium" chromium
fi

postgresql_answers() { (: <>"/dev/tcp/127.0.0.1/${PGPORT:-5432}") 2>/dev/null; }

if ! postgresql_answers && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    need "the tests use PostgreSQL and none answers on 127.0.0.1:${PGPORT:-5432}" postgresql
fi
