# Missing Debian packages: installed when root runs us, named otherwise. Sourced, not run.

say() { echo "portico: $*" >&2; }

# need WHY PACKAGE...
need() {
    local why=$1 log
    shift
    if ! command -v apt-get >/dev/null; then
        say "$why; install the equivalent of Debian's: $*"
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        say "$why; run: sudo apt-get install $*"
        exit 1
    fi
    say "$why; installing $*"
    log=$(mktemp)
    # The package lists of a fresh machine are empty or old: fetch them only when an install fails.
    if ! apt_install "$@" >"$log" 2>&1; then
        say "updating the package lists first"
        if ! { apt-get update && apt_install "$@"; } >"$log" 2>&1; then
            cat "$log" >&2
            say "apt-get could not install $*; its output is above"
            exit 1
        fi
    fi
    rm -f "$log"
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" </dev/null
}
