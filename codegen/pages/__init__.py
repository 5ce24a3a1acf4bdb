"""Pages into operations: one module per format, told apart by what stands on the page.

A reader knows its format and nothing about constraints; descriptions leave as statements for `codegen.phrases`.
"""

from __future__ import annotations

from codegen.pages import blocks, rendered, tagged
from codegen.pages.blocks import FieldName, PageNames
from codegen.pages.page import Page, decode
from codegen.pages.reading import OperationReading, PageReading

__all__ = ["FieldName", "OperationReading", "Page", "PageNames", "PageReading", "decode", "read"]


def read(page: Page, names: PageNames | None = None) -> PageReading:
    """Return what stands on the page. Raises PageError where its format is unknown."""
    if tagged.recognise(page):
        return tagged.read(page)
    if rendered.recognise(page):
        return rendered.read(page)
    if blocks.recognise(page):
        return blocks.read(page, names)
    raise page.error("no format of API documentation known here", "see codegen/pages for the formats that are")
