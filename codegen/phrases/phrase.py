"""What a phrase is: a pattern, what it yields, and sentences of our own that prove it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from codegen.facts import MISSING, Json, _Missing
from codegen.phrases.lazy import Pattern
from codegen.phrases.mentions import Marked
from codegen.phrases.scope import Index
from codegen.phrases.statement import KnownField, Scope

Language = Literal["en", "zh", "any"]


@dataclass(frozen=True, slots=True)
class Keywords:
    """JSON Schema keywords of a field; of the sentence's subject where `of` is None."""

    schema: Mapping[str, Json]
    default: Json | _Missing = MISSING
    of: KnownField | None = None


@dataclass(frozen=True, slots=True)
class SameAs:
    """The subject's media constraints are those of another field."""

    other: KnownField


@dataclass(frozen=True, slots=True)
class Rule:
    """A cross-field rule without its line."""

    kind: str
    fields: tuple[str, ...]
    when: Mapping[str, Json] | None = None
    op: str | None = None
    total: str | None = None
    schema: Mapping[str, Json] | None = None


Yield = Keywords | SameAs | Rule


@dataclass(slots=True)
class Context:
    """A sentence where it stands: the text, the field it is about, the case a list item opened, the page's fields."""

    text: str
    subject: KnownField | None
    index: Index
    case: Json | _Missing = MISSING
    """The value of the subject that this part of the text is about."""
    opener: str = ""
    """The text that opened the case."""
    heading: str = ""
    """The line that introduced the list in which the sentence stands."""
    item: bool = False
    """The sentence opens an item of a list."""
    whole: bool = False
    """The sentence is all that the statement says."""
    asked: list[str] = field(default_factory=list)
    """The fields that conditions of this statement asked for, the last one last."""
    conditions: list[Mapping[str, Json]] = field(default_factory=list)
    """The conditions of this statement, the last one last."""
    _marked: Marked | None = None

    @property
    def marked(self) -> Marked:
        """The text with its mentions marked."""
        if self._marked is None:
            self._marked = Marked(self.text, self.subject, self.index)
        return self._marked


Yields = Callable[[re.Match[str], Context], Sequence[Yield] | None]
"""What a match means; None where it is no constraint after all, nothing where it is one that cannot be said."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of our own about a field of EXAMPLE_SCOPE, and what it must yield."""

    text: str
    subject: str | None = None
    schema: Mapping[str, Json] = field(default_factory=dict)
    default: Json | _Missing = MISSING
    rules: tuple[Rule, ...] = ()
    after: tuple[str, str] | None = None
    """Another field and what was said of it before."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say something.

    `hints` are lower-case strings; the pattern is tried on sentences that hold one of them.
    """

    id: str
    language: Language
    hints: tuple[str, ...]
    pattern: Pattern
    yields: Yields
    examples: tuple[Example, ...]
    always: bool = False
    """For phrases of keywords: it holds beside conditions, too."""
    in_case: bool = False
    """For phrases of keywords: it holds under a list item's value, too."""
    plain: bool = False
    """For phrases of rules: it reads the plain sentence rather than the marked one."""
    needs: tuple[str, ...] = ()
    """Lower-case strings of which the sentence must hold one beside a hint: they keep slow patterns off."""


def compiled(*parts: str) -> Pattern:
    """Return a phrase's pattern, given in parts: case does not count; Chinese characters are no word characters."""
    return Pattern("".join(parts), re.IGNORECASE | re.ASCII)


def _example_scope() -> Scope:
    strings = ("prompt", "negative_prompt", "image", "video", "end_image", "audio_url", "motion", "aspect_ratio")
    fields = [KnownField("body", f"/{name}", "string") for name in strings]
    fields += [KnownField("body", f"/{name}", "integer") for name in ("duration", "n", "width", "height")]
    fields += [KnownField("body", f"/{name}", "array") for name in ("images", "multi_prompt", "elements")]
    fields += [
        KnownField("body", "/cfg_scale", "number"),
        KnownField("body", "/loop", "boolean"),
        KnownField("body", "/mode", "string", enum=("std", "pro")),
        KnownField("body", "/multi_prompt/*/prompt", "string"),
        KnownField("body", "/multi_prompt/*/duration", "integer"),
    ]
    return Scope(tuple(fields))


EXAMPLE_SCOPE = _example_scope()
"""The operation that the examples of all phrases speak of."""
