"""An OpenAPI document into a Contract, or one error that names the place and the remedy.

Validators and linters of OpenAPI do not look into extensions; everything a rule or a task names is checked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from specs import pointers, yaml12
from specs.errors import SpecError
from specs.model import Authentication, Contract, Errors, Field, Location, Operation, Page, Response
from specs.resolve import resolved, without_rules
from specs.rules.formula import formula
from specs.rules.parse import parse_rule, parse_source
from specs.tasks import check_task, parse_errors, parse_task

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
HOME = Path(__file__).parent
"""The specs that come with the package."""


def home() -> Path:
    """Return the folder that a command works on where none is given: ./specs where that holds any, else HOME."""
    here = Path("specs")
    return here if any(any(here.glob(f"*/{name}")) for name in ("pages.toml", "openapi.yaml")) else HOME


def own(folder: Path) -> Path:
    """Return the folder, to write specs in. Raises SpecError for that of an installed package."""
    if folder.resolve() == HOME.resolve() and {"site-packages", "dist-packages"} & set(HOME.parts):
        raise SpecError(str(folder), "is a part of the installed package", "give the folder of your specs with --specs")
    return folder


def providers(home: Path = HOME) -> tuple[str, ...]:
    """Return the names of the providers that have a spec, sorted."""
    return tuple(sorted(path.parent.name for path in home.glob("*/openapi.yaml")))


def load(provider: str | Path, home: Path = HOME) -> Contract:
    """Load a provider's contract by its name, or any spec by its path.

    Raises SpecError where there is none or where it cannot be used.
    """
    path = spec(provider, home)
    return contract(yaml12.load(path), str(path), path.parent.name)


def spec(provider: str | Path, home: Path = HOME) -> Path:
    """Return the file of a provider's spec; a path is one already. Raises SpecError for an unknown provider."""
    if Path(provider).suffix in (".yaml", ".yml", ".json"):
        return Path(provider)
    path = home / provider / "openapi.yaml"
    if not path.exists():
        known = ", ".join(providers(home)) or "none"
        raise SpecError(str(provider), "there is no such provider", f"one of: {known}; or give the path of a spec")
    return path


def contract(document: Any, place: str = "<document>", provider: str = "") -> Contract:
    """Return the contract of an OpenAPI 3.1 document. Raises SpecError naming `place` and the JSON pointer."""
    if not isinstance(document, Mapping) or not str(document.get("openapi", "")).startswith("3.1"):
        raise SpecError(place, "this is no OpenAPI 3.1 document", "it must begin with `openapi: 3.1.x`")
    return _Loading(document, place).contract(provider)


