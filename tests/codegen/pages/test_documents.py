"""OpenAPI's finer points, IDL, and names told by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codegen import pages
from codegen.extract import extract
from codegen.facts import FieldFact, RuleFact
from codegen.pages import idl, naming
from specs.errors import PageError, SpecError


def document(schema: dict[str, Any], **more: Any) -> list[FieldFact]:
    """Return the body's fields of a document with this schema."""
    return list(operation(schema, **more).fields)


def operation(schema: dict[str, Any], **more: Any) -> Any:
    post = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    root = {"openapi": "3.0.3", "paths": {"/x": {"post": post}}, **more}
    return pages.read(pages.decode(json.dumps(root, indent=1).encode())).operations[0]


TEXT = {"type": "string"}


def test_alternatives_agree_on_what_is_required() -> None:
    one = {"type": "object", "required": ["a", "b"], "properties": {"a": TEXT, "b": TEXT}}
    two = {"type": "object", "required": ["a"], "properties": {"a": TEXT, "b": TEXT, "c": TEXT}}
    found = {f.pointer: f.required for f in document({"oneOf": [one, two]})}
    assert found == {"/a": True, "/b": None, "/c": False}


def test_a_single_alternative_beside_null_is_the_schema() -> None:
    schema = {"properties": {"a": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]}}}
    (field,) = document(schema)
    assert (field.type, field.schema) == (("string", "null"), {"maxLength": 9})


def test_exclusive_flags_become_numbers() -> None:
    schema = {"properties": {"a": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1}}}
    (field,) = document(schema)
    assert field.schema == {"exclusiveMinimum": 0, "maximum": 1}


def test_limits_of_items() -> None:
    (field,) = document({"properties": {"a": {"type": "array", "maxItems": 3, "items": {"enum": ["x", "y"]}}}})
    assert field.schema == {"maxItems": 3, "items": {"enum": ["x", "y"]}}


def test_formal_rules() -> None:
    schema = {
        "properties": {"a": TEXT, "b": TEXT, "c": TEXT},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
        "not": {"required": ["b", "c"]},
        "dependentRequired": {"c": ["a"]},
    }
    assert {(r.kind, r.fields, str(r.when)) for r in operation(schema).rules} == {
        ("at_least_one", ("/a", "/b"), "None"),
        ("at_most_one", ("/b", "/c"), "None"),
        ("required_if", ("/a",), "{'field': '/c', 'is': 'present'}"),
    }


def test_swagger_2() -> None:
    text = """\
swagger: '2.0'
host: api.example.com
basePath: /v1
schemes: [https]
paths:
  /clips/{id}:
    parameters:
      - {name: id, in: path, required: true, type: string}
    post:
      parameters:
        - {name: still, in: formData, required: true, type: file}
        - {name: tags, in: query, type: array, items: {type: string}, maxItems: 3}
        - {name: session, in: cookie, type: string}
      responses:
        200:
          description: made
          schema: {type: array, items: {type: object, properties: {id: {type: string}}}}
"""
    (found,) = extract(text.encode()).operations
    assert found.server == "https://api.example.com/v1"
    assert [(f.location, f.pointer, f.type, f.required) for f in found.fields] == [
        ("path", "/id", "string", True),
        ("body", "/still", "string", True),
        ("query", "/tags", "array", False),
        ("response", "/*/id", "string", False),
    ]


def test_prose_in_descriptions_stands_on_the_description_s_line() -> None:
    text = """\
openapi: 3.0.0
paths:
  /x:
    get:
      parameters:
        - name: size
          in: query
          schema: {type: integer}
          description: |
            The number of stars.

            Must not exceed 40.
"""
    (found,) = extract(text.encode()).operations
    assert found.fields[0].schema == {"maximum": 40}
    (read,) = pages.read(pages.decode(text.encode())).operations
    assert [(s.subject, s.line) for s in read.statements] == [("/size", 9)]
    assert 0 in read.folded


