"""The limits of fields as Python: whether a body keeps all of them, and all rules.

One straight line of tests over local names, which a body without a fault passes in a microsecond or two; it says only
yes or no. What is wrong with a body that does not pass is worked out by other code, slowly and in full. A no may be
false (5.0 where an integer is wanted), a yes never is: what this printer does not know is left to `specs.checks`.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from specs.rules.formula import ABSENT, And, Each, Formula, Or, Sum, negate
from specs.rules.python import (
    HELPERS,
    Local,
    Scope,
    annotation,
    call,
    compiled,
    constant,
    define,
    expression,
    is_none,
    name,
)

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
KEYWORDS = ("type", "enum", "const", "pattern", "uniqueItems", "multipleOf", *BOUNDS, *COUNTS)
"""The limits of one value that clients check; objects say what their members are besides."""

_CLASSES = {"string": "str", "integer": "int", "boolean": "bool", "array": "list", "object": "dict", "number": "float"}
_RESERVED = frozenset(("body", "type", "len", "any", "all", "isfinite", "Any", "Mapping", *_CLASSES.values(), *HELPERS))
LOOPS = ("item", *(f"item_{number}" for number in range(2, 10)))
"""The names that loops have; what is nested deeper is never said to hold."""

Holds = Callable[[dict[str, Any]], bool]
"""Body, absent members left out → whether it surely keeps every limit and rule."""


def compile_holds(schema: Mapping[str, Any], formulas: Sequence[Formula]) -> Holds:
    """Return the compiled function."""
    return cast("Holds", compiled(holds("holds", schema, formulas)))


def holds(title: str, schema: Mapping[str, Any], formulas: Sequence[Formula]) -> ast.FunctionDef:
    """Return `def title(body) -> bool`."""
    return _Printing(formulas).function(title, schema)


def values(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a value may have; null is left out, since it stands for an absent value."""
    stated = schema.get("type") or ()
    return tuple(kind for kind in ((stated,) if isinstance(stated, str) else stated) if kind != "null")


