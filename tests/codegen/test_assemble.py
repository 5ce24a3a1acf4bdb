"""Facts become a document with sources and renderings; the committed specs are what the pages give."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import specs
from codegen import pagelist, sync
from codegen.assemble import assemble, chosen
from codegen.facts import FieldFact, OperationFacts, RuleFact
from codegen.finish import finish, in_order
from codegen.sources import Folder
from specs import SpecError, yaml12

LIST = """
title = "Films"
version = "1.0.0"
servers = ["https://films.example"]
[[page]]
key = "make"
address = "https://films.example/docs/make"
file = "make.md"
operation = "POST /films"
id = "make_film"
"""

FACTS = OperationFacts(
    None, None, None,
    (
        FieldFact("header", "/Authorization", "string", True, 3),
        FieldFact("header", "/X-Trace", "string", False, 4),
        FieldFact("body", "/prompt", "string", True, 10, {"maxLength": 20}),
        FieldFact("body", "/shots", "array", False, 12),
        FieldFact("body", "/shots/*/seconds", "integer", True, 13, {"minimum": 1}, 5),
        FieldFact("body", "/camera/zoom", ("number", "null"), False, 14, {"enum": [1, 2]}),
        FieldFact("body", "/tags/*", "string", None, 15),
        FieldFact("response", "/task_id", "string", True, 20),
    ),
    (
        RuleFact("at_most_one", ("/prompt", "/shots"), 11),
        RuleFact("at_most_one", ("/prompt", "/shots"), 12, when={"field": "/camera/zoom", "is": 1}),
    ),
)  # fmt: skip


@pytest.fixture
def listed(tmp_path: Path) -> pagelist.PageList:
    (tmp_path / "pages.toml").write_text(LIST)
    return pagelist.load(tmp_path / "pages.toml")


def assembled(listed: pagelist.PageList) -> dict[str, Any]:
    return assemble(listed, {"make": FACTS})


def test_fields_nest_by_their_pointers(listed: pagelist.PageList) -> None:
    schema = assembled(listed)["components"]["schemas"]["MakeFilmRequest"]
    assert list(schema["properties"]) == ["prompt", "shots", "camera", "tags"]
    assert schema["required"] == ["prompt"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["shots"]["items"]["required"] == ["seconds"]
    assert schema["properties"]["shots"]["items"]["properties"]["seconds"]["default"] == 5
    assert schema["properties"]["camera"]["properties"]["zoom"]["enum"] == [1, 2, None]
    assert schema["properties"]["tags"]["items"]["type"] == "string"


def test_headers_that_sign_are_no_parameters(listed: pagelist.PageList) -> None:
    parameters = assembled(listed)["paths"]["/films"]["post"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["X-Trace"]


def test_every_field_and_rule_has_its_source_and_rules_their_own_id(listed: pagelist.PageList) -> None:
    schema = assembled(listed)["components"]["schemas"]["MakeFilmRequest"]
    assert schema["properties"]["shots"]["items"]["properties"]["seconds"]["x-source"] == {"page": "make", "line": 13}
    assert [rule["id"] for rule in schema["x-rules"]] == ["prompt-shots.at_most_one", "prompt-shots.at_most_one.2"]
    assert [rule["source"]["line"] for rule in schema["x-rules"]] == [11, 12]


def test_descriptions_are_our_words_and_the_limits(listed: pagelist.PageList) -> None:
    finished = finish(assembled(listed), {"prompt": "What to show", "shots[].seconds": "How long"})
    schema = finished["components"]["schemas"]["MakeFilmRequest"]
    assert schema["properties"]["prompt"]["description"] == "What to show: at most 20 characters."
    assert schema["properties"]["shots"]["items"]["properties"]["seconds"]["description"] == (
        "How long: at least 1; default 5."
    )
    assert schema["properties"]["tags"]["description"] == "Tags."


def test_expressible_rules_are_rendered_into_the_schema(listed: pagelist.PageList) -> None:
    schema = finish(assembled(listed), {})["components"]["schemas"]["MakeFilmRequest"]
    assert schema["allOf"][0] == {"not": {"required": ["prompt", "shots"]}, "x-rule": "prompt-shots.at_most_one"}
    assert [part["x-rule"] for part in schema["allOf"]] == [rule["id"] for rule in schema["x-rules"]]


def test_a_page_that_documents_another_operation_is_refused(listed: pagelist.PageList) -> None:
    other = OperationFacts("GET", "/films/{id}", None, ())
    with pytest.raises(SpecError, match=r"it documents: GET /films/\{id\}"):
        chosen(listed.pages[0], [other])
    assert chosen(listed.pages[0], [other, FACTS]).path == "/films"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Films"', "", "no 'title'"),
        ('title = "Films"', 'titel = "Films"', "unknown key 'titel'"),
        ('"POST /films"', '"films"', "no operation"),
        ('"make_film"', '"Make film"', "cannot name an operation"),
        ("[[page]]", "[[page]", "TOML"),
    ],
)
def test_a_pages_toml_that_cannot_be_used_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "pages.toml").write_text(LIST.replace(old, new))
    with pytest.raises(SpecError, match=said):
        pagelist.load(tmp_path / "pages.toml")


def shuffled(value: Any, source: random.Random, *, names: bool = False) -> Any:
    """The same document with the keywords of every object in another order; names keep theirs."""
    if isinstance(value, list):
        return [shuffled(item, source) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    if not names:
        source.shuffle(keys)
    return {key: shuffled(value[key], source, names=key in ("properties", "paths", "schemas")) for key in keys}


def test_the_order_of_keywords_does_not_depend_on_theirs(listed: pagelist.PageList) -> None:
    schema = assembled(listed)["components"]["schemas"]["MakeFilmRequest"]["properties"]["camera"]
    assert list(in_order(dict(reversed(schema.items())))) == list(in_order(schema))


@pytest.mark.corpus
@pytest.mark.parametrize("provider", specs.providers())
def test_the_committed_spec_is_what_the_pages_give(provider: str, shared: Path) -> None:
    folder = specs.loader.HOME / provider
    listed = pagelist.load(folder / "pages.toml")
    made = sync.decide(folder, listed, sync.read(folder, listed, Folder(shared).copies(listed)))
    assert made.path.read_text(encoding="utf-8") == made.text


@pytest.mark.corpus
@pytest.mark.parametrize("provider", specs.providers())
def test_no_sentence_of_a_page_stands_in_a_spec(provider: str, shared: Path) -> None:
    """Six words in a row of a page would be a sentence of it; lists of values and names are facts."""
    listed = pagelist.load(specs.loader.HOME / provider / "pages.toml")
    pages = " ".join((shared / page.file).read_text(encoding="utf-8") for page in listed.pages)
    said = set(runs(pages))
    words = described(specs.load(provider).document)
    assert words
    assert [run for text in words for run in runs(text) if run in said] == []


def runs(text: str) -> list[str]:
    words = re.findall(r"[a-z]{2,}", re.sub(r"\w*_\w*", " ", text).lower())
    return [" ".join(words[n : n + 6]) for n in range(len(words) - 5)]


def described(value: Any) -> list[str]:
    """Every text of a document that a person reads."""
    if isinstance(value, list):
        return [text for item in value for text in described(item)]
    if not isinstance(value, dict):
        return []
    own = [value[key] for key in ("description", "summary", "title") if isinstance(value.get(key), str)]
    return own + [text for member in value.values() for text in described(member)]


def test_specs_are_read_the_same_with_shuffled_keys() -> None:
    for provider in specs.providers():
        document: Any = specs.load(provider).document
        again = specs.contract(shuffled(document, random.Random(7)))
        assert [o.id for o in again.operations] == [o.id for o in specs.load(provider).operations]
        assert yaml12.dumps(in_order(document)) == yaml12.dumps(document)


def test_fields_that_share_a_schema_get_members_of_their_own(listed: pagelist.PageList) -> None:
    shared: dict[str, Any] = {"items": {"type": "object"}}
    facts = OperationFacts(
        None, None, None,
        (
            FieldFact("response", "/films", "array", False, 1, shared),
            FieldFact("response", "/films/*/film_url", "string", False, 2),
            FieldFact("response", "/songs", "array", False, 3, shared),
            FieldFact("response", "/songs/*/song_url", "string", False, 4),
        ),
    )  # fmt: skip
    properties = assemble(listed, {"make": facts})["components"]["schemas"]["MakeFilmResponse"]["properties"]
    assert list(properties["films"]["items"]["properties"]) == ["film_url"]
    assert list(properties["songs"]["items"]["properties"]) == ["song_url"]


def test_what_only_a_dotted_name_tells_of_is_required_with_its_required_members(listed: pagelist.PageList) -> None:
    names = {
        "/input/film/prompt": True, "/input/note": False, "/look/zoom": False, "/known": False, "/known/a": True,
        "/known/b/c": True, "/shots/*/seconds": True, "/scenes/*/cut/at": True,
    }  # fmt: skip
    fields = tuple(FieldFact("body", pointer, "string", required, 1) for pointer, required in names.items())
    document = assemble(listed, {"make": replace(FACTS, fields=fields, rules=())})
    schema = document["components"]["schemas"]["MakeFilmRequest"]
    made = schema["properties"]
    assert schema["required"] == ["input"]
    assert (made["input"]["required"], made["input"]["properties"]["film"]["required"]) == (["film"], ["prompt"])
    assert (made["known"]["required"], made["known"]["properties"]["b"]["required"]) == (["a", "b"], ["c"])
    assert made["shots"]["items"]["required"] == ["seconds"]
    assert made["scenes"]["items"]["required"] == ["cut"]
    assert "required" not in made["look"]
