"""Reads a condition: `multi_shot is false or shot_type is intelligence` → CONDITION (DESIGN §4).

Works on marked text (`mentions.py`). A condition is read to its end or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from codegen.facts import Json
from codegen.phrases.condition_grammar import (
    ATOM_ALONE,
    ATOM_PRESENT,
    ATOM_SELF_PRESENT,
    ATOM_SELF_SWITCH,
    ATOM_SELF_VALUE,
    ATOM_SWITCH,
    ATOM_SWITCHED,
    ATOM_USING,
    ATOM_VALUE,
    CONNECT,
    ITEM,
    ITEM_SEP,
    NOT_VALUES,
    NUMBER,
)
from codegen.phrases.mentions import Marked
from codegen.phrases.scope import types_of
from codegen.phrases.statement import KnownField

Condition = Mapping[str, Json]


class _Reader:
    """A cursor over a condition."""

    def __init__(self, text: str, marked: Marked, subject: KnownField | None, last: KnownField | None) -> None:
        self.text, self.marked, self.subject, self.at = text, marked, subject, 0
        self.last = last
        self.last_not = False

    def atom(self) -> Condition | None:
        for pattern, make in (
            (ATOM_VALUE, self._value),
            (ATOM_PRESENT, self._present),
            (ATOM_SWITCH, self._switch),
            (ATOM_USING, self._using),
            (ATOM_SWITCHED, self._switched),
            (ATOM_SELF_VALUE, self._self_value),
            (ATOM_SELF_PRESENT, self._self_present),
            (ATOM_SELF_SWITCH, self._self_switch),
            (ATOM_ALONE, self._alone),
        ):
            if match := pattern.match(self.text, self.at):
                start, self.at = self.at, match.end()
                if (found := make(match)) is not None:
                    return found
                self.at = start
        return None

    def _fields(self, match: re.Match[str]) -> tuple[list[KnownField], bool]:
        fields = self.marked.fields(match["fields"])
        return fields, re.search(r"\bor\b|或|/", match["fields"]) is not None

    def _each(self, match: re.Match[str], is_: Json, negated: bool = False) -> Condition | None:
        fields, any_ = self._fields(match)
        if not fields:
            return None
        parts: list[Condition] = []
        for field in fields:
            part: dict[str, Json] = {"field": field.pointer, "is": typed(is_, field)}
            parts.append({**part, "not": True} if negated else part)
        self.last = fields[-1]
        if len(parts) == 1:
            return parts[0]
        return {"any": parts} if any_ and is_ != "absent" and not negated else {"all": parts}

    def _present(self, match: re.Match[str]) -> Condition | None:
        empty = (match["pempty"] or "").lower()
        chinese = match["zempty"] or ""
        absent = bool(match["pnot"]) or (empty != "" and not empty.startswith("not"))
        if chinese:
            absent = any(w in chinese for w in ("为空", "不存在", "未", "不传", "没有")) and "不为空" not in chinese
        return self._each(match, "absent" if absent else "present")

    def _switch(self, match: re.Match[str]) -> Condition | None:
        fields, _ = self._fields(match)
        if not fields or any("boolean" not in types_of(f) and types_of(f) for f in fields):
            return None
        english, chinese = (match["sw"] or "").lower(), match["zsw"] or ""
        on = english in ("enabled", "turned on", "activated", "on") or chinese in ("开启", "启用", "打开")
        return self._each(match, on)

    def _using(self, match: re.Match[str]) -> Condition | None:
        fields, _ = self._fields(match)
        absent = bool(match["without"] or match["zwithout"])
        if any(types_of(f) == {"boolean"} for f in fields):
            return None if (match["using"] or "").lower() not in ("using", "with") else self._each(match, True)
        return self._each(match, "absent" if absent else "present")

    def _switched(self, match: re.Match[str]) -> Condition | None:
        fields, _ = self._fields(match)
        if not fields or any(types_of(f) - {"boolean"} for f in fields):
            return None
        return self._each(match, match["on"] is not None)

    def _self_value(self, match: re.Match[str]) -> Condition | None:
        del match
        if self.subject is None:
            return None
        coded = self.marked.mentions.get(self.text[self.at : self.at + 1])
        if coded is not None and coded.field is not None and coded.value not in self.subject.enum:
            return None
        values = self.values(self.subject)
        if values is None or (
            types_of(self.subject) == {"boolean"} and values not in ([True], [False], ["true"], ["false"])
        ):
            return None
        return {"field": self.subject.pointer, "is": typed(values[0] if len(values) == 1 else values, self.subject)}

    def _self_switch(self, match: re.Match[str]) -> Condition | None:
        if self.subject is None or types_of(self.subject) != {"boolean"}:
            return None
        return {"field": self.subject.pointer, "is": match["sw"].lower() in ("enabled", "turned on")}

    def _self_present(self, match: re.Match[str]) -> Condition | None:
        del match
        return {"field": self.subject.pointer, "is": "present"} if self.subject is not None else None

    def _alone(self, match: re.Match[str]) -> Condition | None:
        fields, _ = self._fields(match)
        flags = [types_of(f) == {"boolean"} for f in fields]
        if not fields or any(flags) != all(flags):
            return None
        return self._each(match, True if flags[0] else "present")

    def _value(self, match: re.Match[str]) -> Condition | None:
        fields, _ = self._fields(match)
        if len(fields) != 1:
            return None
        negated = any(match[g] for g in ("not", "not2", "not3", "not4", "ne"))
        values = self.values(fields[0])
        if values is None:
            return None
        self.last_not = negated
        return self._each(match, values[0] if len(values) == 1 else values, negated)

    def values(self, field: KnownField) -> list[Json] | None:
        """Read `a`, `b` or `c` from here on; None where there is no value."""
        found: list[Json] = []
        while (item := ITEM.match(self.text, self.at)) is not None:
            value = self._item(item[1], field, first=not found)
            if value is None or (found and self._starts_atom(item)):
                break
            found.append(value[0])
            self.at = end = item.end()
            separator = ITEM_SEP.match(self.text, self.at)
            if separator is None:
                return found
            self.at = separator.end()
            following = ITEM.match(self.text, self.at)
            if (
                following is None
                or self._item(following[1], field, first=False) is None
                or self._starts_atom(following)
            ):
                self.at = end
                return found
        return found or None

    def _starts_atom(self, item: re.Match[str]) -> bool:
        return any(p.match(self.text, item.start()) for p in (ATOM_PRESENT, ATOM_SWITCH, ATOM_VALUE))

    def _item(self, text: str, field: KnownField, *, first: bool) -> tuple[Json] | None:
        if not first and types_of(field) == {"boolean"}:
            return None
        mention = self.marked.mentions.get(text)
        if mention is not None:
            names_field = mention.field is not None and not first and mention.value not in field.enum
            return (mention.value,) if mention.value is not None and not names_field else None
        if re.fullmatch(rf"{NUMBER}(?:\s?(?:s|seconds|秒))?", text, re.IGNORECASE):
            return (text.rstrip("sSecond秒 "),)
        known = {str(v).lower(): v for v in field.enum}
        for suffix in ("", "时"):
            bare = text.removesuffix(suffix)
            if bare.lower() in known:
                return (known[bare.lower()],)
            if bare.lower() in ("true", "false"):
                return (bare.lower() == "true",)
        if (
            known
            or text.lower() in NOT_VALUES
            or not text.isascii()
            or types_of(field) & {"boolean", "integer", "number"}
        ):
            return None
        return (text,) if first and len(text) > 1 and text.isidentifier() else None


def typed(value: Json, field: KnownField) -> Json:
    """Return a value as the field's type has it: `true` of a boolean is true, `5` of an integer is 5."""
    if isinstance(value, list):
        return [typed(v, field) for v in value]
    if not isinstance(value, str) or value in ("present", "absent"):
        return value
    text = value.strip().strip("\"'")
    for known in field.enum:
        if text == str(known) and not isinstance(known, bool):
            return known
    types = types_of(field)
    if (not types or "boolean" in types) and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if (not types or types & {"integer", "number"}) and re.fullmatch(NUMBER, text):
        return float(text) if "." in text else int(text)
    return text


