"""Error bodies list violations as `Violation.as_json` tells them, however they are put together."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from mockserver.refusals import Refusals, all_of
from specs.checks import Source, Violation
from specs.findings import Finding

TEXTS = st.sampled_from(["", "a", "ä", "50 %", "%b", '"', "\\"])
VIOLATIONS = st.builds(
    Violation,
    rule=TEXTS,
    pointers=st.lists(TEXTS, max_size=2).map(tuple),
    given=st.dictionaries(TEXTS, st.integers(0, 9) | TEXTS, max_size=2),
    allowed=st.none() | TEXTS | st.lists(TEXTS, max_size=2),
    message=TEXTS,
    source=st.builds(Source, page=st.none() | TEXTS, line=st.none() | st.integers(1, 9), inferred=st.none() | TEXTS),
    severity=st.sampled_from(["error", "warning"]),
)


@pytest.fixture(scope="module")
def refusals():
    return Refusals(specs.load("novita"))


@settings(max_examples=200, deadline=None)
@given(found=st.lists(VIOLATIONS, min_size=1, max_size=4))
def test_all_violations_are_listed(refusals, found):
    body = orjson.loads(refusals.reply(all_of("invalid_request", list(map(Finding.of, found)))).body)
    assert body["metadata"] == {"violations": [one.as_json() for one in found]}
    assert body["message"] == " ".join(one.message for one in found)
