"""What overlay actions say otherwise than the pages: that was decided, but the pages may say another thing since.

A sync keeps a checksum of each such statement in pages.lock, so that one which is new is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codegen import overlay
from codegen.lint.decisions import Step
from codegen.lock import checksum
from specs import pointers
from specs.checks import Source

_HOLDERS = ("components", "schemas", "properties")
_LONGEST = 80
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a page states at `pointer` and an action removes or replaces; `place` is the action's."""

    place: Source
    source: Source
    pointer: str
    value: Any

    @property
    def checksum(self) -> str:
        """What pages.lock has of it: the same as long as action and statement are, on whatever line it stands."""
        return checksum(
            str(self.place).encode(), self.pointer.encode(), json.dumps(self.value, sort_keys=True).encode()
        )

    def __str__(self) -> str:
        said = json.dumps(self.value, ensure_ascii=False)
        shown = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
        names = [name for name in pointers.split(self.pointer) if name not in _HOLDERS]
        return (
            f"{self.place}: overrides what {self.source} says by now: `{pointers.name(pointers.join(*names))}` {shown}"
        )


def overrides(steps: Iterable[Step]) -> tuple[Override, ...]:
    """Return all that the actions say otherwise than the pages."""
    return tuple(
        Override(step.place, Source(source["page"], source.get("line")), pointer, _bare(value))
        for step in steps
        for source, pointer, value in _lost(step.before, step.after)
        if source is not None
    )


Lost = tuple[Mapping[str, Any] | None, str, Any]
"""The source of a statement that is gone, its pointer without the numbers of items, and the statement."""


def _lost(before: Any, after: Any, source: Mapping[str, Any] | None = None, at: str = "") -> Iterator[Lost]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _lost_members(before, after, _page(before) or source, at)
    elif not (isinstance(before, list) and isinstance(after, list)):
        yield _page(before) or source, at, before
    elif len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _lost(one, other, source, f"{at}/*")
    else:
        yield from ((_page(item) or source, f"{at}/*", item) for item in before if item not in after)


def _lost_members(
    before: Mapping[str, Any], after: Mapping[str, Any], source: Mapping[str, Any] | None, at: str
) -> Iterator[Lost]:
    for name, value in before.items():
        here = at + pointers.join(name)
        if not at.endswith("/properties") and not _stated(name, before):
            continue
        if name in before.get("x-decided", ()):
            continue  # an earlier action says it, not the page
        if name == "required" and isinstance(value, list):
            for member in sorted({*value} - {*after.get(name, ())}):
                yield _page(before.get("properties", {}).get(member)) or source, here, member
        elif name in after:
            yield from _lost(value, after[name], source, here)
        else:
            yield _page(value) or source, here, value


def _stated(name: str, holder: Mapping[str, Any]) -> bool:
    """Tell whether the keyword states something of requests or answers; of a rule, all but its name and origin does."""
    if holder.keys() >= overlay.RULE:
        return name != "id" and name not in overlay.TOLD
    return name == "x-rules" or overlay.says(name)


def _page(node: Any) -> Mapping[str, Any] | None:
    """Return the page and line that a node was read from; what an operation holds was not read where that begins."""
    if not isinstance(node, Mapping) or "operationId" in node:
        return None
    source = node.get("source" if node.keys() >= overlay.RULE else "x-source")
    return source if isinstance(source, Mapping) and "page" in source else None


def _bare(value: Any) -> Any:
    """Return the value without the lines it stands on."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {name: _bare(member) for name, member in value.items() if name not in ("x-source", "source")}
