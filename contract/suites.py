"""The deterministic suite: every bound at the limit and one beyond, every rule's every branch, cheapest evidence first.

The same contract gives the same cases with the same ids, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count
from typing import Any

import orjson

from contract.bodies import draw_situation, simplest_body
from contract.branches import branches
from contract.cases import Call, Case, Verdict, unsigned
from contract.choose import Amid
from contract.field_limits import Limit, limits
from contract.images import ODD_URLS, too_large
from contract.pairs import Pairs
from contract.plans import Goal, Plan, breaking, plan
from contract.riders import Riders
from contract.situations import Row
from contract.values import options
from specs import pointers
from specs.checks import Source
from specs.domains import Domain, domain_of, first_branch, nullable, values
from specs.media import Media
from specs.model import Contract, Field, Meaning, Operation
from specs.rules.model import Rule
from specs.worlds import Choice, Names

MEDIA_MEANINGS: Mapping[str, Meaning] = {
    "maxBytes": "image_too_large", "formats": "image_format", "encodings": "image_format",
    "minWidth": "image_dimensions", "minHeight": "image_dimensions", "maxWidth": "image_dimensions",
    "maxHeight": "image_dimensions", "minAspectRatio": "image_dimensions", "maxAspectRatio": "image_dimensions",
}  # fmt: skip
"""What a refusal for a limit of a file is called, where the provider has a word for it."""
UNKNOWN_TASK = "00000000-0000-4000-8000-000000000000"
_TEXTS = ("🎬 \"quoted\" 'text' {{braces}} </script>", " \tline\nשלום עולם e\u0301\u200d \\ ", " ", "")
"""Texts that trip careless code, each in more than one way."""
_PER_RULE = 5
_PER_LIMIT = 3
_ALL = 20
"""Of no more values, each is tried."""
_AT_ENDS = 2


@lru_cache(maxsize=32)
def suite(contract: Contract, operation_id: str | None = None) -> tuple[Case, ...]:
    """Return the cases of a contract, or of one operation, cheapest evidence first.

    First comes what cannot cost anything, last the bodies of megabytes: each tells of one limit and takes its time.
    """
    found: dict[str, Case] = {}
    for operation in contract.operations:
        if operation_id in (None, operation.id):
            for case in _of_operation(contract, operation):
                found.setdefault(case.id, case)
    return tuple(sorted(found.values(), key=lambda case: (case.large, case.cost, not case.follow)))


def _of_operation(contract: Contract, operation: Operation) -> Iterator[Case]:
    if operation.task is None:
        yield from _reads(contract, operation)
        return
    maker = _Maker(contract, operation)
    yield from maker.protocol()
    yield from _distinct((*maker.rules_broken(), *maker.limits_broken(), *maker.too_large(), *maker.accepted()))


def _distinct(cases: Iterable[Case]) -> Iterator[Case]:
    """Yield each body once: the first case with it, which tells of what the others tell, too."""
    same: dict[bytes | None, list[Case]] = {}
    for case in cases:
        same.setdefault(case.call.content, []).append(case)
    for first, *others in same.values():
        also = dict.fromkeys(name for case in (first, *others) for name in case.about if name != first.checks)
        yield replace(first, also=tuple(also), follow=any(case.follow for case in (first, *others)))


# --- operations that only read ------------------------------------------------------------------------


def _reads(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of an operation that tells of a task: nothing of it is ever billed."""
    named = [found for found in operation.fields if found.location in ("path", "query")]
    path = operation.path
    for found in named:
        if found.location == "path":
            path = path.replace("{" + found.name + "}", UNKNOWN_TASK)
    query = {found.name: UNKNOWN_TASK for found in named if found.location == "query"}
    known = Case(
        f"{operation.id}/unknown-task", contract, operation, "a task that does not exist", "task",
        Call("GET", path, query, media_type=None), Verdict(False, ("task_not_found", "not_found")), operation.source,
    )  # fmt: skip
    yield known
    yield from unsigned(known, f"{operation.id}/")
    for found in named:
        if found.location == "query" and found.required:
            rest = {name: value for name, value in query.items() if name != found.name}
            yield replace(
                known, id=f"{operation.id}/{found.name}.required", title=f"without {found.name}",
                checks=f"{found.name}.required", call=replace(known.call, query=rest),
                expects=Verdict(False, ("invalid_request",)), source=found.source,
            )  # fmt: skip
    yield _other_method(known, "DELETE")


