"""Reading pages: the score on the labelled pages, pages a second per format, memory, and cost by page size.

Everything runs in one process; times are its processor time, so that they do not depend on what else the machine does.
"""

from __future__ import annotations

import csv
import functools
import gc
import importlib.util
import random
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from codegen.commands.extract import names
from codegen.extract import extract
from codegen.pages.page import MAX_BYTES
from codegen.phrases.table import KEYWORD_PHRASES, RULE_PHRASES
from specs.errors import PageError

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
LABELS = ROOT / "tests" / "corpus" / "labels"
TUNED = frozenset(
    ["novita", "ppio", "kie", "aimlapi", "jiekou", "myrouter", "mulerouter", "z-up-com+mintlify-docs", "kling-official"]
)
"""Providers with whose pages in view patterns were written."""
CLOSED = ("mintlify-paramfield", "openapi", "md-embedded", "llms-txt")
"""Beginnings of the formats that name every field in a syntax of its own; tables and texts are the others."""
GOALS = {"tagged": 300, "yaml": 25, "other": 60}
"""Pages a second that issue 3 asks for."""
ROUNDS = 2
COPIES = (1, 10, 100)

Row = Mapping[str, str]


def main() -> None:
    """Print the tables; one line where the shared corpus is not there."""
    if not (SHARED / "corpus" / "INDEX.tsv").exists():
        print("extract: skipped, there is no corpus in ../shared")
        return
    with (SHARED / "corpus" / "INDEX.tsv").open(encoding="utf-8") as lines:
        index = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    print_scores(index)
    print_speed(index)
    print_growth(index)


def print_scores(index: list[dict[str, str]]) -> None:
    """Score the labelled pages with the shared scorer, by cell of issue 3's table."""
    tool = _scorer()
    truth = tool.Truth(LABELS)
    rows = {row["file"]: row for row in index}
    results = {file: _scored(tool, truth, file) for file in tool.chosen(truth, list(tool.KINDS), None)}

    def total(side: Callable[[Row], bool], cell: Callable[[Row], bool]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for file, result in results.items():
            if side(rows[file]) and cell(rows[file]):
                tool.merge(found, result)
        return found

    sides: dict[str, Callable[[Row], bool]] = {
        "all": _any,
        "tuned": lambda row: row["provider"] in TUNED,
        "held out": lambda row: row["provider"] not in TUNED,
    }
    print(f"{len(results)} labelled pages; per cent, precision / recall\n")
    print(
        "| | goal | " + " | ".join(f"{n} ({sum(map(c, (rows[f] for f in results)))} pages)" for n, c in sides.items())
    )
    print("|---|---|---|---|---|")
    for title, goal, kind, narrow in _CELLS:
        shown = [_cell(total(side, narrow).get(kind)) for side in sides.values()]
        print(f"| {title} | {goal} | " + " | ".join(shown) + " |")
    print()


def _any(_: Row) -> bool:
    return True


def _closed(row: Row) -> bool:
    return row["format"].startswith(CLOSED)


_CELLS: tuple[tuple[str, str, str, Callable[[Row], bool]], ...] = (
    ("fields, tagged, OpenAPI, cards", "99.5 / 99", "fields", _closed),
    ("fields, tables, rendered, text", "98 / 97", "fields", lambda row: not _closed(row)),
    ("type", "99", "type", _any),
    ("required", "99", "required", _any),
    ("default", "99", "default", _any),
    ("constraints, English", "97 / 93", "scalars", lambda row: row["lang"] == "en"),
    ("constraints, Chinese", "97 / 88", "scalars", lambda row: row["lang"] == "zh"),
    ("constraints, Russian", "-", "scalars", lambda row: row["lang"] == "ru"),
    ("rules, English, strict", "95 / 85", "rules", lambda row: row["lang"] == "en"),
    ("rules, Chinese, strict", "95 / 75", "rules", lambda row: row["lang"] == "zh"),
    ("missed rules in `unread`", "90", "unread", _any),
)


def _cell(found: Any) -> str:
    """Write a count of the scorer, or a share of it; a dash where nothing is labelled."""
    if found is None:
        return "–"
    if hasattr(found, "right"):
        return f"{100 * found.value:.1f} ({found.right}/{found.all})" if found.all else "–"
    shown = ["–" if part is None else f"{100 * part:.1f}" for part in (found.precision, found.recall)]
    return f"{shown[0]} / {shown[1]} ({found.tp}+{found.fp}−{found.fn})"


def _scored(tool: ModuleType, truth: Any, file: str) -> dict[str, Any]:
    try:
        output = extract((SHARED / "corpus" / file).read_bytes(), _NAMES, file).as_json()
    except PageError:
        output = None
    result: dict[str, Any] = tool.score(truth, list(tool.KINDS), file, output)
    return result


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_extract", SHARED / "tools" / "score_extract.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SHARED / "tools" / "score_extract.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_extract"] = module
    spec.loader.exec_module(module)
    return module