FIELDS = ["/a", "/b", "/c", "/x-team", "/box[high]"]
WHEN_A = {"field": "/a", "is": "present"}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Or(a, b);", [RuleFact("at_least_one", ("/a", "/b"), 7)]),
        ("OnlyOne(a, b)", [RuleFact("exactly_one", ("/a", "/b"), 7)]),
        ("AllOrNone([x-team], [box[high]]);", [RuleFact("all_or_none", ("/x-team", "/box[high]"), 7)]),
        ("ZeroOrOne(a, b, c);", [RuleFact("at_most_one", ("/a", "/b", "/c"), 7)]),
        ("IF a THEN b;", [RuleFact("required_if", ("/b",), 7, WHEN_A)]),
        ("IF a THEN NOT b;", [RuleFact("forbidden_if", ("/b",), 7, WHEN_A)]),
        (
            "IF a AND c=='x' THEN b;",
            [RuleFact("required_if", ("/b",), 7, {"all": [WHEN_A, {"field": "/c", "is": "x"}]})],
        ),
        (
            "IF a THEN b AND c;",
            [RuleFact("required_if", ("/b",), 7, WHEN_A), RuleFact("required_if", ("/c",), 7, WHEN_A)],
        ),
        ("IF a THEN b=='x';", [RuleFact("forbidden_if", ("/a",), 7, {"field": "/b", "is": "x", "not": True})]),
        (
            "Or(a, b AND c);",
            [RuleFact("at_least_one", ("/a", "/b"), 7), RuleFact("at_least_one", ("/a", "/c"), 7)],
        ),
        (
            "AllOrNone(a=='x', b);",
            [
                RuleFact("required_if", ("/b",), 7, {"field": "/a", "is": "x"}),
                RuleFact("forbidden_if", ("/b",), 7, {"field": "/a", "is": "x", "not": True}),
            ],
        ),
        ("a <= b;", [RuleFact("compare", ("/a", "/b"), 7, op="<=")]),
        ("a + b <= 10;", None),
        ("IF a LIKE 'x*' THEN b;", None),
        ("Or(a, nowhere);", None),
        ("Or(a, b", None),
        ("", None),
    ],
)
def test_idl(text: str, rules: list[RuleFact] | None) -> None:
    found = idl.rules(text, FIELDS, 7)
    assert (None if found is None else list(found)) == rules


NAMELESS = """\
Make a clip
Overview
Makes a clip.
Authorizations
A token.
Body
The still. At most 10 MB.
The mood.
calm, wild The length.
Response
Made.
"""


def entry(**more: Any) -> str:
    import hashlib

    digest = hashlib.sha256(NAMELESS.encode()).hexdigest()
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in more.items())
    return f"""\
[[page]]
address = "https://docs.example.com/clip"
sha256 = "{digest}"
operation = "POST /v1/clips"
server = "https://api.example.com"
{lines}
names = [
    {{ pointer = "/still", type = ["string", "null"], required = true, line = 7 }},
    {{ pointer = "/mood", type = "string", required = false, default = "calm", line = 8 }},
    {{ pointer = "/seconds", type = "integer", line = 9 }},
]
"""


def test_names_told_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "pages.toml"
    path.write_text(entry(), encoding="utf-8")
    (found,) = extract(NAMELESS.encode(), naming.load(path)).operations
    assert (found.method, found.path, found.server) == ("POST", "/v1/clips", "https://api.example.com")
    assert [(f.pointer, f.type, f.required, f.line) for f in found.fields] == [
        ("/still", ("string", "null"), True, 7),
        ("/mood", "string", False, 8),
        ("/seconds", "integer", None, 9),
    ]
    assert found.fields[1].default == "calm"
    assert found.fields[1].schema == {"enum": ["calm", "wild"]}


def test_every_column_of_a_table_is_read_or_told() -> None:
    page = """\
POST /clips

## Request body

| Name | Type | Req. | Limits | Max length | Since | Blank | Description |
|---|---|---|---|---|---|---|---|
| mood | string | yes | calm, wild | 9 | v2 | | How it feels. |
| count | integer | no | at most 7 | - | v2 | | How many. |
"""
    found = extract(page.encode())
    mood, count = found.operations[0].fields
    assert (mood.required, mood.schema) == (True, {"enum": ["calm", "wild"], "maxLength": 9})
    assert (count.required, count.schema) == (False, {"maximum": 7})
    assert [(row.line, row.text) for row in found.unread] == [(5, 'a column whose heading is not known: "Since"')]


