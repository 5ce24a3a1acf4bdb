"""The fields of one operation, found by the names that prose gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from codegen.facts import Json, Location
from codegen.phrases.statement import KnownField

REQUEST: tuple[Location, ...] = ("body", "query", "path", "header")

PLAIN_NAMES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("end_image", "last_frame", "last_image", "end_frame", "tail_image", "image_tail", "last_frame_image"),
        ("end frame", "end image", "last frame", "last image", "tail frame", "tail image", "ending frame"),
    ),
    (
        ("first_frame", "image", "first_image", "start_image", "first_frame_image", "start_frame"),
        ("first frame", "start frame", "first image", "start image", "starting frame", "opening frame"),
    ),
    (
        ("last_frame_url", "end_image_url", "tail_image_url", "last_image_url", "last_frame_image_url"),
        ("end frame", "end image", "last frame", "last image", "tail frame", "tail image", "ending frame"),
    ),
    (
        ("end_image", "last_frame", "last_image", "end_frame", "tail_image", "image_tail"),
        ("尾帧", "尾帧图片", "尾帧图"),
    ),
    (("last_frame_url", "end_image_url", "tail_image_url", "last_image_url"), ("尾帧", "尾帧图片", "尾帧图")),
    (("first_frame", "first_image", "start_image", "first_frame_image", "image"), ("首帧", "首帧图片", "首帧图")),
    (("first_frame_url", "first_image_url", "start_image_url"), ("首帧", "首帧图片", "首帧图")),
    (("prompt",), ("提示词",)),
    (("negative_prompt",), ("负面提示词", "反向提示词", "负向提示词")),
)
"""Names in words; they count only where exactly one field of the operation answers to them."""


def own_name(pointer: str) -> str:
    """Return the last name of a pointer that is not an item mark."""
    for part in reversed(pointer.split("/")):
        if part != "*":
            return part
    return ""


def parent(pointer: str) -> str:
    """Return the pointer of the object that holds the field."""
    return pointer.rpartition("/")[0]


class Index:
    """Finds a field of the operation by name, the nearest to the subject first."""

    def __init__(self, fields: Iterable[KnownField]) -> None:
        self.fields: dict[tuple[Location, str], KnownField] = {}
        self.strangers: set[str] = set()
        """Words that were looked up and name nothing here."""
        for field in fields:
            self.fields.setdefault((field.location, field.pointer), field)

    @cached_property
    def names(self) -> dict[str, list[KnownField]]:
        """Request fields by lower-case name, and by dotted path."""
        found: dict[str, list[KnownField]] = {}
        for field in self.fields.values():
            if field.location == "response":
                continue
            own = own_name(field.pointer)
            if not own or field.pointer.endswith("/*"):
                continue
            dotted = ".".join(p for p in field.pointer.split("/") if p and p != "*")
            for name in {own.lower(), dotted.lower()}:
                found.setdefault(name, []).append(field)
        return found

    @cached_property
    def words(self) -> dict[str, KnownField]:
        """Fields by a name in plain words, where one field answers to it."""
        found: dict[str, KnownField] = {}
        for names, words in PLAIN_NAMES:
            holders = [f for n in names for f in self.names.get(n, ())]
            if len(holders) == 1:
                for word in words:
                    found[word] = holders[0] if word not in found or found[word] is holders[0] else AMBIGUOUS
        return {word: field for word, field in found.items() if field is not AMBIGUOUS}

    @cached_property
    def spoken(self) -> list[tuple[str, re.Pattern[str]]]:
        """Names of several words as they are spoken, the longest first, with the pattern that finds them."""
        spaced = {name.replace("_", " ") for name in self.names if "_" in name and "." not in name}
        spaced.update(self.words)
        return [(name, _spoken(name)) for name in sorted(spaced, key=lambda n: (-len(n), n))]

    @cached_property
    def values(self) -> frozenset[str]:
        """All strings that the lists of values hold."""
        return frozenset(v for f in self.fields.values() for v in f.enum if isinstance(v, str))

    def names_all(self, words: Sequence[str]) -> bool:
        """Whether every word is the name of a field."""
        return all(w.lower() in self.names for w in words)

    def names_any(self, words: Sequence[str]) -> bool:
        """Whether one of the words is the name of a field."""
        return any(w.lower() in self.names for w in words)

    def get(self, location: Location, pointer: str | None) -> KnownField | None:
        """Return the field at a place, or None."""
        return self.fields.get((location, pointer)) if pointer is not None else None

    def knows(self, name: str) -> bool:
        """Whether some field is called so."""
        return _looked_up(name) in self.names

    def find(self, name: str, subject: KnownField | None = None) -> KnownField | None:
        """Return the field that `name` means in a sentence about `subject`, or None where that is open."""
        candidates = self.names.get(_looked_up(name))
        if not candidates:
            return None
        if len(candidates) == 1:
            return candidates[0]
        home = parent(subject.pointer) if subject else ""
        own = subject.pointer + "/" if subject else "/"
        for location in dict.fromkeys(((subject.location if subject else "body"), *REQUEST)):
            here = [c for c in candidates if c.location == location]
            above = [c for c in here if (home + "/").startswith(parent(c.pointer) + "/")]
            if above:
                return max(above, key=lambda c: len(parent(c.pointer)))
            below = [c for c in here if c.pointer.startswith(own)]
            if len(below) == 1:
                return below[0]
            if len(here) == 1:
                return here[0]
        return None

    @cached_property
    def _holders(self) -> frozenset[str]:
        return frozenset(parent(p).removesuffix("/*") for _, p in self.fields if not p.endswith("/*"))

    def has_members(self, field: KnownField) -> bool:
        """Whether the object, or the array's items, have documented members."""
        return field.pointer in self._holders

    def child(self, subject: KnownField, name: str) -> KnownField | None:
        """Return the member `name` of an object or of an array's items."""
        for middle in ("/*/", "/"):
            if found := self.get(subject.location, f"{subject.pointer}{middle}{name}"):
                return found
        return None

    def with_enums(self, enums: Mapping[tuple[Location, str], Sequence[Json]]) -> Index:
        """Return the index with lists of values that prose gave."""
        if not enums:
            return self
        return Index(
            replace(field, enum=tuple(enums[key])) if key in enums and not field.enum else field
            for key, field in self.fields.items()
        )


@lru_cache(maxsize=4096)
def _spoken(name: str) -> re.Pattern[str]:
    edge = r"\b" if name.isascii() else ""
    return re.compile(edge + re.escape(name).replace("\\ ", "[ -]") + edge, re.IGNORECASE)


def _looked_up(name: str) -> str:
    return name.lower().replace("[]", "").removeprefix("body.").replace(".*", "")


AMBIGUOUS = KnownField("body", "")
_NUMBER_NAME = re.compile(
    r"(?:^|_)(?:duration|seconds|width|height|fps|seed|steps|count|num|n|limit|scale|strength|size|quality|speed"
    r"|volume|temperature|top_p|top_k|weight|rate)(?:$|_)"
)


def types_of(field: KnownField | None) -> frozenset[str]:
    """Return the field's JSON Schema types without null; empty where the page names none."""
    if field is None or field.type is None:
        return frozenset()
    return frozenset((field.type,) if isinstance(field.type, str) else field.type) - {"null"}


def is_number(field: KnownField | None) -> bool:
    """Whether the field holds a number, by its type or else by its name."""
    types = types_of(field)
    if types:
        return bool(types & {"integer", "number"}) and not types & {"string", "array", "object"}
    return field is not None and bool(_NUMBER_NAME.search(own_name(field.pointer).lower()))
