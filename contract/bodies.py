"""Bodies: one request body drawn from a plan, decision by decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract.arrays import ArrayPlan, Item
from contract.choose import Choose, Simplest, pick
from contract.plans import Plan
from contract.situations import Mention, Row, Situation
from contract.values import any_value, options, text_matching
from specs.domains import MISSING, Domain, Schema, domain_of, first_branch, nullable
from specs.worlds import Choice, Names

Swap = tuple[Names, tuple[Choice, ...]] | None
"""The way that is left to the member that breaks a limit, and how it breaks it."""


def draw_body(plan: Plan, choose: Choose) -> Any:
    """Return a body that serves the plan's goal. Raises ValueError where none can."""
    if not plan.feasible:
        raise ValueError(f"no request to {plan.operation.id} can break just {_named(plan)}")
    chosen, turn = [], 0
    for menu in plan.menus:
        chosen.append(menu.choose(choose, turn))
        turn += menu.turns
    return draw_situation(plan, chosen, choose)


def simplest_body(plan: Plan) -> Any:
    """Return the minimal body that serves the plan's goal. Raises ValueError where none can."""
    if not plan.feasible:
        raise ValueError(f"no request to {plan.operation.id} can break just {_named(plan)}")
    return draw_situation(plan, [(found, 0) for found in plan.simplest if found is not None], Simplest())


def draw_situation(plan: Plan, chosen: Sequence[tuple[Situation, int]], choose: Choose) -> Any:
    """Return a body in the given situation of each group of rules, with that row of its numbers."""
    if plan.swap == ():
        return _drawn(_limit_choice(plan, choose), choose)
    settled = _Settled()
    for situation, row in chosen:
        settled.add(situation, situation.rows[row])
    swap: Swap = (plan.swap, plan.goal.limit.choices) if plan.swap and plan.goal.limit else None
    return _Drawing(settled, choose, plan.member_turns, plan.turns).object(plan.schema, (), swap)


def _named(plan: Plan) -> str:
    return ", ".join(sorted(plan.goal.rules)) or (plan.goal.limit.id if plan.goal.limit else "nothing")


def _limit_choice(plan: Plan, choose: Choose) -> Choice:
    assert plan.goal.limit is not None  # noqa: S101 (a plan with a swap has a limit)
    return pick(choose, plan.goal.limit.choices)


def _drawn(choice: Choice, choose: Choose) -> Any:
    return any_value(choice.domain, choose)


_domains: dict[int, tuple[Schema, Domain]] = {}


def _domain(schema: Schema) -> Domain:
    """Return the schema's domain, made once; the schema is kept beside it, so that its id stays its own."""
    known = _domains.get(id(schema))
    if known is None:
        known = _domains[id(schema)] = (schema, domain_of(schema))
    return known[1]


class _Settled:
    """What the rules have settled: fields of the body by their names."""

    def __init__(self) -> None:
        self.choices: dict[Names, Choice] = {}
        self.numbers: dict[Names, Any] = {}
        self.lists: dict[Names, tuple[ArrayPlan, Row]] = {}
        self.mentions: dict[Names, tuple[Mention, int]] = {}

    def add(self, situation: Situation, row: Row) -> None:
        self.choices.update(situation.choices)
        self.numbers.update(row.numbers)
        self.lists.update({names: (array, row) for names, array in situation.arrays.items()})
        for mention in situation.mentions:
            count = row.lists[mention.listed][0] if mention.listed in row.lists else 0
            self.mentions[mention.text] = (mention, count)


