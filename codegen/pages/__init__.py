"""Pages into operations: one module per format, told apart by what stands on the page.

A reader knows its format and nothing about constraints; descriptions leave as statements for `codegen.phrases`.
"""

from __future__ import annotations

from typing import Protocol

from codegen.pages import anchors, blocks, cards, embedded, openapi, outline, rendered, stripped, tagged
from codegen.pages.blocks import FieldName, PageNames
from codegen.pages.page import Page, decode
from codegen.pages.reading import OperationReading, PageReading


class Reader(Protocol):
    """What a format's module offers."""

    def recognise(self, page: Page) -> bool:
        """Say whether the page is of this format."""

    def read(self, page: Page) -> PageReading:
        """Return what stands on the page."""


__all__ = ["FieldName", "OperationReading", "Page", "PageNames", "PageReading", "decode", "read"]

_READERS: tuple[Reader, ...] = (openapi, embedded, tagged, cards, anchors, outline, rendered)
"""In the order they are asked; each looks for marks that the ones after it do not mind."""


def read(page: Page, names: PageNames | None = None) -> PageReading:
    """Return what stands on the page. Raises PageError where its format is unknown."""
    for reader in _READERS:
        if reader.recognise(page):
            return reader.read(page)
    if blocks.recognise(page):
        return blocks.read(page, names)
    if stripped.recognise(page):
        return stripped.read(page)
    raise page.error(
        "no API documentation of a known format: no operation, no parameters",
        "give a page that documents an operation; the README lists the formats",
    )