def _other_method(case: Case, method: str, content: bytes | None = None) -> Case:
    call = replace(case.call, method=method, content=content, media_type=case.call.media_type if content else None)
    return replace(
        case, id=f"{case.operation.id}/method.{method.lower()}", title=f"the method {method}", checks="method",
        follow=False, call=call, stated=False, expects=Verdict(False, ("method_not_allowed", "not_found")),
    )  # fmt: skip


def _not_utf8(body: bytes) -> bytes:
    """Return the body with one byte in its last text that UTF-8 does not have."""
    before, begin, after = body.rpartition(b'":"')
    return before + begin + b"\xe9" + after


# --- operations that start a task ---------------------------------------------------------------------


class _Maker:
    def __init__(self, contract: Contract, operation: Operation) -> None:
        self.contract, self.operation = contract, operation
        self.valid = plan(operation, Goal(warn=False))

    def case(
        self, name: str, title: str, checks: str, body: Any, expects: Verdict, source: Source, *, stated: bool = True
    ) -> Case:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return Case(
            f"{self.operation.id}/{name}", self.contract, self.operation, title, checks,
            Call(self.operation.method, self.operation.path, content=content), expects, source, stated,
        )  # fmt: skip

    def good(self, name: str, title: str, checks: str, body: Any, source: Source) -> Case:
        warned = frozenset(odd.rule for odd in self.operation.validate(body) if odd.severity == "warning")
        return self.case(name, title, checks, body, Verdict(True, warned=warned), source)

    @property
    def minimal(self) -> Case:
        return self.good("minimal", "the minimal body", "minimal", simplest_body(self.valid), self.operation.source)

    def protocol(self) -> Iterator[Case]:
        """Yield what is wrong with a request before its body is looked at."""
        minimal = self.minimal
        yield from unsigned(minimal, f"{self.operation.id}/")
        yield _other_method(minimal, "GET")
        yield _other_method(minimal, "PUT", minimal.call.content)
        whole = minimal.call.content or b""
        for name, content, stated in (
            ("json.broken", whole[:-1], True),
            ("json.empty", b"", True),
            ("json.latin1", _not_utf8(whole), False),  # a lenient reader makes a video of it
        ):
            yield self.case(
                name, "a body that is no JSON", "json", content, Verdict(False, ("invalid_request",)),
                self.operation.source, stated=stated,
            )  # fmt: skip

    # --- refused --------------------------------------------------------------------------------------

    def rules_broken(self) -> Iterator[Case]:
        for rule in self.operation.rules:
            goal = breaking(self.operation, rule.id)
            if goal is None or rule.severity == "warning":
                continue
            stated = rule.status == "stated" and rule.source.inferred is None
            expects = Verdict(False, ("invalid_request",), goal.violations)
            for number, body in enumerate(branches(plan(self.operation, goal), rule, _PER_RULE), 1):
                name = f"{rule.id}/refused-{number}"
                yield self.case(name, self.message(rule), rule.id, body, expects, rule.source, stated=stated)

    def message(self, rule: Rule) -> str:
        return next(check.message for check in self.operation.checks if check.id == rule.id)

    def limits_broken(self) -> Iterator[Case]:
        for limit in limits(self.operation):
            goal = breaking(self.operation, limit)
            if goal is None:
                continue
            media = MEDIA_MEANINGS.get(limit.keyword)
            meanings: tuple[Meaning, ...] = ("invalid_request",) if media is None else (media,)
            expects = Verdict(False, meanings, goal.violations)
            for number, (body, value) in enumerate(_limit_bodies(self.operation, goal, limit), 1):
                title = f"{pointers.name(limit.pointer) or 'the body'} breaks {limit.keyword}"
                yield self.case(
                    f"{limit.id}/refused-{number}", title, limit.id, body, expects, limit.source,
                    stated=limit.stated and _plainly_wrong(limit, value),
                )  # fmt: skip

    def too_large(self) -> Iterator[Case]:
        """Yield, for each file that a request can carry, one of one byte too many."""
        for found in self.operation.at("body"):
            media = Media.from_json(found.media or {})
            value = too_large(media)
            pointer = found.pointer + "/*" * ("array" in found.types)
            if value is None or not {"string", "array"}.intersection(found.types):
                continue
            body = pinned(self.operation, pointer, Choice(True, values(value)))
            if body is not None:
                rule = f"{pointers.name(pointer)}.maxBytes"
                expects = Verdict(False, ("image_too_large",), frozenset((rule,)))
                yield self.case(f"{rule}/refused-1", "a file of one byte too many", rule, body, expects, found.source)

    # --- accepted -------------------------------------------------------------------------------------

    def accepted(self) -> Iterator[Case]:
        """Yield the minimal body, one for each branch of each rule, and what else is needed to show every good value.

        Values ride along (see `Riders`). Each two fields that
        may stand together do so in some body.
        """
        minimal = replace(self.minimal, follow=True)
        yield minimal
        shown = [each for found in self.operation.at("body") for each in (found, *_files(found))]
        ways = [(found, choice) for found in shown for choice in _ways(found)]
        riders, pairs, numbers = Riders(self.operation, ways), Pairs(self.operation, ways), dict[str, Iterator[int]]()
        pairs.note(minimal.call.json)
        for rule in self.operation.rules:
            found = branches(self.valid if rule.severity == "error" else plan(self.operation, Goal()), rule, _PER_RULE)
            for number, body in enumerate(found, 1):
                body, names = riders.mount(body, branch=True)
                pairs.note(body)
                case = self.good(f"{rule.id}/accepted-{number}", self.message(rule), rule.id, body, rule.source)
                yield replace(case, also=names, follow=number == len(found) and rule.kind == "sum")
        for field, choice in sorted(ways, key=lambda way: isinstance(way[1].value, str)):  # texts ride on the others
            if riders.show(field, choice) and (body := pinned(self.operation, field.pointer, choice)) is not None:
                body, names = riders.mount(body)
                joined = pairs.join(body)
                pairs.note(joined)
                name = pointers.name(field.pointer)
                number = next(numbers.setdefault(name, count(1)))
                case = self.good(f"{name}/accepted-{number}", f"{name} at a good value", name, joined, field.source)
                yield replace(case, also=(*names, *(added for added in joined if added not in body)))
        for number, body in enumerate(pairs.rest(), 1):
            title = f"{', '.join(body)} together"
            case = self.good(f"together/accepted-{number}", title, "together", body, self.operation.source)
            yield replace(case, also=tuple(body))


