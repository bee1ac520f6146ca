"""Makes a Debian below a folder that has an interpreter which the machine has not, and runs commands in it."""

import os
import shutil
from pathlib import Path
from threading import Lock
from typing import Final

from scripts.pythons.running import Commands, FailedError, Say
from scripts.pythons.versions import ROOT

SUITES: Final = {"3.11": "bookworm", "3.13": "trixie", "3.14": "sid", "3.15": "sid"}
"""Which Debian has which version."""

# What is mounted is seen by this command and what it starts, and by nothing else: the kernel takes it away with the
# last of them, however that ends. So nothing is ever left mounted, and `rm -rf .cache` reaches nothing outside.
_PRIVATELY: Final = ("unshare", "--mount", "--propagation", "private", "--")
# The repository is at the same place inside, so that no path has to be translated. Packages are installed from outside.
_ENTER: Final = """
root=$1 repository=$2
shift 2
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root$repository"
mount --bind "$repository" "$root$repository"
cp /etc/hosts "$root/etc/hosts"
exec chroot "$root" env --chdir="$repository" --unset=TMPDIR "$@"
"""
_DEBOOTSTRAP: Final = (
    '. scripts/debian.sh; command -v debootstrap || need "some Pythons are taken from another Debian" debootstrap'
)

_one_at_a_time = Lock()


class CannotBeMadeError(Exception):
    """No Debian with this interpreter can be made here; the message says why."""


def made(version: str, root: Path, commands: Commands, say: Say) -> Path:
    """Return the folder `root` with a Debian that has this version; it is kept for the next time.

    Raises:
        CannotBeMadeError: Debian has no such version, or this machine is no Debian, or the user is not root.
    """
    if version not in SUITES:
        msg = f"Debian has no {version}"
        raise CannotBeMadeError(msg)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        msg = f"root on a Debian could take it from Debian {SUITES[version]}"
        raise CannotBeMadeError(msg)
    if not root.exists():
        _make(version, root, commands, say)
    return root


def entering(root: Path, command: list[str]) -> list[str]:
    """Return the command line that runs `command` in the Debian below `root`, in the same working copy."""
    return [*_PRIVATELY, "sh", "-euc", _ENTER, "sh", str(root), str(ROOT), *command]


def _make(version: str, root: Path, commands: Commands, say: Say) -> None:
    suite = SUITES[version]
    log = root.with_name("debootstrap.log")
    unfinished = root.with_name("root.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    say(f"making a Debian {suite} that has it; half a minute, once")
    try:
        with _one_at_a_time:
            commands.check(["bash", "-c", _DEBOOTSTRAP], log)
        include = f"--include=python{version}"
        commands.check([*_PRIVATELY, "debootstrap", "--variant=minbase", include, suite, unfinished], log)
    except FailedError as error:
        msg = f"no Debian {suite} with it could be made: {error}"
        raise CannotBeMadeError(msg) from None
    unfinished.rename(root)
