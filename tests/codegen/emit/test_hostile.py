"""Specs from strangers: whatever stands in a text position, the client is what its templates say and nothing else."""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codegen.emit import audit
from codegen.emit.project import render_project
from specs.errors import ReelspecError

NASTY = [
    '"', "'", '"""', "'''", '\\', '\\"""', "{{ 7 * 7 }}", "{% raw %}", "{# #}", '\n', '\r\n', '\u2028',
    '\u2029', '\x85', '\x0c', '\x00', '\x1b[31m', '\u202eevil', '\ufeff', "${HOME}", "`id`", "<!--", "-->",
    "]]>", "class", "None", "match", "__init__", "__class__", "self", "validate", "timeout", "on_progress",
    "model_config", "model_fields", "copy", "json", "../../etc/passwd", "/etc/passwd", 'C:\\x', "a.b", "a b",
    "a-b", "1st", "", " ", "#", "# type: ignore", "import os", "os.system('x')", "__import__('os').system('x')",
    '"""\nimport os\n"""', '\\N{BULLET}', "%s", "{0}", "ſelf", "𝒄lass", "été", "数量", '\ud7ff', "a" * 300,
    'f"{1}"', "*/", '\\u0022', "'+__import__('os')+'", "task", "close", "client", "T", "Any", "Literal",
    "Field", "Mapping", "Sequence", "str", "int", "models", "description", "Client", "Shot", "broken", "body",
    "item", "print",
]  # fmt: skip
hostile = st.sampled_from(NASTY) | st.text(max_size=20) | st.tuples(*[st.sampled_from(NASTY)] * 2).map("".join)
names = st.lists(hostile, min_size=6, max_size=6, unique=True)