class _Loading:
    """One document on its way."""

    def __init__(self, document: Mapping[str, Any], place: str) -> None:
        self.document, self.place = document, place

    def contract(self, provider: str) -> Contract:
        document = self.document
        info = document.get("info", {})
        operations = tuple(self.operations())
        if not operations:
            raise SpecError(self.place, "the document has no operation", "add one under `paths`")
        found = Contract(
            provider=str(info.get("x-provider") or provider),
            title=str(info.get("title", "")),
            version=str(info.get("version", "")),
            servers=tuple(str(server["url"]).rstrip("/") for server in document.get("servers", [])),
            authentication=self.authentication(),
            operations=operations,
            errors=self.errors(),
            pages=tuple(Page(key, str(page.get("address", "")), page.get("title"))
                        for key, page in document.get("x-pages", {}).items()),
            document=document,
        )  # fmt: skip
        for operation in found.submits:
            check_task(operation, found, self.place)
        return found

    def errors(self) -> Errors:
        place = f"{self.place}#/x-errors"
        return parse_errors(self.document.get("x-errors"), place)

    def authentication(self) -> Authentication:
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        for scheme in schemes.values():
            if scheme.get("type") == "http" and scheme.get("scheme", "").lower() == "bearer":
                return Authentication("Authorization", "Bearer ")
            if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                return Authentication(str(scheme["name"]), "")
        raise SpecError(
            f"{self.place}#/components/securitySchemes", "no known way to sign a request",
            "describe an `http` scheme `bearer` or an `apiKey` in a header",
        )  # fmt: skip

    def operations(self) -> Iterator[Operation]:
        seen: set[str] = set()
        for path, item in self.document.get("paths", {}).items():
            for method in METHODS:
                if method not in item:
                    continue
                place = f"{self.place}#{pointers.join('paths', path, method)}"
                operation = self.operation(method, path, item, place)
                if operation.id in seen:
                    raise SpecError(place, f"the operationId {operation.id!r} stands twice", "make it unique")
                seen.add(operation.id)
                yield operation

    def operation(self, method: str, path: str, item: Mapping[str, Any], place: str) -> Operation:
        stated = item[method]
        if not isinstance(stated.get("operationId"), str):
            raise SpecError(
                place, "the operation has no operationId", "give it a unique one; clients name methods by it"
            )
        body = self.body(stated, place)
        responses = dict(self.responses(stated, place))
        fields = (
            *self.parameters(item, stated, place),
            *self.body_fields(body),
            *self.response_fields(responses),
        )
        rules = tuple(
            parse_rule(entry, f"{place}/x-rules/{n}") for n, entry in enumerate((body or {}).get("x-rules", []))
        )
        operation = Operation(
            id=stated["operationId"], method=method.upper(), path=path, summary=str(stated.get("summary", "")),
            fields=fields, rules=rules, request=None if body is None else without_rules(body), responses=responses,
            task=parse_task(stated["x-task"], f"{place}/x-task") if "x-task" in stated else None,
            source=parse_source(stated.get("x-source"), place),
        )  # fmt: skip
        check_rules(operation, place)
        return operation

    def body(self, stated: Mapping[str, Any], place: str) -> Mapping[str, Any] | None:
        if "requestBody" not in stated:
            return None
        content = resolved(stated["requestBody"], self.document, place).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if not isinstance(schema, Mapping):
            raise SpecError(f"{place}/requestBody", "the body has no JSON schema", "describe `application/json`")
        return schema

    def responses(self, stated: Mapping[str, Any], place: str) -> Iterator[tuple[int, Response]]:
        for status, answer in stated.get("responses", {}).items():
            if str(status).isdigit():
                full = resolved(answer, self.document, place)
                schema = full.get("content", {}).get("application/json", {}).get("schema", {})
                yield int(status), Response(int(status), schema, str(full.get("description", "")))

    def parameters(self, item: Mapping[str, Any], stated: Mapping[str, Any], place: str) -> Iterator[Field]:
        for parameter in (*item.get("parameters", []), *stated.get("parameters", [])):
            full = resolved(parameter, self.document, place)
            schema = {"description": full.get("description", ""), **full.get("schema", {})}
            source = parse_source(full.get("x-source"), place)
            yield Field(full["in"], pointers.join(full["name"]), schema, bool(full.get("required")), source)

    def body_fields(self, body: Mapping[str, Any] | None) -> Iterator[Field]:
        return iter(()) if body is None else walk(body, "body", self.place)

    def response_fields(self, responses: Mapping[int, Response]) -> Iterator[Field]:
        for status in sorted(responses):
            if 200 <= status < 300:
                yield from walk(responses[status].schema, "response", self.place)
                return


def walk(schema: Mapping[str, Any], location: Location, place: str, at: str = "") -> Iterator[Field]:
    """Yield a field for every member of an object schema, depth first in the order of the document."""
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        pointer = at + pointers.join(name)
        yield Field(location, pointer, member, name in required, parse_source(member.get("x-source"), place))
        yield from walk(member, location, place, pointer)
    if isinstance(schema.get("items"), Mapping):
        yield from walk(schema["items"], location, place, at + "/*")


def check_rules(operation: Operation, place: str) -> None:
    """Refuse rules that name a field the operation does not have, that share an id, or that cannot be evaluated."""
    known = {found.pointer for found in operation.at("body")}
    known |= {f"{found.pointer}/*" for found in operation.at("body") if "array" in found.types}
    seen: set[str] = set()
    for rule in operation.rules:
        here = f"{place} (rule {rule.id})"
        if rule.id in seen:
            raise SpecError(here, "the rule's id stands twice", "make it unique")
        seen.add(rule.id)
        for pointer in rule.mentioned():
            if pointer not in known:
                raise SpecError(here, f"names {pointer}, which {operation.id} does not have", _remedy(pointer, known))
        formula(rule, operation.lookup)


def _remedy(pointer: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(pointer, sorted(known), n=1)
    return (
        f"did you mean {close[0]}?"
        if close
        else "name one of the operation's fields, or remove the rule in the overlay"
    )
