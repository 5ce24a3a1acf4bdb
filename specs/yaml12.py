"""YAML 1.2 in and out, block style, fast.

Reading uses libyaml's parser with the scalar rules of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema),
so `on` stays a string and `12:30` too; ten times faster here than a parser in Python. Writing quotes every string that
either YAML 1.1 or 1.2 would read as something else, so that older tools read the same document.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from specs.errors import SpecError

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CORE = (
    ("tag:yaml.org,2002:null", re.compile(r"(null|Null|NULL|~|)\Z"), ["n", "N", "~", ""]),
    ("tag:yaml.org,2002:bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")),
    ("tag:yaml.org,2002:int", re.compile(rf"({_INTEGER.pattern})\Z"), list("-+0123456789")),
    ("tag:yaml.org,2002:float", re.compile(rf"({_FLOAT.pattern})\Z"), list("-+0123456789.")),
)


class _Loader(yaml.CSafeLoader):
    """libyaml with the core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own attribute)

    def construct_core_int(self, node: yaml.ScalarNode) -> int:
        """Read decimal, 0o and 0x integers; `010` is ten."""
        text = node.value
        if text[:2] in ("0o", "0x"):
            return int(text, 0)
        return int(text)

    def construct_unique_mapping(self, node: yaml.MappingNode) -> dict[Any, Any]:
        """Refuse duplicate keys, which YAML 1.2 forbids and which would silently lose what stood first."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = (key_node.tag, key_node.value) if isinstance(key_node, yaml.ScalarNode) else id(key_node)
            if key in seen:
                mark = key_node.start_mark
                raise yaml.constructor.ConstructorError(None, None, f"the key {key_node.value!r} stands twice", mark)
            seen.add(key)
        return self.construct_mapping(node, deep=True)


for _tag, _pattern, _first in _CORE:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_core_int)
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_unique_mapping)


class _Dumper(yaml.CSafeDumper):
    """Block style, no anchors; PyYAML's own resolvers are YAML 1.1, those of 1.2 are added."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (the signature is PyYAML's)
        """Write shared values out in full: a reader of the file should not have to follow anchors."""
        return True


for _tag, _pattern, _first in _CORE:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)


def compose(text: str, place: str = "<string>", first_line: int = 1) -> yaml.Node | None:
    """Return the document's nodes, whose marks tell the places of values; see `scalar` for what a leaf means.

    Raises SpecError naming `place` and the line, where `first_line` is the line the text begins on.
    """
    try:
        node: yaml.Node | None = yaml.compose(text, _Loader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"{place}:{mark.line + first_line}" if mark else place
        reason = getattr(problem, "problem", None) or str(problem).splitlines()[0]
        raise SpecError(where, f"not readable as YAML 1.2: {reason}", "mend the line") from problem
    except (ValueError, RecursionError) as problem:
        raise SpecError(place, f"not readable as YAML 1.2: {problem}", "mend the file") from problem
    return node


def scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """Return a leaf's value by the core schema; an unknown tag leaves it a text."""
    text: str = node.value
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text[0] in "tT"
        case "int":
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def loads(text: str, place: str = "<string>") -> Any:
    """Return the document's value. Raises SpecError naming `place` and the line."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"{place}:{mark.line + 1}" if mark else place
        reason = getattr(problem, "problem", None) or str(problem).splitlines()[0]
        raise SpecError(where, f"not readable as YAML 1.2: {reason}", "mend the line") from problem
    except (ValueError, RecursionError) as problem:
        raise SpecError(place, f"not readable as YAML 1.2: {problem}", "mend the file") from problem


def load(path: Path) -> Any:
    """Read a file. Raises SpecError where it is missing, not UTF-8 or not YAML."""
    try:
        return loads(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError as problem:
        raise SpecError(str(path), "there is no such file", "check the name") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise SpecError(str(path), f"cannot be read: {problem}", "it must be UTF-8 text") from problem


def dumps(value: Any) -> str:
    """Return the value as YAML text, keys in the order given; the same value always gives the same text."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text