def document(texts: list[str], members: list[str]) -> dict[str, Any]:
    """A spec that says hostile things wherever a spec can say something."""
    t = iter([*texts, *["x"] * 40])
    first, second, array, inner, length, total = members
    source = {"page": next(t), "line": 3}
    escaped = [name.replace("~", "~0").replace("/", "~1") for name in members]
    body = {
        "type": "object", "required": [first], "additionalProperties": False,
        "properties": {
            first: {"type": "string", "description": next(t), "default": next(t), "x-source": source},
            second: {"type": "string", "enum": [next(t), "b"], "description": next(t), "x-media": {"formats": ["png"]}},
            total: {"type": "integer", "default": 5, "maximum": 15},
            array: {
                "type": "array", "description": next(t),
                "items": {
                    "type": "object", "additionalProperties": False, "required": [inner],
                    "properties": {inner: {"type": "string", "description": next(t)}, length: {"type": "integer"}},
                },
            },
        },
        "x-rules": [
            {"id": "r1 " + next(t), "kind": "at_most_one", "fields": [f"/{escaped[0]}", f"/{escaped[1]}"],
             "source": {"inferred": next(t) or "because"}, "status": "inferred"},
            {"id": "r2 " + next(t), "kind": "required_if", "fields": [f"/{escaped[1]}"],
             "when": {"field": f"/{escaped[0]}", "is": [next(t), "v"]}, "source": source, "status": "stated"},
            {"id": "r3 " + next(t), "kind": "sum", "fields": [f"/{escaped[2]}/*/{escaped[4]}"], "op": "==",
             "total": f"/{escaped[5]}", "source": source, "status": "stated"},
        ],
    }  # fmt: skip
    answer = {
        "type": "object",
        "properties": {
            first: {"type": "string", "description": next(t)}, second: {"type": "string", "enum": [next(t)]},
            array: {"type": "array", "items": {"type": "object", "properties": {inner: {"type": "string"}}}},
        },
    }  # fmt: skip
    status, url = f"/{escaped[0]}", f"/{escaped[2]}/*/{escaped[3]}"
    word = next(t)
    ok = {"200": {"description": next(t), "content": {"application/json": {"schema": answer}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": next(t), "version": "1.0", "x-provider": "hostile", "description": next(t)},
        "servers": [{"url": "https://api.example.com"}],
        "paths": {
            "/submit": {"post": {
                "operationId": "go " + next(t), "summary": next(t), "responses": ok, "x-source": source,
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "x-task": {"poll": "poll", "parameter": "task", "submitted": {"id": status},
                           "polled": {"status": status, "video": url}, "statuses": {word: "queued"},
                           "expected": {"base": 1, "perSecond": 1}, "video": {}, "height": 720},
            }},
            "/poll": {"get": {
                "operationId": "poll", "responses": ok,
                "parameters": [{"name": "task", "in": "query", "required": True, "schema": {"type": "string"},
                                "description": next(t)},
                               {"name": "p" + first, "in": "query", "schema": {"type": "integer"}}],
            }},
        },
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "x-errors": {"pointers": {"code": "/code"},
                     "codes": [{"code": next(t), "status": 400, "meaning": "not_found"}]},
        "x-pages": {next(t) or "p": {"address": next(t)}},
    }  # fmt: skip


@pytest.fixture(scope="module")
def guard() -> Iterator[dict[str, list[str]]]:
    """Note what Python's audit hooks tell while armed: an import must not touch files, processes or the network."""
    state: dict[str, list[str]] = {"armed": [], "seen": []}
    watched = (
        "socket.",
        "subprocess.",
        "os.system",
        "os.exec",
        "os.remove",
        "os.rename",
        "os.mkdir",
        "shutil.",
        "ctypes.",
    )

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if state["armed"] and (event.startswith(watched) or (event == "open" and "w" in str(arguments[1]))):
            state["seen"].append(f"{event} {arguments}")

    sys.addaudithook(hook)
    yield state
    state["armed"].clear()


@contextmanager
def package(home: str, files: dict[str, str]) -> Iterator[dict[str, types.ModuleType]]:
    """The generated modules, imported for real, over the runtime where it is tested."""
    import codegen.runtime

    ours = {f"{home}/{name}.py" for name in ("rules", "description", "models", "params", "client")}
    runtime = types.ModuleType(f"{home}._runtime")
    runtime.__path__ = list(codegen.runtime.__path__)
    root = types.ModuleType(home)
    root.__path__ = []
    known = {home: root, f"{home}._runtime": runtime}
    for name in ("batch", "checks", "cli", "clients", "core", "description", "inputs", "models", "requests", "results",
                 "settings", "tasks", "webhooks"):  # fmt: skip
        origin = "specs.checks" if name == "checks" else f"codegen.runtime.{name}"
        known[f"{home}._runtime.{name}"] = importlib.import_module(origin)
    before = set(sys.modules)
    sys.modules.update(known)
    try:
        loaded = {}
        for name in ("rules", "models", "params", "description", "client"):
            assert f"{home}/{name}.py" in ours
            module = types.ModuleType(f"{home}.{name}")
            module.__package__ = home
            sys.modules[f"{home}.{name}"] = module
            setattr(root, name, module)
            exec(compile(files[f"{home}/{name}.py"], f"<{name}>", "exec"), module.__dict__)  # noqa: S102
            loaded[name] = module
        yield loaded
    finally:
        for name in set(sys.modules) - before:
            if name.startswith(home):
                del sys.modules[name]


def rendered(texts: list[str], members: list[str]) -> dict[str, str]:
    return dict(render_project(document(texts, members), "<test>").files)


@example(texts=NASTY[:30], members=["class", "__init__", '"""', "{{ x }}", "a/b", "\u2028"])
@example(texts=NASTY[30:60], members=["model_config", "self", "validate", "timeout", "copy", "on_progress"])
@given(texts=st.lists(hostile, min_size=10, max_size=26), members=names)
def test_hostile_specs_give_the_client_of_the_templates(
    texts: list[str], members: list[str], guard: dict[str, list[str]]
) -> None:
    files = rendered(texts, members)
    home = "hostile_kling"
    for path in files:
        assert path.startswith(f"{home}/") or path in ("pyproject.toml", "README.md", ".reelspec.json")
        assert ".." not in path
    for name, allowed in audit.ALLOWED_IMPORTS.items():
        found = ast.parse(files[f"{home}/{name}"])
        assert audit.imports(found) - {"__future__"} <= allowed
    guard["armed"].append("yes")
    try:
        with package(home, files) as modules:
            operation = next(iter(modules["description"].OPERATIONS.values()))
            client = modules["client"].Client("key", "https://api.example.com")
            bound = [value for value in vars(client).values() if getattr(value, "operation", None) is operation]
            assert len(bound) == 1
            # the names and values of the spec come out again, unharmed
            request = bound[0].request(validate="off", **{python(operation, members[0]): "value"})
            assert dict(request.parameters) == {members[0]: "value"}
            assert [check.id[:3] for check in operation.checks] == ["r1 ", "r2 ", "r3 "]
    finally:
        guard["armed"].clear()
    assert guard["seen"] == []


def python(operation: Any, wire: str) -> str:
    return next((name for name, renamed in operation.renamed.items() if renamed == wire), wire)


@pytest.mark.parametrize("package_name", ["../evil", "a/b", "Upper", "a b", "class.x", "", "a" * 80])
def test_a_package_name_that_is_none_is_refused(package_name: str) -> None:
    spec = document([], ["a", "b", "c", "d", "e", "f"])
    spec["info"]["x-package"] = package_name
    if package_name:
        with pytest.raises(ReelspecError, match="package name"):
            render_project(spec, "<test>")
    else:
        assert render_project(spec, "<test>").files


def test_the_audit_refuses_what_no_template_can_have_written() -> None:
    class Plan:
        methods = ()

    for name, text, problem in (
        ("rules.py", "import os\n", "imports os"),
        ("rules.py", "def f(body):\n    return eval('1')\n", "calls eval"),
        ("params.py", "@property\ndef f(self): ...\n", "calls property"),
        ("description.py", "while True:\n    pass\n", "a While at its top"),
        ("description.py", "[x for x in ()]\n", "evaluates"),
        ("other.py", "", "not among the modules"),
    ):
        with pytest.raises(audit.AuditError, match=problem):
            audit.module(name, text, Plan())
    assert builtins
