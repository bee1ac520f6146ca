#!/usr/bin/env bash
# What the tests need besides Python packages: a Chromium, and a PostgreSQL and a MariaDB that answer or can be started.
set -euo pipefail
. "$(dirname "$0")/debian.sh"

if ! command -v chromium chromium-browser google-chrome >/dev/null; then
    need "the journey tests drive Chromium" chromium
fi

answers() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

if ! answers 5432 && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    need "the tests use PostgreSQL and none answers on 127.0.0.1:5432" postgresql
fi

if ! answers 3306 && ! command -v mariadbd >/dev/null; then
    need "the tests use MariaDB and none answers on 127.0.0.1:3306" mariadb-server
fi
