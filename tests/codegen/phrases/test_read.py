from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.facts import MISSING, Said
from codegen.phrases import read
from codegen.phrases import text as prose
from codegen.phrases.phrase import EXAMPLE_SCOPE
from codegen.phrases.statement import KnownField, Reading, Scope, Statement
from codegen.phrases.table import KEYWORD_PHRASES, RULE_PHRASES
from codegen.phrases.text import LONGEST, clean, sentences


def said(text: str, subject: str | None = None, scope: Scope = EXAMPLE_SCOPE) -> Reading:
    return read([Statement(text, 10, subject)], scope)


def rules(reading: Reading) -> list[tuple[str, tuple[str, ...], int]]:
    return [(r.kind, r.fields, r.line) for r in reading.rules]


def test_each_sentence_keeps_its_own_line() -> None:
    reading = said("A picture.\n\nAt most 3 MB.\nCannot be used together\nwith `video`.\n- PNG only", "/image")
    assert [(c.line, dict(c.schema)) for c in reading.constraints] == [
        (12, {"x-media": {"maxBytes": 3 * 1024 * 1024, "formats": ["png"]}})
    ]
    assert rules(reading) == [("at_most_one", ("/image", "/video"), 13)]


def test_a_break_in_a_table_cell_stays_on_its_line() -> None:
    reading = said("Takes a list.<br/>Maximum 4 images.<br>Not compatible with `video`.", "/images")
    assert [(c.line, dict(c.schema)) for c in reading.constraints] == [(10, {"maxItems": 4})]
    assert rules(reading) == [("at_most_one", ("/images", "/video"), 10)]


@pytest.mark.parametrize(
    "text",
    [
        "Length in seconds.Range: [2, 9]",
        "Length in seconds, from 2 to 9 seconds.Allowed in steps.",
        r"Length. Range: \[2, 9]",
        "Length. Range: **2** - **9**",
        "Length. Range: `2` ~ `9`",
    ],
)
def test_glued_and_marked_up_text_says_the_same(text: str) -> None:
    assert [dict(c.schema) for c in said(text, "/duration").constraints] == [{"minimum": 2, "maximum": 9}]


def test_names_that_lost_their_code_marks_are_found_in_glued_words() -> None:
    scope = Scope(tuple(KnownField("body", f"/{n}", "string") for n in ("start_frame", "stop_frame", "clip")))
    reading = said(
        "At least one of\nstart_frameandstop_framemust be there. clipis ignored if stop_frameis set.", None, scope
    )
    assert rules(reading) == [
        ("at_least_one", ("/start_frame", "/stop_frame"), 10),
        ("ignored_if", ("/clip",), 11),
    ]


def test_a_rule_that_both_fields_state_is_one_rule_on_its_first_line() -> None:
    statements = [
        Statement("Mutually exclusive with `video`.", 4, "/image"),
        Statement("Mutually exclusive with `image`.", 9, "/video"),
    ]
    assert rules(read(statements, EXAMPLE_SCOPE)) == [("at_most_one", ("/image", "/video"), 4)]


def test_limits_that_contradict_each_other_yield_nothing_and_are_kept_with_their_lines() -> None:
    (found,) = said("Range: 2-9.\nRange: 3-9.", "/duration").constraints
    assert (found.schema, found.said["minimum"]) == ({"maximum": 9}, (Said(10, 2), Said(11, 3)))
    (found,) = said("Defaults to 5.\nDefaults to 10.", "/duration").constraints
    assert (found.default, found.said["default"]) == (5, (Said(10, 5), Said(11, 10)))


@pytest.mark.parametrize("text", ["Enum: `a`, `b`\nEnum: `b`", "Enum: `b`\nEnum: `a`, `b`"])
def test_of_two_lists_the_one_that_holds_the_other_stands(text: str) -> None:
    (found,) = said(text, "/motion").constraints
    assert (found.schema, len(found.said["enum"])) == ({"enum": ["a", "b"]}, 2)


def test_lists_of_which_none_holds_the_other_yield_nothing() -> None:
    (found,) = said("Enum: `a`, `b`\nEnum: `b`, `c`", "/motion").constraints
    assert (found.schema, len(found.said["enum"])) == ({}, 2)


def test_a_list_of_values_stands_above_descriptions_of_some_of_them() -> None:
    text = "States: `A1`: one. `B2`: two. `C3`: three.<br/>Enum: `A1`, `B2`, `C3`, `D4`"
    (found,) = said(text, "/motion").constraints
    assert (found.schema, len(found.said["enum"])) == ({"enum": ["A1", "B2", "C3", "D4"]}, 1)


@pytest.mark.parametrize(
    "text",
    [
        "About 300 characters are recommended.",
        "Maximum 300 characters when the pro model is used.",
        "For the small model: at most 300 characters.",
        "Texts, for example 300 characters or less.",
        "建议不超过 300 字符",
    ],
)
def test_advice_and_limits_under_a_condition_are_left_unread(text: str) -> None:
    reading = said(text, "/prompt")
    assert reading.constraints == ()
    assert [u.line for u in reading.unread] == [10]


