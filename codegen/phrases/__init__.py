"""Prose into constraints: `read(statements, scope)`."""

from __future__ import annotations

from codegen.phrases.reader import read

__all__ = ["read"]
