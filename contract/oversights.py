"""Seeded faults of servers that overlook something: in sums, in items, in values, from one answer to the next."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson

from contract.bodies import simplest_body
from contract.cases import Call
from contract.exchange import Answer, first_at
from contract.faults import Fault, Headers, Hook
from contract.hooks import ChangeBody, on_body
from contract.plans import Goal, plan
from contract.runner import Send
from specs import pointers
from specs.checks import Violation, number
from specs.model import Contract, Operation
from specs.rules.formula import ABSENT

_MIDDLE = 10
"""A number of seconds that is no limit of anything."""


def overlooked(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults that make sense for a provider."""
    found = (_sums(contract), _items(contract), _values(contract), _requests(), _answers(contract))
    return tuple(itertools.chain.from_iterable(found))


def _forgiving(contract: Contract, forgives: Callable[[Operation, Any, list[Violation]], bool]) -> Hook:
    """The server takes a wrong body for a good one, where `forgives` says so."""
    good = {
        operation.path: orjson.dumps(simplest_body(plan(operation, Goal(warn=False)))) for operation in contract.submits
    }
    operations = {operation.path: operation for operation in contract.submits}

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        operation, body = operations.get(call.path), call.json
        if call.method == "POST" and operation is not None and isinstance(body, dict):
            wrong = [found for found in operation.validate(body) if found.severity == "error"]
            if wrong and forgives(operation, body, wrong):
                return send(replace(call, content=good[call.path]), headers)
        return send(call, headers)

    return hook


def _refusing(when: Callable[[Any], bool]) -> Hook:
    """The server refuses some good bodies."""
    return on_body(lambda body: [] if isinstance(body, dict) and when(body) else body)


# --- sums ---------------------------------------------------------------------------------------------


def _sums(contract: Contract) -> Iterator[Fault]:
    if not any(rule.kind == "sum" for operation in contract.submits for rule in operation.rules):
        return
    for name, says, forgives in (
        ("sum one too much", "a sum of one too much is taken", lambda off, _, __: off == 1),
        ("sum one too little", "a sum of one too little is taken", lambda off, _, __: off == -1),
        ("sum off by one or two", "a sum that is off by two is taken", lambda off, _, __: abs(off) <= 2),
        ("sum too much", "a sum that is too much is taken", lambda off, _, __: off > 0),
        ("sum too little", "a sum that is too little is taken", lambda off, _, __: off < 0),
        ("sum of one item", "a single item is not summed", lambda _, terms, __: len(terms) == 1),
        ("sum of two items", "two items are not summed", lambda _, terms, __: len(terms) == 2),
        ("sum of three items", "three items are not summed", lambda _, terms, __: len(terms) == 3),
        ("sum of many items", "more than three items are not summed", lambda _, terms, __: len(terms) > 3),
        ("sum without a total", "the sum is not held against the default", lambda _, __, total: total is None),
        ("sum with a total", "the sum is held against the default only", lambda _, __, total: total is not None),
    ):
        yield Fault(name, says, hook=_forgiving(contract, _of_sum(forgives)))
    if any(rule.kind == "sum" and _default(operation, rule.fields[0]) is not None
           for operation in contract.submits for rule in operation.rules):  # fmt: skip
        says = "items that leave their number to the default are not summed"
        yield Fault("sum of defaults", says, hook=_forgiving(contract, _of_sum(lambda _, terms, __: None in terms)))


def _of_sum(
    forgives: Callable[[float, list[float | None], float | None], bool],
) -> Callable[[Operation, Any, list[Violation]], bool]:
    def decide(operation: Operation, body: Any, wrong: list[Violation]) -> bool:
        kinds = {rule.id: rule.kind for rule in operation.rules}
        if any(kinds.get(found.rule) != "sum" for found in wrong):
            return False
        rule = next(rule for rule in operation.rules if rule.kind == "sum")
        items = first_at(body, rule.fields[0].partition("/*")[0]) or []
        member = rule.fields[0].rpartition("/")[2]
        terms = [number(item.get(member)) for item in items]
        given, default = number(first_at(body, rule.total or "")), _default(operation, rule.fields[0])
        total = _default(operation, rule.total or "") if given is None else given
        added = [default if term is None else term for term in terms]
        return None not in added and total is not None and forgives(sum(filter(None, added)) - total, terms, given)

    return decide


