"""Values written as text: attributes, table cells, flags like `default:5`."""

from __future__ import annotations

import json
import re

from codegen.facts import MISSING, Json, _Missing

_INTEGER = re.compile(r"[-+]?\d{1,300}\Z")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\Z")
_TRUE, _FALSE = {"true", "yes", "1", "是", "必填", "必须"}, {"false", "no", "0", "否", "可选"}


def literal(text: str) -> Json:
    """Return the value of an expression in braces: JSON where it is JSON, else the text without its quotes."""
    text = text.strip()
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'`":
            return text[1:-1]
        return text


def typed(text: str, kind: str | tuple[str, ...] | None) -> Json | _Missing:
    """Return what a text means for a field of this type; MISSING where it cannot be a value of it."""
    text = text.strip()
    kinds = (kind,) if isinstance(kind, str) or kind is None else kind
    bare = text if "string" in kinds else unquoted(text)
    lowered = bare.lower()
    if lowered in ("null", "none", "nil") and ("string" not in kinds or "null" in kinds):
        return None
    if "boolean" in kinds and lowered in ("true", "false"):
        return lowered == "true"
    if "integer" in kinds and _INTEGER.match(bare):
        return int(bare)
    if {"integer", "number"} & set(kinds) and _NUMBER.match(bare):
        return int(bare) if _INTEGER.match(bare) else float(bare)
    if {"array", "object"} & set(kinds) and bare[:1] in ("[", "{"):
        try:
            return json.loads(bare, parse_constant=str)
        except (ValueError, RecursionError):
            return MISSING
    if "string" in kinds:
        return unquoted(text)
    if kind is None:
        value = literal(text)
        return unquoted(value) if isinstance(value, str) else value
    return MISSING


def unquoted(text: str) -> str:
    """Return the text without a pair of quotes around all of it."""
    text = text.strip()
    if len(text) > 1 and (text[0], text[-1]) in (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”")):
        return text[1:-1]
    return text


def truth(text: str) -> bool | None:
    """Return what a yes-or-no attribute says, None where it says neither."""
    lowered = text.strip().lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else None
