"""A finding as an action of an OpenAPI Overlay, where it says by itself what the contract would have to be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contract.exchange import first_at
from contract.field_limits import Limit, limits
from contract.judge import Finding
from specs import pointers
from specs.checks import places

Action = dict[str, Any]
Steps = tuple[str, ...]


def action(finding: Finding) -> Action | str:
    """Return `target`, `description` and `update` or `remove`; or why that cannot be said without a person."""
    makers = {"accepted": _loosened, "error_code": _error_code, "error_status": _error_status}
    kind = finding.deviation.kind
    if kind in makers:
        return makers[kind](finding)
    return _BY_HAND.get(kind, "the answer does not say what is true")


_BY_HAND: Mapping[str, str] = {
    "refused": "one case does not tell which limit is tighter",
    "status_word": "the answer does not say which state the word means",
    "status": "one answer does not tell the shape of all",
    "shape": "one answer does not tell the shape of all",
}


def _loosened(finding: Finding) -> Action | str:
    case = finding.case
    by_hand = "the request does not tell what else would be accepted"
    schema = _request_schema(finding)
    if schema is None or case.expects.rules != {case.checks}:
        return by_hand
    said = f"{case.id} was accepted."
    if any(rule.id == case.checks for rule in case.operation.rules):
        target = f"{_path(schema)}['x-rules'][?@.id == {_word(case.checks)}]"
        return {"target": target, "description": said, "remove": True}
    limit = next((known for known in limits(case.operation) if known.id == case.checks), None)
    found = None if limit is None else _limit_loosened(finding, limit, schema)
    return by_hand if found is None else {"target": found[0], "description": said, **found[1]}


def _limit_loosened(finding: Finding, limit: Limit, schema: Steps) -> tuple[str, Action] | None:
    """Return target and change that let the value pass which was accepted; None where the value does not tell."""
    document, names = finding.case.contract.document, pointers.split(limit.pointer)
    holder = _member(document, schema, names[:-1]) if names else None
    if holder is None:
        return None
    if limit.keyword == "required":
        return f"{_path(holder)}.required[?@ == {_word(names[-1])}]", {"remove": True}
    if limit.keyword == "additionalProperties":
        return _path(holder), {"update": {"additionalProperties": True}}
    place = _member(document, holder, names[-1:])
    found = [value for _, value in places(finding.case.call.json, limit.pointer) if value is not None]
    update = _update(limit.keyword, found, limit.value)
    return None if place is None or update is None else (_path(place), {"update": {limit.keyword: update}})


def _update(keyword: str, found: Sequence[Any], documented: Any) -> Any:
    """Return what the keyword would have to say for all the values; None where it cannot be said so."""
    if keyword == "enum":
        return [value for value in found if value not in documented] or None
    sizes = [len(value) if isinstance(value, (str, list)) else value for value in found]
    if keyword not in _EXTREMES or not all(isinstance(size, (int, float)) for size in sizes):
        return None
    return _EXTREMES[keyword](sizes)


_EXTREMES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "minimum": min, "maximum": max, "minLength": min, "maxLength": max, "minItems": min, "maxItems": max,
}  # fmt: skip


def _error_code(finding: Finding) -> Action | str:
    case, answer = finding.case, finding.answer
    code = first_at(answer.json, case.contract.errors.pointers["code"]) if answer is not None else None
    known = {known.code for known in case.contract.errors.codes}
    if answer is None or code is None or code in known or not case.expects.meanings:
        return "the code is documented, with another meaning"
    added = {"code": code, "status": answer.status, "meaning": case.expects.meanings[0]}
    return {"target": "$['x-errors'].codes", "description": f"{case.id} was refused so.", "update": added}


def _error_status(finding: Finding) -> Action | str:
    case, answer = finding.case, finding.answer
    places = case.contract.errors.pointers
    if answer is None or finding.deviation.places != (places["code"],):
        return "status and body disagree"
    code = json.dumps(first_at(answer.json, places["code"]), ensure_ascii=False)
    update = {"status": answer.status}
    return {
        "target": f"$['x-errors'].codes[?@.code == {code}]", "description": f"{case.id} was answered so.",
        "update": update,
    }  # fmt: skip


# --- places in the document ---------------------------------------------------------------------------


def _request_schema(finding: Finding) -> Steps | None:
    operation = finding.case.operation
    steps = ("paths", operation.path, operation.method.lower(), "requestBody", "content", "application/json", "schema")
    return _resolved(finding.case.contract.document, steps)


def _member(document: Mapping[str, Any], schema: Steps, names: Sequence[str]) -> Steps | None:
    """Return where the schema of a member (`*`: an item) stands, references followed; None where it is not so plain."""
    for name in names:
        found = _resolved(document, (*schema, "items") if name == "*" else (*schema, "properties", name))
        if found is None:
            return None
        schema = found
    return schema


def _resolved(document: Mapping[str, Any], steps: Steps) -> Steps | None:
    found: Any = document
    for step in steps:
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    if isinstance(found, Mapping) and "$ref" in found:
        return _resolved(document, pointers.split(str(found["$ref"]).removeprefix("#")))
    return steps


def _path(steps: Steps) -> str:
    """Return the place as a JSONPath."""
    plain = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
    return "$" + "".join(f".{step}" if plain.fullmatch(step) else f"[{_word(step)}]" for step in steps)


def _word(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
