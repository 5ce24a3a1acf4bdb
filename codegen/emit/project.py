"""All files of one client: rendered, formatted, audited; nothing is written here."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from codegen.emit.text import DocText, Ident, Json, Literal, Slug, Table, Word, render, tree
from specs.errors import SpecError

RUNTIME = Path(__file__).parent.parent / "runtime"
SHARED = Path(__file__).parent.parent.parent / "specs"
COPIED = ("checks.py", "media.py")
"""Modules of `specs` that stand alone and go into every client, as far as it reaches them."""
UNUSED = ("Media.from_json", "Violation.as_json")
"""Methods of theirs that no client calls: limits of files are read when it is generated, and servers write errors."""


@dataclass(frozen=True)
class Project:
    """A client to be written: its provider and its files by path relative to the project."""

    provider: str
    files: Mapping[str, str]


def canonical(document: Any) -> Any:
    """Return the document with all keys sorted, so that what is made of it does not depend on their order."""
    if isinstance(document, dict):
        return {name: canonical(document[name]) for name in sorted(document, key=str)}
    return [canonical(item) for item in document] if isinstance(document, list) else document


def digest(document: Any) -> str:
    """Return the checksum of a document, whatever the order of its keys."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def render_project(document: Any, place: str, provider: str = "", source: str = "") -> Project:
    """Return the client of an OpenAPI document. `source` is what its header calls the spec.

    Raises SpecError where the document cannot be used.
    """
    from codegen.emit import audit, models, plan
    from specs.loader import contract
    from specs.media import FORMATS, Media
    from specs.rules.limits import KEYWORDS
    from specs.rules.python import helpers_used

    planned = plan.plan(contract(canonical(document), place, provider), place)
    home = str(planned.package)
    rendered = {f"{home}/{name}": text for name, text in _modules(planned, place).items()}
    rendered[f"{home}/models.py"] = models.render_models(
        {name: shape for name, shape in planned.shapes.items() if shape.modelled}, planned.docs, place
    )
    formatted = format_python(rendered)
    for name, text in formatted.items():
        audit.module(name.removeprefix(f"{home}/"), text, planned)
    helpers = frozenset(
        name for method in planned.methods for check in method.checks for name in helpers_used(check.node)
    )
    tables = "".join(formatted[f"{home}/{name}"] for name in ("description.py", "rules.py"))
    keywords = frozenset(name for name in KEYWORDS if f'"{name}"' in tables)
    media = [found.media for method in planned.methods for found in method.operation.at("body") if found.media]
    pictures = frozenset(
        chain.from_iterable((*limits, *(Media.from_json(limits).formats or FORMATS)) for limits in media)
    )
    formatted |= {f"{home}/_runtime/{name}": text for name, text in runtime(helpers, keywords, pictures).items()}
    origin = source or f"specs/{planned.contract.provider}/openapi.yaml"
    files = {name: _headed(text, origin, digest(document)) for name, text in formatted.items()}
    files[f"{home}/py.typed"] = ""
    files |= _around(planned, origin)
    return Project(planned.contract.provider, dict(sorted(files.items())))


@cache
def runtime(helpers: frozenset[str], keywords: frozenset[str], media: frozenset[str]) -> Mapping[str, str]:
    """Return the runtime's modules as they stand in a client, the shared ones beside them.

    `helpers` are the functions of `specs.checks` that the client's rendered rules call, `keywords` those of JSON Schema
    that its tables and rules name, `media` those of x-media and the formats of pictures whose size matters.
    """
    from codegen.emit import copies

    own = {path.name: path.read_text(encoding="utf-8") for path in sorted(RUNTIME.glob("*.py"))}
    shared = {name: (SHARED / name).read_text(encoding="utf-8") for name in COPIED}
    shared["checks.py"] = copies.only(shared["checks.py"], "_KEYWORDS", keywords)
    shared["media.py"] = copies.only(copies.only(shared["media.py"], "_SIZES", media), "_BOUNDS", media)
    for name, text in shared.items():
        roots = {"Check", "Source", *helpers} if name == "checks.py" else set[str]()
        roots |= {alias for copied in own.values() for alias in imported(copied, f"specs.{name[:-3]}")}
        own[name] = copies.reached(text, roots, UNUSED)
    return format_python({name: copies.dense(text).replace("from specs.", "from .") for name, text in own.items()})