def print_speed(index: list[dict[str, str]]) -> None:
    """Read every page of the corpus once a round, in a random order, with nothing remembered from the round before."""
    pages = [(row["format"], (SHARED / "corpus" / row["file"]).read_bytes()) for row in index]
    random.Random(3).shuffle(pages)
    for phrase in (*KEYWORD_PHRASES, *RULE_PHRASES):
        _ = phrase.pattern.regex
    spent: dict[str, list[float]] = {}
    sizes: dict[str, list[int]] = {}
    resident = []
    for number in range(ROUNDS):
        _forget()
        for at, (form, data) in enumerate(pages):
            spent.setdefault(form, [0.0] * ROUNDS)[number] += _cost(data)
            if number == 0:
                sizes.setdefault(form, []).append(len(data))
            if at + 1 in (100, 300, len(pages)):
                resident.append(f"{_resident():.0f}")
    print("| format | pages | kB a page | pages a second | goal | MB a second |\n|---|---|---|---|---|---|")
    for form, costs in sorted(spent.items()):
        kind = "tagged" if form.startswith("mintlify-paramfield") else "yaml" if "yaml" in form else "other"
        count, size, best = len(sizes[form]), sum(sizes[form]), min(costs)
        rates = f"{count / best:.0f} | {GOALS[kind]} | {size / best / 1e6:.2f}"
        print(f"| {form} | {count} | {size / count / 1000:.1f} | {rates} |")
    places = f"100, 300 and {len(pages)} pages"
    print(f"\nMB at most after {places} of each of {ROUNDS} rounds: {', '.join(resident)}\n")


def print_growth(index: list[dict[str, str]]) -> None:
    """Read one page of each format that can be repeated, 1, 10 and 100 times over."""
    print(f"| one page, repeated | {' | '.join(f'{n} times, ms a copy' for n in COPIES)} |\n|---|---|---|---|")
    for form in sorted({row["format"] for row in index}):
        if "openapi" in form or form == "markdown-guide":
            continue
        sized = sorted((int(row["bytes"]), row["file"]) for row in index if row["format"] == form)
        data = (SHARED / "corpus" / sized[len(sized) // 2][1]).read_bytes()
        shown = []
        for copies in COPIES:
            _forget()
            page = (data + b"\n\n") * copies
            shown.append(f"{_cost(page) / copies * 1000:.2f}" if len(page) <= MAX_BYTES else "too large")
        print(f"| {form} | {' | '.join(shown)} |")
    print()


def _cost(data: bytes) -> float:
    """Return the processor seconds that reading a page takes, refusals included."""
    start = time.process_time()
    with suppress(PageError):  # a guide, an error list: the refusal is what is measured then
        extract(data, _NAMES)
    return time.process_time() - start


def _forget() -> None:
    """Empty what the readers remember of texts they have seen."""
    for each in _remembering(gc.get_objects()):
        each.cache_clear()


def _remembering(objects: Iterable[object]) -> list[Any]:
    kind = type(functools.lru_cache(_forget))
    return [each for each in objects if isinstance(each, kind) and each.__module__.startswith("codegen")]


def _resident() -> float:
    """Return the most memory that the process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


_NAMES = names([])
