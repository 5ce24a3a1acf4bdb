"""Reads statements: every phrase over every sentence, and what is left goes to unread."""

from __future__ import annotations

from collections.abc import Sequence

from codegen.phrases.statement import Reading, Scope, Statement


def read(statements: Sequence[Statement], scope: Scope) -> Reading:
    """Return what the prose of one operation constrains: keywords, rules, and the sentences not understood."""
    return Reading()