def imported(text: str, module: str) -> set[str]:
    """Return the names that a module imports from another one, at its top or later."""
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.module == module)
    return {alias.name for node in nodes for alias in node.names}


def _modules(planned: Any, place: str) -> dict[str, str]:
    from codegen.emit.tables import tables
    from codegen.runtime import errors
    from specs.rules.python import helpers_used

    contract, methods = planned.contract, planned.methods
    title = DocText(contract.title).cleaned() or contract.provider
    shown = [_method(method) for method in methods]
    listed = "".join(f"\n- `{m.ident}`: {DocText(m.summary.text).cleaned()}" for m in methods)
    names = [name for name in vars(errors) if isinstance(vars(errors)[name], type) and name[0].isupper()]
    names = sorted(name for name in names if issubclass(vars(errors)[name], Exception))
    exported = [
        *("AsyncClient", "AsyncTask", "AsyncVideo", "AsyncVideoResult", "Client", "DEFAULT", "Happening", "Outcome"),
        *("Progress", "Request", "RequestWarning", "Snapshot", "State", "Task", "Video", "VideoResult"),
        *("ImageInput", "OnProgress", "Options", "Validate", "WebhookEvent", "parse_webhook", *names),
    ]
    client_doc = (
        f"A client of {title}.\n\nWhat it can be told besides key and address: see `Options`. Operations:\n{listed}"
    )
    values: dict[str, dict[str, Any]] = {
        "__init__.py": {
            "summary": DocText(f"A client of {title}.", 0),
            "errors": Table(ast.Tuple([ast.Name(Ident(name), ast.Load()) for name in names], ast.Load())),
            "exported": Table(tree(sorted(exported))), "version": Literal(contract.version),
        },
        "client.py": {
            "summary": DocText(f"The client and its operations: {title}.", 0), "methods": shown,
            "client_doc": DocText(client_doc),
            "async_doc": DocText(client_doc.replace("A client", "An async client", 1)),
            "plain": any(not method.submits and method.answer for method in methods),
        },
        "params.py": _params([*planned.objects, *(method.params for method in methods)]),
        "description.py": {
            "summary": DocText("The contract as the runtime reads it.", 0), "package": Literal(str(planned.package)),
            "tables": tables(planned, place),
        },
        "__main__.py": {
            "summary": DocText(f"`{planned.project}`: the command line.", 0), "command": Literal(str(planned.project)),
        },
        "rules.py": {
            "summary": DocText("Limits and rules: whether a body surely keeps them all, and which rules it breaks.", 0),
            "checks": [check for method in methods for check in method.checks],
            "helpers": sorted({Ident(n) for m in methods for check in m.checks for n in helpers_used(check.node)}),
            "mapping": any("Mapping" in check.python() for m in methods for check in m.checks),
            "isfinite": any("isfinite(" in check.python() for m in methods for check in m.checks),
        },
    }  # fmt: skip
    return {name: render(f"{name}.jinja", **given) for name, given in values.items()}


def _method(method: Any) -> dict[str, Any]:
    """Return a method as the templates want it."""
    from codegen.emit.plan import model_type

    return {
        **{name: getattr(method, name) for name in ("ident", "class_name", "async_name", "doc", "submits")},
        "params": method.params.name,
        "key": Table(tree(method.operation.id)),
        "async_doc": DocText(f"The async twin of {method.class_name}."),
        "returns": model_type(method.answer),
    }


def _params(listed: list[Any]) -> dict[str, Any]:
    """Return what the template of the typed dictionaries wants, the names that it has to import among it."""
    parts = [part for params in listed for member in params.members for part in ast.walk(member.type.node)]
    used = {part.id for part in parts if isinstance(part, ast.Name)}
    required = any(member.required for params in listed for member in params.members)
    typing = {"TypedDict"} | used & {"Any", "Literal"} | ({"Required"} if required else set())
    typing |= {"TYPE_CHECKING"} if "models" in used else set()
    return {
        "summary": DocText("What the operations take, as typed dictionaries.", 0), "all": listed,
        "abc": [Ident(name) for name in sorted(used & {"Mapping", "Sequence"})],
        "typing": [Ident(name) for name in sorted(typing, key=lambda name: (name != "TYPE_CHECKING", name))],
        "images": "ImageInput" in used, "models": "models" in used,
    }  # fmt: skip


