"""Nothing from a spec becomes code by concatenation: every value enters a template as one of these types.

    Ident     a name: ASCII, no keyword, checked
    Slug      a project's name
    Literal   a value: written by `ast.unparse`, read back and compared
    Word      a value as one word of a shell's command
    Json      a value as one line of JSON
    DocText   prose: a docstring in Python, escaped text in Markdown, a string in TOML
    Tree      a syntax tree that our own code built, such as a rendered rule or a type
    Table     such a tree that is data alone, packed as tables are

Jinja's `finalize` refuses everything else, a bare str above all.
"""

from __future__ import annotations

import ast
import json
import keyword
import re
import shlex
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent.parent / "templates"
WIDTH = 120


class Ident(str):
    """A Python name. Raises ValueError for what is none."""

    __slots__ = ()

    def __new__(cls, name: str) -> Ident:
        """Check and make a name."""
        if not name.isascii() or not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"{name!r} cannot be a name")
        return super().__new__(cls, name)


class Slug(str):
    """A project's name: lower case, digits and hyphens. Raises ValueError for what is none."""

    __slots__ = ()

    def __new__(cls, name: str) -> Slug:
        """Check and make a name."""
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise ValueError(f"{name!r} cannot be a project's name")
        return super().__new__(cls, name)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value made of None, booleans, numbers, strings, tuples, lists and mappings."""

    value: Any

    def python(self) -> str:
        """Return the expression that has this value."""
        text = ast.unparse(tree(self.value))
        if ast.literal_eval(text) != _plain(self.value):
            raise ValueError(f"{text} does not read back as the value")
        return text


@dataclass(frozen=True, slots=True)
class Word:
    """A value as one word of a shell's command; what a text has that does not print becomes a space."""

    value: Any

    def shell(self) -> str:
        """Return the word, quoted so that a shell expands nothing in it."""
        text = self.value if isinstance(self.value, str) else json.dumps(self.value)
        return shlex.quote("".join(character if character.isprintable() else " " for character in text))


@dataclass(frozen=True, slots=True)
class Json:
    """A value as one line of JSON, which cannot end a block of code."""

    value: Any

    def json(self) -> str:
        """Return the line, in ASCII and without backticks."""
        return json.dumps(self.value).replace("`", "\\u0060")


@dataclass(frozen=True, slots=True)
class DocText:
    """Prose. Line feeds end lines; every other character that does not print becomes a space."""

    text: str
    indent: int = 4

    def cleaned(self) -> str:
        """Return the text without control characters, line and paragraph separators, and trailing blanks."""
        lines = ("".join(c if c.isprintable() else " " for c in line).rstrip() for line in self.text.split("\n"))
        return "\n".join(lines).strip()

    def docstring(self) -> str:
        """Return the docstring, quotes included, wrapped to the line length."""
        blank = " " * self.indent
        wrapped = [_wrapped(line, self.indent) for line in self.cleaned().split("\n")]
        text = f"\n{blank}".join(wrapped).replace(f"\n{blank}\n", "\n\n")
        escaped = re.sub(r'"(?="|\Z)', r'\\"', text.replace("\\", "\\\\"))
        close = f"\n{blank}" if "\n" in escaped else ""
        quoted = f'"""{escaped}{close}"""'
        if ast.literal_eval(quoted) != text + close:
            raise ValueError("the docstring does not read back as its text")
        return quoted

    def markdown(self) -> str:
        """Return the text with everything escaped that Markdown or HTML would read, on one line; `names` are code."""
        parts = re.split(r"(?<!`)(`[\w.\[\]/-]+`)(?!`)", " ".join(self.cleaned().split()), flags=re.ASCII)
        parts[::2] = (re.sub(r"([\\`*_\[\]<>|~$&])", r"\\\1", part) for part in parts[::2])
        text = "".join(parts)
        return re.sub(r"^([#+=-](?=\s)|\d+(?=[.)]))", r"\\\1", text)


@dataclass(frozen=True, slots=True)
class Tree:
    """A syntax tree that our code built."""

    node: ast.AST

    def python(self) -> str:
        """Return its text."""
        return ast.unparse(self.node)


@dataclass(frozen=True, slots=True)
class Table:
    """A syntax tree of values and constructor calls, printed with as many of them on a line as fit."""

    node: ast.expr
    indent: int = 0

    def python(self) -> str:
        """Return its text, to stand behind a name and an equals sign. `# fmt: skip` keeps it so."""
        text = _packed(self.node, self.indent, "")
        if ast.dump(ast.parse(text, mode="eval").body) != ast.dump(ast.parse(ast.unparse(self.node), mode="eval").body):
            raise ValueError("the table does not read back as its values")
        return text