_SHOTS_IN_LOOP = {"all": [{"field": "/multi_prompt", "is": "present"}, {"field": "/loop", "is": True}]}
_NO_IMAGE_IN_PRO = {"all": [{"field": "/image", "is": "absent"}, {"field": "/mode", "is": "pro"}]}


@pytest.mark.parametrize(
    ("text", "kind", "when"),
    [
        ("Cannot be used together with `multi_prompt` when `loop` is true.", "forbidden_if", _SHOTS_IN_LOOP),
        ("Cannot be used together with `multi_prompt`, if `loop` is true.", "forbidden_if", _SHOTS_IN_LOOP),
        ("Not compatible with `multi_prompt` (only when `loop` is true).", "forbidden_if", _SHOTS_IN_LOOP),
        ("Not compatible with `multi_prompt` unless `loop` is false.", "forbidden_if", _SHOTS_IN_LOOP),
        ("When `loop` is true, cannot be used together with `multi_prompt`.", "forbidden_if", _SHOTS_IN_LOOP),
        ("`end_image` and `multi_prompt` are mutually exclusive when `loop` is true.", "forbidden_if", _SHOTS_IN_LOOP),
        ("不能与 `multi_prompt` 同时使用，当 `loop` 为 true 时。", "forbidden_if", _SHOTS_IN_LOOP),
        ("`loop` 为 true 时，不能与 `multi_prompt` 同时使用。", "forbidden_if", _SHOTS_IN_LOOP),
        ("Either `end_image` or `image` is required in pro mode.", "required_if", _NO_IMAGE_IN_PRO),
        ("In pro mode, required if `image` is empty.", "required_if", {"all": _NO_IMAGE_IN_PRO["all"][::-1]}),
    ],
)
def test_a_rule_under_a_condition_holds_under_it_only(text: str, kind: str, when: dict[str, object]) -> None:
    assert [(r.kind, r.fields, r.when) for r in said(text, "/end_image").rules] == [(kind, ("/end_image",), when)]


@pytest.mark.parametrize(
    "text",
    [
        "Cannot be used together with `multi_prompt` for durations above 10 seconds.",
        "In rainy weather, cannot be used together with `multi_prompt`.",
        "`image` and `video` are mutually exclusive when `mode` is `pro` or `loop` is true.",
        "`width` and `height` must be set together when `mode` is `pro`.",
        "Exactly one of `image` or `video` must be provided for the first frame.",
        "If `loop` is true, `width` and `height` must be set together.",
        "不能与 `multi_prompt` 同时使用(仅 pro 模式下)。",
    ],
)
def test_a_rule_under_a_condition_that_no_rule_can_say_is_left_unread(text: str) -> None:
    reading = said(text, "/end_image")
    assert (reading.rules, len(reading.unread)) == ((), 1)


@pytest.mark.parametrize("rest", ["in the same request", "at the same time", "in which case none is drawn"])
def test_what_holds_for_each_request_is_no_condition(rest: str) -> None:
    reading = said(f"Cannot be used together with `multi_prompt` {rest}.", "/end_image")
    assert rules(reading) == [("at_most_one", ("/end_image", "/multi_prompt"), 10)]


def test_a_sentence_half_understood_is_reported_for_the_other_half() -> None:
    reading = said("Maximum 300 characters, must not contain what the moon forbids.", "/prompt")
    assert [dict(c.schema) for c in reading.constraints] == [{"maxLength": 300}]
    assert len(reading.unread) == 1


def test_prose_without_a_constraint_is_not_reported() -> None:
    assert said("A picture of a harbour. It sets the mood of the clip.", "/image") == Reading()


def test_responses_state_values_but_no_rules_and_nothing_unread() -> None:
    statements = [Statement("One of `a1`, `b2`. Must not be used with `image`.", 3, "/state", "response")]
    scope = Scope((*EXAMPLE_SCOPE.fields, KnownField("response", "/state", "string")))
    reading = read(statements, scope)
    assert [(c.location, dict(c.schema)) for c in reading.constraints] == [("response", {"enum": ["a1", "b2"]})]
    assert (reading.rules, reading.unread) == ((), ())


def test_a_sibling_is_meant_before_a_field_further_up() -> None:
    scope = Scope(
        (
            KnownField("body", "/note", "string"),
            KnownField("body", "/parts", "array"),
            KnownField("body", "/parts/*/note", "string"),
            KnownField("body", "/parts/*/sound", "string"),
        )
    )
    reading = said("Not compatible with `note`.", "/parts/*/sound", scope)
    assert rules(reading) == [("at_most_one", ("/parts/*/sound", "/parts/*/note"), 10)]


def test_a_field_the_page_lacks_is_named_all_the_same() -> None:
    assert rules(said("Mutually exclusive with `night_mode`.", "/image")) == [
        ("at_most_one", ("/image", "/night_mode"), 10)
    ]


def test_defaults_have_the_type_of_their_field() -> None:
    assert [c.default for c in said("Defaults to `5`.", "/duration").constraints] == [5]
    assert [c.default for c in said("Defaults to 5.", "/prompt").constraints] == ["5"]
    assert said("Defaults to `soon`.", "/duration").constraints == ()
    assert [c.default for c in said("Maximum 9.", "/n").constraints] == [MISSING]


