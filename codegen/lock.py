"""pages.lock: what was read when, and what a spec was made from, so that a change is seen and its cause told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codegen.facts import Facts
from specs import yaml12
from specs.errors import SpecError

HEAD = "# Written by `reelspec sync`: which bytes of which page the spec was made from, and since when they are so.\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One page as it was read: `changed` is when its bytes were first seen, `parameters` how many it documents.

    `ending` is the checksum of its last line: one that was cut off ends otherwise. `unread` names the sentences that
    were not understood, and what is said in different ways, as line and checksum: the prose itself is not ours to keep.
    `server`, `signing` and `others` are what a page says around its operation: its base address, the ways to sign that
    it shows, operations that pages.toml does not list. They decide no spec; a person has to look when they change.
    """

    address: str
    sha256: str
    changed: str
    parameters: int
    ending: str = ""
    unread: tuple[str, ...] = ()
    server: str = ""
    signing: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the entry as the file has it; an empty list is left out."""
        row = {"address": self.address, "sha256": self.sha256, "changed": self.changed, "parameters": self.parameters,
               "ending": self.ending, "server": self.server, "signing": list(self.signing), "others": list(self.others),
               "unread": list(self.unread)}  # fmt: skip
        return {name: value for name, value in row.items() if value not in ("", [])}


@dataclass(frozen=True, slots=True)
class Lock:
    """All pages of a provider by key, and checksums of what else its spec is made from, and of the spec.

    `extractor` is that of the code that reads pages, `decisions` that of pages.toml and the overlays. `overrides` are
    checksums of what overlays say otherwise than the pages; None in a file of before they were kept.
    """

    extractor: str
    decisions: str
    spec: str
    pages: Mapping[str, Entry]
    overrides: tuple[str, ...] | None = ()

    def text(self) -> str:
        """Return the file."""
        pages = {key: entry.as_json() for key, entry in self.pages.items()}
        made = {"extractor": self.extractor, "decisions": self.decisions, "spec": self.spec}
        return HEAD + yaml12.dumps({**made, "overrides": list(self.overrides or ()), "pages": pages})


def checksum(*parts: bytes) -> str:
    """Return a checksum of bytes, as short as the file has them."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()[:12]


def ending(data: bytes) -> str:
    """Return the checksum of a page's last line that has something on it."""
    return checksum(data.rstrip().rpartition(b"\n")[2].strip())


def load(path: Path) -> Lock:
    """Read a pages.lock; one that is not there yet is empty. Raises SpecError for what is none."""
    if not path.exists():
        return Lock("", "", "", {})
    document = yaml12.load(path)
    try:
        pages = {key: _entry(row) for key, row in document["pages"].items()}
        extractor, decisions, spec = (str(document.get(name, "")) for name in ("extractor", "decisions", "spec"))
        overrides = tuple(map(str, document["overrides"])) if "overrides" in document else None
        return Lock(extractor, decisions, spec, pages, overrides)
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise SpecError(
            str(path), f"is no pages.lock: {problem!r}", "delete it; the next sync writes it anew"
        ) from None


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        address=str(row["address"]), sha256=str(row["sha256"]), changed=str(row["changed"]),
        parameters=int(row["parameters"]), ending=str(row.get("ending", "")),
        unread=tuple(map(str, row.get("unread", ()))), server=str(row.get("server", "")),
        signing=tuple(map(str, row.get("signing", ()))), others=tuple(map(str, row.get("others", ()))),
    )  # fmt: skip


def unread(facts: Facts) -> tuple[str, ...]:
    """Return line and checksum of each sentence that was not understood, and of what is said in different ways."""
    return tuple(f"{row.line}:{hashlib.sha256(row.text.encode()).hexdigest()[:12]}" for row in facts.doubts)
