"""Formulas as Python: what runs in clients and mocks.

The rendering is a syntax tree, never a concatenated text, so nothing that stands in a spec can become code. The
functions it calls are those of `specs.checks`. The same formula is printed for any body whatever, and, inside of
`specs.rules.limits`, over local names whose values are known to keep their limits.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, cast

from specs import checks
from specs.rules.formula import (
    ABSENT,
    And,
    Compare,
    Each,
    Formula,
    Mentions,
    OneOf,
    Or,
    Present,
    Ref,
    Satisfies,
    Sum,
    negate,
)

HELPERS = ("compared", "is_a", "items", "member", "mentioned", "satisfies", "total")
"""The names of `specs.checks` that rendered rules and limits may call."""

Broken = Callable[[Mapping[str, Any]], list[int]]
"""Body → the positions of the rules that it breaks."""


@dataclass(frozen=True, slots=True)
class Local:
    """A local name of rendered code that holds a checked value; `optional` where it is None when absent."""

    name: str
    numeric: bool = False
    optional: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """The locals there are: by name for the body's members and the current item's, by array and member for sums.

    Without any, values are looked up in `body` and in what `loop` names, and nothing is known of them.
    """

    body: Mapping[str, Local] = field(default_factory=dict[str, Local])
    item: Mapping[str, Local] = field(default_factory=dict[str, Local])
    sums: Mapping[tuple[str, str], Local] = field(default_factory=dict[tuple[str, str], Local])
    loop: str = "item"

    def local(self, ref: Ref) -> Local | None:
        """Return the local that holds the value, if there is one."""
        return (self.item if ref.of_item else self.body).get(ref.names[0]) if len(ref.names) == 1 else None


UNKNOWN = Scope()


def compile_rules(formulas: Iterable[Formula]) -> Broken:
    """Return the compiled function that tells which of the formulas do not hold."""
    return cast("Broken", compiled(function("broken", formulas)))


def function(title: str, formulas: Iterable[Formula]) -> ast.FunctionDef:
    """Return `def title(body) -> list[int]` with one `if` for each formula."""
    body: list[ast.stmt] = [
        ast.AnnAssign(name("broken", store=True), annotation("list[int]"), ast.List([], ast.Load()), 1)
    ]
    for position, formula in enumerate(formulas):
        report = ast.Expr(call(ast.Attribute(name("broken"), "append", ast.Load()), constant(position)))
        body.append(ast.If(expression(negate(formula)), [report], []))
    body.append(ast.Return(name("broken")))
    return define(title, body, "Mapping[str, Any]", "list[int]")


def helpers_used(node: ast.AST) -> tuple[str, ...]:
    """Return the names of `specs.checks` that the tree calls, sorted, for the import line of rendered text."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return tuple(name for name in HELPERS if name in names)


def expression(formula: Formula, scope: Scope = UNKNOWN) -> ast.expr:
    """Return the formula as a Python expression over the scope's locals, or else `body`, and `item` inside an Each."""
    if isinstance(formula, And):
        return ast.BoolOp(ast.And(), [expression(part, scope) for part in formula.parts])
    if isinstance(formula, Or):
        return ast.BoolOp(ast.Or(), [expression(part, scope) for part in formula.parts])
    if isinstance(formula, Present):
        return is_none(_value(formula.ref, scope), negated=not formula.negated)
    if isinstance(formula, OneOf):
        return _one_of(formula, scope)
    if isinstance(formula, Each):
        loop = ast.comprehension(
            name("item", store=True), call("items", name("body"), *map(constant, formula.array)), [], 0
        )
        part = expression(formula.part, Scope(scope.body))
        return call("any" if formula.negated else "all", ast.GeneratorExp(part, [loop]))
    if isinstance(formula, (Compare, Sum)) and (known := _plain(formula, scope)) is not None:
        return known
    holds = _helper_call(formula, scope)
    return ast.UnaryOp(ast.Not(), holds) if formula.negated else holds


_OPERATORS: Mapping[str, type[ast.cmpop]] = {
    "==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
}  # fmt: skip
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _plain(formula: Compare | Sum, scope: Scope) -> ast.expr | None:
    """Return a comparison of locals that are known to be numbers, without a call; None where they are not known."""
    right = formula.total if isinstance(formula, Sum) else formula.right
    other = scope.local(right)
    if isinstance(formula, Sum):
        summed = (*formula.array.names, *formula.names)
        found = scope.sums.get((summed[0], summed[1])) if len(summed) == 2 else None
        guards = [] if found is None else [_value(formula.array, scope)]
        left: ast.expr | None = None if found is None else name(found.name)
    else:
        found = scope.local(formula.left)
        guards = [] if found is None or not _may_lack(formula.left, found) else [_value(formula.left, scope)]
        left = _with_default(formula.left, scope)
    if found is None or other is None or left is None or not (found.numeric and other.numeric):
        return None
    guards += [_value(right, scope)] if _may_lack(right, other) else []
    op = _OPPOSITE[formula.op] if formula.negated else formula.op
    holds = ast.Compare(left, [_OPERATORS[op]()], [_with_default(right, scope)])
    if not guards:
        return holds
    if formula.negated:
        return ast.BoolOp(ast.And(), [*(is_none(guard, negated=True) for guard in guards), holds])
    return ast.BoolOp(ast.Or(), [*map(is_none, guards), holds])


