"""Pydantic models: made by datamodel-code-generator from our shapes, then checked and documented as a syntax tree."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codegen.emit.shapes import Shape
from codegen.emit.text import DocText, Ident, Tree, render, tree
from specs.errors import SpecError

_KNOWN = frozenset(("Annotated", "Any", "Literal", "Field", "list", "dict", "str", "int", "float", "bool"))
"""What a type may be made of, besides the shapes' names."""
_CONSTRAINTS = frozenset(("ge", "le", "gt", "lt", "multiple_of", "min_length", "max_length", "default"))


def schema_document(shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """Return the OpenAPI document that the model generator is fed: `Shape0` with `m0`, `m1`, …, not a word of the spec.

    So it has no name to change, and the names that we give afterwards are ours alone.
    """
    numbered = {f"#/components/schemas/{name}": f"#/components/schemas/{_shape(n)}" for n, name in enumerate(shapes)}
    schemas = {}
    for number, shape in enumerate(shapes.values()):
        members = dict(enumerate(shape.members))
        schemas[_shape(number)] = {
            "type": "object",
            "properties": {f"m{n}": _referring(member.schema, numbered) for n, member in members.items()},
            "required": [f"m{n}" for n, member in members.items() if member.required],
        }
    return {"openapi": "3.1.0", "info": {"title": "m", "version": "1"}, "paths": {}, "components": {"schemas": schemas}}


def _shape(number: int) -> str:
    return f"Shape{number}X"


def _referring(schema: Any, numbered: Mapping[str, str]) -> Any:
    if isinstance(schema, Mapping):
        return {
            key: numbered[value] if key == "$ref" else value if key == "enum" else _referring(value, numbered)
            for key, value in schema.items()
        }
    return [_referring(part, numbered) for part in schema] if isinstance(schema, list) else schema


def generated(document: Mapping[str, Any]) -> str:
    """Run datamodel-code-generator as a library."""
    import datamodel_code_generator as generator
    from datamodel_code_generator.enums import DataModelType

    found = generator.generate(
        json.dumps(document),
        input_file_type=generator.InputFileType.OpenAPI,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=generator.PythonVersion.PY_311,
        enum_field_as_literal=generator.LiteralType.All,
        use_annotated=True,
        field_constraints=True,
        use_union_operator=True,
        use_standard_collections=True,
        disable_timestamp=True,
        formatters=[],
    )
    if not isinstance(found, str):
        raise TypeError("the model generator gave several modules")
    return found


@dataclass(frozen=True)
class Model:
    """A class as the template prints it: its members with their docstrings."""

    name: Ident
    base: Ident
    doc: DocText
    members: tuple[tuple[Tree, DocText | None], ...]


def render_models(shapes: Mapping[str, Shape], docs: Mapping[tuple[str, str], str], place: str) -> str:
    """Return the text of `models.py` without its header.

    `docs` gives the docstring of a shape (name, "") or of a member (name, Python name). Raises SpecError for a schema
    that the model generator reads as something else than a plain model.
    """
    module = ast.parse(generated(schema_document(shapes)) if shapes else "")
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    named = {_shape(number): shape for number, shape in enumerate(shapes.values())}
    if odd := sorted(set(classes) ^ set(named)):
        what = named[odd[0]].name if odd[0] in named else odd[0]
        raise SpecError(place, f"the model of {what} is no plain object", "simplify its schema")
    models = [_model(node, named[node.name], named, docs, place) for node in classes.values()]
    used = {part.id for model in models for member, _ in model.members for part in ast.walk(member.node)
            if isinstance(part, ast.Name)}  # fmt: skip
    return render(
        "models.py.jinja", summary=DocText("What requests and answers are made of.", 0), models=models,
        typing=[Ident(name) for name in ("Annotated", "Any", "Literal") if name in used], field="Field" in used,
        bases=sorted({model.base for model in models}),
    )  # fmt: skip


def _model(
    node: ast.ClassDef, shape: Shape, named: Mapping[str, Shape], docs: Mapping[tuple[str, str], str], place: str
) -> Model:
    """Return the class with each member checked to be what the shape says."""
    wanted = {f"m{number}": member for number, member in enumerate(shape.members)}
    found: list[tuple[Tree, DocText | None]] = []
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue  # configuration, which the base class has, or `pass`
        member = wanted.pop(statement.target.id, None)
        if member is None:
            raise SpecError(place, f"the model has an unexpected member {statement.target.id!r}", "rename it")
        _check(statement.annotation, named, place)
        _check_values(statement.annotation, member.schema, place)
        statement.target.id = member.ident
        if member.ident != member.wire:
            _alias(statement, member.wire)
        text = docs.get((shape.name, member.ident))
        found.append((Tree(statement), DocText(text) if text else None))
    if wanted:
        raise SpecError(place, f"the model of {shape.name} lacks a member", "simplify its schema")
    base = Ident("RequestModel" if shape.request else "AnswerModel")
    return Model(shape.name, base, DocText(docs.get((shape.name, ""), shape.name)), tuple(found))


def _check(annotation: ast.expr, named: Mapping[str, Shape], place: str) -> None:
    """Refuse what is no type, and give the shapes their names."""
    for part in ast.walk(annotation):
        if isinstance(part, ast.Name) and part.id in named:
            part.id = named[part.id].name
        elif isinstance(part, ast.Name) and part.id not in _KNOWN:
            raise SpecError(place, f"the model generator used the type {part.id!r}", "simplify the schema")
        if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id == "Field"):
            raise SpecError(place, "the model generator called something", "simplify the schema")
        if isinstance(part, ast.keyword) and part.arg not in _CONSTRAINTS:
            raise SpecError(place, f"the model generator used {part.arg!r}", "simplify the schema")
        if isinstance(part, (ast.Attribute, ast.Lambda, ast.Await, ast.NamedExpr, ast.JoinedStr)):
            raise SpecError(place, "the model generator wrote more than types", "simplify the schema")


def _check_values(annotation: ast.expr, schema: Mapping[str, Any], place: str) -> None:
    """Refuse texts that are none of the schema's values."""
    given = {part.value for part in ast.walk(annotation) if isinstance(part, ast.Constant)}
    values = set(_values(schema))
    if odd := [value for value in given if isinstance(value, str) and value not in values]:
        raise SpecError(place, f"the model generator wrote the text {odd[0]!r}", "simplify the schema")


def _values(schema: Any) -> Iterator[Any]:
    if isinstance(schema, Mapping):
        yield from schema.get("enum", ())
        for part in schema.values():
            yield from _values(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _values(part)


def _alias(statement: ast.AnnAssign, wire: str) -> None:
    """Give the member the provider's name as its alias."""
    alias = ast.keyword("alias", tree(wire))
    annotation = statement.annotation
    for part in ast.walk(annotation):
        if isinstance(part, ast.Call):
            part.keywords.append(alias)
            return
    field = ast.Call(ast.Name("Field", ast.Load()), [], [alias])
    statement.annotation = ast.Subscript(
        ast.Name("Annotated", ast.Load()), ast.Tuple([annotation, field], ast.Load()), ast.Load()
    )
