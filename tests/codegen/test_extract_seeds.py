"""The facts of the five seed pages, reviewed line by line against the pages, and what goes with them.

A golden file holds facts alone: of what was not understood it keeps the lines, never the text.
REELSPEC_GOLDEN=write writes them anew; review the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from codegen.commands.extract import names
from codegen.extract import extract

GOLDEN = Path(__file__).parent.parent / "golden" / "facts"
SEEDS = (
    "000_683811b7f418c299",
    "001_4baba4e7f37e5251",
    "002_d12e0e876798d503",
    "003_c002ea2e2b2d53ff",
    "004_a576af9d0a925508",
)


def facts_of(path: Path) -> dict[str, Any]:
    found = extract(path.read_bytes(), names([]), path.name).as_json()
    found["unread"] = [row["line"] for row in found["unread"]]
    return found


@pytest.mark.corpus
@pytest.mark.parametrize("seed", SEEDS)
def test_golden_facts(shared: Path, seed: str) -> None:
    found = facts_of(shared / "seeds" / f"{seed}.txt")
    golden = GOLDEN / f"{seed}.json"
    if os.environ.get("REELSPEC_GOLDEN") == "write":
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.corpus
def test_a_copy_of_a_nameless_page_is_known_by_its_content(shared: Path) -> None:
    page = shared / "corpus" / "mulerouter" / "kling-v3-image-to-video.txt"
    found = extract(page.read_bytes(), names([]), "a copy under another name")
    assert [field.pointer for field in found.operations[0].fields][:2] == ["/first_frame", "/last_frame"]


@pytest.mark.corpus
def test_without_names_a_nameless_page_says_so_and_invents_none(shared: Path) -> None:
    found = extract((shared / "seeds" / "004_a576af9d0a925508.txt").read_bytes())
    assert found.operations[0].fields == ()
    assert any("names no fields" in row.text for row in found.unread)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_golden_file_holds_prose(seed: str) -> None:
    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [t for inner in value.values() for t in texts(inner)]
        if isinstance(value, list):
            return [t for inner in value for t in texts(inner)]
        return [value] if isinstance(value, str) else []

    document = json.loads((GOLDEN / f"{seed}.json").read_text(encoding="utf-8"))
    del document["page"]["title"]
    assert all(len(text.split()) < 4 for text in texts(document))
