import re
import tomllib

from tests.architecture.environments import ROOT

_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| .+ \|$", re.MULTILINE)


def test_the_readme_names_each_extra_with_what_it_brings_and_no_other() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]

    install = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Install")[2].partition("## Try it")[0]

    assert {extra: brought.lower().split(", ") for extra, brought in _ROW.findall(install)} == {
        extra: [re.split(r"[\[>=]", requirement)[0] for requirement in needed] for extra, needed in extras.items()
    }
