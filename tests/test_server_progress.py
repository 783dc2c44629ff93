"""Progress for a person: how far, how fast, how long still, and what was left out."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from server.progress import show_progress


def shown(*calls: tuple[str, int, int | None, str], is_terminal: bool = True) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=is_terminal, width=140, color_system=None)
    with show_progress(console) as advance:
        for call in calls:
            advance(*call)
    return file.getvalue()


def test_rate_time_left_and_rejects_are_told() -> None:
    read = [("read", done * 1_000_000, 50_000_000, "B") for done in range(40)]
    text = shown(*read[:20], ("rejected", 1_234, None, "records"), *read[20:])
    last = text.rpartition("read")[2]
    assert "39.0 MB/50.0 MB" in last
    assert "MB/s" in last or "GB/s" in last
    assert "1,234 rejected" in last
    assert "left" in last
    assert "rejected " not in last.replace("1,234 rejected ", "")


def test_nothing_is_said_of_rejects_where_nothing_is_read() -> None:
    text = shown(("rejected", 3, None, "records"), ("embed", 5, 10, "documents"))
    assert "5/10 documents" in text
    assert "rejected" not in text
    assert shown(("rejected", 3, None, "records")) == ""


def test_without_a_terminal_the_last_state_stays() -> None:
    text = shown(("read", 1, 2, "B"), ("read", 2, 2, "B"), is_terminal=False)
    assert text.count("read") == 1
    assert "2 bytes/2 bytes" in text


@given(st.integers(0, 10**15), st.integers(0, 10**15) | st.none())
def test_any_amount_is_shown(done: int, total: int | None) -> None:
    assert f"{done:,}" in shown(("embed", done, total, "documents"))
