"""After rendering: each file is parsed, and may import and call what its template can produce, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from specs.rules.limits import LOOPS
from specs.rules.python import HELPERS

ALLOWED_CALLS: Mapping[str, frozenset[str]] = {
    "description.py": frozenset(("Operation", "Provider", "Described", "Check", "Source", "Summed", "TaskShape")),
    "rules.py": frozenset(
        (*HELPERS, "any", "all", "type", "len", "isfinite", "tuple.count", "broken.append", "body.get",
         *(f"{n}.get" for n in LOOPS))
    ),
    "models.py": frozenset(("Field",)),
    "params.py": frozenset(),
    "__init__.py": frozenset(),
    "__main__.py": frozenset(("run", "sys.exit", "main")),
    "client.py": frozenset(
        ("self._request", "self._submit", "self._run", "self._call", "parse")
    ),
}  # fmt: skip
"""The functions that a module may call, besides the operations' own classes in `client.py`."""

ALLOWED_IMPORTS: Mapping[str, frozenset[str]] = {
    "description.py": frozenset((".rules", "._runtime.checks", "._runtime.description")),
    "rules.py": frozenset(("collections.abc", "math", "typing", "._runtime.checks")),
    "models.py": frozenset(("typing", "pydantic", "._runtime.models")),
    "params.py": frozenset(("collections.abc", "typing", "._runtime.inputs", ".models")),
    "__main__.py": frozenset(("sys", "collections.abc", "._runtime.cli", ".client")),
    "__init__.py": frozenset(
        ("._runtime.batch", "._runtime.core", "._runtime.errors", "._runtime.inputs", "._runtime.lifecycle",
         "._runtime.requests", "._runtime.results", "._runtime.settings", "._runtime.tasks", "._runtime.webhooks",
         ".client")
    ),
    "client.py": frozenset(
        ("collections.abc", "typing", ".description", ".params", ".models", "._runtime.clients", "._runtime.requests",
         "._runtime.results", "._runtime.settings", "._runtime.tasks", "._runtime.webhooks")
    ),
}  # fmt: skip
"""The modules that a module may import, relative ones with their dots."""

STATEMENTS = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.If)
"""What may stand at the top of a module."""


class AuditError(RuntimeError):
    """A rendered file holds what no template can have produced: a mistake of the generator; nothing was written."""


def module(name: str, text: str, planned: Any) -> None:
    """Check one module that a template rendered. Raises AuditError."""
    found = ast.parse(text)
    if name not in ALLOWED_CALLS:
        raise AuditError(f"{name} is not among the modules that a client has")
    classes = {str(n) for method in planned.methods for n in (method.class_name, method.async_name)}
    calls = ALLOWED_CALLS[name] | (classes if name == "client.py" else frozenset())
    for line in (*imports(found) - {"__future__"} - ALLOWED_IMPORTS[name],):
        raise AuditError(f"{name} imports {line}")
    for line in (*called(found) - calls,):
        raise AuditError(f"{name} calls {line}")
    for statement in found.body:
        if not isinstance(statement, STATEMENTS):
            raise AuditError(f"{name} has a {type(statement).__name__} at its top")
        if isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
            raise AuditError(f"{name} evaluates something when it is imported")


def imports(found: ast.AST) -> set[str]:
    """Return the modules that a module imports; `from . import x` is `.x`."""
    names: set[str] = set()
    for node in ast.walk(found):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is None:
            names |= {"." * node.level + alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + str(node.module))
    return names


def called(found: ast.AST) -> set[str]:
    """Return the text of everything that is called, decorators included."""
    names = {callee(node.func) for node in ast.walk(found) if isinstance(node, ast.Call)}
    for node in ast.walk(found):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names |= {ast.unparse(decorator) for decorator in node.decorator_list}
    return names


def callee(function: ast.expr) -> str:
    """Return the text of what is called; a tuple's method is named after the type, whatever is in it."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Tuple):
        return f"tuple.{function.attr}"
    return ast.unparse(function)
