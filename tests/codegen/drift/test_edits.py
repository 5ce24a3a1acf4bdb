"""Every kind of edit of every spec, at every place, is reported once with the right class; rewordings are not."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from codegen.drift.change import CLASSES, Change
from codegen.drift.compare import compare
from codegen.drift.rules import REFUSED

Schema = dict[str, Any]
NARROWER = {"minimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "maxLength": -1, "maxItems": -1}
MEDIA = {"maxBytes": -1, "minWidth": 1, "minHeight": 1, "maxWidth": -1, "minAspectRatio": 0.1, "maxAspectRatio": -0.1}


@dataclass(frozen=True)
class Edit:
    """What is done to a document, and what must be reported; `kind` is None for a change without meaning."""

    name: str
    kind: str | None
    pointer: str | None
    make: Callable[[Schema], object]


def edits(document: Schema) -> Iterator[Edit]:
    contract = specs.contract(document)
    schemas = document["components"]["schemas"]
    named = {pointer for operation in contract.operations for rule in operation.rules for pointer in rule.mentioned()}
    told = {pointer for operation in contract.submits if operation.task is not None
            for places in (operation.task.video, operation.task.submitted, operation.task.polled,
                           *(variant.polled for variant in operation.task.variants.values()))
            for pointer in places.values()}  # fmt: skip
    for component, side in sides(document).items():
        for path, pointer in members(schemas[component], ["components", "schemas", component], ""):
            fixed = any(one == pointer or one.startswith(pointer + "/") for one in named | told)
            yield from field_edits(document, path, pointer, side, fixed=fixed)
        yield from additions(["components", "schemas", component], side)
        if side == "request":
            yield from rule_edits(schemas[component], ["components", "schemas", component])
    yield from provider_edits(document)
    yield from task_edits(document)


def sides(document: Schema) -> dict[str, str]:
    """Components that an operation's request or first good answer names directly."""
    found = {}
    for item in document["paths"].values():
        for operation in item.values():
            holders = [(operation.get("requestBody"), "request")]
            holders += [(answer, "response") for status, answer in operation["responses"].items() if status < "300"]
            for holder, side in holders:
                if holder:
                    schema = holder["content"]["application/json"]["schema"]
                    found[schema["$ref"].rpartition("/")[2]] = side
    return found


def members(schema: Schema, path: list[str], pointer: str) -> Iterator[tuple[list[str], str]]:
    for name, member in schema.get("properties", {}).items():
        if "$ref" in member:
            continue
        here, at = [*path, "properties", name], f"{pointer}/{name}"
        yield here, at
        yield from members(member, here, at)
        if "properties" in member.get("items", {}):
            yield from members(member["items"], [*here, "items"], f"{at}/*")


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

        yield edit("remove", f"{side}-field-removed", remove, holder)
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
        yield edit("nullable", f"{side}-type-widened", lambda s: s.update(type=[s["type"], "null"]))
    if kinds in ("string", "boolean"):
        yield edit("other type", f"{side}-type-changed", lambda s: s.update(type="number"))
    if kinds == "integer" and not span:
        yield edit("number", f"{side}-type-widened", lambda s: s.update(type="number"))
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
                yield edit(f"{kind} {keyword}", f"{side}-media-{kind}",
                           lambda s, k=keyword, v=new: s["x-media"].update({k: v}))  # fmt: skip
    if len(schema.get("x-media", {}).get("formats", [])) > 1:
        yield edit("format gone", f"{side}-media-tightened", lambda s: s["x-media"]["formats"].pop())
        yield edit("format new", f"{side}-media-loosened", lambda s: s["x-media"]["formats"].append("bmp"))


def reorder(schema: Schema) -> None:
    turned = dict(reversed(list(schema.items())))
    schema.clear()
    schema.update(turned)


def additions(path: list[str], side: str) -> Iterator[Edit]:
    def add(*, required: bool) -> Callable[[Schema], object]:
        def change(schema: Schema) -> None:
            schema["properties"]["brand_new"] = {"type": "object", "properties": {"inner": {"type": "string"}}}
            if required:
                schema["required"] = [*schema.get("required", []), "brand_new"]

        return at(path, change)

    for required in (False, True):
        kind = "response-field-added" if side == "response" else "request-field-added-optional"
        if required and side == "request":
            kind = "request-field-added-required"
        yield Edit(f"add to {path[-1]}, required: {required}", kind, "/brand_new", add(required=required))
    yield Edit(f"reorder {path[-1]}", None, None, at([*path, "properties"], reorder))


def rule_edits(schema: Schema, path: list[str]) -> Iterator[Edit]:
    rules = [*path, "x-rules"]

    def edit(label: str, kind: str | None, change: Callable[[list[Schema]], object]) -> Edit:
        return Edit(f"{label} {path[-1]}", kind, None, at(rules, change))

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
        if kind == "sum":
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
    optional = [f"/{name}" for name in schema["properties"] if name not in schema.get("required", ())]
    added = {"id": "brand-new", "kind": "at_most_one", "fields": ["/negative_prompt", "/sound"], "status": "stated"}
    if {"/negative_prompt", "/sound"} <= set(optional):
        yield edit("add a rule", "rule-added", lambda entries: entries.append(added))
        when = {"field": "/negative_prompt", "is": "present"}
        advice = {"id": "advice", "kind": "ignored_if", "fields": ["/sound"], "when": when}
        yield edit("add advice", "advice-added", lambda entries: entries.append(advice))


