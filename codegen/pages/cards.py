"""Model cards for language models (llms.txt): lists of inputs and outputs, each item a name, a type and a flag."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from codegen.facts import MISSING, FieldFact, Json, Location, _Missing
from codegen.pages import routes
from codegen.pages.names import below
from codegen.pages.page import Page
from codegen.pages.prose import clear, statements_of
from codegen.pages.reading import OperationReading, PageReading
from codegen.pages.types import TypeReading, read_type
from codegen.pages.values import literal
from codegen.phrases.statement import Statement

FORMAT: Final = "model-card"
MAX_MEMBERS: Final = 500
"""How many fields back the object is looked for that a member belongs to."""
_FIELD = re.compile(
    r"(?P<indent>[ \t]*)[-*] \*\*`(?P<name>[^`\s]+)`\*\* \(`(?P<type>[^`]*)`"
    r"(?:, *(?P<flag>[_*]*\w+[_*]*))?\):?[ \t]*(?P<rest>.*)\Z"
)
_HEADING = re.compile(r"#{1,6} +(.*?)\s*\Z")
_DETAIL = re.compile(r"[ \t]*[-*] (Default|Options|One of|Range|Examples?|Array of|Minimum|Maximum)\b:?\s*(.*)\Z")
_CODE = re.compile(r"`([^`]*)`")
_ENDPOINT = re.compile(
    r"\*\*Endpoint\*\*:\s*(?:(?P<method>GET|POST|PUT|PATCH|DELETE)\s+)?`?(?P<url>https?://[^`\s]+)`?"
)
_SECTIONS: Final[dict[str, Location | None]] = {
    "input schema": "body", "input": "body", "inputs": "body", "request": "body", "parameters": "body",
    "output schema": "response", "output": "response", "outputs": "response", "response": "response",
    "query parameters": "query", "path parameters": "path", "headers": "header",
}  # fmt: skip


@dataclass(slots=True)
class _Card:
    """A field being read."""

    fact: FieldFact
    kind: TypeReading
    indent: int
    prose: list[tuple[int, str]] = field(default_factory=list)


def recognise(page: Page) -> bool:
    """Say whether a list item of the card's form stands on the page."""
    return any(_FIELD.match(line) for line in page.lines if "**`" in line)


def read(page: Page) -> PageReading:
    """Return the card's one operation."""
    title: str | None = None
    location: Location | None = "body"
    cards: list[_Card] = []
    said: list[Statement] = []
    fenced = closed = False
    for number, line in enumerate(page.lines, 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced, closed = not fenced, True
        elif fenced:
            continue
        elif match := _HEADING.match(line):
            title = title or match[1]
            location, closed = _SECTIONS.get(match[1].lower()), True
        elif match := _FIELD.match(line):
            cards.append(_card(match, number, location or "body", cards))
            closed = False
        elif cards and not closed and (not line.strip() or line.startswith((" ", "\t"))):
            _more(cards[-1], number, line)
        elif line.strip():
            closed = True
            said.extend(statements_of(clear(line), number))
    for card in cards:
        if card.prose:
            first, last = card.prose[0][0], card.prose[-1][0]
            texts = dict(card.prose)
            text = "\n".join(texts.get(n, "") for n in range(first, last + 1))
            said.extend(statements_of(text, first, card.fact.pointer, card.fact.location))
    made = _route(page)
    method, path, server = (made.method, made.path, made.server) if made else (None, None, None)
    operation = OperationReading(method, path, server, tuple(card.fact for card in cards), tuple(said))
    return PageReading(title, FORMAT, (operation,))


def _card(match: re.Match[str], number: int, location: Location, cards: list[_Card]) -> _Card:
    indent = len(match["indent"].expandtabs(4))
    holder = next((card for card in cards[:-MAX_MEMBERS:-1] if card.indent < indent), None) if indent else None
    inside = holder is not None and holder.fact.location == location and indent > 0
    kind = read_type(match["type"])
    if holder is not None and inside:
        pointer = below(holder.fact.pointer, match["name"], in_array=holder.kind.array)
    else:
        pointer = below("", match["name"])
    flag = (match["flag"] or "").strip("_*").lower()
    required = True if flag == "required" else False if flag == "optional" else None
    card = _Card(FieldFact(location, pointer, kind.type, required, number, dict(kind.schema)), kind, indent)
    if match["rest"]:
        card.prose.append((number, match["rest"]))
    return card


def _more(card: _Card, number: int, line: str) -> None:
    """Take a line of a field: one of its details, or prose."""
    detail = _DETAIL.match(line)
    if detail is None:
        if line.strip():
            card.prose.append((number, line.strip()))
        return
    name, rest = detail.groups()
    values = [literal(code) for code in _CODE.findall(rest)]
    schema: dict[str, Json] = dict(card.fact.schema)
    default: Json | _Missing = card.fact.default
    if name == "One of" and not values:
        return  # the names of types, which the item's first line has too
    if name == "Default" and rest.strip():
        default = values[0] if values else literal(rest)
    elif name in ("Options", "One of") and values:
        if card.kind.array:
            schema["items"] = {**schema.get("items", {}), "enum": values}
        else:
            schema["enum"] = values
    elif name in ("Minimum", "Maximum") and values and _is_number(values[0]):
        schema[name.lower()] = values[0]
    elif name == "Range":
        if len(values) == 2 and all(map(_is_number, values)):
            schema["minimum"], schema["maximum"] = values
        else:
            card.prose.append((number, line.strip()))
    elif name == "Array of" and "items" not in schema and (items := read_type(rest)).type is not None:
        schema["items"] = {
            "type": items.type if isinstance(items.type, str) else list(items.type or ()),
            **items.schema,
        }
    card.fact = replace(card.fact, schema=schema, default=default if default is not MISSING else MISSING)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _route(page: Page) -> routes.Route | None:
    """Return the route of the card's endpoint; cards name no method, their samples do, and POST where they do not."""
    match = _ENDPOINT.search(page.text)
    if match is None:
        return routes.of_page(page)
    made = routes.route(match["method"] or "POST", match["url"], page.line_at(match.start()))
    sampled = next((r for r in routes.from_curl(page) if made and r.path == made.path), None)
    return sampled if sampled and not match["method"] else made
