"""Worlds: the combinations that rules allow, against the rules themselves, tried one by one."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import specs
from specs.domains import domain_of, partition, split
from specs.errors import SpecError
from specs.model import Operation
from specs.worlds import Grid, analyse, connected, groups, worlds
from specs.worlds.grid import members

FIELDS = {
    "a": {"type": "string"},
    "b": {"type": ["string", "null"]},
    "flag": {"type": "boolean", "default": False},
    "mode": {"type": "string", "enum": ["fast", "good", "best"], "default": "good"},
    "size": {"type": "integer", "minimum": 1, "maximum": 20},
}


def operation(
    *rules: dict[str, Any], properties: dict[str, Any] | None = None, required: list[str] | None = None
) -> Operation:
    schema = {
        "type": "object", "properties": properties or FIELDS, "required": required or [], "additionalProperties": False,
        "x-rules": [{"id": f"rule-{n}", **rule} for n, rule in enumerate(rules)],
    }  # fmt: skip
    document = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {"/do": {"post": {
            "operationId": "do", "responses": {"200": {"description": "ok"}},
            "requestBody": {"content": {"application/json": {"schema": schema}}},
        }}},
        "x-errors": {
            "pointers": {"code": "/code"}, "codes": [{"code": 1, "status": 400, "meaning": "invalid_request"}],
        },
    }  # fmt: skip
    return specs.contract(document).operation("do")


CONDITIONS = st.one_of(
    st.builds(
        lambda field, state, negated: {"field": f"/{field}", "is": state, "not": negated},
        st.sampled_from(["a", "b", "size"]), st.sampled_from(["present", "absent"]), st.booleans(),
    ),
    st.builds(lambda value, negated: {"field": "/flag", "is": value, "not": negated}, st.booleans(), st.booleans()),
    st.builds(
        lambda found, negated: {"field": "/mode", "is": found, "not": negated},
        st.lists(st.sampled_from(["fast", "good", "best"]), min_size=1, max_size=2, unique=True), st.booleans(),
    ),
)  # fmt: skip
WHEN = st.one_of(
    CONDITIONS,
    st.builds(
        lambda word, parts: {word: parts}, st.sampled_from(["all", "any"]), st.lists(CONDITIONS, min_size=1, max_size=3)
    ),
)
NAMES = st.lists(st.sampled_from(["/a", "/b", "/flag", "/mode", "/size"]), min_size=2, max_size=3, unique=True)
RULES = st.one_of(
    st.builds(
        lambda kind, fields: {"kind": kind, "fields": fields},
        st.sampled_from(["at_most_one", "exactly_one", "at_least_one", "all_or_none"]), NAMES,
    ),
    st.builds(
        lambda kind, fields, when: {"kind": kind, "fields": fields[:1], "when": when},
        st.sampled_from(["required_if", "forbidden_if", "ignored_if"]), NAMES, WHEN,
    ),
    st.builds(
        lambda low, when: {
            "kind": "values_if", "fields": ["/size"], "schema": {"minimum": low, "maximum": low + 5}, "when": when,
        },
        st.integers(1, 18), WHEN,
    ),
)  # fmt: skip


def bodies() -> list[dict[str, Any]]:
    """Every body over the fields, values one by one."""
    options: dict[str, list[Any]] = {
        "a": [None, "x"], "b": [None, "x"], "flag": [None, False, True], "mode": [None, "fast", "good", "best"],
        "size": [None, *range(1, 21)],
    }  # fmt: skip
    return [
        {n: v for n, v in zip(options, chosen, strict=True) if v is not None} for chosen in product(*options.values())
    ]


BODIES = bodies()


def described(body: dict[str, Any], found: Any) -> bool:
    """Whether a body is in a world."""
    for pointer, choice in found.choices.items():
        value = body.get(pointer[1:])
        if (value is not None) != choice.present:
            return False
        if choice.present and choice.domain.kind == "values" and value not in choice.domain.values:
            return False
        if choice.domain.kind == "number" and not any(low <= (value or 0) <= high for low, high in choice.domain.spans):
            return False
    return True


@given(st.lists(RULES, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_a_body_is_in_a_world_exactly_when_it_keeps_the_rules(rules: list[dict[str, Any]], chance: Any) -> None:
    found = operation(*rules)
    allowed = worlds(found)
    for body in chance.sample(BODIES, 40):
        valid = not [violation for violation in found.validate(body) if violation.severity == "error"]
        assert sum(described(body, world) for world in allowed) == int(valid), (rules, body)


@given(st.lists(RULES, min_size=1, max_size=3))
def test_what_analyse_says_of_fields_and_rules_is_so_for_every_body(rules: list[dict[str, Any]]) -> None:
    found = operation(*rules)
    said = analyse(found)
    broken = [{v.rule for v in found.validate(body) if v.severity == "error"} for body in BODIES[::7]]
    for body, wrong in zip(BODIES[::7], broken, strict=True):
        assert wrong or not any(field.name in body for field in said.unusable)
        for rule in (*said.redundant, *said.silent):
            if rule.severity == "error":
                assert wrong != {rule.id}, "a rule that matters alone is not idle"


def test_fields_that_can_never_be_used_and_rules_that_never_fire() -> None:
    never = operation(
        {"kind": "forbidden_if", "fields": ["/a"], "when": {"field": "/b", "is": "absent"}},
        {"kind": "at_most_one", "fields": ["/a", "/b"]},
        {"kind": "required_if", "fields": ["/flag"], "when": {"field": "/a", "is": "present"}},
    )
    said = analyse(never)
    assert [field.name for field in said.unusable] == ["a"]
    assert [rule.id for rule in said.silent] == ["rule-2"]
    twice = {"kind": "at_most_one", "fields": ["/a", "/b"]}
    assert [rule.id for rule in analyse(operation(twice, twice)).redundant] == ["rule-1"]


def test_rules_without_common_fields_do_not_multiply() -> None:
    properties = {f"{kind}{n}": {"type": "string"} for kind in "xy" for n in range(30)}
    many = operation(
        *({"kind": "at_most_one", "fields": [f"/x{n}", f"/y{n}"]} for n in range(30)), properties=properties
    )
    assert len(groups(many)) == 30
    assert analyse(many).unusable == ()
    with pytest.raises(SpecError, match="too many worlds"):
        worlds(many)


def test_too_many_fields_in_one_rule_are_an_error_and_no_wait() -> None:
    properties = {f"x{n}": {"type": "string"} for n in range(40)}
    with pytest.raises(SpecError, match="combinations"):
        groups(operation({"kind": "exactly_one", "fields": [f"/{name}" for name in properties]}, properties=properties))


def test_an_operation_without_rules_has_one_world() -> None:
    assert len(worlds(operation())) == 1


def test_every_world_of_the_providers_is_printable() -> None:
    for provider in specs.providers():
        for submit in specs.load(provider).submits:
            found = worlds(submit)
            assert found
            assert len({str(world) for world in found}) <= len(found)


@given(st.integers(-5, 25), st.integers(-5, 25), st.booleans())
def test_a_split_parts_a_domain_in_two(low: int, other: int, listed: bool) -> None:
    domain = domain_of({"type": "integer", "minimum": 0, "maximum": 20})
    schema = {"enum": sorted({low, other})} if listed else {"minimum": low}
    inside, outside = split(domain, schema)
    for value in range(21):
        fits = value in schema["enum"] if listed else value >= low
        assert any(a <= value <= b for a, b in inside.spans) == fits
        assert any(a <= value <= b for a, b in outside.spans) != fits
    assert len(partition(domain, [schema, schema])) <= 2


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(SIZES, st.integers(0, 3), st.integers(0, 3))
def test_a_grid_holds_every_combination_and_finds_a_choice(sizes: list[int], field: int, wanted: int) -> None:
    choices = {(f"f{number}",): range(size) for number, size in enumerate(sizes)}
    grid = Grid(choices)
    found = [grid.world(world) for world in members(grid.all)]
    assert [tuple(one.values()) for one in found] == list(product(*choices.values())), "the first field changes last"
    names = (f"f{field % len(sizes)}",)
    bits = grid.where(names, lambda choice: choice == wanted)
    assert set(members(bits)) == {world for world, one in enumerate(found) if one[names] == wanted}


@given(st.lists(st.sets(st.integers(0, 12), min_size=1, max_size=3), max_size=8))
def test_sets_are_connected_that_have_something_in_common(named: list[set[int]]) -> None:
    found = connected(named)
    assert sorted(number for group in found for number in group) == list(range(len(named)))
    unions = [set().union(*(named[number] for number in group)) for group in found]
    assert sum(map(len, unions)) == len(set().union(*unions)), "groups have nothing in common"
    for group, union in zip(found, unions, strict=True):
        reached = set(named[group[0]])
        for _ in group:
            reached = reached.union(*(named[number] for number in group if named[number] & reached))
        assert reached == union, "what is in a group hangs together"


def test_a_field_that_is_demanded_where_it_has_no_effect_is_told_with_what_stands_beside_it() -> None:
    advice = {"kind": "ignored_if", "fields": ["/a"], "when": {"field": "/flag", "is": True}}
    demand = {"kind": "required_if", "fields": ["/a"], "when": {"field": "/mode", "is": ["best"]}}
    (idle,) = analyse(operation(advice, demand)).idle
    assert (idle.advice.kind, idle.demand.kind, idle.beside) == (
        "ignored_if", "required_if", {"flag": True, "mode": "best"},
    )  # fmt: skip
    apart = {**demand, "when": {"field": "/flag", "is": False}}
    assert analyse(operation(advice, apart)).idle == ()
