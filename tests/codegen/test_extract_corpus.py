"""The corpus of real pages: each is read or refused for a reason of its own, and formats agree with each other."""

from __future__ import annotations

import csv
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from codegen import pages
from codegen.commands.extract import names
from codegen.extract import extract
from codegen.facts import FieldFact, OperationFacts
from specs.errors import PageError

pytestmark = pytest.mark.corpus

LABELS = Path(__file__).parent.parent / "corpus" / "labels"
NO_API = {
    "markdown-guide": 14,
    "mintlify-rendered-md-anchors": 5,
    "markdown-param-tables": 2,
    "mintlify-md-tags-stripped": 2,
    "openapi-json": 1,
    "mintlify-paramfield-mdx": 1,
}
"""How many pages of a format document no operation at all: authentication, error codes, call-backs, guides."""


def index(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "INDEX.tsv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_page_is_read_or_refused_for_what_it_is(shared: Path) -> None:
    corpus = shared / "corpus"
    refused: dict[str, int] = {}
    reasons: set[str] = set()
    for row in index(corpus):
        try:
            pages.read(pages.decode((corpus / row["file"]).read_bytes(), row["file"]))
        except PageError as problem:
            reasons.add(problem.problem)
            refused[row["format"]] = refused.get(row["format"], 0) + 1
    assert all("no operation" in reason or "no paths" in reason for reason in reasons), reasons
    assert {name: count for name, count in refused.items() if count > NO_API.get(name, 0)} == {}


@cache
def scorer(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_extract", shared / "tools" / "score_extract.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_extract"] = module
    spec.loader.exec_module(module)
    return module


def test_fields_against_labels(shared: Path) -> None:
    tool = scorer(shared)
    truth = tool.Truth(LABELS)
    total: dict[str, Any] = {}
    for file in sorted(truth.pages["fields"]):
        try:
            page = pages.decode((shared / "corpus" / file).read_bytes(), file)
            own = next((entry for entry in names([]) if entry.sha256 == page.sha256), None)
            reading = pages.read(page, own)
        except PageError:
            output = None
        else:
            rows = [OperationFacts(o.method, o.path, o.server, o.fields).as_json() for o in reading.operations]
            output = {"operations": rows}
        tool.merge(total, tool.score_fields(truth.rows["fields"][file], truth.judged(file), output))
    assert total["fields"].precision >= 0.995
    assert total["fields"].recall >= 0.99
    assert total["operations"].f1 >= 0.99
    assert min(total["type"].value, total["required"].value) >= 0.99


NOVITA, PPIO, JIEKOU = "novita/", "ppio/", "jiekou/zh__reference-"
RENDERED = NOVITA + "rendered__api-reference__"
PAIRS = [
    (NOVITA + "novita_task-result.md", RENDERED + "image-apis__task-result.md", set()),
    (NOVITA + "novita_task-result.md", PPIO + "其他__查询任务结果.md", {"/extra/enable_nsfw_detection"}),
    ("myrouter/kling-v3.0-std-i2v.md", NOVITA + "novita_kling-v3.0-std-i2v.md", set()),
    (
        "myrouter/kling-v3.0-std-i2v.md",
        "jiekou/kling-v3.0-std-i2v.en.txt",
        {"/multi_prompt/*/prompt", "/multi_prompt/*/duration"},
    ),
    (NOVITA + "kling-v3.0-pro-i2v.md", "myrouter/kling-v3.0-pro-i2v.txt", set()),
    (NOVITA + "kling-v3.0-pro-i2v.md", PPIO + "视频__Kling_v3.0_Pro_图生视频.md", set()),
    (RENDERED + "image-apis__seedream-4-5.md", PPIO + "图像__Seedream_图片生成_4.5.md", set()),
    (
        RENDERED + "llm__create-chat-completion.md",
        PPIO + "大语言__创建聊天对话请求.md",
        {"/messages/*/content/*/image_url/url", "/messages/*/content/*/video_url/url"},
    ),
    (JIEKOU + "kling-o1-ref2v.md", PPIO + "视频__Kling-o1_参考生视频.md", set()),
    (JIEKOU + "vidu-q2-pro-multiframe.md", PPIO + "视频__VIDU_Q2_Pro_智能多帧.md", set()),
    (JIEKOU + "vidu-q2-text2video.md", PPIO + "视频__VIDU_Q2_文生视频.md", set()),
    (JIEKOU + "vidu-2.0-reference2video.md", PPIO + "视频__Vidu_2.0_参考生视频.md", set()),
    (JIEKOU + "kling-v1.6-i2v.md", PPIO + "视频__KLING_V1.6_图生视频.md", set()),
]
"""Two pages of one operation in different formats; what only the first documents."""


def places(operation: OperationFacts) -> dict[tuple[str, str], FieldFact]:
    return {(field.location, field.pointer): field for field in operation.fields}


def kinds(field: FieldFact) -> set[str]:
    found = {field.type} if isinstance(field.type, str) else set(field.type or ())
    return found - {"null"}


@pytest.mark.parametrize(("one", "other", "only"), PAIRS, ids=lambda value: value if isinstance(value, str) else "")
def test_two_formats_of_one_operation(shared: Path, one: str, other: str, only: set[str]) -> None:
    (left,) = extract((shared / "corpus" / one).read_bytes()).operations
    (right,) = extract((shared / "corpus" / other).read_bytes()).operations
    mine, theirs = places(left), places(right)
    assert {pointer for _, pointer in mine.keys() - theirs.keys()} == only
    assert not theirs.keys() - mine.keys()
    for place in mine.keys() & theirs.keys():
        assert kinds(mine[place]) == kinds(theirs[place]), place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("myrouter/kling-v3.0-std-i2v.md", NOVITA + "novita_kling-v3.0-std-i2v.md"),
        ("myrouter/kling-v3.0-std-i2v.md", "jiekou/kling-v3.0-std-i2v.en.txt"),
        (NOVITA + "kling-v3.0-pro-i2v.md", "myrouter/kling-v3.0-pro-i2v.txt"),
    ],
)
def test_two_formats_state_the_same_limits_and_rules(shared: Path, one: str, other: str) -> None:
    (left,) = extract((shared / "corpus" / one).read_bytes()).operations
    (right,) = extract((shared / "corpus" / other).read_bytes()).operations
    assert {(rule.kind, frozenset(rule.fields)) for rule in left.rules} == {
        (rule.kind, frozenset(rule.fields)) for rule in right.rules
    }
    mine, theirs = places(left), places(right)
    for place in mine.keys() & theirs.keys():
        assert mine[place].schema == theirs[place].schema, place


def test_a_page_made_from_a_document_has_the_document_s_members(shared: Path) -> None:
    document = extract((shared / "corpus" / NOVITA / "openapi__novita-api.yaml").read_bytes())
    page = extract((shared / "corpus" / (RENDERED + "gpu-instance__create-instance.md")).read_bytes()).operations[0]
    made = next(o for o in document.operations if page.path is not None and o.path and page.path.endswith(o.path))
    assert places(made).keys() <= places(page).keys()
