"""The runtime as it goes into a client: the same code, without what only its makers read or what is not called there.

Comments on lines of their own and the docstrings of private names stay in `codegen/runtime` and `specs`. Of the shared
modules a client gets what it reaches.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

_KEPT_COMMENTS = ("# fmt:", "# type:", "# pyright:", "# noqa")


def dense(text: str) -> str:
    """Return the module without comments on lines of their own and without the docstrings of private names."""
    dropped = {n for node in _private_docstrings(ast.parse(text)) for n in _lines(node)}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        alone = token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
        if alone and not token.string.startswith(_KEPT_COMMENTS):
            dropped.add(token.start[0])
    return _without(text, dropped)


def _private_docstrings(module: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(module):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or len(node.body) == 1:
            continue
        first, private = node.body[0], node.name.startswith("_") and not node.name.startswith("__")
        if private and isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            yield first


def reached(text: str, roots: Collection[str], without: Collection[str] = ()) -> str:
    """Return the module with only those definitions that the roots need; `without` names methods that are not called.

    An import that nothing needs any more goes too.
    """
    module = ast.parse(text)
    dropped: set[int] = set()
    for holder in module.body:
        if isinstance(holder, ast.ClassDef):
            gone = [part for part in holder.body if f"{holder.name}.{getattr(part, 'name', '')}" in without]
            holder.body = [part for part in holder.body if part not in gone]
            dropped |= {n for part in gone for n in _lines(part)}
    defined = {name: node for node in module.body for name in _defines(node)}
    needed: set[str] = set()
    others = (node for node in module.body if not _defines(node) and not isinstance(node, ast.Expr))
    waiting = [*roots, *chain.from_iterable(map(_uses, others))]
    while waiting:
        name = waiting.pop()
        if name in defined and name not in needed:
            needed.add(name)
            waiting += _uses(defined[name])
    before: ast.stmt | None = None
    for node in module.body:
        names = _defines(node)
        said_of = isinstance(node, ast.Expr) and before is not None and isinstance(node.value, ast.Constant)
        if (names and needed.isdisjoint(names)) or (said_of and before is not None and before.lineno in dropped):
            dropped |= set(_lines(node))
        before = node if names else before if said_of else None
    return _without_imports(_without(text, dropped))


def only(text: str, table: str, keys: Collection[str]) -> str:
    """Return the module with only these keys in the dictionary of that name; each pair stands on a line of its own."""
    dropped: set[int] = set()
    for node in ast.parse(text).body:
        if table in _defines(node) and isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value not in keys:
                    dropped |= set(range(key.lineno, (value.end_lineno or value.lineno) + 1))
    return _without(text, dropped)


def _without_imports(text: str) -> str:
    """Return the module without the names that it imports and does not use."""
    module = ast.parse(text)
    used = {name for node in module.body if not isinstance(node, (ast.Import, ast.ImportFrom)) for name in _uses(node)}
    lines = text.splitlines(keepends=True)
    for node in reversed(module.body):
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "__future__"):
            node.names = [alias for alias in node.names if (alias.asname or alias.name).partition(".")[0] in used]
            kept = [ast.unparse(node) + "\n"] if node.names else []
            lines[node.lineno - 1 : node.end_lineno] = kept
    return "".join(lines)


def _defines(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return (node.target.id,)
    if isinstance(node, ast.Assign):
        return tuple(target.id for target in node.targets if isinstance(target, ast.Name))
    return ()


def _uses(node: ast.AST) -> Iterable[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value  # a type in quotes


def _lines(node: ast.stmt) -> range:
    """Return the lines of a statement, decorators included."""
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _without(text: str, dropped: Collection[int]) -> str:
    return "".join(line for number, line in enumerate(text.splitlines(keepends=True), 1) if number not in dropped)
