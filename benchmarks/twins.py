"""Near copies: how many of the planted ones are found, how many others are taken for some.

    python -m benchmarks.twins             both halves, against pinned floors
    python -m benchmarks.twins --update    raises floors to what is measured
    python -m benchmarks.twins --misses N  shows N of each kind that went wrong, of the first half

The rules of `indexer.alike` were made with the first half of the papers, templates and amendments
in view; floors are pinned on the second half. Each pair goes through signatures, proposals and the
comparison of texts, together with all pairs of its kind. Lowering a floor takes --update
--allow-regression, and a word in the commit on why.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.planted import Pair, lookalikes, rewordings
from indexer.passages import copy_key
from indexer.signature import sign_all
from indexer.twins import Judge, cluster

FLOORS = Path(__file__).parent / "twins_floors.json"
FIRST, SECOND = 0, 1

Shares = dict[str, dict[str, float]]
"""Kind -> "pairs", "merged" (share in one group)."""


def main() -> None:
    """Measures both halves; compares the second with what is pinned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow-regression", action="store_true")
    parser.add_argument("--misses", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.allow_regression and not arguments.update:
        parser.error("--allow-regression only says what --update may do")
    if arguments.misses:
        show(arguments.misses)
        return
    for half in (FIRST, SECOND):
        found, false = shares(rewordings(half)), shares(lookalikes(half))
        print(f"half {half}: found {overall(found):.4f}, false {overall(false):.5f}")
        for kind, values in sorted({**found, **false}.items()):
            print(f"  {kind:28} {values['pairs']:6.0f} {values['merged']:.4f}")
    pinned = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    problems = compare(pinned, found, false)
    if arguments.update and (not problems or arguments.allow_regression):
        write(found, false)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems and not arguments.allow_regression else 0)


def shares(pairs: Iterable[Pair]) -> Shares:
    """How many pairs of each kind fall into one group."""
    of_kind: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        of_kind[pair.kind].append(pair)
    return {
        kind: {"pairs": len(each), "merged": round(float(np.mean(list(merged(each)))), 5)}
        for kind, each in sorted(of_kind.items())
    }


def merged(pairs: Sequence[Pair]) -> Iterator[bool]:
    """Whether each pair falls into one group, all of them clustered together."""
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.one, pair.other)))
    row_of = {text: row for row, text in enumerate(texts)}
    keys = np.frombuffer(b"".join(map(copy_key, texts)), dtype="V16")
    lengths = np.asarray([len(text) for text in texts])
    groups = cluster(sign_all(texts), keys, lengths, Judge(texts.__getitem__)).tolist()
    for pair in pairs:
        one = groups[row_of[pair.one]]
        yield one == groups[row_of[pair.other]] != 0


def overall(values: Shares) -> float:
    """The share of all pairs."""
    total = sum(each["pairs"] for each in values.values())
    return sum(each["pairs"] * each["merged"] for each in values.values()) / total


def compare(pinned: dict[str, dict[str, float]], found: Shares, false: Shares) -> list[str]:
    """What is worse than pinned: one line each."""
    problems = [
        f"{kind}: {found[kind]['merged']} found, the floor is {floor}"
        for kind, floor in pinned.get("found", {}).items()
        if found[kind]["merged"] < floor
    ]
    problems += [
        f"{kind}: {false[kind]['merged']} falsely merged, the ceiling is {ceiling}"
        for kind, ceiling in pinned.get("false", {}).items()
        if false[kind]["merged"] > ceiling
    ]
    return problems


def write(found: Shares, false: Shares) -> None:
    """Writes the file whole or not at all."""
    pinned = {
        name: {kind: each["merged"] for kind, each in values.items()}
        for name, values in (("found", found), ("false", false))
    }
    temporary = FLOORS.with_suffix(".tmp")
    temporary.write_text(json.dumps(pinned, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(FLOORS)


def show(most: int) -> None:
    """Prints pairs of the first half that went wrong."""
    for pairs, wanted in ((rewordings(FIRST), True), (lookalikes(FIRST), False)):
        of_kind: defaultdict[str, list[Pair]] = defaultdict(list)
        for pair in pairs:
            of_kind[pair.kind].append(pair)
        for kind, each in of_kind.items():
            outcomes = zip(each, merged(each), strict=True)
            wrong = [pair for pair, is_merged in outcomes if is_merged is not wanted]
            for pair in wrong[:most]:
                print(f"--- {kind} ({len(wrong)} of {len(each)})\n{pair.one}\n>>>\n{pair.other}\n")


if __name__ == "__main__":
    main()
