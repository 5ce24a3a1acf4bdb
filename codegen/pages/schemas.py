"""JSON Schemas of OpenAPI documents as fields: references followed, allOf joined, alternatives overlaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from codegen.facts import MISSING, FieldFact, Json, Location, RuleFact, _Missing
from codegen.pages.located import Object
from codegen.pages.page import Page
from codegen.pages.prose import statements_of
from codegen.phrases.statement import Statement
from specs import pointers

MAX_DEPTH: Final = 40
"""Levels of members. Deeper ones repeat a recursive schema."""
MAX_FIELDS: Final = 100_000
"""Of one page, all operations together."""
_KEYWORDS: Final = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
    "format", "enum", "const", "minItems", "maxItems", "uniqueItems", "deprecated",
)  # fmt: skip
_NUMERIC: Final = {"minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems"}
_TYPES: Final = {"string", "integer", "number", "boolean", "array", "object", "null"}


@dataclass(slots=True)
class View:
    """A schema with its references, allOf and alternatives joined."""

    types: list[str] = field(default_factory=list)
    properties: dict[str, tuple[Object, int]] = field(default_factory=dict)
    required: dict[str, bool | None] = field(default_factory=dict)
    items: Object | None = None
    keywords: dict[str, Json] = field(default_factory=dict)
    descriptions: list[tuple[str, int]] = field(default_factory=list)
    default: Json | _Missing = MISSING
    rules: list[tuple[str, tuple[str, ...], str | None, int]] = field(default_factory=list)
    """(kind, member names, the member whose presence is the condition, line)."""

    @property
    def type(self) -> str | tuple[str, ...] | None:
        """The type as facts write it."""
        names = self.types or (["object"] if self.properties else ["array"] if self.items is not None else [])
        return None if not names else names[0] if len(names) == 1 else tuple(names)


class Schemas:
    """The schemas of one document."""

    def __init__(self, page: Page, root: Object) -> None:
        self.page, self.root = page, root
        self._views: dict[int, View] = {}
        self._count = 0

    def resolve(self, node: Json) -> Object:
        """Follow references to an object; what leads nowhere is an empty one. Raises PageError for a circle."""
        seen: set[str] = set()
        line = node.line if isinstance(node, Object) else 1
        while isinstance(node, Object) and isinstance(reference := node.get("$ref"), str):
            line = node.line_of("$ref")
            if reference in seen:
                raise self.page.error(f"the reference {reference} leads back to itself", "mend the $ref", line)
            seen.add(reference)
            node = self._at(reference)
        return node if isinstance(node, Object) else Object(line)

    def _at(self, reference: str) -> Json:
        if not reference.startswith("#/"):
            return None
        node: Json = self.root
        for token in pointers.split(reference[1:]):
            if isinstance(node, list) and token.isdigit() and int(token) < len(node):
                node = node[int(token)]
            elif isinstance(node, Object):
                node = node.get(token.replace("%7B", "{").replace("%7D", "}"))
            else:
                return None
        return node

    def view(self, node: Json, depth: int = 0) -> View:
        """Return the joined view of a schema."""
        schema = self.resolve(node)
        known = self._views.get(id(schema))
        if known is not None:
            return known
        made = View()
        self._views[id(schema)] = made
        if depth < MAX_DEPTH:
            self._own(made, schema)
            for part in _objects(schema.get("allOf")):
                _join(made, self.view(part, depth + 1))
            for key in ("oneOf", "anyOf"):
                self._alternatives(made, schema, key, depth)
        return made

    def _own(self, view: View, schema: Object) -> None:
        kinds = schema.get("type")
        view.types = [t for t in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(t, str) and t in _TYPES]
        if kinds == "file":
            view.types = ["string"]
            view.keywords["format"] = "binary"
        if (
            view.types
            and (schema.get("nullable") is True or schema.get("x-nullable") is True)
            and "null" not in view.types
        ):
            view.types.append("null")
        required = schema.get("required")
        view.required = {n: True for n in required if isinstance(n, str)} if isinstance(required, list) else {}
        properties = schema.get("properties")
        if isinstance(properties, Object):
            for name, member in properties.items():
                if isinstance(member, Object) and name:
                    view.properties[name] = (member, properties.line_of(name))
        if isinstance(items := schema.get("items"), Object):
            view.items = items
        view.keywords.update(keywords(schema))
        if isinstance(said := schema.get("description"), str) and said.strip():
            view.descriptions.append((said, schema.line_of("description")))
        if "default" in schema:
            view.default = schema["default"]
        view.rules.extend(_rules(schema))

    def _alternatives(self, view: View, schema: Object, key: str, depth: int) -> None:
        parts = _objects(schema.get(key))
        views = [self.view(part, depth + 1) for part in parts]
        real = [v for v in views if v.types != ["null"]]
        nullable = len(real) < len(views)
        if len(real) == 1:
            _join(view, real[0])
        elif real:
            self._overlay(view, real)
        if nullable and view.types and "null" not in view.types:
            view.types.append("null")

    @staticmethod
    def _overlay(view: View, views: list[View]) -> None:
        """Lay alternatives over each other: a member is required where all alternatives with members require it."""
        if not view.types:
            known = all(v.type is not None for v in views)
            for one in views if known else []:
                found = one.type
                view.types.extend(
                    t for t in ((found,) if isinstance(found, str) else found or ()) if t not in view.types
                )
        with_members = [v for v in views if v.properties]
        for one in with_members:
            for name, member in one.properties.items():
                view.properties.setdefault(name, member)
                if view.required.get(name) is not True:
                    agreed = {other.required.get(name, False) for other in with_members}
                    view.required[name] = agreed.pop() if len(agreed) == 1 else None
        for one in views:
            view.items = view.items if view.items is not None else one.items
            view.descriptions.extend(d for d in one.descriptions if d not in view.descriptions)
            if isinstance(view.default, _Missing):
                view.default = one.default
        listed = [v.keywords.get("enum", [v.keywords["const"]] if "const" in v.keywords else None) for v in views]
        if "enum" not in view.keywords and all(isinstance(values, list) for values in listed):
            values = [value for one in listed for value in one or ()]
            view.keywords["enum"] = [value for at, value in enumerate(values) if value not in values[:at]]

    def fields(
        self, node: Json, location: Location, pointer: str = "", statements: list[Statement] | None = None
    ) -> Iterator[FieldFact | RuleFact]:
        """Yield the members of a body's schema and the rules its keywords hold; prose goes to `statements`."""
        said = statements if statements is not None else []
        yield from self._members(self.view(node), location, pointer, said, (id(self.view(node)),))

    def _members(
        self, view: View, location: Location, pointer: str, said: list[Statement], path: tuple[int, ...]
    ) -> Iterator[FieldFact | RuleFact]:
        for kind, names, when, line in view.rules:
            if all(name in view.properties for name in (*names, *([when] if when else []))):
                condition = {"field": pointer + pointers.join(when), "is": "present"} if when else None
                yield RuleFact(kind, tuple(pointer + pointers.join(n) for n in names), line, condition)
        for name, (member, line) in view.properties.items():
            inner = self.view(member)
            below = pointer + pointers.join(name)
            yield self.fact(inner, location, below, view.required.get(name, False), line)
            said.extend(prose(inner, below, location))
            if id(inner) not in path and len(path) < MAX_DEPTH:
                yield from self._members(inner, location, below, said, (*path, id(inner)))
        if view.items is not None:
            inner = self.view(view.items)
            if pointer:
                said.extend(prose(inner, pointer, location))
            if id(inner) not in path and len(path) < MAX_DEPTH:
                yield from self._members(inner, location, pointer + "/*", said, (*path, id(inner)))

    def fact(self, view: View, location: Location, pointer: str, required: bool | None, line: int) -> FieldFact:
        """Return a field of this view."""
        self._count += 1
        if self._count > MAX_FIELDS:
            raise self.page.error(f"more than {MAX_FIELDS:,} fields", "split the document", line)
        found = dict(view.keywords)
        if view.items is not None:
            items = self.view(view.items)
            inner: dict[str, Json] = {}
            if items.type is not None:
                inner["type"] = list(items.type) if isinstance(items.type, tuple) else items.type
            inner.update(items.keywords)
            if inner:
                found["items"] = inner
        return FieldFact(location, pointer, view.type, required, line, found, view.default)


