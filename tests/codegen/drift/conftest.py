"""Edits of a spec: what is done to a document, and what must be reported of it."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

import specs

Schema = dict[str, Any]
NARROWER = {"minimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "maxLength": -1, "maxItems": -1}
MEDIA = {"maxBytes": -1, "minWidth": 1, "minHeight": 1, "maxWidth": -1, "minAspectRatio": 0.1, "maxAspectRatio": -0.1}


MIRROR = {
    "request-field-became-required": "request-field-became-optional",
    "request-type-narrowed": "request-type-widened", "request-type-changed": "request-type-changed",
    "request-bound-tightened": "request-bound-loosened", "request-values-removed": "request-values-added",
    "request-media-tightened": "request-media-loosened", "request-field-deprecated": "request-field-undeprecated",
    "request-field-removed": "request-field-added", "request-default-changed": "request-default-changed",
    "request-schema-changed": "request-schema-changed", "response-field-removed": "response-field-added",
    "response-field-became-required": "response-field-became-optional",
    "response-type-narrowed": "response-type-widened", "response-type-changed": "response-type-changed",
    "response-bound-tightened": "response-bound-loosened", "response-values-removed": "response-values-added",
    "response-media-tightened": "response-media-loosened", "response-field-deprecated": "response-field-undeprecated",
    "response-schema-changed": "response-schema-changed", "response-default-changed": "response-default-changed",
    "operation-removed": "operation-added", "server-removed": "server-added", "error-removed": "error-added",
    "rule-removed": "rule-added", "rule-tightened": "rule-loosened", "rule-changed": "rule-changed",
    "rule-status-changed": "rule-status-changed", "advice-removed": "advice-added", "task-removed": "task-added",
    "task-status-removed": "task-status-added", "task-variant-removed": "task-variant-added",
    "operation-deprecated": "operation-undeprecated", "request-content-removed": "request-content-added",
    "operation-server-changed": "operation-server-changed", "operation-renamed": "operation-renamed",
    "webhook-removed": "webhook-added",
}  # fmt: skip
"""What is reported when an edit is taken back."""
MIRROR |= {other: one for one, other in MIRROR.items()}
PLACES = (
    "request field", "nested request field", "answer member", "nested answer member", "error member", "parameter",
    "component", "rule", "status word", "task place", "task time", "error code", "error place", "webhook", "server",
    "authentication", "operation", "media limit",
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """What is done to a document, and the classes that must be reported, none for a change without meaning.

    `old` makes the old state of the document, where it lacks what the edit is about.
    """

    name: str
    kind: str | tuple[str, ...] | None
    pointer: str | None
    make: Callable[[Schema], object]
    old: Callable[[Schema], object] | None = None
    place: str = ""
    back: bool = False

    @property
    def kinds(self) -> list[str]:
        return [self.kind] if isinstance(self.kind, str) else list(self.kind or ())

    def made(self, contract: specs.Contract) -> tuple[specs.Contract, specs.Contract]:
        """Return the state before the edit and the one after it."""
        before = contract
        if self.old is not None:
            document = orjson.loads(orjson.dumps(contract.document))
            self.old(document)
            before = specs.contract(document)
        changed = orjson.loads(orjson.dumps(before.document))
        self.make(changed)
        assert orjson.dumps(changed) != orjson.dumps(before.document), self.name
        after = specs.contract(changed)
        return (after, before) if self.back else (before, after)


def both_ways(found: Iterator[Edit]) -> Iterator[Edit]:
    """Yield each edit and, where it is clear what that means, the edit taken back."""
    for number, edit in enumerate(found):
        edit = replace(edit, name=f"{number} {edit.name}")
        yield edit
        kind = MIRROR.get(edit.kind) if isinstance(edit.kind, str) else edit.kind
        if kind == "request-field-added":
            kind = f"{kind}-{'required' if 'required' in edit.place else 'optional'}"
        if edit.kind is None or isinstance(kind, str):
            yield replace(edit, name=f"{edit.name}, taken back", kind=kind, back=True)


def edits(document: Schema) -> Iterator[Edit]:
    contract = specs.contract(document)
    schemas = document["components"]["schemas"]
    named = {pointer for operation in contract.operations for rule in operation.rules for pointer in rule.mentioned()}
    told = {pointer for operation in contract.submits if operation.task is not None
            for places in (operation.task.video, operation.task.submitted, operation.task.polled,
                           *(variant.polled for variant in operation.task.variants.values()))
            for pointer in places.values()}  # fmt: skip
    told |= set(contract.errors.pointers.values())
    for component, side in sides(document).items():
        home = ["components", "schemas", component]
        for path, pointer in members(document, home, ""):
            fixed = any(one == pointer or one.startswith(pointer + "/") for one in named | told)
            kind = {"request": "request field", "response": "answer member", "error": "error member"}[side]
            place = f"nested {kind}" if pointer.count("/") > 1 and side != "error" else kind
            for edit in field_edits(document, path, pointer, "request" if side == "request" else "response",
                                    fixed=fixed):  # fmt: skip
                yield replace(edit, place=edit.place or place)
        yield from whole_edits(document, home, side)
        if side == "request":
            yield from rule_edits(schemas[component], home)
    yield from parameter_edits(document)
    yield from provider_edits(document)
    yield from task_edits(document)
    yield from webhook_edits(sides(document))


def sides(document: Schema) -> dict[str, str]:
    """Components that an operation's request or first good answer names directly."""
    found = {}
    for item in document["paths"].values():
        for operation in item.values():
            holders = [(operation.get("requestBody"), "request")]
            holders += [(answer, "response" if status < "300" else "error")
                        for status, answer in operation["responses"].items()]  # fmt: skip
            for holder, side in holders:
                if holder:
                    schema = holder["content"]["application/json"]["schema"]
                    found[schema["$ref"].rpartition("/")[2]] = side
    return found