def read_condition(
    text: str, marked: Marked, subject: KnownField | None, last: KnownField | None = None
) -> tuple[Condition, int] | None:
    """Read a condition at the start of marked text; return it and where it ends, or None."""
    reader = _Reader(text, marked, subject, last)
    first = reader.atom()
    if first is None:
        return None
    parts, ways = [first], []
    while (link := CONNECT.match(reader.text, reader.at)) is not None:
        back, reader.at = reader.at, link.end()
        part = reader.atom()
        if part is None:
            reader.at = back
            break
        parts.append(part)
        ways.append("all" if link["and"] else "any")
    if len(parts) == 1:
        return first, reader.at
    if len(set(ways)) != 1 or any("all" in p or "any" in p for p in parts if set(p) & {"all", "any"} - {ways[0]}):
        return None
    flat = [q for p in parts for q in (p.get(ways[0]) or [p])]
    return {ways[0]: flat}, reader.at


def negated(condition: Condition) -> Condition | None:
    """Return the opposite of a condition, or None where it needs more depth than a condition has."""
    for name, other in (("all", "any"), ("any", "all")):
        if name in condition:
            parts = [negated(p) for p in condition[name]]
            return {other: parts} if all(parts) else None
    if condition["is"] in ("present", "absent"):
        return {"field": condition["field"], "is": "absent" if condition["is"] == "present" else "present"}
    if isinstance(condition["is"], bool):
        return {"field": condition["field"], "is": not condition["is"]}
    opposite = {k: v for k, v in condition.items() if k != "not"}
    return opposite if condition.get("not") else {**opposite, "not": True}