def _limit_bodies(operation: Operation, goal: Goal, limit: Limit) -> Iterator[tuple[Any, Any]]:
    """Yield (body, offending value) for the values that break a limit: the nearest of each kind."""
    for choice in _offending(limit):
        made = plan(operation, replace(goal, limit=replace(limit, choices=(choice,))))
        if made.feasible:
            yield _amid(made, limit), choice.value


def _offending(limit: Limit) -> list[Choice]:
    single = [Choice(choice.present, cell) for choice in limit.choices for cell in _singles(choice.domain)]
    if not limit.pointer:
        return [single[0], single[len(single) // 2], single[-1]]
    if limit.keyword == "type":
        return single
    if limit.keyword in ("minimum", "exclusiveMinimum"):
        return single[:2]  # the second would be good if its sign were lost
    if limit.keyword in ("maximum", "exclusiveMaximum"):
        return single[:1]
    if limit.keyword == "maxLength":
        return [single[0], *(choice for choice in single if _blank_at_end(choice.value))]
    return single if len(single) <= _PER_LIMIT else [single[0], single[len(single) // 2], single[-1]]


def _blank_at_end(value: Any) -> bool:
    return isinstance(value, str) and value[-1:] == " "


def _amid(made: Plan, limit: Limit) -> Any:
    """Return the simplest body that serves the plan; an item that is wrong stands between two that are good."""
    chosen = [(situation, 0) for situation in made.simplest if situation is not None]
    if "*" in limit.names:
        array = limit.names[: limit.names.index("*")]
        for position, (simplest, _) in enumerate(chosen):
            if array in simplest.choices:
                rows = ((situation, number) for situation in made.situations(position)
                        for number, row in enumerate(situation.rows) if _items(row, array) == Amid.ITEMS)  # fmt: skip
                chosen[position] = next(rows, chosen[position])
    return draw_situation(made, chosen, Amid())


def _items(row: Row, array: Names) -> int:
    return row.lists[array][0] if array in row.lists else 0


def _singles(domain: Domain) -> Iterator[Domain]:
    if domain.kind == "values":
        yield from (values(value) for value in domain.values)
    else:
        yield domain


def _plainly_wrong(limit: Limit, value: Any) -> bool:
    """Tell whether a provider that follows its documentation refuses: null may be read as absent, "5" as 5."""
    if limit.keyword == "type" and limit.pointer:
        return isinstance(value, (list, dict))
    return value is not None and not _blank_at_end(value)


# --- one field at one value ---------------------------------------------------------------------------


def _files(found: Field) -> Iterator[Field]:
    """Yield the items of an array of files as a field: each good value of theirs is shown."""
    if found.media is not None and "array" in found.types:
        yield replace(found, pointer=f"{found.pointer}/*", schema=found.schema["items"])


def _ways(found: Field) -> Iterator[Choice]:
    """Yield the ways in which a field is tried: each listed value, each of few numbers, both ends of ranges, null."""
    schema = first_branch(found.schema)
    domain = domain_of(schema)
    if nullable(schema):
        yield Choice(False, values(None))
    if domain.kind == "object":
        return
    if domain.kind == "list":
        low, high = domain.spans[0]
        for length in dict.fromkeys((low, high) if "maxItems" in schema else (low,)):
            yield Choice(True, replace(domain, spans=((length, length),)))
        return
    for value in _telling(domain, of_item="*" in found.pointer):
        yield Choice(True, values(value))


def _telling(domain: Domain, *, of_item: bool) -> Sequence[Any]:
    known = options(domain)
    if domain.kind == "values":
        return known if len(known) <= _ALL else (*known[: _ALL // 2], *known[-_ALL // 2 :])
    if domain.kind == "number":
        low, high = domain.spans[0][0], domain.spans[-1][1]
        if domain.integral and high - low < _ALL and not of_item:
            return tuple(n for low, high in domain.spans for n in range(int(low), int(high) + 1))
        return known[:_AT_ENDS] if domain.integral or of_item else known
    if "x-media" in domain.schema and of_item:
        return [value for value in known if value not in ODD_URLS]
    if "x-media" in domain.schema or "pattern" in domain.schema or "format" in domain.schema:
        return known
    longest = max((text for text in known if isinstance(text, str)), key=len)
    at_limit = [text for text in known if len(text) == len(longest)] if "maxLength" in domain.schema else []
    fitting = [text for text in _TEXTS if any(low <= len(text) <= high for low, high in domain.spans)]
    return (*(text for text in fitting if text not in domain.excluded), *(t for t in at_limit if t[:1] in "a🎬"))


def pinned(operation: Operation, pointer: str, choice: Choice) -> Any:
    """Return the simplest valid body in which the field is so; None where there is none."""
    pin = Limit("", pointer, "", None, (choice,), Source())
    made = plan(operation, Goal(limit=pin, warn=False))
    return simplest_body(made) if made.feasible else None
