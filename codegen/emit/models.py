"""Pydantic models: made by datamodel-code-generator from our shapes, then checked and documented as a syntax tree."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codegen.emit.shapes import Shape
from codegen.emit.text import DocText, Ident, Tree, render, tree
from specs.errors import SpecError

_KNOWN = frozenset(("Annotated", "Any", "Literal", "Field", "list", "dict", "str", "int", "float", "bool"))
"""What a type may be made of, besides the shapes' names."""
_CONSTRAINTS = frozenset(("ge", "le", "gt", "lt", "multiple_of", "min_length", "max_length", "default"))


def schema_document(shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """Return the OpenAPI document that the model generator is fed: names and limits of ours, not a word of prose."""
    schemas = {}
    for shape in shapes.values():
        properties = {member.ident: dict(member.schema) for member in shape.members}
        schemas[shape.name] = {
            "type": "object",
            "properties": properties,
            "required": [member.ident for member in shape.members if member.required],
        }
    return {"openapi": "3.1.0", "info": {"title": "m", "version": "1"}, "paths": {}, "components": {"schemas": schemas}}


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
    if set(classes) != set(shapes):
        odd = sorted(set(classes) ^ set(shapes))
        raise SpecError(place, f"the model of {odd[0]} is no plain object", "simplify its schema")
    models = [_model(node, shapes[node.name], shapes, docs, place) for node in classes.values()]
    used = {part.id for model in models for member, _ in model.members for part in ast.walk(member.node)
            if isinstance(part, ast.Name)}  # fmt: skip
    return render(
        "models.py.jinja", summary=DocText("What requests and answers are made of.", 0), models=models,
        typing=[Ident(name) for name in ("Annotated", "Any", "Literal") if name in used], field="Field" in used,
        bases=sorted({model.base for model in models}),
    )  # fmt: skip


def _model(
    node: ast.ClassDef, shape: Shape, shapes: Mapping[str, Shape], docs: Mapping[tuple[str, str], str], place: str
) -> Model:
    """Return the class with each member checked to be what the shape says."""
    wanted = {str(member.ident): member for member in shape.members}
    found: list[tuple[Tree, DocText | None]] = []
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue  # configuration, which the base class has, or `pass`
        member = wanted.pop(statement.target.id, None)
        if member is None:
            raise SpecError(place, f"the model has an unexpected member {statement.target.id!r}", "rename it")
        _check(statement.annotation, shapes, place)
        if member.ident != member.wire:
            _alias(statement, member.wire)
        text = docs.get((shape.name, member.ident))
        found.append((Tree(statement), DocText(text) if text else None))
    if wanted:
        raise SpecError(place, f"the model of {shape.name} lacks {next(iter(wanted))}", "simplify its schema")
    base = Ident("RequestModel" if shape.request else "AnswerModel")
    return Model(shape.name, base, DocText(docs.get((shape.name, ""), shape.name)), tuple(found))


def _check(annotation: ast.expr, shapes: Mapping[str, Shape], place: str) -> None:
    for part in ast.walk(annotation):
        if isinstance(part, ast.Name) and part.id not in _KNOWN and part.id not in shapes:
            raise SpecError(place, f"the model generator used the type {part.id!r}", "simplify the schema")
        if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id == "Field"):
            raise SpecError(place, "the model generator called something", "simplify the schema")
        if isinstance(part, ast.keyword) and part.arg not in _CONSTRAINTS:
            raise SpecError(place, f"the model generator used {part.arg!r}", "simplify the schema")
        if isinstance(part, (ast.Attribute, ast.Lambda, ast.Await, ast.NamedExpr, ast.JoinedStr)):
            raise SpecError(place, "the model generator wrote more than types", "simplify the schema")


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
