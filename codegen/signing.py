"""How requests to a new provider are signed, as far as its pages show it; what they do not show is said, never guessed.

Readers of pages leave it out: it belongs to no operation. So this looks at the text: security schemes of OpenAPI
documents, the headers of samples, and `Bearer authentication` in prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codegen.facts import OperationFacts
from specs import pointers
from specs.errors import SpecError

_WORD = re.compile(
    r"Authorization[\"'`*]*\s*[:=：,]\s*[\"'`*{(]*(?P<word>Bearer|Key|Token|Basic|Api-?Key)\b", re.IGNORECASE
)
_PROSE = re.compile(r"\b(?P<word>Bearer|Basic)[ -](?:authentication|authorization|身份验证|认证|鉴权)", re.IGNORECASE)
_HEADER = re.compile(r"(?:-H|--header)\s+[\"'](?P<name>(?:x-)?(?:[a-z]+-)?api-?key)\s*:", re.IGNORECASE)
_SCHEMES = re.compile(r"[\"']?(?:securitySchemes|securityDefinitions)[\"']?\s*:")
_API_KEY = re.compile(r"[\"']?type[\"']?\s*:\s*[\"']?apiKey\b")
_BEARER = re.compile(r"[\"']?scheme[\"']?\s*:\s*[\"']?bearer\b", re.IGNORECASE)
_IN = re.compile(r"[\"']?in[\"']?\s*:\s*[\"']?(?P<place>header|query|cookie)\b")
_NAME = re.compile(r"[\"']?name[\"']?\s*:\s*[\"']?(?P<name>[\w.-]+)")
_NAMED = re.compile(r"(?:x-)?(?:[a-z]+-)?api[-_]?key", re.IGNORECASE)
_NEAR = 400
"""Characters of a document that a security scheme takes."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Overlay actions that say how requests are signed, and what a person has to look at."""

    actions: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scheme:
    """A word before the key in the header Authorization, or the header, query parameter or cookie that holds it."""

    place: str
    name: str

    def __str__(self) -> str:
        return f"`Authorization: {self.name} …`" if self.place == "word" else f"the {self.place} `{self.name}`"


BEARER = _Scheme("word", "Bearer")


def drafted(texts: Mapping[str, str], operations: Sequence[OperationFacts]) -> Signing:
    """Return how requests are signed; `texts` are the pages by key.

    Raises SpecError where they are signed in a way that no contract can describe.
    """
    shown = _all_shown(texts, operations)
    if not shown:
        said = "no page tells how requests are signed: taken as Bearer"
        return Signing((_told(said),), (f"authentication: {said}; look at it in overlay.yaml",))
    chosen = BEARER if BEARER in shown else next(iter(shown))
    several = f"; {_listed(shown)} are shown: look at it in overlay.yaml" if len(shown) > 1 else ""
    if chosen == BEARER:
        missing = f"authentication: taken as Bearer{several}"
        return Signing((_told(missing),), (missing,)) if several else Signing()
    return _in_header(chosen, shown[chosen], several, operations)


def told(text: str, operations: Sequence[OperationFacts]) -> tuple[str, ...]:
    """Return the ways to sign that a page shows, in words, in an order of their own."""
    return tuple(sorted(map(str, _all_shown({"": text}, operations))))


def _all_shown(texts: Mapping[str, str], operations: Sequence[OperationFacts]) -> dict[_Scheme, str]:
    """Return the ways that pages show, each with the first page that does."""
    shown: dict[_Scheme, str] = {}
    for key, text in texts.items():
        for scheme in _shown(text):
            shown.setdefault(scheme, key)
    for operation in operations:
        for field in operation.fields:
            name = pointers.name(field.pointer)
            if field.location in ("header", "query") and _NAMED.fullmatch(name):
                shown.setdefault(_Scheme(field.location, name), "a page")
    if any(scheme.place == "word" for scheme in shown):  # which says more than that the header holds the key
        return {one: key for one, key in shown.items() if (one.place, one.name.lower()) != ("header", "authorization")}
    return shown


def _shown(text: str) -> Iterable[_Scheme]:
    for found in _SCHEMES.finditer(text):
        block = text[found.end() : found.end() + _NEAR]
        place, name = _IN.search(block), _NAME.search(block)
        if _BEARER.search(block):
            yield BEARER
        if _API_KEY.search(block) and place is not None and name is not None:
            yield _Scheme(place["place"], name["name"])
    for word in (*_WORD.finditer(text), *_PROSE.finditer(text)):
        yield _Scheme("word", word["word"].capitalize())
    for header in _HEADER.finditer(text):
        yield _Scheme("header", header["name"])


def _listed(shown: Iterable[_Scheme]) -> str:
    return " and ".join(map(str, shown))


def _told(said: str) -> dict[str, Any]:
    return {"target": "$.components.securitySchemes.bearer", "description": f"{said[:1].upper()}{said[1:]}.",
            "update": {"description": "Taken as Bearer when the provider was added."}}  # fmt: skip


def _in_header(
    scheme: _Scheme, key: str, several: str, operations: Sequence[OperationFacts]
) -> Signing:  # fmt: skip
    """Return a key in a header; a word before it other than Bearer is a part of what the user gives as key."""
    if scheme.place in ("query", "cookie") or scheme.name == "Basic":
        raise SpecError(key, f"requests are signed by {scheme}, which no client can do yet",
                        "give pages of an API that is signed by a header")  # fmt: skip
    header = "Authorization" if scheme.place == "word" else scheme.name
    said = f"{key} shows {scheme}"
    actions: list[dict[str, Any]] = [
        {"target": "$.security[0]", "description": said, "remove": True},
        {"target": "$.security", "description": said, "update": {"key": []}},
        {"target": "$.components.securitySchemes.bearer", "description": said, "remove": True},
        {"target": "$.components.securitySchemes", "description": said,
         "update": {"key": {"type": "apiKey", "in": "header", "name": header}}},
    ]  # fmt: skip
    given = {f.pointer for o in operations for f in o.fields if f.location == "header"}
    if names := [name for name in map(pointers.name, given) if name.lower() == header.lower() != "authorization"]:
        target = f"$.paths[*][*].parameters[?@.name == '{names[0]}']"
        actions.append({"target": target, "description": "The client signs requests by it.", "remove": True})
    missing = []
    if scheme.place == "word":
        missing.append(f"authentication: {said}; users give the word with their key, as in `{scheme.name} abc`")
    if several:
        missing.append(f"authentication: taken as {scheme}{several}")
    return Signing(tuple(actions), tuple(missing))