def _around(planned: Any, origin: str) -> dict[str, str]:
    """Return the project's own files."""
    contract = planned.contract
    title = DocText(contract.title).cleaned() or contract.provider
    project = render(
        "pyproject.toml.jinja", project=planned.project, version=DocText(contract.version),
        description=DocText(f"A client of {title}, generated from {origin}"),
        entry=DocText(f"{planned.package}.__main__:main"), package=DocText(str(planned.package)),
    )  # fmt: skip
    return {"pyproject.toml": project, "README.md": _readme(planned)}


def _readme(planned: Any) -> str:
    from codegen.emit import examples
    from codegen.runtime.cli import command_names

    contract = planned.contract
    submits = [method for method in planned.methods if method.submits]
    if not submits:
        raise SpecError(contract.provider, "no operation starts a task", "describe one with x-task")
    operations = {method.ident: method.operation for method in submits}
    first = next((m for m in submits if examples.single(operations[m.ident])), submits[0])
    shots = next((m for m in submits if examples.shots(operations[m.ident])), first)

    def given(method: Any, body: Mapping[str, Any] | None) -> list[tuple[Ident, Any]]:
        names = {parameter.wire.value: parameter.ident for parameter in method.params.members}
        return [(names[name], shown(value)) for name, value in (body or {}).items()]

    def shown(value: Any) -> Any:
        if not isinstance(value, list):
            return Literal(value)
        return [[(Literal(name), Literal(member)) for name, member in item.items()] for item in value]

    command = command_names([m.operation.id for m in submits])[first.operation.id]
    parameters = dict(examples.single(first.operation) or {})
    return render(
        "README.md.jinja", project=planned.project, package=planned.package,
        title=DocText(contract.title or contract.provider), environment=planned.environment,
        command=Slug(command), method=first.ident,
        line=Json({"operation": command, "parameters": parameters, "output": "boat.mp4"}),
        options=[
            (DocText("--" + name.replace("_", "-")), Word(value.value))
            for name, value in given(first, examples.single(first.operation))
        ],
        single=given(first, examples.single(operations[first.ident])),
        shots_method=shots.ident, shots=given(shots, examples.shots(operations[shots.ident])),
        operations=[
            {
                "ident": method.ident, "summary": method.summary, "members": method.params.members,
                "rules": [DocText(f"{rule.message} (`{rule.id}`; {rule.source})") for rule in method.operation.checks],
            }
            for method in planned.methods
        ],
    )  # fmt: skip


def _headed(text: str, origin: str, spec: str) -> str:
    """Put the provenance above: what it was made from, and the checksum of what follows."""
    checksum = hashlib.sha256(text.encode()).hexdigest()
    name = DocText(origin).cleaned().replace("\n", " ")
    return (
        f"# Generated by reelspec from {name}, do not edit: edit the spec or its overlay and run `reelspec generate`.\n"
        f"# spec sha256 {spec[:16]}, text below sha256 {checksum[:16]}\n{text}"
    )


def format_python(files: Mapping[str, str]) -> dict[str, str]:
    """Format all files by one call of ruff."""
    from ruff import find_ruff_bin  # type: ignore[import-untyped] # the package has no types

    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{number}.py" for number, name in enumerate(files)}
        for name, path in paths.items():
            path.write_text(files[name], encoding="utf-8")
        settings = ("--config", "line-length=120", "--config", "format.skip-magic-trailing-comma=true")
        command = [find_ruff_bin(), "format", "--isolated", "--no-cache", "--quiet", *settings, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (ours, no shell)
        if done.returncode:
            raise RuntimeError(f"a template rendered what is no Python: {done.stderr.strip()}")
        return {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
