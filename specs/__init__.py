"""Contracts of providers: `specs.load("novita")`.

>>> contract = specs.load("novita")
>>> operation = contract.operation("kling_v3_0_pro_i2v")
>>> [violation.rule for violation in operation.validate({"image": "…", "prompt": "…", "multi_prompt": []})]
"""

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