def _may_lack(ref: Ref, local: Local) -> bool:
    return local.optional and (ref.default is ABSENT or ref.default is None)


def _helper_call(formula: Satisfies | Compare | Sum | Mentions, scope: Scope) -> ast.expr:
    if isinstance(formula, Satisfies):
        return call("satisfies", _with_default(formula.ref, scope), constant(formula.schema))
    if isinstance(formula, Compare):
        left, right = _with_default(formula.left, scope), _with_default(formula.right, scope)
        return call("compared", left, constant(formula.op), right)
    if isinstance(formula, Sum):
        default = None if formula.default is ABSENT else formula.default
        summed = call("total", _value(formula.array, scope), constant(formula.names), constant(default))
        return call("compared", summed, constant(formula.op), _with_default(formula.total, scope))
    return call("mentioned", _value(formula.text, scope), constant(formula.pattern), _value(formula.listed, scope))


def _one_of(formula: OneOf, scope: Scope) -> ast.expr:
    """An absent value is None: it is among the allowed ones where the default is."""
    value, values = _value(formula.ref, scope), formula.values
    if formula.ref.counts_as(values):
        values = (None, *values)
    if len(values) > 1:
        operator: ast.cmpop = ast.NotIn() if formula.negated else ast.In()
        return ast.Compare(value, [operator], [constant(values)])
    if isinstance(values[0], bool):
        operator = ast.IsNot() if formula.negated else ast.Is()
    else:
        operator = ast.NotEq() if formula.negated else ast.Eq()
    return ast.Compare(value, [operator], [constant(values[0])])


def _value(ref: Ref, scope: Scope) -> ast.expr:
    known = scope.local(ref)
    if known is not None:
        return name(known.name)
    base = name(scope.loop if ref.of_item else "body")
    if not ref.names:
        return base
    if len(ref.names) == 1:
        return call(ast.Attribute(base, "get", ast.Load()), constant(ref.names[0]))
    return call("member", base, *map(constant, ref.names))


def _with_default(ref: Ref, scope: Scope) -> ast.expr:
    value, known = _value(ref, scope), scope.local(ref)
    if ref.default is ABSENT or ref.default is None or (known is not None and not known.optional):
        return value
    return ast.IfExp(is_none(value), constant(ref.default), _value(ref, scope))


def is_none(value: ast.expr, *, negated: bool = False) -> ast.expr:
    """Return `value is None`, or `value is not None`."""
    return ast.Compare(value, [ast.IsNot() if negated else ast.Is()], [constant(None)])


def call(function: str | ast.expr, *arguments: ast.expr) -> ast.Call:
    """Return a call of a function, by its name or expression."""
    return ast.Call(name(function) if isinstance(function, str) else function, list(arguments), [])


def name(text: str, *, store: bool = False) -> ast.Name:
    """Return a name, to be read or to be set."""
    return ast.Name(text, ast.Store() if store else ast.Load())


def annotation(text: str) -> ast.expr:
    """Return a type, written by us."""
    return ast.parse(text, mode="eval").body


def define(title: str, body: list[ast.stmt], takes: str, returns: str) -> ast.FunctionDef:
    """Return `def title(body: takes) -> returns`."""
    arguments = ast.arguments([], [ast.arg("body", annotation(takes))], None, [], [], None, [])
    found = ast.FunctionDef(title, arguments, body, [], annotation(returns), None)
    if hasattr(found, "type_params") or "type_params" in ast.FunctionDef._fields:
        found.type_params = []  # type: ignore[attr-defined, unused-ignore]
    return ast.fix_missing_locations(found)


def compiled(function: ast.FunctionDef) -> Any:
    """Return the function itself."""
    namespace: dict[str, Any] = {helper: getattr(checks, helper) for helper in HELPERS}
    namespace |= {"Any": Any, "Mapping": Mapping, "isfinite": isfinite}
    exec(compile(ast.fix_missing_locations(ast.Module([function], [])), "<rules>", "exec"), namespace)  # noqa: S102
    return namespace[function.name]


def constant(value: Any) -> ast.expr:
    """Return the expression of a value."""
    if isinstance(value, Mapping):
        return ast.Dict([constant(key) for key in value], [constant(member) for member in value.values()])
    if isinstance(value, list):
        return ast.List([constant(member) for member in value], ast.Load())
    if isinstance(value, tuple):
        return ast.Tuple([constant(member) for member in value], ast.Load())
    return ast.Constant(value)
