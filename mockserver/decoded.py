"""Bodies as values: JSON that nests deeper than any documented body is none, since it could not be written again."""

from __future__ import annotations

from typing import Any, Final

import orjson

DEEPEST: Final = 64
"""Levels of lists and objects in a body that is read; orjson reads 1,024 of them, but writes 254."""


def loads(body: bytes) -> Any:
    """Return the value of a body. Raises orjson.JSONDecodeError, also for one that is nested too deep."""
    value = orjson.loads(body)
    check_depth(body, value)
    return value


def check_depth(body: bytes, value: Any) -> None:
    """Raise orjson.JSONDecodeError for a body that is nested too deep; only one of many brackets is looked through."""
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deep(value):
        raise orjson.JSONDecodeError(f"nested more than {DEEPEST} levels deep", "", 0)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [one for one in level if isinstance(one, (dict, list))]
        if not level:
            return False
        level = [member for one in level for member in (one.values() if isinstance(one, dict) else one)]
    return True
