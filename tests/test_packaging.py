import subprocess
import sys
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("corpora", "indexer", "authority", "server")


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_ships_our_packages(name: str) -> None:
    # The map is empty for an editable install, hence a subset.
    assert set(packages_distributions().get(name, [])) <= {"auctor"}


def test_the_command_is_ours() -> None:
    (command,) = (one for one in entry_points(group="console_scripts") if one.name == "auctor")
    assert command.value == "server.cli:main"


def test_help_needs_no_heavy_import() -> None:
    code = (
        "import sys; sys.argv = ['auctor', '--help']\n"
        "from server.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'faiss', 'tantivy', 'pyarrow', 'trafilatura', 'fastapi'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


def test_data_files_lie_inside_the_packages() -> None:
    for name in ("registry.csv", "suffixes.csv", "user_pages.csv"):
        assert (ROOT / "authority" / "data" / name).is_file()
