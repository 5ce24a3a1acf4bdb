"""What is reported of a broken rule: taken apart beforehand or looked up, the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from specs.checks import Check, violation
from specs.validation import compile_report

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=2),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=12,
)
POINTERS = st.lists(NAMES | st.just("*") | st.just("a~1b"), min_size=1, max_size=4).map(
    lambda names: "/" + "/".join(names)
)


@settings(max_examples=300, deadline=None)
@given(st.lists(POINTERS, min_size=1, max_size=3, unique=True), st.dictionaries(NAMES | st.just("a/b"), VALUES))
def test_a_compiled_report_says_what_looking_up_says(pointers, body):
    check = Check("id", tuple(pointers), "It is wrong.", "something else", severity="warning")
    assert compile_report(check)(body).violation() == violation(check, body)


def test_a_limit_broken_again_is_told_with_the_new_value():
    operation = specs.load("novita").operation("kling_v3_0_std_i2v")
    bodies = [{"image": "https://images.test/fox.png", "duration": duration, "zz": duration} for duration in (1, 99, 1)]
    first, second, third = ({found.rule: found for found in operation.validate(body)} for body in bodies)
    assert first == third
    assert (first["duration.enum"].given, second["duration.enum"].given) == ({"/duration": 1}, {"/duration": 99})
    assert first["duration.enum"].message == second["duration.enum"].message
    assert (first["prompt.required"].given, second["prompt.required"].pointers) == ({}, ("/prompt",))