# ---------------------------------------------------------------- any text at all

_WORDS = st.sampled_from(
    (
        *("must", "not", "exceed", "range", "between", "1", "5", "10MB", "3-15", "[0, 1]", "(0, 1]", "1:2.5", "2.5:1"),
        *(
            "`image`",
            "`video`",
            "image",
            "and",
            "or",
            ",",
            ";",
            ".",
            ":",
            "-",
            "*",
            "<",
            ">",
            "<=",
            ">=",
            "either",
            "one of",
        ),
        *(
            "required",
            "when",
            "is",
            "true",
            "only",
            "ignored",
            "default",
            "enum",
            "values",
            "supports",
            "`a`",
            '"b"',
            "png",
        ),
        *(
            ".jpg",
            "base64",
            "url",
            "each shot",
            "duration",
            "sum",
            "<<<element_1>>>",
            "必须",
            "不超过",
            "最大",
            "至少",
            "互斥",
        ),
        *(
            "与",
            "当",
            "为",
            "时",
            "可选值",
            "范围",
            "支持",
            "，",
            "。",
            "：",
            "（",
            "）",
            "\n",
            "\n- ",
            "<br/>",
            "\\_",
            "\\[",
            "&lt;",
        ),
        *("**", "#", "`", "'", "\x00", "\ue000", "\uf000"),
    )
)
_PROSE = st.lists(_WORDS, max_size=60).map(" ".join) | st.text(max_size=300)
_SUBJECTS = st.sampled_from([None, "/unknown", *(f.pointer for f in EXAMPLE_SCOPE.fields)])


@given(st.lists(st.tuples(_PROSE, _SUBJECTS), max_size=4))
def test_any_text_is_read_without_an_error_and_with_lines_of_its_own(texts: list[tuple[str, str | None]]) -> None:
    statements = [Statement(text, 1000 * n, subject) for n, (text, subject) in enumerate(texts, 1)]
    lines = {s.line + k for s in statements for k in range(s.text.count("\n") + 1)}
    reading = read(statements, EXAMPLE_SCOPE)
    assert {c.line for c in reading.constraints} | {r.line for r in reading.rules} | {
        u.line for u in reading.unread
    } <= lines
    assert read(statements, EXAMPLE_SCOPE) == reading


@given(_PROSE)
def test_a_rule_never_sets_a_field_against_itself(text: str) -> None:
    for rule in said(text, "/image").rules:
        assert len(set(rule.fields)) == len(rule.fields)
        assert rule.kind not in ("at_most_one", "exactly_one", "at_least_one", "all_or_none") or len(rule.fields) > 1


@given(st.text(max_size=400), st.integers(1, 9))
def test_cutting_loses_no_letter_and_keeps_sentences_short(text: str, line: int) -> None:
    cleaned = clean(text)
    cut = list(sentences(cleaned, line))
    assert all(s.text and len(s.text) <= LONGEST for s in cut)
    assert [s.line for s in cut] == sorted(s.line for s in cut)
    assert sum(len(s.text) for s in cut) <= len(cleaned)


@pytest.mark.parametrize("piece", ["a", "1-", "`a`, ", "必须", "image and ", "[1, ", "maximum a "])
def test_the_work_grows_with_the_length_and_no_faster(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(times: int) -> int:
        handed: list[int] = []
        cut = prose.sentences
        with monkeypatch.context() as patch:

            def counted(text: str, line: int) -> Iterator[prose.Sentence]:
                for sentence in cut(text, line):
                    handed.append(len(sentence.text))
                    yield sentence

            patch.setattr("codegen.phrases.reader.sentences", counted)
            said(piece * times, "/prompt")
        assert max(handed, default=0) <= LONGEST
        return sum(handed)

    assert work(8000) <= 10 * work(800) + LONGEST


def _nested(pattern: str) -> bool:
    """Whether an unbounded repeat stands inside another: the shape that blows up."""
    parser = re._parser  # type: ignore[attr-defined]
    constants = re._constants  # type: ignore[attr-defined]

    def walk(node: object, inside: bool) -> bool:
        for operation, value in node:  # type: ignore[attr-defined]
            if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
                unbounded = value[1] is constants.MAXREPEAT
                if (unbounded and inside) or walk(value[2], inside or unbounded):
                    return True
            elif operation is constants.SUBPATTERN:
                if walk(value[3], inside):
                    return True
            elif operation is constants.BRANCH:
                if any(walk(branch, inside) for branch in value[1]):
                    return True
            elif operation in (constants.ASSERT, constants.ASSERT_NOT) and walk(value[1], inside):
                return True
        return False

    return walk(parser.parse(pattern, re.IGNORECASE), False)


@pytest.mark.parametrize("phrase", [*KEYWORD_PHRASES, *RULE_PHRASES], ids=lambda p: p.id)
def test_no_pattern_repeats_a_repeat_without_bound(phrase: object) -> None:
    assert not _nested(phrase.pattern.pattern)  # type: ignore[attr-defined]
