"""Progress bars with rate and time left, on standard error."""

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
    """Units done, of how many, and how many a second; bytes in their usual prefixes."""

    def render(self, task: Task) -> Text:
        unit = str(task.fields["unit"])
        done = _amount(task.completed, unit)
        whole = f"/{_amount(task.total, unit)}" if task.total is not None else ""
        speed = task.finished_speed or task.speed
        rate = f", {_amount(speed, unit)}/s" if speed else ""
        return Text(f"{done}{whole}{'' if unit == 'B' else ' ' + unit}{rate}")


@contextmanager
def show_progress(console: Console) -> "Iterator[Advance]":
    """One bar per stage; where the console is no terminal, each stage's last state is printed."""
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
        if not tasks:
            progress.start()  # not before there is something to show
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=total, unit=unit)
        progress.update(tasks[stage], completed=done, total=total)

    try:
        yield advance
    finally:
        if tasks:
            progress.stop()


def _amount(value: float, unit: str) -> str:
    return decimal(int(value)) if unit == "B" else f"{value:,.0f}"
