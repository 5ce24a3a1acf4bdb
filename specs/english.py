"""Contracts in English: limits, conditions and rules as a person would say them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from specs import pointers
from specs.rules.formula import ABSENT, Lookup
from specs.rules.model import Condition, Every, Is, Rule

_COMPARED = {
    "==": "must equal", "!=": "must differ from", "<": "must be less than", "<=": "must not exceed",
    ">": "must be greater than", ">=": "must be at least",
}  # fmt: skip
_BOUNDS = {
    "minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}", "multipleOf": "a multiple of {}", "minLength": "at least {} characters",
    "maxLength": "at most {} characters", "minItems": "at least {} items", "maxItems": "at most {} items",
    "pattern": "matching {}", "format": "as {}",
}  # fmt: skip
_FORMATS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "gif": "GIF",
    "mp4": "MP4",
    "mov": "MOV",
    "mp3": "MP3",
    "wav": "WAV",
}
_ENCODINGS = {"url": "URL", "base64": "Base64 without a data: prefix", "data-uri": "data URI"}


def listing(parts: Iterable[str], word: str = "and") -> str:
    """Join as English does: `a`, `a and b`, `a, b and c`; nothing where there is none."""
    *head, last = list(parts) or [""]
    return f"{', '.join(head)} {word} {last}" if head else last


def code(pointer: str) -> str:
    """Return the field's name as code."""
    return f"`{pointers.name(pointer)}`"


def value(given: Any) -> str:
    """Return a value as JSON writes it; strings bare."""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def limits(schema: Mapping[str, Any]) -> list[str]:
    """Return the limits of one value as phrases, such as `3 to 15` or `at most 2500 characters`."""
    rest = dict(schema)
    found: list[str] = []
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        if low in rest and high in rest:
            one, other = rest.pop(low), rest.pop(high)
            found.append(f"{value(one)}{unit}" if one == other else f"{value(one)} to {value(other)}{unit}")
    if "minimum" in schema and "maximum" in schema and _is_span(rest.get("enum"), schema["minimum"], schema["maximum"]):
        del rest["enum"]
    if "enum" in rest:
        found.append("one of " + listing(map(value, rest["enum"]), "or") if rest["enum"] else "no value")
    elif "const" in rest:
        found.append(value(rest["const"]))
    found += [_singular(text.format(value(rest[keyword]))) for keyword, text in _BOUNDS.items() if keyword in rest]
    if rest.get("uniqueItems"):
        found.append("no item twice")
    return [*found, *media(rest.get("x-media") or {})]


def sentence(words: str, schema: Mapping[str, Any]) -> str:
    """Return what a field is and takes, such as `Length in seconds: 3 to 15; default 5.`."""
    stated = limits({keyword: limit for keyword, limit in schema.items() if keyword != "format"})
    if schema.get("default") is not None:
        stated.append(f"default {value(schema['default'])}")
    if schema.get("deprecated"):
        stated.append("deprecated")
    head = words.strip().rstrip(".")
    return f"{head}: {'; '.join(stated)}." if stated else f"{head}."


def _is_span(values: Any, low: Any, high: Any) -> bool:
    """Tell whether the values are every integer from low to high, which the range has said already."""
    return isinstance(values, list) and isinstance(low, int) and values == list(range(low, int(high) + 1))


def _singular(text: str) -> str:
    return text[:-1] if text.endswith((" 1 characters", " 1 items")) else text


def media(x_media: Mapping[str, Any]) -> list[str]:
    """Return the limits of a file as phrases."""
    found = []
    if encodings := x_media.get("encodings"):
        found.append(listing((_ENCODINGS.get(e, e) for e in encodings), "or"))
    if formats := x_media.get("formats"):
        found.append(listing((_FORMATS.get(f, f.upper()) for f in formats), "or"))
    if (size := x_media.get("maxBytes")) is not None:
        found.append(f"at most {_bytes(size)}")
    for bound, side in (("min", "at least"), ("max", "at most")):
        width, height = x_media.get(f"{bound}Width"), x_media.get(f"{bound}Height")
        if width is not None and width == height:
            found.append(f"{side} {width} px per side")
        else:
            found += [f"{side} {n} px {name}" for n, name in ((width, "wide"), (height, "high")) if n is not None]
    low, high = x_media.get("minAspectRatio"), x_media.get("maxAspectRatio")
    if low is not None and high is not None:
        found.append(f"aspect ratio {_ratio(low)} to {_ratio(high)}")
    for name, text in (("minDuration", "at least {} s long"), ("maxDuration", "at most {} s long")):
        if name in x_media:
            found.append(text.format(value(x_media[name])))
    return found


