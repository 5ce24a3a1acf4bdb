"""Pages into operations: one module per format, told apart by what stands on the page.

A reader knows its format and nothing about constraints; descriptions leave as statements for `codegen.phrases`.
"""

from __future__ import annotations

from typing import Protocol

from codegen.pages import anchors, blocks, cards, embedded, openapi, outline, rendered, stripped, tagged
from codegen.pages.blocks import FieldName, PageNames
from codegen.pages.page import Page, decode
from codegen.pages.reading import OperationReading, PageReading
from specs.errors import PageError


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
    """Return what stands on the page. Raises PageError where it documents nothing in a format known here."""
    for reader in _READERS:
        if reader.recognise(page):
            return _something(page, reader.read(page))
    if blocks.recognise(page):
        return blocks.read(page, names)
    if stripped.recognise(page):
        return _something(page, stripped.read(page))
    raise _nothing(page)


def _something(page: Page, reading: PageReading) -> PageReading:
    """Return the reading where it has an operation: fields, a route, or a note on why there are none."""
    if reading.notes or any(operation.fields or operation.path for operation in reading.operations):
        return reading
    raise _nothing(page)


def _nothing(page: Page) -> PageError:
    return page.error(
        "no API documentation of a known format: no operation, no parameters",
        "give a page that documents an operation; the README lists the formats",
    )