class _Drawing:
    """Draws objects. For the body, `turns` is the number of its first member's turn, `items` that of an item's."""

    def __init__(self, settled: _Settled, choose: Choose, turns: int | None = None, items: int = 0) -> None:
        self.settled, self.choose, self.turns, self.items = settled, choose, turns, items

    def object(self, schema: Schema, at: Names, swap: Swap, item: Item | None = None) -> dict[str, Any]:
        """Return an object; `at` are its names from the body, or from the item that it belongs to."""
        schema, found = first_branch(schema), {}
        required = schema.get("required", ())
        for position, (name, member) in enumerate(schema.get("properties", {}).items()):
            if self.turns is not None and not at and item is None:
                self.choose.turn(self.turns + position)
            inner: Swap = (swap[0][1:], swap[1]) if swap is not None and swap[0][:1] == (name,) else None
            value = self.member(member, (*at, name), inner, item, required=name in required)
            if value is not MISSING:
                found[name] = value
        if swap is not None and swap[0][0] not in schema.get("properties", {}):
            found[swap[0][0]] = _drawn(pick(self.choose, swap[1]), self.choose)
        return found

    def member(self, schema: Schema, names: Names, swap: Swap, item: Item | None, *, required: bool) -> Any:
        settled = self.settled.choices if item is None else item.choices
        numbers = self.settled.numbers if item is None else item.numbers
        choice = settled.get(names)
        if choice is None:
            if swap is not None:
                return self.swapped(schema, names, swap, item)
            return self.free(schema, names, required=required)
        if not choice.present:
            return _drawn(choice, self.choose)
        if names in numbers:
            return numbers[names]
        if item is None and names in self.settled.lists:
            return self.list(names, swap)
        if item is None and names in self.settled.mentions and choice.domain.kind == "text":
            return self.mentioning(names, choice.domain)
        return self.value(choice.domain, schema, names, swap if swap is None or swap[0] else None, item)

    def swapped(self, schema: Schema, names: Names, swap: Swap, item: Item | None) -> Any:
        assert swap is not None  # noqa: S101 (asked for by a swap only)
        if swap[0]:
            return self.value(_domain(schema), schema, names, swap, item)
        choice = pick(self.choose, swap[1])
        return self.value(choice.domain, schema, names, None, item)

    def free(self, schema: Schema, names: Names, *, required: bool) -> Any:
        """Return a member that no rule looks at: left out, null where allowed, or a value."""
        domain = _domain(schema)
        if required:
            return self.value(domain, schema, names, None, None)
        chosen = self.choose.below(4)
        if chosen == 0 or (chosen == 3 and not nullable(schema)):
            return MISSING
        return None if chosen == 3 else self.value(domain, schema, names, None, None)

    def value(self, domain: Domain, schema: Schema, names: Names, swap: Swap, item: Item | None) -> Any:
        if domain.kind == "object":
            return self.object(domain.schema or schema, names, swap, item)
        if domain.kind == "list":
            return self.free_list(domain, schema, swap)
        return any_value(domain, self.choose)

    def free_list(self, domain: Domain, schema: Schema, swap: Swap) -> list[Any]:
        """Return a list that no rule looks into."""
        items = first_branch(schema).get("items", {})
        low, high = (int(end) for end in pick(self.choose, domain.spans))
        low = max(low, 1) if swap is not None and high > 0 else low
        lengths = tuple(dict.fromkeys((low, min(low + 1, high), min(low + 2, high), high)))
        length = pick(self.choose, lengths) if swap is None else self.choose.length(lengths)
        odd = self.choose.odd(length) if swap is not None and length > 1 else 0
        inner = _domain(items)
        if schema.get("uniqueItems") and swap is None:
            return _distinct(inner, length)
        found = []
        for n in range(length):
            if swap is not None and n == odd:
                found.append(self.swapped(items, ("*",), (swap[0][1:], swap[1]), None))
            else:
                found.append(_unbound(self, inner, items))
        return found

    def list(self, names: Names, swap: Swap) -> list[Any]:
        array, row = self.settled.lists[names]
        length, total = row.lists[names]
        inner: Swap = (swap[0][1:], swap[1]) if swap is not None and swap[0] else None
        found = []
        for turn, (item, special) in enumerate(array.draw(row.known, length, total, self.choose), self.items):
            self.choose.turn(turn)
            found.append(self.item(array, item, inner if special else None))
        return found

    def item(self, array: ArrayPlan, item: Item, swap: Swap) -> Any:
        if () in item.numbers:
            return item.numbers[()]
        if () in item.choices:
            return _drawn(item.choices[()], self.choose)
        if swap is not None and not swap[0]:
            return _drawn(pick(self.choose, swap[1]), self.choose)
        domain = _domain(array.schema)
        if domain.kind == "object":
            return self.object(array.schema, (), swap, item)
        return self.value(domain, array.schema, ("*",), swap, item)

    def mentioning(self, names: Names, domain: Domain) -> str:
        """Return a text that mentions places of a list: some that exist, or one that does not."""
        mention, count = self.settled.mentions[names]
        text = str(any_value(domain, self.choose))
        if not mention.beyond and (count == 0 or self.choose.below(2) == 0):
            return text
        place = count + 1 if mention.beyond else 1 + self.choose.below(count)
        said = text_matching(mention.pattern, place)
        longest = int(max(high for _, high in domain.spans))
        return f"{text[: longest - len(said) - 1]} {said}"


def _unbound(drawing: _Drawing, domain: Domain, schema: Schema) -> Any:
    """Return an item that no rule looks at: what is settled for the body's fields of the same name is not for it."""
    return _Drawing(_Settled(), drawing.choose).value(domain, schema, (), None, None)


def _distinct(domain: Domain, length: int) -> list[Any]:
    found = list(options(domain))[:length]
    while len(found) < length:
        found.append(chr(ord("a") + len(found)) * 2)
    return found