def _bytes(size: int) -> str:
    for unit, factor in (("MB", 1 << 20), ("MB", 10**6), ("KB", 1 << 10), ("KB", 10**3)):
        if size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size} bytes"


def _ratio(ratio: float) -> str:
    return f"{ratio:g}:1" if ratio >= 1 else f"1:{1 / ratio:g}"


def condition(when: Condition) -> str:
    """Return the condition: "`multi_shot` is true and `shot_type` is customize"."""
    if isinstance(when, Is):
        return _is(when)
    return listing(map(_is, when.parts), "and" if isinstance(when, Every) else "or")


def _is(part: Is) -> str:
    verb = "is not" if part.negated else "is"
    if part.state == "value":
        return f"{code(part.field)} {verb} {listing(map(value, part.values), 'or')}"
    given = (part.state == "present") != part.negated
    return f"{code(part.field)} is {'given' if given else 'absent'}"


def message(rule: Rule, lookup: Lookup) -> str:
    """Return the rule as one sentence."""
    when = f" when {condition(rule.when)}" if rule.when is not None else ""
    names = [code(pointer) for pointer in rule.fields]
    if rule.kind == "at_most_one":
        joint = (
            f"{listing(names)} cannot be used together"
            if len(names) == 2
            else f"At most one of {listing(names)} can be used"
        )
        return f"{joint}{when}."
    if rule.kind in ("exactly_one", "at_least_one"):
        count = "Exactly" if rule.kind == "exactly_one" else "At least"
        return f"{count} one of {listing(names)} must be given{when}."
    if rule.kind == "all_or_none":
        return f"{listing(names)} must be given together or not at all{when}."
    if rule.kind == "sum":
        default = lookup(rule.fields[0]).default
        absent = "" if default is ABSENT else f" (an absent one counts as {value(default)})"
        total = code(rule.total or "") + _standing(rule, lookup)
        return f"The sum of {names[0]}{absent} {_COMPARED[rule.op or '==']} {total}{when}."
    if rule.kind == "compare":
        return f"{names[0]} {_COMPARED[rule.op or '==']} {names[1]}{when}."
    if rule.kind == "refers_to":
        return f"Every place that {names[0]} mentions must exist in {names[1]}."
    verb = {
        "required_if": "is required", "forbidden_if": "cannot be used", "ignored_if": "has no effect",
        "values_if": "must be " + listing(limits(rule.schema or {})) if rule.schema else "",
    }[rule.kind]  # fmt: skip
    return f"{names[0]} {verb}{when}."


def _standing(rule: Rule, lookup: Lookup) -> str:
    default = lookup(rule.total or "").default
    return "" if default is ABSENT else f" ({value(default)} when absent)"


def allowed(rule: Rule) -> str:
    """Return what the rule would accept, in a few words."""
    names = [code(pointer) for pointer in rule.fields]
    if rule.kind == "sum":
        return f"a sum {rule.op} {code(rule.total or '')}"
    if rule.kind == "compare":
        return f"{names[0]} {rule.op} {names[1]}"
    if rule.kind == "refers_to":
        return f"places that exist in {names[1]}"
    if rule.kind == "values_if":
        return listing(limits(rule.schema or {}))
    return {
        "at_most_one": f"at most one of {listing(names)}", "exactly_one": f"exactly one of {listing(names)}",
        "at_least_one": f"one or more of {listing(names)}", "all_or_none": f"{listing(names)} together, or none",
        "required_if": f"{names[0]} given", "forbidden_if": f"{names[0]} left out",
        "ignored_if": f"{names[0]} left out",
    }[rule.kind]  # fmt: skip


def refusal(keyword: str, limit: Any) -> str:
    """Return what a value that breaks the keyword must be: `must be at most 15`."""
    if keyword == "type":
        return "must be " + listing(limit if isinstance(limit, list) else [limit], "or")
    if keyword == "required":
        return "is required"
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        return "is not a parameter of this operation"
    return "must be " + listing(limits({keyword: limit}) or [f"{keyword} {value(limit)}"])