def prose(view: View, pointer: str | None, location: Location) -> Iterator[Statement]:
    """Yield a view's descriptions as statements."""
    for text, line in view.descriptions:
        yield from statements_of(text, line, pointer, location)


def keywords(schema: Object) -> dict[str, Json]:
    """Return a schema's formal keywords, exclusive bounds as numbers."""
    found = {k: schema[k] for k in _KEYWORDS if k in schema}
    for name in _NUMERIC & found.keys():
        if isinstance(found[name], bool) or not isinstance(found[name], (int, float)):
            del found[name]
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        flag = found.get(exclusive)
        if isinstance(flag, bool):
            del found[exclusive]
            if flag and bound in found:
                found[exclusive] = found.pop(bound)
    if not isinstance(found.get("enum", []), list):
        del found["enum"]
    for name in ("deprecated", "uniqueItems"):
        if found.get(name) is not True:
            found.pop(name, None)
    for name in ("pattern", "format"):
        if not isinstance(found.get(name, ""), str):
            del found[name]
    return found


def _objects(value: Json) -> list[Object]:
    return [part for part in value if isinstance(part, Object)] if isinstance(value, list) else []


def _join(view: View, other: View) -> None:
    """Add what another view says; what the first says stays."""
    if not view.types:
        view.types = list(other.types)
    for name, member in other.properties.items():
        view.properties.setdefault(name, member)
    for name, required in other.required.items():
        if required or name not in view.required:
            view.required[name] = required
    view.items = view.items if view.items is not None else other.items
    view.keywords = {**other.keywords, **view.keywords}
    view.descriptions.extend(d for d in other.descriptions if d not in view.descriptions)
    if isinstance(view.default, _Missing):
        view.default = other.default
    view.rules.extend(other.rules)


def _rules(schema: Object) -> Iterator[tuple[str, tuple[str, ...], str | None, int]]:
    """Yield the rules that `required` in alternatives, `not` and `dependentRequired` hold."""
    for key, kind in (("anyOf", "at_least_one"), ("oneOf", "exactly_one")):
        parts = _objects(schema.get(key))
        single = [part["required"] for part in parts if set(part) <= {"required", "title", "description", "type"} and
                  isinstance(part.get("required"), list)]  # fmt: skip
        if len(parts) > 1 and len(single) == len(parts) and all(len(names) == 1 for names in single):
            yield kind, tuple(str(names[0]) for names in single), None, schema.line_of(key)
    never = schema.get("not")
    if isinstance(never, Object) and isinstance(names := never.get("required"), list) and len(names) == 2:
        yield "at_most_one", tuple(map(str, names)), None, schema.line_of("not")
    for key in ("dependentRequired", "dependencies"):
        needs = schema.get(key)
        if not isinstance(needs, Object):
            continue
        for name, names in needs.items():
            for needed in names if isinstance(names, list) else ():
                yield "required_if", (str(needed),), name, needs.line_of(name)