def members(document: Schema, path: list[str], pointer: str) -> Iterator[tuple[list[str], str]]:
    """Yield where each member is described, in the components that are referred to as well, and its pointer."""
    for name, member in reach(document, path).get("properties", {}).items():
        here, at = [*path, "properties", name], f"{pointer}/{name}"
        if "$ref" in member:
            yield from members(document, member["$ref"].split("/")[1:], at)
            continue
        yield here, at
        yield from members(document, here, at)
        if "properties" in member.get("items", {}):
            yield from members(document, [*here, "items"], f"{at}/*")


def reach(document: Schema, path: list[str]) -> Any:
    found: Any = document
    for name in path:
        found = found[name]
    return found


def at(path: list[str], change: Callable[[Any], object]) -> Callable[[Schema], object]:
    return lambda document: change(reach(document, path))


def field_edits(document: Schema, path: list[str], pointer: str, side: str, *, fixed: bool) -> Iterator[Edit]:
    schema, name, holder = reach(document, path), path[-1], path[:-2]

    def edit(label: str, kind: str | None, change: Callable[[Schema], object], where: list[str] = path) -> Edit:
        return Edit(f"{label} {pointer}", kind, pointer, at(where, change))

    required = name in reach(document, holder).get("required", [])
    turn = (lambda s: s["required"].remove(name)) if required else (lambda s: s.setdefault("required", []).append(name))
    yield edit("turn required", f"{side}-field-became-{'optional' if required else 'required'}", turn, holder)
    if not fixed:

        def remove(s: Schema) -> None:
            del s["properties"][name]
            s["required"] = [one for one in s.get("required", []) if one != name]

        gone = edit("remove", f"{side}-field-removed", remove, holder)
        yield replace(gone, place="request field, required" if required and side == "request" else "")
    span = isinstance(schema.get("enum"), list) and schema.get("type") == "integer"
    for keyword, step in NARROWER.items():
        if keyword in schema and not span:
            tighter, looser = schema[keyword] + step, schema[keyword] - step
            yield edit(
                f"tighten {keyword}", f"{side}-bound-tightened", lambda s, k=keyword, v=tighter: s.update({k: v})
            )
            yield edit(f"loosen {keyword}", f"{side}-bound-loosened", lambda s, k=keyword, v=looser: s.update({k: v}))
            yield edit(f"drop {keyword}", f"{side}-bound-loosened", lambda s, k=keyword: s.pop(k))
    if "enum" in schema and not span and len([v for v in schema["enum"] if v is not None]) > 1:
        yield edit("value gone", f"{side}-values-removed", lambda s: s["enum"].pop(0))
        yield edit("value new", f"{side}-values-added", lambda s: s["enum"].append("unheard of"))
        yield edit("values reordered", None, lambda s: s["enum"].reverse())
    kinds = schema.get("type")
    if isinstance(kinds, list) and "null" in kinds and "enum" not in schema:
        yield edit("not null", f"{side}-type-narrowed", lambda s: s.update(type=[k for k in s["type"] if k != "null"]))
        yield edit("types reordered", None, lambda s: s["type"].reverse())
    elif isinstance(kinds, str):
        yield edit("nullable", f"{side}-type-widened", nullable)
        if "enum" in schema:
            yield edit("null that is not listed", None, lambda s: s.update(type=[s["type"], "null"]))
            yield replace(edit("null listed no more", f"{side}-values-removed", lambda s: s["enum"].remove(None)),
                          old=at(path, nullable))  # fmt: skip
    if kinds in ("string", "boolean"):
        yield edit("other type", f"{side}-type-changed", lambda s: s.update(type="number"))
    if kinds == "integer" and not span:
        yield edit("number", f"{side}-type-widened", lambda s: s.update(type="number"))
    if kinds == "string" and "enum" not in schema:
        limited = at(path, lambda s: s.update(maxLength=3000 + s.get("maxLength", 0)))
        if "maxLength" not in schema:
            yield edit("a length", f"{side}-bound-tightened", lambda s: s.update(maxLength=3000))
            yield replace(edit("longer", f"{side}-bound-loosened", lambda s: s.update(maxLength=4000)), old=limited)
        yield edit("listed", f"{side}-values-removed", lambda s: s.update(enum=["one", "two"]))
        if "x-media" not in schema:
            media = {"formats": ["png", "jpeg"], "maxBytes": 1000}
            filed = replace(edit("a file", None, lambda s: s["x-media"].update(maxBytes=900)), place="media limit",
                            old=at(path, lambda s: s.update({"x-media": media})))  # fmt: skip
            yield replace(filed, kind=f"{side}-media-tightened")
    if "default" in schema:
        yield edit("no default", f"{side}-default-changed", lambda s: s.pop("default"))
    elif kinds == "string" and "enum" not in schema:
        yield edit("a default", f"{side}-default-changed", lambda s: s.update(default="some"))
    yield edit("deprecate", f"{side}-field-deprecated", lambda s: s.update(deprecated=True))
    yield edit("describe", None, lambda s: s.update(description="In other words."))
    yield edit("keys reordered", None, reorder)
    if kinds == "string":
        turned = "schema-changed"
        yield edit("a pattern", f"{side}-{turned}", lambda s: s.update(pattern="^[a-z]+$"))
    if "additionalProperties" in schema.get("items", {}):
        opened = Edit(f"open {pointer}/*", f"{side}-bound-loosened", f"{pointer}/*",
                      at(path, lambda s: s["items"].pop("additionalProperties")))  # fmt: skip
        yield opened
    for keyword, step in MEDIA.items():
        if keyword in schema.get("x-media", {}):
            value = schema["x-media"][keyword]
            for kind, new in (("tightened", value + step), ("loosened", value - step)):
                limit = edit(f"{kind} {keyword}", f"{side}-media-{kind}",
                             lambda s, k=keyword, v=new: s["x-media"].update({k: v}))  # fmt: skip
                yield replace(limit, place="media limit")
    if len(schema.get("x-media", {}).get("formats", [])) > 1:
        yield edit("format gone", f"{side}-media-tightened", lambda s: s["x-media"]["formats"].pop())
        yield edit("format new", f"{side}-media-loosened", lambda s: s["x-media"]["formats"].append("bmp"))


