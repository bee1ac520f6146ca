import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx


def test_the_portal_is_served_as_the_environment_says_and_stops_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from portico_portal.cli import main; main()", "serve", "--port", "0"]
    environment = {
        "PATH": os.environ["PATH"],
        "PORTICO_SECRET_KEY": "k" * 32,
        "PORTICO_SITE_NAME": "Physics",
        "PORTICO_PLUGINS": "audit,nothing",
    }
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = ""
            for line in process.stderr:
                said += line
                if "listens on" in line:
                    break
            port = re.search(r"Physics listens on 127\.0\.0\.1:(\d+)", said)
            assert port is not None, said
            page = httpx.get(f"http://127.0.0.1:{port[1]}/")
            process.send_signal(signal.SIGTERM)
            _, rest = process.communicate(timeout=30)
        finally:
            process.kill()

    assert "<title>Physics</title>" in page.text
    assert "portico-demo" not in page.text
    assert re.search(r"no plugin .*'nothing'", said)
    assert (process.returncode, rest) == (0, "")
