"""A provider's pages.toml: which pages its spec is made from, and what the assembler has to know of each.

title = "Kling v3.0 at novita.ai"
version = "1.0.0"                       # of the spec and of the client made from it
servers = ["https://api.novita.ai"]
overlays = ["overlay.yaml"]             # applied in this order; paths relative to this file
index = "https://…/llms.txt"            # optional: the site's list of its pages, for pages that moved

[[page]]
key = "kling-v3.0-pro-i2v"              # how sources name the page
address = "https://…"
alternatives = ["https://…"]            # optional: where else the same page is published
file = "seeds/002_….txt"                # a stored copy, below the folder given by --from
operation = "POST /v3/async/…"
id = "kling_v3_0_pro_i2v"               # the operationId; clients name the operation by it
status = 200                            # of the answer the page describes; 200 where absent
stands_in = "reason"                    # the page is another provider's; every fact becomes inferred
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specs.errors import SpecError

_KEYS = {"title", "version", "servers", "overlays", "package", "index", "page"}
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page: where it is published, where a copy lies, which operation it documents."""

    key: str
    address: str
    file: str
    method: str
    path: str
    operation_id: str
    status: int
    stands_in: str | None
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageList:
    """All that pages.toml says, apart from the names for pages without any (see `codegen.pages.naming`)."""

    provider: str
    title: str
    version: str
    package: str | None
    servers: tuple[str, ...]
    overlays: tuple[Path, ...]
    pages: tuple[PageEntry, ...]
    index: str | None = None


def load(path: Path) -> PageList:
    """Read a pages.toml. Raises SpecError naming the file and the entry."""
    document = read(path)
    if unknown := sorted(set(document) - _KEYS):
        raise SpecError(str(path), f"unknown key {unknown[0]!r}", f"known: {', '.join(sorted(_KEYS))}")
    return PageList(
        provider=path.parent.name,
        title=_text(document, "title", str(path)),
        version=_text(document, "version", str(path)),
        package=document.get("package"),
        servers=tuple(document.get("servers", [])),
        overlays=tuple(path.parent / name for name in document.get("overlays", [])),
        pages=tuple(_entry(page, f"{path}#page[{number}]") for number, page in enumerate(document.get("page", []))),
        index=document.get("index"),
    )


def read(path: Path) -> dict[str, Any]:
    """Return the file's tables. Raises SpecError where it is missing or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(str(path), "there is no such file", "list the provider's pages in it") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SpecError(str(path), f"not readable as TOML: {problem}", "mend the file") from problem


def _entry(page: dict[str, Any], place: str) -> PageEntry:
    method, _, route = _text(page, "operation", place).partition(" ")
    if not route.startswith("/"):
        raise SpecError(place, f"{page['operation']!r} is no operation", "write it as `POST /path`")
    operation_id = _text(page, "id", place)
    if not _ID.fullmatch(operation_id):
        raise SpecError(place, f"{operation_id!r} cannot name an operation", "use lower case letters, digits and _")
    return PageEntry(
        key=_text(page, "key", place),
        address=_text(page, "address", place),
        file=_text(page, "file", place),
        method=method.upper(),
        path=route,
        operation_id=operation_id,
        status=int(page.get("status", 200)),
        stands_in=page.get("stands_in"),
        alternatives=tuple(page.get("alternatives", ())),
    )


def _text(table: dict[str, Any], key: str, place: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise SpecError(place, f"has no {key!r}", "add it; the head of codegen/pagelist.py says what it holds")
    return value