def nullable(schema: Schema) -> None:
    schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"].append(None)


def reorder(schema: Schema) -> None:
    turned = dict(reversed(list(schema.items())))
    schema.clear()
    schema.update(turned)


def whole_edits(document: Schema, path: list[str], side: str) -> Iterator[Edit]:
    def add(*, required: bool) -> Callable[[Schema], object]:
        def change(schema: Schema) -> None:
            schema["properties"]["brand_new"] = {"type": "object", "properties": {"inner": {"type": "string"}}}
            if required:
                schema["required"] = [*schema.get("required", []), "brand_new"]

        return at(path, change)

    part = "request" if side == "request" else "response"
    for required in (False, True):
        kind = "response-field-added" if part == "response" else "request-field-added-optional"
        if required and side == "request":
            kind = "request-field-added-required"
        yield Edit(f"add to {path[-1]}, required: {required}", kind, "/brand_new", add(required=required),
                   place="component")  # fmt: skip
    if len(reach(document, path)["properties"]) > 1:
        yield Edit(f"reorder {path[-1]}", None, None, at([*path, "properties"], reorder), place="component")
    closed = reach(document, path).get("additionalProperties") is False
    turn = (lambda s: s.pop("additionalProperties")) if closed else (lambda s: s.update(additionalProperties=False))
    yield Edit(f"{'open' if closed else 'close'} {path[-1]}", f"{part}-bound-{'loosened' if closed else 'tightened'}",
               "", at(path, turn), place="component")  # fmt: skip


