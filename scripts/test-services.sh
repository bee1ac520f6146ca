#!/usr/bin/env bash
# What the tests need besides Python packages: a PostgreSQL and a MariaDB that answer or can be started, and a Chromium;
# `test-services.sh databases` is all but the last.
set -euo pipefail
. "$(dirname "$0")/debian.sh"

if [ "${1-}" != databases ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then
    need "the journey tests drive Chromium" chromium
fi

answers() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

if ! answers "${PGPORT:-5432}" && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    need "the tests use PostgreSQL and none answers on 127.0.0.1:${PGPORT:-5432}" postgresql
fi

if ! answers "${MYSQL_TCP_PORT:-3306}" && ! command -v mariadbd >/dev/null; then
    need "the tests use MariaDB and none answers on 127.0.0.1:${MYSQL_TCP_PORT:-3306}" mariadb-server
fi
