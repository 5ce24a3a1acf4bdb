"""Markdown pages as blocks: headings, paragraphs, tables, lists and code, each with its line (markdown-it-py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from codegen.pages import routes
from codegen.pages.page import Page


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` is 1 to 6."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a newline in it is one on the page."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row."""

    cells: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its rows may be of any length."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    line: int


@dataclass(slots=True)
class Item:
    """A list's item: its own text and the lists and blocks inside."""

    text: str
    line: int
    inner: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Listing:
    """A list."""

    items: list[Item]
    line: int


Block = Heading | Paragraph | Code | Table | Listing


@cache
def _parser() -> MarkdownIt:
    """Return a parser of blocks; what stands inside a line is left as it is."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable("table")
    parser.disable(["inline", "text_join", "html_block", "code", "reference", "lheading"], ignoreInvalid=True)
    return parser


def blocks(page: Page) -> list[Block]:
    """Return the page's blocks below its front matter."""
    _, skip = routes.front_matter(page)
    text = "\n" * skip + "\n".join(page.lines[skip:])
    return list(_Blocks(_parser().parse(text)).until(""))


class _Blocks:
    """Tokens into blocks."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at = tokens, 0

    def until(self, closing: str) -> Iterator[Block]:
        """Yield blocks up to the closing token, which is taken."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == closing:
                return
            line = token.map[0] + 1 if token.map else 1
            if token.type == "heading_open":
                yield Heading(int(token.tag[1:]), self.inline(), line)
            elif token.type == "paragraph_open":
                yield Paragraph(self.inline(), line)
            elif token.type in ("fence", "code_block"):
                yield Code(token.content, line)
            elif token.type == "table_open":
                yield self.table(line)
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                yield Listing(list(self.items(token.type.replace("open", "close"))), line)

    def inline(self) -> str:
        """Return the text of the inline token that follows."""
        token = self.tokens[self.at]
        self.at += 1
        return token.content if token.type == "inline" else ""

    def items(self, closing: str) -> Iterator[Item]:
        while self.at < len(self.tokens) and self.tokens[self.at].type != closing:
            token = self.tokens[self.at]
            self.at += 1
            if token.type == "list_item_open":
                line = token.map[0] + 1 if token.map else 1
                inner = list(self.until("list_item_close"))
                first = inner[0] if inner and isinstance(inner[0], Paragraph) else None
                yield Item(first.text if first else "", line, inner[1:] if first else inner)
        self.at += 1

    def table(self, line: int) -> Table:
        head: tuple[str, ...] = ()
        rows: list[Row] = []
        cells: list[str] = []
        at = line
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                cells, at = [], token.map[0] + 1 if token.map else at
            elif token.type == "inline":
                cells.append(token.content)
            elif token.type == "tr_close" and not head:
                head = tuple(cells)
            elif token.type == "tr_close":
                rows.append(Row(tuple(cells), at))
        return Table(head, tuple(rows), line)
