import subprocess
import sys
from pathlib import Path

from scripts.pythons.environment import add_programs

SHOUT = "import sys\n\n\ndef shout():\n    print(*sys.argv[1:], sys.executable, sep='\\n')\n    return 3\n"


def test_programs_of_a_folder_start_the_python_beside_them_and_replace_none(tmp_path: Path) -> None:
    # Longer than a line may be that names an interpreter, and with blanks.
    programs = tmp_path / ("a long name " * 15).strip() / "bin"
    packages = tmp_path / "packages"
    information = packages / "shouting-1.0.dist-info"
    for folder in (programs, information):
        folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", programs.parent], check=True)
    python = programs / "python"
    (programs / "kept").write_text("as it was")
    (packages / "shouting.py").write_text(SHOUT)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[console_scripts]\nshout = shouting:shout\nkept = shouting:shout\n\n[gui_scripts]\nwindow = shouting:shout\n"
    )

    add_programs(packages, python)
    said = subprocess.run(
        [programs / "shout", "so it", "is"],
        env={"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.returncode, said.stdout.splitlines()) == (3, ["so it", "is", str(python)]), said.stderr
    assert (programs / "kept").read_text() == "as it was"
    assert not (programs / "window").exists()
