"""Worker processes: order kept, the stuck and the crashed cost their own task only."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.workers import Failure, Workers

ROOT = Path(__file__).parents[1]


def act(task: tuple[str, int]) -> int:
    """What the workers do here: misbehave as they are told."""
    what, number = task
    if what == "sleep":
        time.sleep(60)
    elif what == "stuck":  # holds the interpreter: no signal handler of Python's would run
        re.match(r"(a+)+$", "a" * 60 + "b")
    elif what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "exit":
        os._exit(3)
    elif what == "memory":
        return len(bytearray(4 << 30))
    elif what == "slow":
        time.sleep(0.02)
    return number * 2


def test_the_same_as_map_in_order() -> None:
    tasks = [("slow" if number % 7 == 0 else "quick", number) for number in range(200)]
    with Workers(act, 3) as workers:
        assert list(workers.map(tasks)) == [(task, task[1] * 2) for task in tasks]
        # The same workers take the next lot.
        assert list(workers.map([])) == []
        assert list(workers.map(tasks[:1])) == [(tasks[0], 0)]


@pytest.mark.parametrize(
    ("what", "reason", "detail"),
    [
        ("sleep", "timed out", "after 1 seconds"),
        ("stuck", "timed out", "after 1 seconds"),
        ("crash", "crashed", "SIGSEGV"),
        ("exit", "crashed", "exit status 3"),
        ("memory", "out of memory", "1536 MiB"),
    ],
)
def test_what_goes_wrong_costs_its_own_task(what: str, reason: str, detail: str) -> None:
    tasks = [("quick", number) for number in range(20)]
    tasks[5] = (what, 5)
    with Workers(act, 2, seconds=1) as workers:
        results = dict(workers.map(tasks))
    failure = results.pop((what, 5))
    assert isinstance(failure, Failure)
    assert failure.reason == reason
    assert detail in failure.detail
    assert results == {task: task[1] * 2 for task in tasks if task[0] == "quick"}


@given(
    st.lists(st.sampled_from(["quick", "crash", "exit", "slow"]), max_size=12), st.integers(1, 3)
)
@settings(max_examples=15)
def test_every_task_has_one_result_in_its_place(kinds: list[str], count: int) -> None:
    tasks = [(kind, number) for number, kind in enumerate(kinds)]
    with Workers(act, count) as workers:
        found = list(workers.map(tasks))
    assert [task for task, _ in found] == tasks
    for (kind, number), result in found:
        assert isinstance(result, Failure) if kind in ("crash", "exit") else result == number * 2


def test_tasks_are_not_taken_far_ahead() -> None:
    taken = 0

    def tasks() -> object:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield ("quick", number)

    with Workers(act, 1) as workers:
        results = workers.map(tasks())  # type: ignore[arg-type]
        for _ in range(10):
            next(results)
        assert taken <= 10 + 2 * 32


def test_results_of_a_lot_given_up_do_not_turn_up_in_the_next() -> None:
    with Workers(act, 2) as workers:
        for stop in range(5):
            begun = workers.map([("slow", 1_000 + number) for number in range(20)])
            for _ in range(stop):
                next(begun)
            begun.close()  # type: ignore[attr-defined]
            tasks = [("quick", number) for number in range(10)]
            assert list(workers.map(tasks)) == [(task, task[1] * 2) for task in tasks]


def test_workers_end_with_their_parent() -> None:
    script = (
        "import multiprocessing, sys\n"
        "from indexer.workers import Workers\n"
        "from tests_workers import act\n"
        "def tasks():\n"
        "    yield ('quick', 1)\n"
        "    yield ('sleep', 2)\n"
        "with Workers(act, 1, seconds=2) as workers:\n"
        "    results = workers.map(tasks())\n"
        "    next(results)\n"
        "    print(workers._workers[0].process.pid, flush=True)\n"
        "    next(results)\n"
    )
    script = script.replace("from tests_workers import act", "from test_indexer_workers import act")
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    end = time.monotonic() + 20
    while Path(f"/proc/{worker}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


def test_nothing_is_imported_from_the_current_folder(tmp_path: Path) -> None:
    here, script = tmp_path / "here", tmp_path / "script.py"
    here.mkdir()
    for name in ("random", "indexer", "math", "multiprocessing", "struct"):
        (here / f"{name}.py").write_text(f"open('proof-{name}', 'w')\nraise SystemExit(3)\n")
    script.write_text(
        "import cmath\nfrom indexer.workers import Workers\n"
        "if __name__ == '__main__':\n"
        "    with Workers(cmath.sqrt, 1) as workers:\n"
        "        print(list(workers.map([4.0])))\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    command = [sys.executable, str(script)]
    found = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (found.stdout, found.stderr) == ("[(4.0, (2+0j))]\n", "")
    assert list(here.glob("proof-*")) == []


def test_a_script_needs_no_guard_and_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "build.py"
    script.write_text(
        "import os\n"
        "from indexer.workers import Workers\n"
        "print('once')\n"
        "with Workers(os.path.basename, 2) as workers:\n"
        "    print([result for _, result in workers.map(['a/b', 'c/d', 'e/f'])])\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "once\n['b', 'd', 'f']\n"), ran.stderr


def test_workers_find_what_they_need_loaded() -> None:
    with Workers(is_warm, 2) as workers:
        assert [result for _, result in workers.map(range(4))] == [True] * 4


def is_warm(_: int) -> bool:
    from indexer import language

    return language._identifier.cache_info().currsize == 1
