"""Pages into operations: one module per format, told apart by what stands on the page.

A reader knows its format and nothing about constraints; descriptions leave as statements for `codegen.phrases`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

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

_READERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("openapi", ("openapi", "swagger")),
    ("embedded", ("openapi", "swagger")),
    ("tagged", ("<ParamField", "<ResponseField")),
    ("cards", ("**`",)),
    ("anchors", ("](",)),
    ("outline", ("|", "**", "类型", "Type")),
    ("rendered", ()),
)
"""Modules in the order they are asked, each with texts of which one must stand on a page of its format.

Each looks for marks that the ones after it do not mind. One is imported when it is asked: a page needs few of them.
"""


def read(page: Page, names: PageNames | None = None) -> PageReading:
    """Return what stands on the page. Raises PageError where it documents nothing in a format known here."""
    for reader in _readers(page):
        if reader.recognise(page):
            return _something(page, reader.read(page))
    from codegen.pages import blocks, stripped

    if blocks.recognise(page):
        return blocks.read(page, names)
    if stripped.recognise(page):
        return _something(page, stripped.read(page))
    raise _nothing(page)


def _readers(page: Page) -> Iterator[Reader]:
    for name, marks in _READERS:
        if not marks or any(mark in page.text for mark in marks):
            yield cast("Reader", import_module(f"codegen.pages.{name}"))


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