def parameter_edits(document: Schema) -> Iterator[Edit]:
    """Of what stands in the path or the query."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for number, parameter in enumerate(operation.get("parameters", [])):
                where, pointer = ["paths", path, method, "parameters", number], f"/{parameter['name']}"

                def edit(kind: str, change: Callable[[Schema], object], w: list[Any] = where, p: str = pointer) -> Edit:
                    return Edit(f"parameter {p}", kind, p, at(w, change), place="parameter")

                yield edit("request-bound-tightened", lambda p: p["schema"].update(maxLength=30))
                yield edit("request-type-changed", lambda p: p["schema"].update(type="integer"))
                yield edit("request-field-became-optional", lambda p: p.update(required=False))
            extra = {"name": "brand_new", "in": "query", "schema": {"type": "string"}}
            for required in (False, True):
                added = {**extra, "required": required}
                yield Edit("parameter new", f"request-field-added-{'required' if required else 'optional'}",
                           "/brand_new", at(["paths", path, method], lambda o, a=added: o.update(
                               parameters=[*o.get("parameters", []), a])), place="parameter")  # fmt: skip


def webhook_edits(components: dict[str, str]) -> Iterator[Edit]:
    """Of a message to a webhook, which no page of the five documents for this model."""
    answer = next(name for name, side in components.items() if side == "response")
    body = {"type": "object", "required": ["event"], "properties": {
        "event": {"type": "string", "enum": ["done"]}, "payload": {"$ref": f"#/components/schemas/{answer}"},
    }}  # fmt: skip
    item = {"post": {"requestBody": {"content": {"application/json": {"schema": body}}}, "responses": {}}}
    inside = ["webhooks", "video", "post", "requestBody", "content", "application/json", "schema"]

    def there(document: Schema) -> None:
        document["webhooks"] = copy.deepcopy({"video": item})

    def called(document: Schema) -> None:
        path = next(path for path in document["paths"].values() if "post" in path)
        path["post"]["callbacks"] = {"ready": {"{$request.body#/url}": copy.deepcopy(item)}}

    yield Edit("no webhook", "webhook-removed", "video", lambda d: d["webhooks"].pop("video"), there, "webhook")
    yield Edit("a callback", "webhook-added", None, called, None, "webhook")
    for kind, pointer, change in (
        ("response-values-added", "/event", lambda s: s["properties"]["event"]["enum"].append("failed")),
        ("response-field-removed", "/payload", lambda s: s["properties"].pop("payload")),
        ("response-field-became-optional", "/event", lambda s: s.pop("required")),
        ("response-bound-tightened", "", lambda s: s.update(additionalProperties=False)),
    ):
        yield Edit(f"webhook {kind}", kind, pointer, at(inside, change), there, "webhook")
    yield Edit("webhook in other words", None, None, at(inside, lambda s: s.update(description="Words.")), there,
               "webhook")  # fmt: skip


def rule_edits(schema: Schema, path: list[str]) -> Iterator[Edit]:
    rules = [*path, "x-rules"]

    def edit(label: str, kind: str | None, change: Callable[[list[Schema]], object]) -> Edit:
        return Edit(f"{label} {path[-1]}", kind, None, at(rules, change), place="rule")

    yield edit("rules reordered", None, lambda entries: entries.reverse())
    for number, rule in enumerate(schema["x-rules"]):
        label, kind, advice = rule["id"], rule["kind"], rule["kind"] == "ignored_if"
        # A shot as long as the whole follows from the sum of the shots.
        gone = None if kind == "compare" else "advice-removed" if advice else "rule-removed"
        yield edit(f"remove {label}", gone, lambda entries, n=number: entries.pop(n))
        yield edit(f"rename {label}", None, lambda entries, n=number: entries[n].update(id="another"))
        yield edit(f"cite {label}", None, lambda entries, n=number: entries[n].update(source={"page": "p", "line": 9}))
        other = "inferred" if rule["status"] == "stated" else "stated"
        yield edit(f"status {label}", "rule-status-changed",
                   lambda entries, n=number, v=other: entries[n].update(status=v))  # fmt: skip
        if kind == "refers_to":
            pattern = {"pattern": "@element_(\\d+)"}
            yield edit(
                f"change {label}", "rule-changed", lambda entries, n=number, v=pattern: entries[n].update(schema=v)
            )
        if kind == "sum":
            each = {"kind": "compare", "fields": [*rule["fields"], rule["total"]], "op": "=="}
            yield edit(f"each {label}", "rule-changed", lambda entries, n=number, v=each: entries[n].update(v))
            yield edit(f"loosen {label}", "rule-loosened", lambda entries, n=number: entries[n].update(op="<="))
            yield edit(f"change {label}", "rule-changed", lambda entries, n=number: entries[n].update(op="!="))
        if kind == "at_most_one":
            one, two = rule["fields"][:2]
            same = {"kind": "forbidden_if", "fields": [one], "when": {"field": two, "is": "present"}}
            yield edit(f"reword {label}", None, lambda entries, n=number, v=same: entries[n].update(v))
            yield edit(f"tighten {label}", "rule-tightened",
                       lambda entries, n=number: entries[n].update(kind="exactly_one"))  # fmt: skip
        if kind == "exactly_one":
            yield edit(f"loosen {label}", "rule-loosened",
                       lambda entries, n=number: entries[n].update(kind="at_most_one"))  # fmt: skip

            def split(entries: list[Schema], n: int = number) -> None:
                entries[n]["kind"] = "at_most_one"
                entries.append({**entries[n], "id": "the-other-half", "kind": "at_least_one"})

            yield edit(f"split {label}", None, split)
        if kind == "required_if" and "any" in rule["when"]:

            def parts(entries: list[Schema], n: int = number) -> None:
                first, second = entries[n]["when"]["any"]
                entries.append({**entries[n], "id": "second-half", "when": second})
                entries[n]["when"] = first

            yield edit(f"split {label}", None, parts)
            yield edit(f"loosen {label}", "rule-loosened", lambda entries, n=number: entries[n]["when"]["any"].pop())
        if kind == "required_if" and "all" in rule["when"]:
            yield edit(f"tighten {label}", "rule-tightened", lambda entries, n=number: entries[n]["when"]["all"].pop())
        when = rule.get("when", {})
        if isinstance(when.get("is"), bool):
            turned = {"field": when["field"], "is": not when["is"], "not": True}
            yield edit(f"reword {label}", None, lambda entries, n=number, v=turned: entries[n].update(when=v))
    yield from new_rules(path, edit)


def new_rules(path: list[str], edit: Callable[..., Edit]) -> Iterator[Edit]:
    """Of rules that no page states, one of each kind."""
    there, quiet = {"field": "/negative_prompt", "is": "present"}, {"field": "/negative_prompt", "is": "absent"}
    pair = ["/negative_prompt", "/sound"]
    for kind in ("at_most_one", "exactly_one", "at_least_one", "all_or_none"):
        yield edit(f"add {kind}", "rule-added", adding({"kind": kind, "fields": pair}))
    for kind in ("required_if", "forbidden_if"):
        yield edit(f"add {kind}", "rule-added", adding({"kind": kind, "fields": ["/sound"], "when": there}))
    shorter = {"kind": "values_if", "fields": ["/duration"], "schema": {"maximum": 10}, "when": there}
    fewer = {"kind": "values_if", "fields": ["/multi_prompt"], "schema": {"maxItems": 2}, "when": there}
    yield edit("add values_if", "rule-added", adding(shorter))
    yield edit("add values_if of items", "rule-added", adding(fewer))
    most = {"fields": pair, "kind": "at_most_one"}
    joined = [
        {"kind": "required_if", "fields": ["/sound"], "when": there},
        {"kind": "required_if", "fields": ["/negative_prompt"], "when": {"field": "/sound", "is": "present"}},
    ]
    parted = replace(
        edit(
            "join two",
            None,
            lambda entries: (entries.pop(), entries.pop(), adding({"kind": "all_or_none", "fields": pair})(entries)),
        ),
        old=at([*path, "x-rules"], adding(*joined)),
    )
    yield parted
    yield replace(
        edit(
            "other words", None, lambda entries: entries[-1].update(kind="forbidden_if", fields=["/sound"], when=there)
        ),
        old=at([*path, "x-rules"], adding(most)),
    )
    advice = {"kind": "ignored_if", "fields": ["/sound"], "when": there}
    advised = at([*path, "x-rules"], adding(advice))
    yield edit("add advice", "advice-added", adding(advice))
    yield replace(edit("turn advice", "advice-changed", lambda entries: entries[-1].update(when=quiet)), old=advised)

    def field_and_rule(whole: Schema) -> None:
        whole["properties"]["brand_new"] = {"type": "integer"}
        adding({"kind": "at_most_one", "fields": ["/brand_new", "/sound"]})(whole["x-rules"])

    yield Edit("field and rule", ("request-field-added-optional", "rule-added-with-field"), None,
               at(path, field_and_rule), place="rule")  # fmt: skip


def adding(*entries: Schema) -> Callable[[list[Schema]], None]:
    def change(rules: list[Schema]) -> None:
        rules.extend({"id": f"brand-new-{number}", "status": "stated", **copy.deepcopy(entry)}
                     for number, entry in enumerate(entries))  # fmt: skip

    return change


def provider_edits(document: Schema) -> Iterator[Edit]:
    def edit(label: str, kind: str | None, pointer: str | None, path: list[Any], change: Callable[[Any], object],
             place: str, old: Callable[[Schema], object] | None = None) -> Edit:  # fmt: skip
        return Edit(label, kind, pointer, at(path, change), old, place)

    other = {"url": "https://other.example"}
    two = at(["servers"], lambda s: s.append(other))
    yield edit("server new", "server-added", None, ["servers"], lambda s: s.append(other), "server")
    yield edit("server gone", "server-removed", None, ["servers"], lambda s: s.pop(), "server", two)
    yield edit("servers turned", "server-default-changed", None, ["servers"], lambda s: s.reverse(), "server", two)
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    schemes = ["components", "securitySchemes"]
    yield edit("other key", "authentication-changed", "", schemes, lambda s: s.update(bearer=key), "authentication")
    yield edit("title", None, None, ["info"], lambda s: s.update(title="Another title"), "operation")
    codes, places = ["x-errors", "codes"], ["x-errors", "pointers"]
    for number, code in enumerate(document["x-errors"]["codes"]):
        name = str(code["code"])
        yield edit("error gone", "error-removed", name, codes, lambda s, n=number: s.pop(n), "error code")
        yield edit("error status", "error-changed", name, codes, lambda s, n=number: s[n].update(status=418),
                   "error code")  # fmt: skip
    new = {"code": "BRAND_NEW", "status": 400, "meaning": "conflict"}
    yield edit("error new", "error-added", "BRAND_NEW", codes, lambda s: s.append(new), "error code")
    yield edit("errors reordered", None, None, places, reorder, "error place")
    for name in document["x-errors"]["pointers"]:
        yield edit("error place", "error-place-changed", name, places, lambda s, n=name: s.update({n: "/elsewhere"}),
                   "error place")  # fmt: skip
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield from operation_edits(path, method, operation)


def operation_edits(path: str, method: str, operation: Schema) -> Iterator[Edit]:
    def edit(
        label: str, kind: str | None, pointer: str | None, home: list[Any], change: Callable[[Any], object]
    ) -> Edit:
        return Edit(label, kind, pointer, at(home, change), place="operation")

    if "x-task" in operation:
        yield edit("gone", "operation-removed", path, ["paths"], lambda s: s.pop(path))
    yield edit("moved", "operation-moved", path + "/v2" if "{" not in path else path, ["paths"],
               lambda s: move(s, path))  # fmt: skip
    new = {**copy.deepcopy(operation), "operationId": "brand_new"}
    yield edit("new", "operation-added", "/brand/new", ["paths"], lambda s: s.update({"/brand/new": {method: new}}))
    status, home = min(operation["responses"]), ["paths", path, method]
    if "x-task" in operation:
        yield edit("renamed", "operation-renamed", path, home, lambda s: s.update(operationId="another"))
        form = {"multipart/form-data": {"schema": {"type": "object"}}}
        yield edit("a form", "request-content-added", "multipart/form-data", [*home, "requestBody", "content"],
                   lambda s: s.update(form))  # fmt: skip
    yield edit("deprecated", "operation-deprecated", path, home, lambda s: s.update(deprecated=True))
    yield edit("open to all", "authentication-dropped", path, home, lambda s: s.update(security=[]))
    yield edit("signed as all", None, None, home, lambda s: s.update(security=[{"bearer": []}]))
    yield edit("served elsewhere", "operation-server-changed", path, home,
               lambda s: s.update(servers=[{"url": "https://other.example"}]))  # fmt: skip
    yield edit(
        "status", "response-status-changed", "", [*home, "responses"], lambda s: s.update({"207": s.pop(status)})
    )
    yield edit("summary", None, None, home, lambda s: s.update(summary="Other words"))
    yield edit("keys reordered", None, None, home, reorder)


def move(paths: Schema, path: str) -> None:
    if "{" in path:
        paths[path] = {"put": next(iter(paths[path].values()))}
    else:
        paths[path + "/v2"] = paths.pop(path)


def task_edits(document: Schema) -> Iterator[Edit]:
    for path, item in document["paths"].items():
        if "post" not in item:
            continue
        home = ["paths", path, "post", "x-task"]
        entry = reach(document, home)

        def edit(label: str, kind: str | None, pointer: str | None, change: Callable[[Any], object], place: str,
                 old: Callable[[Schema], object] | None = None, home: list[str] = home) -> Edit:  # fmt: skip
            return Edit(label, kind, pointer, at(home, change), old, place)

        variants = entry.get("variants", {})
        for name in [None, *variants]:
            yield from word_edits(entry, name, edit)
        yield edit("words reordered", None, None, lambda s: s.update(polled=dict(reversed(s["polled"].items()))),
                   "task place")  # fmt: skip
        for name in entry["polled"]:
            if entry["polled"][name] != entry["polled"]["id"]:
                yield edit("place", "task-place-changed", name,
                           lambda s, n=name: s["polled"].update({n: s["polled"]["id"]}), "task place")  # fmt: skip
        if "progress" in entry["polled"] or "created" in entry["polled"]:
            name = "progress" if "progress" in entry["polled"] else "created"
            yield edit("place told", "task-place-added", name, lambda s, n=name, v=entry["polled"][name]:
                       s["polled"].update({n: v}), "task place",
                       at([*home, "polled"], lambda s, n=name: s.pop(n)))  # fmt: skip
        base = entry["expected"]["base"] + 1
        yield edit("time", "task-time-changed", "", lambda s, v=base: s["expected"].update(base=v), "task time")
        yield edit("pace", "task-time-changed", "", lambda s: s["expected"].update(perSecond=77), "task time")
        yield edit("lifetime", "task-lifetime-shortened", "", lambda s: s.update(resultTtl=77), "task time",
                   at(home, lambda s: s.update(resultTtl=78)))  # fmt: skip
        yield edit("longer", "task-time-changed", "", lambda s: s.update(resultTtl=10**7), "task time")
        third = {"statuses": {**entry["statuses"], "brand new": "failed"}, "polled": {"reason": entry["polled"]["id"]}}
        yield edit("variant", "task-variant-added", "third", lambda s, v=third: s.update(
            variants={**s.get("variants", {}), "third": v}), "task place")  # fmt: skip
        yield edit("role", "task-video-changed", "", lambda s: s["video"].pop("sound"), "task place")
        yield Edit("no task", "task-removed", "", at(home[:-1], lambda s: s.pop("x-task")), place="operation")
        yield edit("polled elsewhere", "task-poll-changed", "", lambda s: s.update(poll="brand_new"), "task place",
                   functools.partial(second_poll, poll=entry["poll"]))  # fmt: skip


def word_edits(entry: Schema, variant: str | None, edit: Callable[..., Edit]) -> Iterator[Edit]:
    """Of the words of the usual answers, or of a variant: those that no other one has."""
    every = [entry["statuses"], *(other["statuses"] for other in entry.get("variants", {}).values())]
    words = entry["variants"][variant]["statuses"] if variant else entry["statuses"]

    def own(task: Schema) -> Schema:
        found: Schema = task["variants"][variant]["statuses"] if variant else task["statuses"]
        return found

    for word in words:
        if sum(word in other for other in every) == 1:
            meant = "canceled" if words[word] != "canceled" else "failed"
            yield edit("word gone", "task-status-removed", word, lambda s, w=word: own(s).pop(w), "status word")
            yield edit("word means", "task-status-changed", word,
                       lambda s, w=word, m=meant: own(s).update({w: m}), "status word")  # fmt: skip
    yield edit("word new", "task-status-added", "BRAND_NEW", lambda s: own(s).update(BRAND_NEW="queued"), "status word")


def second_poll(document: Schema, poll: str) -> None:
    path, item = next((path, item) for path, item in document["paths"].items()
                      if any(operation["operationId"] == poll for operation in item.values()))  # fmt: skip
    document["paths"][f"/other{path}"] = {"get": {**copy.deepcopy(item["get"]), "operationId": "brand_new"}}


@functools.cache
def known(provider: str) -> tuple[specs.Contract, list[Edit]]:
    contract = specs.load(provider)
    return contract, list(both_ways(edits(dict(contract.document))))


@pytest.fixture
def edits_of() -> Callable[[str], tuple[specs.Contract, list[Edit]]]:
    """A provider's contract and every edit of it that the tests know."""
    return known


@pytest.fixture
def places() -> tuple[str, ...]:
    """Where edits are made."""
    return PLACES