def _default(operation: Operation, pointer: str) -> float | None:
    found = operation.field(pointer).default
    return None if found is ABSENT else number(found)


# --- items --------------------------------------------------------------------------------------------


def _items(contract: Contract) -> Iterator[Fault]:
    if any("*" in found.pointer for operation in contract.submits for found in operation.at("body")):
        first, last = "only the first item is checked", "only the last item is checked"
        yield Fault(
            first, "the fields of later items are not looked at", hook=_forgiving(contract, _beside(first=True))
        )
        yield Fault(
            last, "the fields of earlier items are not looked at", hook=_forgiving(contract, _beside(first=False))
        )


def _beside(*, first: bool) -> Callable[[Operation, Any, list[Violation]], bool]:
    """Forgive what is wrong in items other than the first, or the last, of theirs."""

    def decide(operation: Operation, body: Any, wrong: list[Violation]) -> bool:
        rules: set[str] = {rule.id for rule in operation.rules}
        checked = [found for found in wrong if found.rule not in rules]
        return bool(checked) and all(_elsewhere(body, place) for found in wrong for place in found.pointers)

    def _elsewhere(body: Any, place: str) -> bool:
        names = pointers.split(place)
        position = next((n for n, name in enumerate(names) if name.isdigit()), None)
        if position is None:
            return False
        items = first_at(body, pointers.join(*names[:position]))
        return int(names[position]) != (0 if first else len(items) - 1)

    return decide


# --- values -------------------------------------------------------------------------------------------


def _fields(contract: Contract, *types: str) -> frozenset[str]:
    """Return the names of the fields of these types, items' members too."""
    return frozenset(
        found.name
        for operation in contract.submits
        for found in operation.at("body")
        if set(types) & set(found.types) and found.name != "*"
    )