class _Printing:
    def __init__(self, formulas: Sequence[Formula]) -> None:
        self.formulas, self.taken = formulas, set(_RESERVED) | set(LOOPS)
        self.loops: dict[str, str] = {}
        self.members: dict[str, dict[str, Local]] = {}
        self.sums: dict[tuple[str, str], Local] = {}
        self.looped: set[int] = set()

    def function(self, title: str, schema: Mapping[str, Any]) -> ast.FunctionDef:
        found = self.object(schema, "body", "")
        declared = [
            ast.AnnAssign(name(loop, store=True), annotation(kind), None, 1) for loop, kind in self.loops.items()
        ]
        scope = Scope(self.members["body"], sums=self.sums)
        rules = [expression(f, scope) for number, f in enumerate(self.formulas) if number not in self.looped]
        answer = _all(rules) if rules else constant(True)
        return define(title, [*declared, *found, ast.Return(answer)], "dict[str, Any]", "bool")

    def local(self, wanted: str) -> str:
        """Return a free name as near to the wanted one as can be."""
        fit = re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", wanted) and not keyword.iskeyword(wanted)
        found = wanted if fit and wanted not in self.taken else f"value_{len(self.taken)}"
        while found in self.taken:
            found += "_"
        self.taken.add(found)
        return found

    def object(self, schema: Mapping[str, Any], holder: str, prefix: str) -> list[ast.stmt]:
        """Return the statements that fetch the members of an object and leave with False where one is wrong."""
        members, required = schema.get("properties", {}), schema.get("required", ())
        known = {
            key: Local(
                self.local(prefix + key), values(members[key]) in (("integer",), ("number",)), key not in required
            )
            for key in members
        }
        self.members[holder] = known
        found: list[ast.stmt] = []
        tests: list[ast.expr] = []
        for key, local in known.items():
            found.append(_fetch(local.name, holder, key, members[key]))
            keeps = list(tests_of(members[key], local.name))
            if not local.optional:
                tests += keeps if values(members[key]) else [is_none(name(local.name), negated=True), *keeps]
            elif keeps:
                tests.append(ast.BoolOp(ast.Or(), [is_none(name(local.name)), _all(keeps)]))
        if members:
            tests.append(_no_other(holder, known))
        if tests:
            found.append(_leave_unless(_all(tests)))
        for key, local in known.items():
            found += self.inside(members[key], local, key if holder == "body" else None)
        return found

    def inside(self, schema: Mapping[str, Any], local: Local, array_of_body: str | None) -> list[ast.stmt]:
        """Return the statements that look into an array or an object, which is gone through like an array of one."""
        array = values(schema) == ("array",)
        part = schema.get("items", {}) if array else schema
        if not array and not (values(schema) == ("object",) and schema.get("properties")):
            return []
        if len(self.loops) == len(LOOPS):
            return [ast.Return(constant(False))]
        loop = LOOPS[len(self.loops)]
        self.loops[loop] = _declared(part)
        tests = list(tests_of(part, loop)) if array else []
        body: list[ast.stmt] = [_leave_unless(_all(tests))] if tests else []
        before: list[ast.stmt] = []
        if values(part) == ("object",) and part.get("properties"):
            body += self.object(part, loop, f"{loop}_")
            if array and array_of_body is not None:
                before, more = self.items_of(array_of_body, loop)
                body += more
        elif array:
            body += self.inside(part, Local(loop, optional=False), None)
        if not body:
            del self.loops[loop]
            return []
        through: ast.expr = name(local.name) if array else ast.Tuple([name(local.name)], ast.Load())
        run: ast.stmt = ast.For(name(loop, store=True), through, body, [])
        return [*before, ast.If(is_none(name(local.name), negated=True), [run], []) if local.optional else run]

    def items_of(self, key: str, loop: str) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """Return what stands before the loop over an array of the body and what ends it: item rules and sums."""
        before: list[ast.stmt] = []
        after: list[ast.stmt] = []
        item = self.members[loop]
        for number, formula in enumerate(self.formulas):
            if isinstance(formula, Each) and formula.array == (key,) and not formula.negated:
                wrong = expression(negate(formula.part), Scope(self.members["body"], item, loop=loop))
                after.append(ast.If(wrong, [ast.Return(constant(False))], []))
                self.looped.add(number)
        for summed in (found for formula in self.formulas for found in _sums(formula)):
            place = (key, summed.names[0]) if summed.names else (key, "")
            member = item.get(place[1]) if len(summed.names) == 1 else None
            known = summed.array.names == (key,) and member is not None and member.numeric
            if member is None or not known or place in self.sums:
                continue
            value: ast.expr = name(member.name)
            if member.optional:
                if summed.default is ABSENT or summed.default is None:
                    continue
                value = ast.IfExp(is_none(value), constant(summed.default), name(member.name))
            total = self.sums[place] = Local(self.local(f"{member.name}_sum"), True, False)
            before.append(ast.Assign([name(total.name, store=True)], constant(0)))
            after.append(ast.AugAssign(name(total.name, store=True), ast.Add(), value))
        return before, after


def _sums(formula: Formula) -> Iterator[Sum]:
    if isinstance(formula, Sum):
        yield formula
    elif isinstance(formula, (And, Or)):
        for part in formula.parts:
            yield from _sums(part)


def _fetch(local: str, holder: str, key: str, schema: Mapping[str, Any]) -> ast.stmt:
    """Return `local = holder.get(key)`."""
    value, kind = call(ast.Attribute(name(holder), "get", ast.Load()), constant(str(key))), _declared(schema)
    if kind == "Any":
        return ast.Assign([name(local, store=True)], value)
    return ast.AnnAssign(name(local, store=True), annotation(f"{kind} | None"), value, 1)


def _declared(schema: Mapping[str, Any]) -> str:
    """Return the type that a local is declared with, so that type checkers know what is in arrays and objects."""
    kinds = values(schema)
    return "Any" if len(kinds) != 1 else {"array": "list[Any]", "object": "dict[str, Any]"}.get(kinds[0], "Any")


def _no_other(holder: str, known: Mapping[str, Local]) -> ast.expr:
    """Return the test that an object has no member besides the known: `len(body) + (image, …).count(None) == 8`."""
    found: ast.expr = call("len", name(holder))
    optional = [name(local.name) for local in known.values() if local.optional]
    if len(optional) == 1:  # as in most items, where time matters most
        wanted: ast.expr = ast.IfExp(is_none(optional[0]), constant(len(known) - 1), constant(len(known)))
        return ast.Compare(found, [ast.Eq()], [wanted])
    if optional:
        absent = call(ast.Attribute(ast.Tuple([*optional], ast.Load()), "count", ast.Load()), constant(None))
        found = ast.BinOp(found, ast.Add(), absent)
    return ast.Compare(found, [ast.Eq()], [constant(len(known))])


