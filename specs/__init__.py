"""Contracts of providers: `specs.load("novita")`.

>>> contract = specs.load("novita")
>>> operation = contract.operation("kling_v3_0_pro_i2v")
>>> [violation.rule for violation in operation.validate({"image": "…", "prompt": "…", "multi_prompt": []})]
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specs.checks import Check, Source, Violation
    from specs.errors import PageError, ReelspecError, SpecError
    from specs.loader import contract, load, providers
    from specs.model import (
        Authentication,
        Contract,
        ErrorCode,
        Errors,
        Field,
        Operation,
        Page,
        Response,
        Task,
        Variant,
    )
    from specs.rules.model import Rule

__all__ = [
    "Authentication",
    "Check",
    "Contract",
    "ErrorCode",
    "Errors",
    "Field",
    "Operation",
    "Page",
    "PageError",
    "ReelspecError",
    "Response",
    "Rule",
    "Source",
    "SpecError",
    "Task",
    "Variant",
    "Violation",
    "contract",
    "load",
    "providers",
]

_HOMES = {
    "checks": ("Check", "Source", "Violation"),
    "errors": ("PageError", "ReelspecError", "SpecError"),
    "loader": ("contract", "load", "providers"),
    "model": (
        "Authentication", "Contract", "ErrorCode", "Errors", "Field", "Operation", "Page", "Response", "Task",
        "Variant",
    ),
    "rules.model": ("Rule",),
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Import what is asked for: a command that raises our errors need not load the readers of contracts."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"specs.{home}"), name)
    if importlib.util.find_spec(f"specs.{name}") is None:
        raise AttributeError(f"module 'specs' has no attribute {name!r}")
    return importlib.import_module(f"specs.{name}")