def _of(names: frozenset[str], change: Callable[[Any], Any]) -> ChangeBody:
    """Change the values of members of these names, wherever they are."""

    def walk(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {member: walk(inner, member) for member, inner in value.items()}
        if isinstance(value, list):
            return [walk(item, name) for item in value]
        return change(value) if name in names else value

    return lambda body: walk(body, "")


def _values(contract: Contract) -> Iterator[Fault]:
    numbers, truths = _fields(contract, "integer", "number"), _fields(contract, "boolean")
    texts, required = _fields(contract, "string"), _required(contract)
    yield Fault(
        "numbers from truth", "true is taken for 1",
        hook=_forgiving(contract, _odd_values(lambda value: isinstance(value, bool), numbers)),
    )  # fmt: skip
    if truths:
        taken = _of(truths, lambda v: bool(v) if v in (0, 1) else v)
        yield Fault("truth from 0 and 1", "1 is taken for true and 0 for false", hook=on_body(taken))
    if "duration" in numbers:
        yield Fault(
            f"{_MIDDLE} seconds refused", "a value between the limits is refused",
            hook=_refusing(lambda body: body.get("duration") == _MIDDLE),
        )  # fmt: skip
    stripped = _of(texts, lambda v: v.strip() if isinstance(v, str) and v.strip() else v)
    yield Fault("texts trimmed", "blanks at the end of a text do not count", hook=on_body(stripped))
    if required:
        yield Fault("empty is absent", "a text of no characters is taken for none", hook=on_body(_without_empty))
        for name, says, odd in (
            ("blank texts refused", "a text of blanks is refused", lambda v: bool(v) and not v.strip()),
            ("lines refused", "a text of two lines is refused", lambda v: "\n" in v),
            ("tabs refused", "a text with a tab is refused", lambda v: "\t" in v),
            ("right to left refused", "a text in Hebrew is refused", lambda v: any("א" <= c <= "ת" for c in v)),
        ):
            yield Fault(name, says, hook=_refusing(lambda body, odd=odd: _any_text(body, odd)))  # type: ignore[misc]


def _odd_values(odd: Callable[[Any], bool], names: frozenset[str]) -> Callable[[Operation, Any, list[Violation]], bool]:
    """Forgive values of these fields that are odd so, where nothing else is wrong."""

    def decide(operation: Operation, body: Any, wrong: list[Violation]) -> bool:
        found = [place for violation in wrong for place in violation.pointers]
        if not found or {violation.rule for violation in wrong} & {rule.id for rule in operation.rules}:
            return False
        return all(pointers.split(place)[-1] in names and odd(_at(body, place)) for place in found)

    return decide


def _at(body: Any, place: str) -> Any:
    for name in pointers.split(place):
        body = body[int(name)] if isinstance(body, list) else body.get(name) if isinstance(body, dict) else None
    return body


def _required(contract: Contract) -> bool:
    """Tell whether a text has to be there that may be empty."""
    return any(
        found.pointer == "/prompt" and not found.schema.get("minLength")
        for operation in contract.submits
        for found in operation.at("body")
    )


def _without_empty(body: Any) -> Any:
    return {name: value for name, value in body.items() if value != ""} if isinstance(body, dict) else body


def _any_text(body: Any, odd: Callable[[str], bool]) -> bool:
    if isinstance(body, dict):
        return any(_any_text(value, odd) for value in body.values())
    if isinstance(body, list):
        return any(_any_text(item, odd) for item in body)
    return isinstance(body, str) and odd(body)


# --- requests and answers -----------------------------------------------------------------------------


def _requests() -> Iterator[Fault]:
    def any_verb(send: Send, call: Call, headers: Headers) -> Answer:
        return send(replace(call, method="POST") if call.method == "PUT" else call, headers)

    yield Fault("PUT is POST", "PUT starts a task, too", hook=any_verb)


def _answers(contract: Contract) -> Iterator[Fault]:
    cycle = next(operation.task for operation in contract.submits if operation.task is not None)
    paths = {operation.path for operation in contract.submits}

    def as_html(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        return replace(answer, headers={**answer.headers, "content-type": "text/html"})

    yield Fault("answers as HTML", "JSON is said to be HTML", hook=as_html)
    yield Fault("empty id", "the task id is an empty text", hook=_with(cycle.submitted["id"], lambda _: "", paths))
    first: list[Any] = []

    def same(value: Any) -> Any:
        first.append(value)
        return first[0]

    yield Fault(
        "one id for all", "each submit gets the id of the first", hook=_with(cycle.submitted["id"], same, paths)
    )
    if "progress" in cycle.polled:
        steps = itertools.count()
        falling = _with(cycle.polled["progress"], lambda _: max(0, 90 - 10 * next(steps)), None)
        yield Fault("progress falls", "the progress gets less from poll to poll", hook=falling)


def _with(pointer: str, change: Callable[[Any], Any], paths: set[str] | None) -> Hook:
    """The server answers another value there: to submits of these paths, or (None) to polls."""

    def hook(send: Send, call: Call, headers: Headers) -> Answer:
        answer = send(call, headers)
        asked = call.method == "GET" if paths is None else call.method == "POST" and call.path in paths
        if not asked or answer.status >= 300 or first_at(answer.json, pointer) is None:
            return answer
        return replace(answer, body=orjson.dumps(_changed(answer.json, pointers.split(pointer), change)))

    return hook


def _changed(value: Any, names: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    if not names:
        return change(value)
    return {**value, names[0]: _changed(value[names[0]], names[1:], change)}