def tests_of(schema: Mapping[str, Any], local: str) -> Iterator[ast.expr]:
    """Yield what must hold of a present value: first its type, then its limits."""
    kinds = values(schema)
    rest = {keyword: schema[keyword] for keyword in KEYWORDS if keyword in schema and keyword != "type"}
    if len(kinds) != 1:
        if kinds:
            yield call("is_a", name(local), constant(kinds))
    elif kinds == ("number",):
        bounded = {"minimum", "exclusiveMinimum"} & set(rest) and {"maximum", "exclusiveMaximum"} & set(rest)
        exact = _is(local, "float")
        finite = exact if bounded else _all([exact, call("isfinite", name(local))])
        yield ast.BoolOp(ast.Or(), [finite, _is(local, "int")])
    else:
        yield _is(local, _CLASSES[kinds[0]])
    if len(kinds) == 1:
        yield from _plain(kinds[0], rest, local)
    if rest:
        yield call("satisfies", name(local), constant(rest))


_APPLY = {
    "string": ("minLength", "maxLength", "pattern"),
    "integer": (*BOUNDS, "multipleOf"),
    "number": (*BOUNDS, "multipleOf"),
    "array": ("minItems", "maxItems", "uniqueItems"),
}
"""The limits of each type; one of another type does not apply (JSON Schema)."""


def _plain(kind: str, rest: dict[str, Any], local: str) -> Iterator[ast.expr]:
    """Yield the tests of the limits that need no call, and take them out of `rest`."""
    for other in set(rest) - {"enum", "const", *_APPLY.get(kind, ())}:
        del rest[other]
    given = [value for value in rest.get("enum", ()) if value is not None]
    if given and all(type(value).__name__ == _CLASSES[kind] for value in given) and kind in ("integer", "string"):
        del rest["enum"]
        if kind == "integer" and sorted(given) == list(range(min(given), max(given) + 1)):
            rest["minimum"] = max(min(given), rest.get("minimum", min(given)))
            rest["maximum"] = min(max(given), rest.get("maximum", max(given)))
        else:
            yield ast.Compare(name(local), [ast.In()], [constant(tuple(given))])
    if kind == "number":
        rest.update({bound: _exact_float(rest[bound]) for bound in BOUNDS if bound in rest})
    size = {"string": "Length", "array": "Items"}.get(kind)
    low, high = (f"min{size}", f"max{size}") if size else ("minimum", "maximum")
    yield from _between(call("len", name(local)) if size else name(local), rest.pop(low, None), rest.pop(high, None))
    if (above := rest.pop("exclusiveMinimum", None)) is not None:
        yield ast.Compare(name(local), [ast.Gt()], [constant(above)])
    if (below := rest.pop("exclusiveMaximum", None)) is not None:
        yield ast.Compare(name(local), [ast.Lt()], [constant(below)])


def _exact_float(limit: Any) -> Any:
    """Return a whole limit as a float: numbers mostly are, and Python compares two floats twice as fast."""
    return float(limit) if isinstance(limit, int) and abs(limit) < 1 << 53 else limit


def _between(value: ast.expr, low: Any, high: Any) -> Iterator[ast.expr]:
    if low is not None and high is not None:
        yield ast.Compare(constant(low), [ast.LtE(), ast.LtE()], [value, constant(high)])
    elif low is not None:
        yield ast.Compare(value, [ast.GtE()], [constant(low)])
    elif high is not None:
        yield ast.Compare(value, [ast.LtE()], [constant(high)])


def _is(local: str, kind: str) -> ast.expr:
    return ast.Compare(call("type", name(local)), [ast.Is()], [name(kind)])


def _all(tests: Sequence[ast.expr]) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def _leave_unless(test: ast.expr) -> ast.stmt:
    return ast.If(ast.UnaryOp(ast.Not(), test), [ast.Return(constant(False))], [])
