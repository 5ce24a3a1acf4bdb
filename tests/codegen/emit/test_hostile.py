"""Specs from strangers: whatever stands in a text position, the client is what its templates say and nothing else."""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import re
import sys
import types
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import cycle
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from codegen.emit import audit
from codegen.emit.project import render_project
from specs import yaml12
from specs.errors import ReelspecError
from specs.loader import HOME as SPECS

PROVIDERS = sorted(path.parent.name for path in SPECS.glob("*/openapi.yaml"))
MODULES = [*audit.ALLOWED_IMPORTS]

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
EXAMPLES = 200 if settings.get_current_profile_name() == "ci" else 25

VOCABULARY = {"type", "kind", "op", "in", "format", "openapi", "scheme", "meaning", "formats", "encodings", "url",
              "x-provider", "pattern", "status"}  # fmt: skip
"""Members of a spec whose texts are words of the format itself: another word is another spec, or none."""
NAMES = {"required", "operationId", "poll", "parameter", "name", "page", "enum", "const", "default", "is", "x-rule",
         "id"}  # fmt: skip
"""Members whose texts refer to each other: they change everywhere alike."""
KEYS = {"properties", "schemas", "x-pages", "parameters"}
"""Members whose keys are such names."""


class Hostile:
    """A spec with something hostile in every position of a text: each leaf and each key that is no vocabulary."""

    def __init__(self, names: list[str], texts: list[str]) -> None:
        more = (one + other for one in NASTY for other in texts if one + other)
        self.pool = (name for name in dict.fromkeys([*names, *more]) if "*" not in name)  # in a pointer: each item
        self.texts = cycle(texts)
        self.names: dict[str, str] = {}
        self.replaced: list[str] = []

    def name(self, name: str) -> str:
        if name not in self.names:
            self.names[name] = next(self.pool)
        return self.names[name]

    def pointer(self, text: str) -> str:
        steps = [step if step in ("*", "") else self.name(step) for step in text.split("/")]
        return "/".join(step.replace("~", "~0").replace("/", "~1") if step != "*" else step for step in steps)

    def text(self, key: str, value: str, *, points: bool) -> str:
        if value.startswith("$response.body#"):
            return "$response.body#" + self.pointer(value.partition("#")[2])
        if key == "$ref":
            head, _, name = value.rpartition("/")
            return f"{head}/{self.name(name).replace('~', '~0').replace('/', '~1')}"
        if points and value.startswith("/"):
            return self.pointer(value)
        if key in NAMES:
            return self.name(value) or ("r" if key in ("x-rule", "id") else "")  # an id that is empty is refused
        if key in VOCABULARY:
            return value
        self.replaced.append(key)
        return next(self.texts)

    def spec(self, value: Any, key: str = "", *, points: bool = False) -> Any:
        points = points or key in ("x-task", "x-rules", "x-errors")
        if isinstance(value, dict) and key == "statuses":
            return {self.name(word): state for word, state in value.items()}
        if isinstance(value, dict):
            return {(self.name(name) if key in KEYS else name):
                    self.spec(member, "" if key in KEYS and isinstance(member, dict) else name, points=points)
                    for name, member in value.items()}  # fmt: skip
        if isinstance(value, list):
            return [self.spec(item, "" if isinstance(item, dict) else key, points=points) for item in value]
        return self.text(key, value, points=points) if isinstance(value, str) else value


@cache
def base(provider: str) -> Any:
    """The committed spec of a provider with its first submit and its poll alone, to be quick."""
    document = yaml12.load(SPECS / provider / "openapi.yaml")
    methods = {path: next(iter(item.values())) for path, item in document["paths"].items()}
    submit = next(found for found in methods.values() if "x-task" in found)
    kept = (submit["operationId"], submit["x-task"]["poll"])
    document["paths"] = {path: document["paths"][path] for path, found in methods.items()
                         if found["operationId"] in kept}  # fmt: skip
    schemas, used = document["components"]["schemas"], {"Error"}
    found = json.dumps(document["paths"])
    while new := {name for name in schemas if f'schemas/{name}"' in found} - used:
        used |= new
        found += json.dumps([schemas[name] for name in sorted(new)])
    document["components"]["schemas"] = {name: schemas[name] for name in schemas if name in used}
    return document


@cache
def benign(provider: str) -> dict[str, str]:
    return dict(render_project(base(provider), "<test>").files)


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
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # Python's own cache is no doing of a client
    yield state
    state["armed"].clear()
    sys.dont_write_bytecode = writes


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
    before = dict(sys.modules)
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
        for name in [name for name in sys.modules if name.startswith(home)]:
            del sys.modules[name]
        sys.modules.update(before)  # tests of the committed clients may have imported them


@cache
def plain_shape(provider: str, name: str) -> tuple[set[str], Counter[str]]:
    return shape(benign(provider)[f"{provider}_kling/{name}"])


def shape(text: str) -> tuple[set[str], Counter[str]]:
    """What a module imports, and how often it calls what; the operations' own classes count as one, so do loops."""
    found = ast.parse(text)
    own = {node.name for node in found.body if isinstance(node, ast.ClassDef)}
    calls = (audit.callee(node.func) for node in ast.walk(found) if isinstance(node, ast.Call))
    counted = Counter("its own class" if call in own else re.sub(r"_\d+\b", "", call) for call in calls)
    if "Field" in counted:
        counted["Field"] = 1  # a name that Python cannot have is an alias: one call more
    return audit.imports(found), counted


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(max_examples=EXAMPLES // len(PROVIDERS), phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(names=st.lists(hostile, min_size=4, max_size=12), order=st.randoms(use_true_random=False),
       texts=st.lists(hostile, min_size=5, max_size=12), imported=st.integers(0, 7))  # fmt: skip
def test_hostile_specs_give_the_client_of_the_templates(
    provider: str, names: list[str], order: Random, texts: list[str], imported: int, guard: dict[str, list[str]]
) -> None:
    made = Hostile([*names, *order.sample(NASTY, len(NASTY))], texts)
    files = dict(render_project(made.spec(base(provider)), "<test>").files)
    home = f"{provider}_kling"
    assert set(files) == set(benign(provider))
    for name in MODULES:
        assert shape(files[f"{home}/{name}"]) == plain_shape(provider, name), name
    if imported:
        return
    guard["armed"].append("yes")
    try:
        with package(home, files) as modules:
            operation = next(found for found in modules["description"].OPERATIONS.values() if found.task)
            client = modules["client"].Client("key", "https://api.example.com")
            bound = [value for value in vars(client).values() if getattr(value, "operation", None) is operation]
            assert len(bound) == 1
            # the names and values of the spec come out again, unharmed
            prompt = made.names["prompt"]
            request = bound[0].request(validate="off", **{python(operation, prompt): "value"})
            assert dict(request.parameters) == {prompt: "value"}
    finally:
        guard["armed"].clear()
    assert guard["seen"] == []


def python(operation: Any, wire: str) -> str:
    return next((name for name, renamed in operation.renamed.items() if renamed == wire), wire)


@pytest.mark.parametrize("package_name", ["../evil", "a/b", "Upper", "a b", "class.x", "", "a" * 80])
def test_a_package_name_that_is_none_is_refused(package_name: str) -> None:
    spec = {**base("novita"), "info": {**base("novita")["info"], "x-package": package_name}}
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