def test_a_placeholder_in_an_address_is_a_parameter() -> None:
    page = """\
## Ask for a clip

`GET https://clips.example/v1/clips?clip_id=<clip_id>`

| Name | Type |
|---|---|
{more}

## Response

| Name | Type |
|---|---|
| state | string |
"""
    (found,) = extract(page.replace("{more}\n", "").encode()).operations
    assert [(f.location, f.pointer, f.type, f.required, f.line) for f in found.fields] == [
        ("response", "/state", "string", None, 12),
        ("query", "/clip_id", "string", True, 3),
    ]
    (found,) = extract(page.replace("{more}", "| clip_id | integer |").encode()).operations
    assert [(f.pointer, f.type) for f in found.fields if f.location == "query"] == [("/clip_id", "integer")]


def test_what_the_format_and_the_prose_say_differently_is_kept_with_both_lines() -> None:
    page = """\
POST /clips

<ParamField body="count" type="integer" default={5}>
  Between 1 and 4.
  Defaults to 10.
</ParamField>

<ParamField body="text" type="string" default="5">
  At most 500 characters. Default: `5`

  Maximum 300 characters.
</ParamField>

<ResponseField name="state" type="string">
  Enum: `a`, `b`

  Enum: `c`
</ResponseField>
"""
    found = extract(page.encode())
    assert [field.default for field in found.operations[0].fields[:2]] == [5, "5"]
    assert [row.as_json() for row in found.disputed] == [
        {"in": "body", "pointer": "/count", "keyword": "default",
         "said": [{"line": 3, "value": 5}, {"line": 5, "value": 10}]},
        {"in": "body", "pointer": "/text", "keyword": "maxLength",
         "said": [{"line": 9, "value": 500}, {"line": 11, "value": 300}]},
        {"in": "response", "pointer": "/state", "keyword": "enum",
         "said": [{"line": 15, "value": ["a", "b"]}, {"line": 17, "value": ["c"]}]},
    ]  # fmt: skip
    assert found.disputed[0].brief == "`default` of `count` is 5 on line 3 and 10 on line 5"


def test_the_same_in_other_words_is_no_dispute() -> None:
    schema = {"properties": {
        "size": {"type": "string", "default": "1080", "enum": ["720", "1080"], "description": "One of `1080`, `720`."},
        "rate": {"type": "number", "enum": [0, 1], "description": "Enum: 0.0, 1.0. Default: 1"},
    }}  # fmt: skip
    post = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    assert extract(json.dumps({"openapi": "3.0.3", "paths": {"/x": {"post": post}}}).encode()).disputed == ()


def test_names_hold_for_the_bytes_they_were_told_of(tmp_path: Path) -> None:
    path = tmp_path / "pages.toml"
    path.write_text(entry(), encoding="utf-8")
    found = extract(NAMELESS.replace("10 MB", "9 MB").encode(), naming.load(path))
    assert found.operations[0].fields == ()
    assert any("names no fields" in row.text for row in found.unread)


def test_names_beyond_the_page(tmp_path: Path) -> None:
    path = tmp_path / "pages.toml"
    path.write_text(entry().replace("line = 9", "line = 99"), encoding="utf-8")
    with pytest.raises(PageError, match="do not follow"):
        extract(NAMELESS.encode(), naming.load(path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('pointer = "/still"', "pointer = 1", "pointer"),
        ("line = 8", 'line = "8"', "line"),
        ('"string", required = false', "5, required = false", "type"),
        ('pointer = "/still"', 'in = "cookie", pointer = "/still"', "in"),
    ],
)
def test_a_broken_entry_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "pages.toml"
    path.write_text(entry().replace(old, new), encoding="utf-8")
    with pytest.raises(SpecError, match=said) as caught:
        naming.load(path)
    assert "page[0]" in caught.value.place
