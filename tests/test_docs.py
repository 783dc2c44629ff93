import re
import tomllib
from pathlib import Path

import pytest
import typer

from corpora import errors
from server import cli

ROOT = Path(__file__).parents[1]
FOLDERS = ("corpora", "indexer", "authority", "server", "tests", "benchmarks")
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(p.startswith(".") for p in path.relative_to(ROOT).parts)
)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_has_a_short_readme(folder: str) -> None:
    lines = (ROOT / folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert 5 <= len(lines) <= 40


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in _LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_named_modules_exist() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    named = set(
        re.findall(r"`((?:corpora|indexer|authority|server|benchmarks|tests)/[\w/]+\.py)`", text)
    )
    assert named
    assert not {name for name in named if not (ROOT / name).is_file()}


def test_the_table_of_libraries_names_their_homes() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    _, homes = settings["tool"]["importlinter"]["contracts"]
    table = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("| library | home")[2]
    modules = {pair.partition(" -> ")[0] for pair in homes["ignore_imports"]}
    assert modules
    assert not {name for name in modules if f"{name.rpartition('.')[2]}.py" not in table}


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = typer.main.get_command(cli.app)
    for name in command.commands:  # type: ignore[attr-defined]
        assert f"auctor {name}" in readme or f"make {name}" in readme, name


def test_the_tree_of_errors_is_drawn_whole() -> None:
    assert errors.__doc__ is not None
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Exception):
            assert name in errors.__doc__, name


def test_modules_stay_readable() -> None:
    # 300 lines is the habit; more wants a reason, 400 a split.
    for folder in ("corpora", "indexer", "authority", "server"):
        for module in (ROOT / folder).rglob("*.py"):
            assert len(module.read_text(encoding="utf-8").splitlines()) <= 400, module
