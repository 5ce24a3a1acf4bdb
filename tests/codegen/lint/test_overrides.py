"""What overlay actions say otherwise than the pages, with the place of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codegen.lint import decisions
from codegen.lint.overrides import overrides
from codegen.pagelist import PageList
from specs import yaml12


def page(line: int) -> dict[str, Any]:
    return {"page": "make", "line": line}


def document(line: int = 1) -> dict[str, Any]:
    return {"components": {"schemas": {"Film": {
        "required": ["a", "b"],
        "properties": {
            "a": {"type": "string", "default": "x", "x-source": page(line), "x-media": {"formats": ["png"]}},
            "b": {"type": "string", "x-source": page(line + 1)},
            "c": {"type": "string", "x-source": {"inferred": "ours"}},
            "title": {"type": "string", "maxLength": 5, "title": "Title", "x-source": page(line + 2)},
        },
        "x-rules": [{"id": "a-b.at_most_one", "kind": "at_most_one", "fields": ["/a", "/b"], "source": page(line + 3)}],
    }}}}  # fmt: skip


def found(folder: Path, stated: dict[str, Any], *actions: dict[str, Any]) -> list[str]:
    """Return what the actions override, each as its number, the page's line and the statement."""
    path = folder / "films" / "overlay.yaml"
    path.parent.mkdir(exist_ok=True)
    entries = [{"description": "ours", **action} for action in actions]
    path.write_text(yaml12.dumps({"overlay": "1.0.0", "actions": entries}), encoding="utf-8")
    listed = PageList("films", "Films", "1.0.0", None, (), (path,), ())
    return [str(one).removeprefix("films/overlay.yaml#/actions/").replace(" overrides what make", "")
            .replace(" says by now", "") for one in overrides(decisions.steps(stated, listed))]  # fmt: skip


AT = "$.components.schemas.Film"


def test_what_a_page_states_and_an_action_replaces_or_removes(tmp_path: Path) -> None:
    assert found(
        tmp_path, document(),
        {"target": f"{AT}.properties.a", "update": {"default": "y", "maxLength": 3, "title": "A"}},
        {"target": f"{AT}.required[?@ == 'b']", "remove": True},
        {"target": f"{AT}['x-rules'][0]", "update": {"id": "r", "kind": "exactly_one", "status": "inferred"}},
        {"target": f"{AT}.properties.title", "remove": True},
    ) == [
        '0::1: `Film.a.default` "x"', '1::2: `Film.required` "b"', '2::4: `Film.x-rules[].kind` "at_most_one"',
        '3::3: `Film.title` {"type": "string", "maxLength": 5, "title": "Title"}',
    ]  # fmt: skip


def test_what_is_added_said_in_words_or_decided_before_overrides_nothing(tmp_path: Path) -> None:
    assert not found(
        tmp_path, document(),
        {"target": f"{AT}.properties.b", "update": {"default": "x", "title": "B", "description": "b"}},
        {"target": f"{AT}.properties.b.default", "update": "y"},
        {"target": f"{AT}.properties.c", "update": {"type": "integer"}},
        {"target": f"{AT}.properties.title", "update": {"title": "Name"}},
        {"target": f"{AT}.properties.a['x-media'].formats", "update": "jpeg"},
    )  # fmt: skip


def test_the_checksum_is_of_action_and_statement_and_not_of_the_line(tmp_path: Path) -> None:
    action = {"target": f"{AT}['x-rules'][0]", "remove": True, "description": "ours"}
    path = tmp_path / "overlay.yaml"
    path.write_text(yaml12.dumps({"overlay": "1.0.0", "actions": [action]}), encoding="utf-8")
    listed = PageList("films", "Films", "1.0.0", None, (), (path,), ())
    other = document()
    other["components"]["schemas"]["Film"]["x-rules"][0]["kind"] = "exactly_one"
    one, again, changed = (
        overrides(decisions.steps(stated, listed))[0].checksum for stated in (document(), document(7), other)
    )
    assert one == again != changed
