"""OpenAPI 2.0 (Swagger), 3.0 and 3.1 documents: formal facts, and the prose that hides in descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from codegen.facts import FieldFact, Json, Location, RuleFact, Unread
from codegen.pages import idl
from codegen.pages.located import Object, read_json, read_yaml
from codegen.pages.page import Page
from codegen.pages.prose import clear, statements_of
from codegen.pages.reading import OperationReading, PageReading, once
from codegen.pages.schemas import Schemas, prose
from codegen.phrases.statement import Statement

FORMAT: Final = "openapi"
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LOCATIONS: Final[dict[str, Location]] = {"query": "query", "path": "path", "header": "header", "formData": "body"}
_VERSION = re.compile(r"^[\"']?(?:openapi|swagger)[\"']?[ \t]*:[ \t]*[\"']?[23]\.", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_JSON_VERSION = re.compile(r"\"(?:openapi|swagger)\"\s*:\s*\"[23]\.")


def recognise(page: Page) -> bool:
    """Say whether the page as a whole is an OpenAPI document, in JSON or YAML."""
    if page.text.lstrip()[:1] == "{":
        return _JSON_VERSION.search(page.text) is not None
    version = _VERSION.search(page.text)
    return version is not None and _FENCE.search(page.text, 0, version.start()) is None


def read(page: Page) -> PageReading:
    """Return the document's operations. Raises PageError for broken JSON or YAML and for circular references."""
    root = read_json(page) if page.text.lstrip()[:1] == "{" else read_yaml(page, page.text)
    return operations(page, root)


def operations(page: Page, root: Json) -> PageReading:
    """Return the operations of a document that has been parsed."""
    paths = root.get("paths") if isinstance(root, Object) else None
    if not isinstance(root, Object) or not isinstance(paths, Object):
        raise page.error("the OpenAPI document has no paths", "give a document that describes operations")
    info = root.get("info")
    title = info.get("title") if isinstance(info, Object) else None
    reader = _Reader(page, root)
    found = tuple(reader.all(paths))
    return PageReading(title if isinstance(title, str) and title else None, FORMAT, found, tuple(reader.notes))


