"""Docstrings of fields say where each thing stands, and what of it is ours."""

from __future__ import annotations

from typing import Any

from codegen.emit.plan import field_doc
from specs.checks import Source
from specs.model import Field


def doc(**schema: Any) -> str:
    return field_doc(
        Field("body", "/scale", {"title": "How closely", **schema}, required=False, source=Source("make", 66))
    )


def test_what_an_overlay_decided_is_not_laid_to_the_page() -> None:
    assert doc(default=0.5).endswith("Source: make:66.")
    decided = {"default": "The tagged page has it.", "x-media": "One for all."}
    assert doc(default=0.5, **{"x-decided": decided}).endswith(
        "Source: make:66; decided by us: default and the files it takes."
    )
