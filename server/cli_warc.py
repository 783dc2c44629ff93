"""`auctor warc ...`: look at crawls before they are indexed."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from corpora.document import Rejected
from corpora.errors import CorpusError
from corpora.warc_check import Check, Finding, checks
from corpora.warc_rules import Severity
from server.options import ERR, OUT, JsonOption

app = typer.Typer(no_args_is_help=True, help="Look at crawls before they are indexed.")

EXIT_PROBLEMS = 1
EXIT_UNREADABLE = 2
_LISTED = 1_000
"""Findings of a file that are told one by one; all are counted."""


@dataclass(slots=True)
class _Report:
    """What a check of one file came to.

    Attributes:
        file: its name.
        records: how many were read.
        counts: findings by severity and rule.
        listed: the first findings.
        unreadable: why it could not be checked; empty where it could.
    """

    file: str
    records: int = 0
    counts: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    listed: list[Finding] = field(default_factory=list)
    unreadable: str = ""

    def count(self, severity: Severity) -> int:
        """How many findings are as bad as that."""
        return sum(n for (each, _), n in self.counts.items() if each is severity)

    def as_json(self) -> dict[str, object]:
        """The report as it is printed for programs."""
        return {
            "file": self.file,
            "records": self.records,
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "unreadable": self.unreadable or None,
            "rules": [
                {"severity": severity, "rule": rule, "count": count}
                for (severity, rule), count in self.counts.items()
            ],
            "findings": [
                {
                    "offset": each.offset,
                    "counts": "stream" if each.is_stream else "file",
                    "severity": each.severity,
                    "rule": each.rule,
                    "detail": each.detail,
                }
                for each in self.listed
            ],
        }


@app.callback()
def group() -> None:
    """Look at crawls before they are indexed."""


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="WARC, ARC and WACZ files")],
    as_json: JsonOption = False,
    warnings: Annotated[
        bool, typer.Option(help="also tell what readers usually put up with")
    ] = True,
) -> None:
    """Say what a strict reader would say of each file.

    Version, headers, record ids, digests, lengths, line ends, compression by record, chunks and
    revisits are checked. Leaves with 0 where nothing was found, 1 with findings, 2 where a file
    could not be read.
    """
    reports = [report for file in files for report in _check(file, warnings)]
    if as_json:
        typer.echo(json.dumps([report.as_json() for report in reports], indent=2))
    else:
        for report in reports:
            _print(report)
    if any(report.unreadable for report in reports):
        raise typer.Exit(EXIT_UNREADABLE)
    if any(report.counts for report in reports):
        raise typer.Exit(EXIT_PROBLEMS)


def _check(file: Path, warnings: bool) -> list[_Report]:
    reports: list[_Report] = []
    if file.exists() and not file.is_file():  # a pipe would be waited for, for ever
        return [_Report(str(file), unreadable="not a regular file")]
    try:
        for found in checks(file):
            if isinstance(found, Rejected):
                reason = f"{found.reason}: {found.detail}"
                reports.append(_Report(found.source.file, unreadable=reason))
            else:
                reports.append(_check_one(found, warnings))
    except CorpusError as error:
        reports.append(_Report(str(file), unreadable=str(error)))
    return reports or [_Report(str(file), unreadable="holds no WARC file")]


def _check_one(found: Check, warnings: bool) -> _Report:
    report = _Report(found.name)
    try:
        for finding in found.findings():
            if finding.severity is Severity.WARNING and not warnings:
                continue
            report.counts[finding.severity, finding.rule] += 1
            if len(report.listed) < _LISTED:
                report.listed.append(finding)
    except CorpusError as error:
        report.unreadable = str(error)
    report.records = found.records
    return report


def _print(report: _Report) -> None:
    if report.unreadable:
        ERR.print(f"[red]unreadable[/] {escape(report.file)}: {escape(report.unreadable)}")
        if not report.records:
            return
    said = ", ".join(
        f"{count} {severity}{'s' * (count != 1)}"
        for severity in Severity
        if (count := report.count(severity))
    )
    OUT.print(f"{escape(report.file)}: {report.records} records, {said or 'nothing found'}")
    if not report.counts:
        return
    table = Table("severity", "rule", "count", "first at", "detail", box=None, padding=(0, 2))
    for (severity, rule), count in report.counts.items():
        first = next((f for f in report.listed if (f.severity, f.rule) == (severity, rule)), None)
        at = (f"{first.offset}{' of the stream' * first.is_stream}") if first else ""
        table.add_row(severity, rule, f"{count:,}", at, escape(first.detail) if first else "")
    OUT.print(table)
