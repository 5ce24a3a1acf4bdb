"""Overlay 1.0: updates merge, removals remove, and an action that no longer fits is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen import overlay
from specs import SpecError


def applied(document: Any, *actions: dict[str, Any]) -> Any:
    entries = [{"description": "because", **action} for action in actions]
    return overlay.apply(document, overlay.parse({"overlay": "1.0.0", "actions": entries}, "o.yaml"))


def test_objects_merge_lists_grow_values_are_replaced() -> None:
    document = {"a": {"b": 1, "c": [1], "d": {"e": 1}}}
    update = {"b": 2, "c": [3], "d": {"f": 2}, "g": None}
    assert applied(document, {"target": "$.a", "update": update}) == {
        "a": {"b": 2, "c": [1, 3], "d": {"e": 1, "f": 2}, "g": None}
    }
    assert applied(document, {"target": "$.a.c", "update": 9})["a"]["c"] == [1, 9]
    assert applied(document, {"target": "$.a.b", "update": 9})["a"]["b"] == 9
    assert document == {"a": {"b": 1, "c": [1], "d": {"e": 1}}}, "the given document stays as it is"


def test_everything_selected_is_removed_whatever_the_order() -> None:
    document = {"x": [{"id": n, "odd": n % 2 == 1} for n in range(6)]}
    assert [e["id"] for e in applied(document, {"target": "$.x[?@.odd == true]", "remove": True})["x"]] == [0, 2, 4]


@given(st.lists(st.integers(0, 3), max_size=8), st.integers(0, 3))
def test_removal_from_a_list_is_a_filter(values: list[int], gone: int) -> None:
    action = {"target": f"$.x[?@ == {gone}]", "remove": True}
    if gone in values:
        assert applied({"x": values}, action)["x"] == [v for v in values if v != gone]
    else:
        with pytest.raises(SpecError, match="selects nothing"):
            applied({"x": values}, action)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"update": 1}, "no target"),
        ({"target": "$.a", "update": 1, "description": " "}, "no reason"),
        ({"target": "$.a"}, "either removes or updates"),
        ({"target": "$.a", "remove": True, "update": 1}, "either removes or updates"),
        ({"target": "$$", "remove": True}, "no JSONPath"),
        ({"target": "$.b", "remove": True}, "selects nothing"),
        ({"target": "$.a", "remove": True, "x-optional": "yes"}, "x-optional is 'yes'"),
    ],
)
def test_an_action_that_cannot_be_carried_out_is_named(action: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        applied({"a": 1}, action)
    assert caught.value.place == "o.yaml#/actions/0"


def test_an_optional_action_may_select_nothing() -> None:
    actions = ({"target": f"$.{name}", "update": 2, "x-optional": True} for name in "ab")
    assert applied({"a": 1}, *actions) == {"a": 2}


def test_a_decision_for_what_the_pages_state_changes_nothing_and_must_still_fit() -> None:
    decision = {"target": "$.a", "x-contradiction": {"says": "one says 1", "sources": [{"page": "p", "line": 2}]}}
    assert applied({"a": 1}, decision) == {"a": 1}
    with pytest.raises(SpecError, match="selects nothing"):
        applied({"b": 1}, decision)
    (action,) = overlay.parse({"overlay": "1.0.0", "actions": [{**decision, "description": "so"}]}, "o.yaml")
    assert action.contradiction is not None
    assert [str(source) for source in action.contradiction.sources] == ["p:2"]


def test_what_is_no_overlay_is_refused() -> None:
    with pytest.raises(SpecError, match=r"overlay: 1\.0\.0"):
        overlay.parse({"openapi": "3.1.0"}, "o.yaml")


def page(line: int) -> dict[str, Any]:
    return {"page": "make", "line": line}


def decided(before: Any, *actions: dict[str, Any]) -> dict[str, Any]:
    """Return what is marked, by the name of the member."""
    members = applied({"body": before}, *actions)["body"]["properties"]
    return {name: member["x-decided"] for name, member in members.items() if "x-decided" in member}


def test_what_is_said_otherwise_than_by_the_page_is_marked_keyword_by_keyword() -> None:
    def body() -> dict[str, Any]:
        return {"required": ["a"], "properties": {
            "a": {"type": "string", "x-source": page(1), "x-media": {"formats": ["png"]}},
            "b": {"type": "array", "x-source": page(2), "items": {"type": "string", "x-source": page(3)}},
            "c": {"type": "string", "x-source": {"inferred": "ours"}},
        }}  # fmt: skip

    at = "$.body.properties"
    assert decided(body(), {"target": f"{at}.a", "update": {"default": "x", "title": "A"}}) == {
        "a": {"default": "because"}
    }
    assert decided(body(), {"target": f"{at}.a", "update": {"x-media": {"formats": ["jpeg"]}}}) == {
        "a": {"x-media": "because"}
    }
    other, gone = {"target": f"{at}.a.type", "update": "integer"}, {"target": f"{at}.b.type", "remove": True}
    assert decided(body(), other, gone) == {"a": {"type": "because"}, "b": {"type": "because"}}
    assert decided(body(), {"target": "$.body.required", "update": "b"}) == {"b": {"required": "because"}}
    assert decided(body(), {"target": "$.body.required", "remove": True}) == {"a": {"required": "because"}}
    assert decided(body(), {"target": f"{at}.a", "update": {"type": "string", "description": "In words."}}) == {}
    assert decided(body(), {"target": f"{at}.c", "update": {"default": "x"}}) == {}, "no page said anything of it"
    assert decided(body(), {"target": f"{at}.a", "update": {"default": "x", "x-source": page(9)}}) == {}
    assert (
        decided(body(), {"target": f"{at}.d", "update": {}} | {"target": at, "update": {"d": {"x-source": page(1)}}})
        == {}
    )
    items = applied({"body": body()}, {"target": f"{at}.b.items", "update": {"maxLength": 3}})["body"]["properties"][
        "b"
    ]
    assert items["items"]["x-decided"] == {"maxLength": "because"}
    assert "x-decided" not in items


def test_the_last_decision_gives_its_reason() -> None:
    document = {"a": {"type": "string", "x-source": page(1)}}
    actions = [{"target": "$.a", "description": reason, "update": {"default": reason}} for reason in ("one", "two")]
    assert applied(document, *actions)["a"]["x-decided"] == {"default": "two"}


def test_parameters_are_marked_too() -> None:
    document = {"parameters": [{"name": "id", "required": False, "schema": {"type": "string"}, "x-source": page(1)}]}
    found = applied(document, {"target": "$.parameters[0]", "update": {"required": True, "schema": {"maxLength": 3}}})
    assert found["parameters"][0]["schema"]["x-decided"] == {"maxLength": "because", "required": "because"}


def test_what_holds_nothing_twice_is_not_given_anything_twice() -> None:
    document = {"a": {"required": ["x"], "enum": [1], "type": ["string"], "examples": [1]}}
    update = {"required": ["x", "y"], "enum": [True, 1], "type": ["string", "null"], "examples": [1]}
    assert applied(document, {"target": "$.a", "update": update})["a"] == {
        "required": ["x", "y"], "enum": [1, True], "type": ["string", "null"], "examples": [1, 1],
    }  # fmt: skip
    assert applied(document, {"target": "$.a.required", "update": "x"}) == document


def test_what_a_page_says_by_now_is_not_inferred_and_what_is_decided_of_it_is_marked() -> None:
    member = {"type": "integer", "maximum": 10, "x-source": page(3)}
    document = {"body": {"properties": {"a": member}}}
    same = {"a": {"type": "integer", "maximum": 10, "x-source": {"inferred": "seen elsewhere"}}}
    assert applied(document, {"target": "$.body.properties", "update": same}) == document
    other = {"target": "$.body.properties", "update": {"a": {**same["a"], "maximum": 15}}}
    assert decided({"properties": {"a": member}}, other) == {"a": {"maximum": "because"}}


def test_an_action_that_makes_no_schema_is_named() -> None:
    document = {"components": {"schemas": {"A": {"properties": {"a": {"type": "string"}}}}}}
    fine, broken = ({"target": "$..a", "update": {"type": name}} for name in ("number", "numbre"))
    with pytest.raises(SpecError, match=r"makes no JSON Schema of A: /properties/a/type: .*numbre") as caught:
        applied(document, fine, broken)
    assert caught.value.place == "o.yaml#/actions/1"


def test_a_rule_that_the_pages_state_by_now_is_added_no_second_time() -> None:
    stated = {"id": "a-b.at_most_one", "kind": "at_most_one", "fields": ["/a", "/b"], "source": page(4)}
    document = {"x-rules": [stated]}
    ours = {**stated, "source": {"inferred": "seen elsewhere"}, "status": "inferred"}
    assert applied(document, {"target": "$['x-rules']", "update": ours}) == document
    assert applied(document, {"target": "$", "update": {"x-rules": [ours]}}) == document
    with pytest.raises(
        SpecError, match=r"adds the rule a-b\.at_most_one, of which make:4 says otherwise now"
    ) as caught:
        applied(document, {"target": "$['x-rules']", "update": {**ours, "kind": "exactly_one"}})
    assert caught.value.place == "o.yaml#/actions/0"
