"""Bad pages: an error that names the place and the remedy, never anything else, and time that grows with the page."""

from __future__ import annotations

import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen import pages
from codegen.extract import extract
from codegen.pages import PageReading
from codegen.pages.page import MAX_BYTES, MAX_LINE
from specs.errors import PageError

FRAGMENTS = st.sampled_from(
    [
        '<ParamField body="x" type="string">', "</ParamField>", "<Expandable>", "```yaml\n", "```", "{/*", "<!--",
        "| a | b |\n|---|---|\n", "openapi: 3.0.0\n", '"', "{", "}", "[", "]", "\\", "`", "$ref: '#/a'", "&a", "*a",
        "\t",
        "\u200b", "- **`x`** (`string`, _required_):", "Request Body\n", "x\nstring\nrequired\n", "## 请求体\n",
        "body\n",
        "\U0001f600", "default={", "=", "type=", "0x", "1e999", "|" * 50, "<" * 20, "GET /", "---\n", "%", "\r\n",
        "curl --url https://a.b/c \\\n",
    ]
)  # fmt: skip


def attempt(data: bytes) -> tuple[PageReading | None, PageError | None]:
    """Return what was read, or the error."""
    try:
        return pages.read(pages.decode(data, "page")), None
    except PageError as problem:
        return None, problem


def survives(text: str) -> None:
    """Read a page; a PageError must name the place and what to do."""
    reading, problem = attempt(text.encode("utf-8", "replace"))
    if reading is None:
        assert problem is not None
        assert problem.place.startswith("page")
        assert problem.remedy
        assert "\n" not in str(problem)
        return
    lines = text.count("\n") + text.count("\r") + 1
    for operation in reading.operations:
        for field in operation.fields:
            assert field.pointer.startswith("/")
            assert 1 <= field.line <= lines
            json.dumps(field.as_json())


@given(data=st.data())
def test_truncated(samples: dict[str, str], data: st.DataObject) -> None:
    text = samples[data.draw(st.sampled_from(sorted(samples)))]
    survives(text[: data.draw(st.integers(0, len(text)))])


@given(data=st.data())
def test_shuffled_lines(samples: dict[str, str], data: st.DataObject) -> None:
    lines = samples[data.draw(st.sampled_from(sorted(samples)))].split("\n")
    survives("\n".join(data.draw(st.permutations(lines))))


@given(data=st.data())
def test_broken_in_places(samples: dict[str, str], data: st.DataObject) -> None:
    text = samples[data.draw(st.sampled_from(sorted(samples)))]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(FRAGMENTS | st.text(max_size=8)) + text[at + cut :]
    survives(text)


@given(st.lists(FRAGMENTS | st.text(max_size=12), max_size=40).map("".join))
def test_made_of_fragments(text: str) -> None:
    survives(text)


@given(st.binary(max_size=300))
def test_bytes(data: bytes) -> None:
    reading, problem = attempt(data)
    assert reading is not None or (problem is not None and problem.remedy)


@pytest.mark.parametrize(
    ("data", "problem", "place"),
    [
        (b"", "empty", "page"),
        (b"a\nb\0c", "NUL", "page:2"),
        ("ключ\nзначение".encode("cp1251"), "not UTF-8", "page:1"),
        (b"# fine\n\n\xff\xfe", "not UTF-8", "page:3"),
        (b"x" * (MAX_BYTES + 1), "MB", "page"),
        (b"# fine\n" + b"x" * (MAX_LINE + 1), "a line of", "page:2"),
        (b"just a note to self\n", "no operation", "page"),
        (b'<ParamField body="x" type="string"\n', "does not end", "page:1"),
        (b'# a\n\n<ParamField body="x type=string>\n</ParamField>\n', "does not end", "page:3"),
        (b'{"openapi": "3.0.0",\n "paths": {]}', "unexpected", "page:2"),
        (b'{"openapi": "3.0.0"}', "no paths", "page"),
        (b"openapi: 3.0.0\npaths:\n  /x: {\n", "not readable as YAML", "page:"),
        (b"# t\n\n```yaml\nopenapi: 3.0.0\npaths:\n  - a: [\n```\n", "not readable as YAML", "page:"),
        (b'{"openapi": "3.0.0", "paths": ' + b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"}", "nested too deep", "page:1"),
    ],
)
def test_the_error_names_line_and_remedy(data: bytes, problem: str, place: str) -> None:
    with pytest.raises(PageError, match=re.escape(problem)) as caught:
        extract(data, place="page")
    assert caught.value.place.startswith(place)
    assert caught.value.remedy


