"""Every kind of edit of every spec, at every place, is reported once with the right class; rewordings are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from codegen.drift.change import CLASSES, Change
from codegen.drift.compare import compare
from codegen.drift.rules import REFUSED

EditsOf = Callable[[str], tuple[specs.Contract, list[Any]]]


def check(contract: specs.Contract, edit: Any) -> None:
    reported = compare(*edit.made(contract))
    assert sorted(change.kind for change in reported) == sorted(edit.kinds), (edit.name, reported)
    if edit.pointer is not None and edit.kinds:
        assert reported[0].pointer == edit.pointer, (edit.name, reported)


@pytest.mark.parametrize("provider", specs.providers())
def test_a_hundred_edits_are_each_reported_once_with_their_class(provider: str, edits_of: EditsOf) -> None:
    contract, found = edits_of(provider)
    tried = set()

    @settings(max_examples=100)
    @given(st.sampled_from(found))
    def run(edit: Any) -> None:
        tried.add(edit.name)
        check(contract, edit)

    run()
    assert len(tried) >= 100


@pytest.mark.parametrize("kind", [*(kind for kind in CLASSES if not kind.startswith("provider-")), None])
def test_every_class_has_an_edit_that_is_reported_as_such(kind: str | None, edits_of: EditsOf) -> None:
    """A new class needs an edit; every provider has some of each, and at each place one of them is tried."""
    chance, places = random.Random(str(kind)), set()
    providers = list(specs.providers())
    chance.shuffle(providers)
    for provider in providers:
        contract, found = edits_of(provider)
        of_kind = [edit for edit in found if kind in edit.kinds or (kind is None and not edit.kinds)]
        assert of_kind, provider
        for place in {edit.place: None for edit in of_kind if edit.place not in places}:
            check(contract, chance.choice([edit for edit in of_kind if edit.place == place]))
            places.add(place)


@pytest.mark.parametrize("provider", specs.providers())
def test_edits_are_made_at_every_place(provider: str, edits_of: EditsOf, places: tuple[str, ...]) -> None:
    contract, found = edits_of(provider)
    assert {edit.place.partition(",")[0] for edit in found} == set(places)
    fields = {field.pointer for operation in contract.operations for field in operation.fields}
    referred = {field.rpartition("/")[0] for field in fields}  # an object that is described in a component of its own
    assert fields - {edit.pointer for edit in found if edit.kinds} <= referred


@pytest.mark.parametrize("provider", ["mulerouter", "novita"])
def test_the_example_is_refused_by_one_state_only(provider: str, edits_of: EditsOf) -> None:
    contract, found = edits_of(provider)
    ruled = [edit for edit in found if edit.place == "rule" and edit.kinds and "status" not in edit.kinds[0]]
    for edit in random.Random(provider).sample(ruled, 15):
        old, new = edit.made(contract)
        for change in compare(old, new):
            if not change.kind.startswith("rule") or change.kind == "rule-added-with-field":
                continue
            assert change.example is not None
            verdicts = [accepts(state, change) for state in (old, new)]
            expected = [True, False] if change.verdict == REFUSED else [False, True]
            assert verdicts == expected, (edit.name, change)


def accepts(contract: specs.Contract, change: Change) -> bool:
    violations = contract.operation(change.operations[0]).validate(dict(change.example or {}))
    return not [violation for violation in violations if violation.severity == "error"]
