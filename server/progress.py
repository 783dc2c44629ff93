"""Progress bars with rate, time left and records rejected, on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:  # the command line must not load the indexer to print its help
    from indexer.intake import Advance


class _RateColumn(ProgressColumn):
    """Units done, of how many, how many a second, and rejects; bytes in their usual prefixes."""

    def render(self, task: Task) -> Text:
        unit = str(task.fields["unit"])
        done = _amount(task.completed, unit)
        whole = f"/{_amount(task.total, unit)}" if task.total is not None else ""
        speed = task.finished_speed or task.speed
        rate = f", {_amount(speed, unit)}/s" if speed else ""
        rejected = task.fields["rejected"]
        left_out = "" if rejected is None else f", {rejected:,} rejected"
        return Text(f"{done}{whole}{'' if unit == 'B' else ' ' + unit}{rate}{left_out}")


@contextmanager
def show_progress(console: Console) -> "Iterator[Advance]":
    """One bar per stage; where the console is no terminal, each stage's last state is printed.

    Records that were rejected are told on the bar of the stage they were read in.
    """
    columns = (
        TextColumn("{task.description:>6}"),
        BarColumn(bar_width=24),
        _RateColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=console)
    tasks: dict[str, TaskID] = {}

    def advance(stage: str, done: int, total: int | None, unit: str) -> None:
        if stage == "rejected":
            if "read" in tasks:
                progress.update(tasks["read"], rejected=done)
            return
        if not tasks:
            progress.start()  # not before there is something to show
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=total, unit=unit, rejected=None)
        progress.update(tasks[stage], completed=done, total=total)

    try:
        yield advance
    finally:
        if tasks:
            progress.stop()


def _amount(value: float, unit: str) -> str:
    return decimal(int(value)) if unit == "B" else f"{value:,.0f}"