class _Reader:
    """Reads the operations of one document."""

    def __init__(self, page: Page, root: Object) -> None:
        self.page, self.root = page, root
        self.schemas = Schemas(page, root)
        self.notes: list[Unread] = []

    def all(self, paths: Object) -> Iterator[OperationReading]:
        for path, item in paths.items():
            holder = self.schemas.resolve(item)
            for method in _METHODS:
                operation = holder.get(method)
                if isinstance(operation, Object):
                    yield self.operation(path, method, holder, operation)

    def operation(self, path: str, method: str, holder: Object, operation: Object) -> OperationReading:
        fields: list[FieldFact] = []
        rules: list[RuleFact] = []
        said: list[Statement] = []
        for key in ("description", "summary"):
            if isinstance(text := operation.get(key), str):
                said.extend(statements_of(clear(text), operation.line_of(key)))
        for found in (*self.parameters(holder, operation, said), *self.request(operation, said)):
            (fields if isinstance(found, FieldFact) else rules).append(found)  # type: ignore[arg-type]
        fields.extend(found for found in self.responses(operation, said) if isinstance(found, FieldFact))
        rules.extend(self.dependencies(operation, fields))
        return OperationReading(
            method.upper(),
            path,
            self.server(holder, operation),
            once(fields),
            tuple(said),
            tuple(rules),
            range(len(said)),
            operation.get("deprecated") is True,
        )

    def server(self, holder: Object, operation: Object) -> str | None:
        for node in (operation, holder, self.root):
            servers = node.get("servers")
            if isinstance(servers, list) and servers and isinstance(servers[0], Object):
                url = servers[0].get("url")
                return url if isinstance(url, str) else None
        host, base = self.root.get("host"), self.root.get("basePath")
        if not isinstance(host, str):
            return base if isinstance(base, str) else None
        schemes = self.root.get("schemes")
        scheme = schemes[0] if isinstance(schemes, list) and schemes else "https"
        return f"{scheme}://{host}{base if isinstance(base, str) and base != '/' else ''}"

    def parameters(self, holder: Object, operation: Object, said: list[Statement]) -> Iterator[FieldFact | RuleFact]:
        chosen: dict[tuple[str, str], tuple[Object, int]] = {}
        for node in (holder, operation):
            listed = node.get("parameters")
            for entry in listed if isinstance(listed, list) else []:
                parameter = self.schemas.resolve(entry)
                key = (str(parameter.get("in")), str(parameter.get("name")))
                chosen[key] = (parameter, entry.line if isinstance(entry, Object) else parameter.line)
        for (where, name), (parameter, line) in chosen.items():
            if where == "body":
                yield from self.body(parameter.get("schema"), "body", said)
                if isinstance(text := parameter.get("description"), str):
                    said.extend(statements_of(text, parameter.line_of("description")))
            elif where in _LOCATIONS and parameter.get("name"):
                yield self.parameter(parameter, _LOCATIONS[where], name, parameter.line_of("name") or line, said)

    def parameter(
        self, parameter: Object, location: Location, name: str, line: int, said: list[Statement]
    ) -> FieldFact:
        schema = parameter.get("schema")
        if not isinstance(schema, Object):
            schema = next((s for _, s in self.contents(parameter)), parameter)
        view = self.schemas.view(schema)
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        fact = self.schemas.fact(view, location, pointer, parameter.get("required") is True, line)
        if parameter.get("deprecated") is True:
            fact.schema["deprecated"] = True
        if schema is not parameter:
            said.extend(prose(view, pointer, location))
        if isinstance(text := parameter.get("description"), str):
            said.extend(statements_of(text, parameter.line_of("description"), pointer, location))
        return fact

    def request(self, operation: Object, said: list[Statement]) -> Iterator[FieldFact | RuleFact]:
        body = self.schemas.resolve(operation.get("requestBody"))
        if isinstance(text := body.get("description"), str):
            said.extend(statements_of(clear(text), body.line_of("description")))
        for _, schema in self.contents(body):
            yield from self.body(schema, "body", said)

    def responses(self, operation: Object, said: list[Statement]) -> Iterator[FieldFact | RuleFact]:
        listed = operation.get("responses")
        for status, entry in listed.items() if isinstance(listed, Object) else ():
            if not (status.startswith("2") and len(status) == 3):
                continue
            response = self.schemas.resolve(entry)
            if isinstance(response.get("schema"), Object):
                yield from self.body(response["schema"], "response", said)
            for media, schema in self.contents(response):
                if media != "text/event-stream":
                    yield from self.body(schema, "response", said)

    def body(self, schema: Json, location: Location, said: list[Statement]) -> Iterator[FieldFact | RuleFact]:
        if not isinstance(schema, Object):
            return
        root = self.schemas.view(schema)
        if location == "body":
            said.extend(prose(root, None, location))
        yield from self.schemas.fields(schema, location, "", said)

    def contents(self, node: Object) -> list[tuple[str, Json]]:
        """Return the media types and schemas of a body, JSON first."""
        content = node.get("content")
        found = [
            (media, value.get("schema"))
            for media, value in (content.items() if isinstance(content, Object) else ())
            if isinstance(value, Object)
        ]
        return sorted(found, key=lambda pair: "json" not in pair[0])

    def dependencies(self, operation: Object, fields: Iterable[FieldFact]) -> Iterator[RuleFact]:
        """Yield the rules of RESTest's x-dependencies; what has no rule of ours becomes a note."""
        listed = operation.get("x-dependencies")
        if not isinstance(listed, list):
            return
        first = operation.line_of("x-dependencies")
        known = {f.pointer: f for f in fields if f.location != "response"}
        for text in listed:
            line = self.line_with(str(text), first)
            rules = idl.rules(str(text), known.keys(), line)
            if rules is None:
                self.notes.append(Unread(line, str(text)))
            else:
                yield from rules

    def line_with(self, text: str, first: int) -> int:
        """Return the line of a list's item, which YAML does not keep for texts."""
        wanted = text.strip()
        for number in range(first, min(first + 200, len(self.page.lines)) + 1):
            line = self.page.lines[number - 1].strip()
            if line.lstrip("- \"'").startswith(wanted[:40]) and not line.startswith("#"):
                return number
        return first
