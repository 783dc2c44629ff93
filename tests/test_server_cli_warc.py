"""`auctor warc check`: tables for people, JSON for programs, exit statuses for scripts."""

import gzip
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpora.warc_writer import Exchange, write_warc
from server import cli_warc
from server.cli_warc import app

WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
RUN = CliRunner()


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.warc.gz"
    write_warc(path, [Exchange(f"https://example.org/{n}", WHEN, b"<html>x") for n in range(3)])
    return path


@pytest.fixture
def whole(sound: Path) -> Path:
    """Compressed as a whole: only a warning."""
    path = sound.with_name("whole.warc.gz")
    path.write_bytes(gzip.compress(gzip.decompress(sound.read_bytes())))
    return path


@pytest.fixture
def broken(sound: Path) -> Path:
    path = sound.with_name("broken.warc.gz")
    path.write_bytes(sound.read_bytes()[:-20])
    return path


def test_clean_files_leave_with_nothing(sound: Path) -> None:
    result = RUN.invoke(app, ["check", str(sound)])
    assert result.exit_code == 0
    assert "3 records, nothing found" in " ".join(result.output.split())


def test_problems_are_a_table_and_a_status(broken: Path, sound: Path) -> None:
    result = RUN.invoke(app, ["check", str(sound), str(broken)])
    assert result.exit_code == 1
    words = " ".join(result.output.split())
    assert "1 error" in words
    assert "record cut off" in words


def test_warnings_count_unless_they_are_not_wanted(whole: Path) -> None:
    assert RUN.invoke(app, ["check", str(whole)]).exit_code == 1
    assert RUN.invoke(app, ["check", "--no-warnings", str(whole)]).exit_code == 0


def test_json_tells_every_file(broken: Path, sound: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent.warc"
    result = RUN.invoke(app, ["check", "--json", str(sound), str(broken), str(absent)])
    assert result.exit_code == 2
    first, second, third = json.loads(result.stdout)
    assert (first["records"], first["errors"], first["warnings"]) == (3, 0, 0)
    assert first["unreadable"] is None
    assert second["rules"] == [{"severity": "error", "rule": "record cut off", "count": 1}]
    (finding,) = second["findings"]
    assert finding["counts"] == "file"
    assert finding["offset"] > 0
    assert "No such file" in third["unreadable"]


def test_packages_are_told_by_member(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/a.warc.gz", sound.read_bytes())
        package.writestr("archive/b.warc.gz", b"none")
    result = RUN.invoke(app, ["check", "--json", str(path)])
    assert result.exit_code == 2
    assert [each["file"] for each in json.loads(result.stdout)] == [
        f"{path}!/archive/a.warc.gz", f"{path}!/archive/b.warc.gz",
    ]  # fmt: skip
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", b"none")
    assert RUN.invoke(app, ["check", str(path)]).exit_code == 2


def test_many_findings_are_counted_and_few_are_listed(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_warc, "_LISTED", 1)
    data = gzip.decompress(sound.read_bytes()).replace(b"WARC/1.1", b"WARC/7.7")
    path = sound.with_name("many.warc")
    path.write_bytes(data)
    result = RUN.invoke(app, ["check", "--json", str(path)])
    (report,) = json.loads(result.stdout)
    assert report["rules"] == [{"severity": "error", "rule": "unknown version", "count": 3}]
    assert len(report["findings"]) == 1
    assert RUN.invoke(app, ["check", str(path)]).exit_code == 1


def test_what_is_no_file_is_not_waited_for(sound: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.warc")
    result = RUN.invoke(app, ["check", str(tmp_path / "pipe.warc"), str(sound), str(tmp_path)])
    assert result.exit_code == 2
    words = " ".join(result.output.split())
    assert words.count("not a regular file") == 2
    assert words.count("nothing found") == 1
