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
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specs.errors import SpecError

_KEYS = ("title", "version", "servers", "overlays", "package", "index", "page")
_PAGE_KEYS = ("key", "address", "alternatives", "file", "operation", "id", "status", "stands_in",
              "format", "sha256", "server", "names")  # fmt: skip
"""The last four are read by `codegen.pages.naming`."""
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_METHOD = re.compile(r"[A-Z]+")


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
    document, place = read(path), str(path)
    _known(document, _KEYS, place)
    pages = document.get("page", [])
    if not isinstance(pages, list) or not pages or not all(isinstance(page, dict) for page in pages):
        raise SpecError(place, "lists no page", "write a [[page]] table for each")
    entries = tuple(_entry(page, f"{path}#page[{number}]") for number, page in enumerate(pages))
    _refuse_doubles(entries, path)
    return PageList(
        provider=path.parent.name,
        title=_text(document, "title", place),
        version=_text(document, "version", place),
        package=_optional(document, "package", place),
        servers=_addresses(document, "servers", place),
        overlays=tuple(_overlay(path.parent / name, place) for name in _texts(document, "overlays", place)),
        pages=entries,
        index=_optional(document, "index", place),
    )


def read(path: Path) -> dict[str, Any]:
    """Return the file's tables. Raises SpecError where it is missing or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(str(path), "there is no such file", "list the provider's pages in it") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SpecError(str(path), f"not readable as TOML: {problem}", "mend the file") from problem


def _known(table: dict[str, Any], keys: Collection[str], place: str) -> None:
    for key in table:
        if key not in keys:
            from difflib import get_close_matches

            close = get_close_matches(key, keys, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(keys)}"
            raise SpecError(place, f"unknown key {key!r}", remedy)


def _refuse_doubles(entries: Iterable[PageEntry], path: Path) -> None:
    seen: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries):
        named = {"key": entry.key, "id": entry.operation_id, "operation": f"{entry.method} {entry.path}"}
        for name, value in named.items():
            first = seen.setdefault((name, value), number)
            if first != number:
                raise SpecError(f"{path}#page[{number}]", f"the {name} {value!r} is that of page[{first}], too",
                                "give each page its own")  # fmt: skip


def _entry(page: dict[str, Any], place: str) -> PageEntry:
    _known(page, _PAGE_KEYS, place)
    method, _, route = _text(page, "operation", place).partition(" ")
    if not route.startswith("/") or not _METHOD.fullmatch(method.upper()):
        raise SpecError(place, f"{page['operation']!r} is no operation", "write it as `POST /path`")
    operation_id = _text(page, "id", place)
    if not _ID.fullmatch(operation_id):
        raise SpecError(place, f"{operation_id!r} cannot name an operation", "use lower case letters, digits and _")
    status = page.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 299:
        raise SpecError(place, f"'status' is {status!r}, which no good answer has", "write a number, as in 202")
    return PageEntry(
        key=_text(page, "key", place),
        address=_text(page, "address", place),
        file=_text(page, "file", place),
        method=method.upper(),
        path=route,
        operation_id=operation_id,
        status=status,
        stands_in=_optional(page, "stands_in", place),
        alternatives=_addresses(page, "alternatives", place),
    )


def _overlay(path: Path, place: str) -> Path:
    if not path.is_file():
        raise SpecError(place, f"there is no overlay {path}", "write it, or take it out of 'overlays'")
    return path


def _text(table: dict[str, Any], key: str, place: str) -> str:
    if key not in table:
        raise SpecError(place, f"has no {key!r}", "add it; the head of codegen/pagelist.py says what it holds")
    value = table[key]
    if not isinstance(value, str) or not value:
        raise SpecError(place, f"{key!r} is no text", f'write {key} = "…"')
    return value


def _optional(table: dict[str, Any], key: str, place: str) -> str | None:
    return _text(table, key, place) if key in table else None


def _texts(table: dict[str, Any], key: str, place: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise SpecError(place, f"{key!r} is no list of texts", f'write {key} = ["…"]')
    return tuple(values)


def _addresses(table: dict[str, Any], key: str, place: str) -> tuple[str, ...]:
    found = _texts(table, key, place)
    for value in found:
        if not value.startswith(("http://", "https://")):
            raise SpecError(place, f"{value!r} in {key!r} is no address", "begin it with https://")
    return found
