import re
import subprocess
import sys

from tests.architecture.environments import ROOT


def test_every_room_is_counted_and_so_are_the_calls_of_one_connect_and_one_enabling() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "scripts.house"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    counted = dict(re.findall(r"^portico/(\w+) +(\d+) modules", finished.stdout, re.MULTILINE))
    rooms = {path.parent.name: path.parent for path in (ROOT / "src" / "portico").glob("*/__init__.py")}
    assert counted == {name: str(len(list(room.rglob("*.py")))) for name, room in rooms.items()}
    calls = dict(re.findall(r"^one (\w+): (\d+) calls in \d+ files$", finished.stdout, re.MULTILINE))
    assert calls.keys() == {"connect", "enabling"}
    assert 0 < int(calls["connect"]) <= 15
    assert int(calls["enabling"]) > int(calls["connect"])
