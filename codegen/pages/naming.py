"""The `[[page]]` tables of a provider's pages.toml: which pages it has, and what a page itself does not say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from codegen import pagelist
from codegen.facts import MISSING, Location
from codegen.pages.blocks import FieldName, PageNames
from specs.errors import SpecError


def load(path: Path) -> tuple[PageNames, ...]:
    """Return a pages.toml's entries that have a `sha256`. Raises SpecError naming the file and the entry."""
    document = pagelist.read(path)
    pages = document.get("page", [])
    if not isinstance(pages, list):
        raise SpecError(str(path), "`page` is no list of tables", "write [[page]]")
    return tuple(_entry(page, f"{path}#page[{at}]") for at, page in enumerate(pages) if "sha256" in page)


def _entry(page: Mapping[str, Any], place: str) -> PageNames:
    method, _, route = _text(page, "operation", place, "").partition(" ")
    names = page.get("names", [])
    if not isinstance(names, list):
        raise SpecError(place, "`names` is no list of tables", "write [[page.names]]")
    return PageNames(
        address=_text(page, "address", place, ""),
        sha256=_text(page, "sha256", place),
        method=method or None,
        path=route or None,
        server=_text(page, "server", place, "") or None,
        names=tuple(_name(name, f"{place}.names[{at}]") for at, name in enumerate(names)),
    )


def _name(table: Mapping[str, Any], place: str) -> FieldName:
    location = _text(table, "in", place, "body")
    if location not in get_args(Location):
        raise SpecError(place, f"`in` is {location!r}", f"one of {', '.join(get_args(Location))}")
    kind = table.get("type")
    required, line = table.get("required"), table.get("line")
    if not isinstance(line, int) or not (required is None or isinstance(required, bool)):
        raise SpecError(place, "`line` is no integer or `required` no boolean", "mend the entry")
    if not (
        kind is None or isinstance(kind, str) or (isinstance(kind, list) and all(isinstance(k, str) for k in kind))
    ):
        raise SpecError(place, "`type` is neither a type nor a list of types", "write a JSON Schema type")
    return FieldName(
        pointer=_text(table, "pointer", place),
        type=tuple(kind) if isinstance(kind, list) else kind,
        required=required,
        line=line,
        location=location,  # type: ignore[arg-type]
        default=table.get("default", MISSING),
    )


def _text(table: Mapping[str, Any], key: str, place: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise SpecError(place, f"`{key}` is {'missing' if value is None else 'no text'}", f"give {key} as a text")
    return value
