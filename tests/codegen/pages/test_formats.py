"""The same operation in every format gives the same fields."""

from __future__ import annotations

import pytest

from codegen import pages
from codegen.facts import FieldFact
from codegen.pages import OperationReading, PageReading

REQUEST = {
    ("header", "/X-Team"): ("string", True),
    ("body", "/still"): ("string", True),
    ("body", "/seconds"): ("integer", False),
    ("body", "/mood"): ("string", False),
    ("body", "/shots"): ("array", False),
    ("body", "/shots/*/text"): ("string", True),
    ("body", "/shots/*/weights"): ("array", False),
}
RESPONSE = {"/job": "object", "/job/id": "string", "/job/note": ("string", "null")}
NAMES = {
    "tagged": "mintlify-tags",
    "rendered": "mintlify-text",
    "anchors": "mintlify-markdown-anchors",
    "openapi": "openapi",
    "embedded": "markdown-openapi",
    "tables": "markdown-outline",
    "outline": "markdown-outline",
    "card": "model-card",
    "stripped": "mintlify-stripped",
}
FULL = ["anchors", "embedded", "openapi", "outline", "rendered", "tables", "tagged"]


def read(text: str) -> PageReading:
    return pages.read(pages.decode(text.encode()))


def only(text: str) -> OperationReading:
    (operation,) = read(text).operations
    return operation


def by_place(operation: OperationReading) -> dict[tuple[str, str], FieldFact]:
    return {(field.location, field.pointer): field for field in operation.fields}


def test_the_format_is_told_by_the_content(sample: str, format_name: str) -> None:
    assert read(sample).format == NAMES[format_name]


@pytest.mark.parametrize("name", FULL)
def test_names_places_types_and_flags(samples: dict[str, str], name: str) -> None:
    fields = by_place(only(samples[name]))
    request = {place: field for place, field in fields.items() if place[0] != "response"}
    assert {p: (f.type, bool(f.required)) for p, f in request.items()} == REQUEST
    assert {p: f.type for (where, p), f in fields.items() if where == "response"} == RESPONSE


@pytest.mark.parametrize("name", [*FULL, "card"])
def test_defaults_keep_their_type(samples: dict[str, str], name: str) -> None:
    fields = by_place(only(samples[name]))
    assert fields["body", "/seconds"].default == 5
    assert fields["body", "/mood"].default == "calm"


@pytest.mark.parametrize("name", [*FULL, "card"])
def test_formal_limits_are_keywords(samples: dict[str, str], name: str) -> None:
    schema = by_place(only(samples[name]))["body", "/seconds"].schema
    assert (schema["minimum"], schema["maximum"]) == (3, 15)


@pytest.mark.parametrize("name", ["anchors", "embedded", "openapi", "rendered", "tagged"])
def test_deprecated(samples: dict[str, str], name: str) -> None:
    assert by_place(only(samples[name]))["body", "/mood"].schema["deprecated"] is True


@pytest.mark.parametrize("name", [*FULL, "card"])
def test_the_route(samples: dict[str, str], name: str) -> None:
    operation = only(samples[name])
    assert (operation.method, operation.path) == ("POST", "/v1/clips")
    assert operation.server == "https://api.example.com"


@pytest.mark.parametrize("name", [*FULL, "card"])
def test_a_field_stands_on_the_line_that_names_it(samples: dict[str, str], name: str) -> None:
    lines = samples[name].split("\n")
    for field in only(samples[name]).fields:
        assert field.pointer.rpartition("/")[2] in lines[field.line - 1]


@pytest.mark.parametrize("name", [*FULL, "card"])
def test_statements_stand_on_their_lines(samples: dict[str, str], name: str) -> None:
    lines = samples[name].split("\n")
    operation = only(samples[name])
    for at, statement in enumerate(operation.statements):
        if at in operation.folded:
            assert statement.text.split("\n")[0].strip()[:12] in lines[statement.line - 1]
            continue
        for offset, text in enumerate(statement.text.split("\n")):
            assert text.strip() in lines[statement.line - 1 + offset].replace("`", "`")


def test_descriptions_are_handed_over_with_their_field(samples: dict[str, str]) -> None:
    for name in ("anchors", "card", "embedded", "openapi", "rendered", "tables", "tagged"):
        said = {s.subject: s.text for s in only(samples[name]).statements if s.location == "body"}
        assert "Where the still lies." in said["/still"], name


def test_a_card_has_its_members_and_values(samples: dict[str, str]) -> None:
    fields = by_place(only(samples["card"]))
    assert fields["body", "/mood"].schema["enum"] == ["calm", "wild"]
    assert fields["body", "/shots/*/text"].required is True
    assert fields["response", "/job"].type is None


def test_stripped_pages_name_nothing_and_say_so(samples: dict[str, str]) -> None:
    reading = read(samples["stripped"])
    assert reading.operations[0].fields == ()
    assert "names no fields" in reading.notes[0].text
    assert any("10MB" in statement.text for statement in reading.operations[0].statements)


def test_error_answers_are_left_out(samples: dict[str, str]) -> None:
    for name in ("openapi", "embedded", "tables"):
        assert not any("trouble" in field.pointer for field in only(samples[name]).fields)