def provider_edits(document: Schema) -> Iterator[Edit]:
    yield Edit(
        "server gone or moved", "server-added", None, at(["servers"], lambda s: s.append({"url": "https://x.example"}))
    )
    if len(document["servers"]) > 1:
        yield Edit("server gone", "server-removed", None, at(["servers"], lambda s: s.pop()))
        yield Edit("servers turned", "server-default-changed", None, at(["servers"], lambda s: s.reverse()))
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    yield Edit("other key", "authentication-changed", "",
               at(["components", "securitySchemes"], lambda s: s.update(bearer=key)))  # fmt: skip
    yield Edit("title", None, None, at(["info"], lambda s: s.update(title="Another title")))
    for number, code in enumerate(document["x-errors"]["codes"]):
        codes = ["x-errors", "codes"]
        yield Edit("error gone", "error-removed", str(code["code"]), at(codes, lambda s, n=number: s.pop(n)))
        yield Edit(
            "error status", "error-changed", str(code["code"]), at(codes, lambda s, n=number: s[n].update(status=418))
        )
    new = {"code": "BRAND_NEW", "status": 400, "meaning": "conflict"}
    yield Edit("error new", "error-added", "BRAND_NEW", at(["x-errors", "codes"], lambda s: s.append(new)))
    for name in document["x-errors"]["pointers"]:
        yield Edit("error place", "error-place-changed", name,
                   at(["x-errors", "pointers"], lambda s, n=name: s.update({n: "/elsewhere"})))  # fmt: skip
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "x-task" in operation:
                yield Edit("operation gone", "operation-removed", path, at(["paths"], lambda s, p=path: s.pop(p)))
            yield Edit("moved", "operation-moved", path + "/v2" if "{" not in path else path,
                       at(["paths"], lambda s, p=path: move(s, p)))  # fmt: skip
            new_operation = {**copy.deepcopy(operation), "operationId": "brand_new"}
            yield Edit("operation new", "operation-added", "/brand/new", at(
                ["paths"], lambda s, m=method, o=new_operation: s.update({"/brand/new": {m: o}})))  # fmt: skip
            status = min(operation["responses"])
            yield Edit("status", "response-status-changed", "", at(
                ["paths", path, method, "responses"], lambda s, v=status: s.update({"207": s.pop(v)})))  # fmt: skip
            yield Edit("summary", None, None, at(["paths", path, method], lambda s: s.update(summary="Other words")))


def move(paths: Schema, path: str) -> None:
    if "{" in path:
        paths[path] = {"put": next(iter(paths[path].values()))}
    else:
        paths[path + "/v2"] = paths.pop(path)


def task_edits(document: Schema) -> Iterator[Edit]:
    for path, item in document["paths"].items():
        if "post" not in item:
            continue
        task = ["paths", path, "post", "x-task"]
        entry = reach(document, task)
        for word in entry["statuses"]:
            if not any(word in variant["statuses"] for variant in entry.get("variants", {}).values()):
                yield Edit("word gone", "task-status-removed", word, at(task, lambda s, w=word: s["statuses"].pop(w)))
                meant = "canceled" if entry["statuses"][word] != "canceled" else "failed"
                yield Edit("word means", "task-status-changed", word,
                           at(task, lambda s, w=word, m=meant: s["statuses"].update({w: m})))  # fmt: skip
        yield Edit("word new", "task-status-added", "BRAND_NEW",
                   at(task, lambda s: s["statuses"].update(BRAND_NEW="queued")))  # fmt: skip
        for name in entry["polled"]:
            if entry["polled"][name] != entry["polled"]["id"]:
                yield Edit("place", "task-place-changed", name,
                           at(task, lambda s, n=name: s["polled"].update({n: s["polled"]["id"]})))  # fmt: skip
        yield Edit("time", "task-time-changed", "", at(task, lambda s: s["expected"].update(base=99)))
        yield Edit("role", "task-video-changed", "", at(task, lambda s: s["video"].pop("sound")))
        yield Edit("no task", "task-removed", "", at(task[:-1], lambda s: s.pop("x-task")))


@functools.cache
def known(provider: str) -> tuple[specs.Contract, list[Edit]]:
    contract = specs.load(provider)
    return contract, list(edits(dict(contract.document)))


def made(contract: specs.Contract, edit: Edit) -> specs.Contract:
    changed = orjson.loads(orjson.dumps(contract.document))
    edit.make(changed)
    assert edit.kind is None or changed != contract.document, edit.name
    return specs.contract(changed)


@pytest.mark.parametrize("provider", specs.providers())
def test_every_edit_is_reported_once_with_its_class(provider: str) -> None:
    contract, found = known(provider)

    @settings(max_examples=100)
    @given(st.sampled_from(found))
    def check(edit: Edit) -> None:
        reported = compare(contract, made(contract, edit))
        assert [change.kind for change in reported] == ([] if edit.kind is None else [edit.kind]), (edit.name, reported)
        if edit.kind and edit.pointer is not None:
            assert reported[0].pointer == edit.pointer, (edit.name, reported)

    check()


@pytest.mark.parametrize("provider", ["mulerouter", "novita"])
def test_the_example_is_refused_by_one_state_only(provider: str) -> None:
    old, found = known(provider)
    for edit in [edit for edit in found if edit.kind in {"rule-" + w for w in ("added", "changed", "loosened")}]:
        new = made(old, edit)
        for change in compare(old, new):
            assert change.example is not None
            verdicts = [accepts(contract, change) for contract in (old, new)]
            expected = [True, False] if change.verdict == REFUSED else [False, True]
            assert verdicts == expected, (edit.name, change)


def accepts(contract: specs.Contract, change: Change) -> bool:
    violations = contract.operation(change.operations[0]).validate(dict(change.example or {}))
    return not [violation for violation in violations if violation.severity == "error"]


def test_the_edits_cover_the_classes() -> None:
    kinds = {edit.kind for provider in specs.providers() for edit in known(provider)[1]}
    assert len(kinds) > 40
    assert kinds <= {*CLASSES, None}
