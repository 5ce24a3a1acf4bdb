"""Formulas as Python: what runs in clients and mocks.

The rendering is a syntax tree, never a concatenated text, so nothing that stands in a spec can become code. The
functions it calls are those of `specs.checks`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
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

HELPERS = ("compared", "items", "member", "mentioned", "satisfies", "total")
"""The names of `specs.checks` that rendered rules may call."""

Broken = Callable[[Mapping[str, Any]], list[int]]
"""Body → the positions of the rules that it breaks."""


def compile_rules(formulas: Iterable[Formula]) -> Broken:
    """Return the compiled function that tells which of the formulas do not hold."""
    module = ast.Module([function("broken", formulas)], [])
    namespace: dict[str, Any] = {name: getattr(checks, name) for name in HELPERS}
    exec(compile(ast.fix_missing_locations(module), "<rules>", "exec"), namespace)  # noqa: S102 (a tree we built)
    return cast("Broken", namespace["broken"])


def function(name: str, formulas: Iterable[Formula]) -> ast.FunctionDef:
    """Return `def name(body) -> list[int]` with one `if` for each formula."""
    body: list[ast.stmt] = [
        ast.AnnAssign(_name("broken", store=True), _annotation("list[int]"), ast.List([], ast.Load()), 1)
    ]
    for position, formula in enumerate(formulas):
        report = ast.Expr(_call(ast.Attribute(_name("broken"), "append", ast.Load()), _constant(position)))
        body.append(ast.If(expression(negate(formula)), [report], []))
    body.append(ast.Return(_name("broken")))
    arguments = ast.arguments([], [ast.arg("body", _annotation("Mapping[str, Any]"))], None, [], [], None, [])
    found = ast.FunctionDef(name, arguments, body, [], _annotation("list[int]"), None)
    if hasattr(found, "type_params") or "type_params" in ast.FunctionDef._fields:
        found.type_params = []  # type: ignore[attr-defined, unused-ignore]
    return ast.fix_missing_locations(found)


def helpers_used(node: ast.AST) -> tuple[str, ...]:
    """Return the names of `specs.checks` that the tree calls, sorted, for the import line of rendered text."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return tuple(name for name in HELPERS if name in names)


def expression(formula: Formula) -> ast.expr:
    """Return the formula as a Python expression over `body`, and `item` inside an Each."""
    if isinstance(formula, And):
        return ast.BoolOp(ast.And(), [expression(part) for part in formula.parts])
    if isinstance(formula, Or):
        return ast.BoolOp(ast.Or(), [expression(part) for part in formula.parts])
    if isinstance(formula, Present):
        return ast.Compare(_value(formula.ref), [ast.Is() if formula.negated else ast.IsNot()], [_constant(None)])
    if isinstance(formula, OneOf):
        return _one_of(formula)
    if isinstance(formula, Each):
        loop = ast.comprehension(
            _name("item", store=True), _call("items", _name("body"), *map(_constant, formula.array)), [], 0
        )
        return _call("any" if formula.negated else "all", ast.GeneratorExp(expression(formula.part), [loop]))
    holds = _helper_call(formula)
    return ast.UnaryOp(ast.Not(), holds) if formula.negated else holds


def _helper_call(formula: Satisfies | Compare | Sum | Mentions) -> ast.expr:
    if isinstance(formula, Satisfies):
        return _call("satisfies", _with_default(formula.ref), _constant(formula.schema))
    if isinstance(formula, Compare):
        return _call("compared", _with_default(formula.left), _constant(formula.op), _with_default(formula.right))
    if isinstance(formula, Sum):
        default = None if formula.default is ABSENT else formula.default
        summed = _call("total", _value(formula.array), _constant(formula.names), _constant(default))
        return _call("compared", summed, _constant(formula.op), _with_default(formula.total))
    return _call("mentioned", _value(formula.text), _constant(formula.pattern), _value(formula.listed))


def _one_of(formula: OneOf) -> ast.expr:
    """An absent value is None: it is among the allowed ones where the default is."""
    value, values = _value(formula.ref), formula.values
    if formula.ref.counts_as(values):
        values = (None, *values)
    if len(values) > 1:
        operator: ast.cmpop = ast.NotIn() if formula.negated else ast.In()
        return ast.Compare(value, [operator], [_constant(values)])
    if isinstance(values[0], bool):
        operator = ast.IsNot() if formula.negated else ast.Is()
    else:
        operator = ast.NotEq() if formula.negated else ast.Eq()
    return ast.Compare(value, [operator], [_constant(values[0])])


def _value(ref: Ref) -> ast.expr:
    base = _name("item" if ref.of_item else "body")
    if not ref.names:
        return base
    if len(ref.names) == 1:
        return _call(ast.Attribute(base, "get", ast.Load()), _constant(ref.names[0]))
    return _call("member", base, *map(_constant, ref.names))


def _with_default(ref: Ref) -> ast.expr:
    value = _value(ref)
    if ref.default is ABSENT or ref.default is None:
        return value
    missing = ast.Compare(value, [ast.Is()], [_constant(None)])
    return ast.IfExp(missing, _constant(ref.default), _value(ref))


def _call(function: str | ast.expr, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_name(function) if isinstance(function, str) else function, list(arguments), [])


def _name(name: str, *, store: bool = False) -> ast.Name:
    return ast.Name(name, ast.Store() if store else ast.Load())


def _annotation(text: str) -> ast.expr:
    return ast.Constant(text) if text.startswith("Mapping") else ast.parse(text, mode="eval").body


def _constant(value: Any) -> ast.expr:
    if isinstance(value, Mapping):
        return ast.Dict([_constant(key) for key in value], [_constant(member) for member in value.values()])
    if isinstance(value, list):
        return ast.List([_constant(member) for member in value], ast.Load())
    if isinstance(value, tuple):
        return ast.Tuple([_constant(member) for member in value], ast.Load())
    return ast.Constant(value)
