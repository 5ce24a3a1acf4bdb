"""Markdown pages that carry an OpenAPI document in a block of code."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from codegen.facts import Unread
from codegen.pages import openapi
from codegen.pages.located import read_json, read_yaml
from codegen.pages.page import Page
from codegen.pages.prose import clear, statements_of
from codegen.pages.reading import OperationReading, PageReading
from codegen.pages.tags import Fence, fences
from codegen.phrases.statement import Statement

FORMAT: Final = "markdown-openapi"
_DOCUMENT = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:\{\s*)?[\"']?(?:openapi|swagger)[\"']?\s*:")


def recognise(page: Page) -> bool:
    """Say whether a block of code holds an OpenAPI document."""
    return any(_is_document(page, fence) for fence in fences(page))


def read(page: Page) -> PageReading:
    """Return the operations of all such blocks. Raises PageError naming the line where a block is broken."""
    operations: list[OperationReading] = []
    title = next((m[1].strip() for m in re.finditer(r"^# +(.+)$", page.text, re.MULTILINE)), None)
    notes: list[Unread] = []
    prose: list[Statement] = []
    at = 0
    for fence in fences(page):
        prose.extend(statements_of(clear(page.text[at : fence.start]), page.line_at(at)))
        at = fence.end
        if not _is_document(page, fence):
            continue
        if not fence.closed:
            raise page.error("the document ends with the page: it was cut off", "close its block of code with ```, "
                             "or give the whole page", fence.line)  # fmt: skip
        text, first = page.text[fence.body_start : fence.body_end], page.line_at(fence.body_start)
        if text.lstrip().startswith("{"):
            blank = "\n" * (first - 1)
            root = read_json(Page(blank + text, page.place, page.sha256))
        else:
            root = read_yaml(page, text, first)
        found = openapi.operations(page, root)
        operations.extend(found.operations)
        notes.extend(found.notes)
        title = title or found.title
    prose.extend(statements_of(clear(page.text[at:]), page.line_at(at)))
    if len(operations) == 1:
        operations[0] = replace(operations[0], statements=(*operations[0].statements, *prose))
    return PageReading(title, FORMAT, tuple(operations), tuple(notes))


def _is_document(page: Page, fence: Fence) -> bool:
    return _DOCUMENT.match(page.text, fence.body_start, fence.body_end) is not None