def openapi(schemas: dict[str, object], body: str) -> bytes:
    """Return a document of one operation whose body is the schema named `body`."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{body}"}}}
    paths = {"/x": {"post": {"requestBody": {"content": content}}}}
    return json.dumps({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}}, indent=1).encode()


TAGGED = """\
# A film

GET /films/state

<ResponseField name="film" type="object">
  <Expandable title="members">
    <ResponseField name="address" type="string" />
  </Expandable>
</ResponseField>
"""
EMBEDDED = """\
# A film

```yaml
openapi: 3.1.0
info: {title: Films, version: 1.0.0}
paths:
  /films:
    get: {responses: {}}
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TAGGED[: TAGGED.index("  </Expandable>")], "within <Expandable>"),
        (TAGGED[: TAGGED.index("</ResponseField>")], "within <ResponseField>"),
        (TAGGED + "\n```json\n{}\n", "within a block of code"),
        (TAGGED + "<Resp", "within a tag"),
        (TAGGED + "</\n", "within a tag"),
        (TAGGED + "<", "within a tag"),
        (TAGGED + "<ResponseField name=", "does not end"),
        (EMBEDDED, "document ends with the page"),
    ],
)
def test_a_page_that_was_cut_off_is_refused(text: str, problem: str) -> None:
    _, error = attempt(text.encode())
    assert error is not None
    assert problem in error.problem
    assert "the whole page" in error.remedy


@pytest.mark.parametrize("text", [TAGGED, TAGGED.rstrip(), TAGGED + "<ResponseExample>\n", EMBEDDED + "```"])
def test_a_whole_page_is_read(text: str) -> None:
    assert attempt(text.encode())[1] is None


def test_a_reference_to_itself_is_an_error() -> None:
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    data = openapi(circle, "A")
    with pytest.raises(PageError, match="leads back to itself"):
        extract(data)


def test_a_recursive_schema_is_read_once_around() -> None:
    kids = {"type": "array", "items": {"$ref": "#/components/schemas/T"}}
    tree = {"type": "object", "properties": {"name": {"type": "string"}, "kids": kids}}
    (operation,) = extract(openapi({"T": tree}, "T")).operations
    assert [field.pointer for field in operation.fields] == ["/name", "/kids"]


def test_an_alias_bomb_is_refused() -> None:
    bomb = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 12))
    with pytest.raises(PageError, match="too large"):
        extract(f"openapi: 3.0.0\nx0: &x0 [a, b]\n{bomb}\npaths: {{}}\n".encode())


def test_yaml_is_version_1_2() -> None:
    text = """\
swagger: '2.0'
paths:
  /x:
    get:
      parameters:
        - {name: sound, in: query, type: string, enum: [on, off]}
        - {name: at, in: query, type: string, default: 12:30}
"""
    fields = {field.pointer: field for field in extract(text.encode()).operations[0].fields}
    assert fields["/sound"].schema["enum"] == ["on", "off"]
    assert fields["/at"].default == "12:30"


def steps(text: str) -> int:
    """Count the Python calls of reading a page: the same on every machine."""
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    page = pages.decode(text.encode())
    sys.setprofile(tick)
    try:
        pages.read(page)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", ["anchors", "card", "outline", "rendered", "stripped", "tables", "tagged"])
def test_the_work_grows_with_the_page(samples: dict[str, str], name: str) -> None:
    front, _, text = samples[name].rpartition("---\n") if samples[name].startswith("---") else ("", "", samples[name])
    once, thrice, nine_times = (steps((front + "---\n" if front else "") + text * n) for n in (3, 9, 27))
    assert nine_times <= 3.6 * thrice
    assert thrice <= 3.6 * once


def test_letters_that_only_look_like_a_number_word() -> None:
    """A long s counts as an s where case does not count: it once ended the reading of the page."""
    text = '<ParamField body="images" type="array">\n  Send two images, or \u017fix images.\n</ParamField>\n'
    (operation,) = extract(text.encode()).operations
    assert [field.pointer for field in operation.fields] == ["/images"]
