"""Pages that name an operation but no fields.

Where the headings of an API page stand, tags were stripped: descriptions are left, nothing can be named, and that is
said. Guides that only call an operation are read for what they say about it.
"""

from __future__ import annotations

import re
from typing import Final

from codegen.facts import Unread
from codegen.pages import routes
from codegen.pages.page import Page
from codegen.pages.prose import clear, plain, statements_of
from codegen.pages.reading import OperationReading, PageReading
from codegen.pages.tags import fences

FORMAT: Final = "mintlify-stripped"
GUIDE: Final = "markdown-guide"
NOTE: Final = "the page names no fields: its tags were stripped; give their names in a pages.toml entry of this page"
_SECTION = re.compile(
    r"^#{1,4}[ \t]+(?:请求头|请求体|请求参数|查询参数|路径参数|响应|响应参数|Request Headers|Request Body|"
    r"Request|Response|Query Parameters|Path Parameters|Body|Headers)[ \t]*$",
    re.MULTILINE,
)


def recognise(page: Page) -> bool:
    """Say whether headings of an API page stand here, or a route."""
    return _SECTION.search(page.text) is not None or routes.of_page(page) is not None


def read(page: Page) -> PageReading:
    """Return an operation without fields, its prose, and a note."""
    _, skip = routes.front_matter(page)
    text = "\n" * skip + "\n".join(page.lines[skip:])
    coded = {n for fence in fences(page) for n in range(fence.line, page.line_at(fence.end) + 1)}
    statements = [
        statement
        for number, line in enumerate(clear(plain(text)).split("\n"), 1)
        if line.strip() and not line.lstrip().startswith(">") and number not in coded
        for statement in statements_of(line, number)
    ]
    made = routes.of_page(page)
    method, path, server = (made.method, made.path, made.server) if made else (None, None, None)
    values, _ = routes.front_matter(page)
    title = values.get("title") or next((m[1] for m in re.finditer(r"^# +(.+)$", page.text, re.MULTILINE)), None)
    operation = OperationReading(method, path, server, (), tuple(statements))
    first = _SECTION.search(page.text)
    if first is None:
        return PageReading(title, GUIDE, (operation,))
    note = Unread(page.line_at(first.start()), NOTE)
    return PageReading(title, FORMAT, (operation,), (note,))