def _packed(node: ast.expr, indent: int, before: str) -> str:
    """Return the text of an expression that begins behind `before` on a line indented so."""
    flat = _flat(node)
    opening, parts, closing = _parts(node)
    if not parts or indent + len(before) + len(flat) <= WIDTH - 2:
        return flat
    lines, deeper = [""], indent + 4
    for name, value in parts:
        text = name + _flat(value)
        row = isinstance(value, ast.Call) and isinstance(node, ast.Tuple)
        if deeper + len(lines[-1]) + len(text) + 2 <= WIDTH and not (row and lines[-1]):
            lines[-1] += (" " if lines[-1] else "") + text + ","
        else:
            lines += [name + _packed(value, deeper, name) + ","]
            lines += [] if "\n" not in lines[-1] else [""]
    blank = "\n" + " " * deeper
    return opening + "".join(blank + line for line in lines if line) + "\n" + " " * indent + closing


def _flat(node: ast.expr) -> str:
    """Return the text of an expression on one line, texts in double quotes where that needs no escapes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = repr(node.value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text and "\\" not in text else text
    opening, parts, closing = _parts(node)
    if not opening:
        return ast.unparse(node)
    single = "," if isinstance(node, ast.Tuple) and len(parts) == 1 else ""
    return opening + ", ".join(name + _flat(value) for name, value in parts) + single + closing


def _parts(node: ast.expr) -> tuple[str, list[tuple[str, ast.expr]], str]:
    """Return how an expression opens, its parts with what stands before each, and how it closes."""
    if isinstance(node, ast.Dict):
        return "{", [(_flat(key) + ": ", value) for key, value in zip(node.keys, node.values, strict=True) if key], "}"
    if isinstance(node, (ast.Tuple, ast.List)):
        brackets = "()" if isinstance(node, ast.Tuple) else "[]"
        return brackets[0], [("", value) for value in node.elts], brackets[1]
    if isinstance(node, ast.Call):
        named = [(f"{keyword.arg}=", keyword.value) for keyword in node.keywords if keyword.arg]
        return f"{ast.unparse(node.func)}(", [*(("", value) for value in node.args), *named], ")"
    return "", [], ""


def tree(value: Any) -> ast.expr:
    """Return the expression of a value; the keys of mappings are sorted."""
    if isinstance(value, Mapping):
        names = sorted(value, key=repr)
        return ast.Dict([tree(name) for name in names], [tree(value[name]) for name in names])
    if isinstance(value, list):
        return ast.List([tree(item) for item in value], ast.Load())
    if isinstance(value, tuple):
        return ast.Tuple([tree(item) for item in value], ast.Load())
    if value is None or isinstance(value, (bool, int, float, str)):
        return ast.Constant(str(value) if isinstance(value, str) else value)
    raise TypeError(f"{type(value).__name__} cannot be a literal")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    return type(value)(map(_plain, value)) if isinstance(value, (list, tuple)) else value


def _wrapped(line: str, indent: int) -> str:
    """Wrap one line; what follows the mark of a list item is indented."""
    mark = "  " if line.startswith("- ") else ""
    room = WIDTH - indent - 6
    return f"\n{' ' * indent}".join(
        textwrap.wrap(line, room, subsequent_indent=mark, break_long_words=False, break_on_hyphens=False) or [""]
    )


def _python(value: object) -> str:
    if isinstance(value, Ident):
        return str(value)
    if isinstance(value, (Literal, Tree, Table)):
        return value.python()
    if isinstance(value, DocText):
        return value.docstring()
    raise TypeError(f"a template printed a bare {type(value).__name__}")


def _markdown(value: object) -> str:
    if isinstance(value, (Ident, Slug)):
        return str(value)
    if isinstance(value, Literal):
        return _fenced(_double_quoted(value))
    if isinstance(value, Word):
        return value.shell()
    if isinstance(value, Json):
        return value.json()
    if isinstance(value, DocText):
        return value.markdown()
    raise TypeError(f"a template printed a bare {type(value).__name__}")


def _double_quoted(value: Literal) -> str:
    """Return a text in double quotes where that reads the same, as people write it."""
    text = json.dumps(value.value, ensure_ascii=False) if isinstance(value.value, str) else ""
    plain = text.isprintable() and "\\" not in text
    return text if text and plain and ast.literal_eval(text) == value.value else value.python()


def _fenced(text: str) -> str:
    """Keep a literal from ending its code block: a backtick can only stand in one of its texts."""
    if "\n" in text:
        raise ValueError("a literal in Markdown must not end its code block")
    return text.replace("`", r"\x60")


def _toml(value: object) -> str:
    if isinstance(value, (Ident, Slug)):
        return str(value)
    if isinstance(value, DocText):
        return json.dumps(" ".join(value.cleaned().split()), ensure_ascii=False).replace("\x7f", "\\u007f")
    raise TypeError(f"a template printed a bare {type(value).__name__}")


_FINALIZE: Mapping[str, Callable[[object], str]] = {".py": _python, ".md": _markdown, ".toml": _toml}


@cache
def environment(suffix: str) -> jinja2.Environment:
    """Return the environment for files of a kind; what it prints must be of the types above."""
    import jinja2  # takes long, and a run that finds everything up to date does without

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), finalize=_FINALIZE[suffix], undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,  # noqa: S701
    )  # fmt: skip


def render(template: str, **values: Any) -> str:
    """Render a template, named `<file>.<suffix>.jinja`."""
    suffix = Path(template).suffixes[-2]
    return environment(suffix).get_template(template).render(**values)
