"""Marks the fields and values a sentence mentions, each as one private character, so that patterns can speak of them.

`FIELD` matches a mention of a field, `VALUE` one of a value; a name in quotes that is both matches both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from codegen.facts import Json
from codegen.phrases.scope import Index, parent
from codegen.phrases.statement import KnownField

_ONLY_FIELD, _BOTH, _ONLY_VALUE, _LAST = 0xE000, 0xE800, 0xEC00, 0xF400
FIELD = "(?-i:[\ue000-\uebff])"
VALUE = "(?-i:[\ue800-\uf3ff])"
MARK = "(?-i:[\ue000-\uf3ff])"
# Without (?-i:) the compiler looks at each of the thousands of characters for its other case.
_NOUN = (
    r"(?: ?\((?:string|array|integer|boolean|object|number)\))?"
    r"(?: (?:parameter|field|param|property|attribute|argument|input|option|key|array|object|list"
    r"|flag)s?\b| ?(?:参数|字段|属性)(?!值))?"
)
_AFTER = re.compile(f"({FIELD}){_NOUN}")
_BEFORE = re.compile(rf"(?:\b(?:the|a|an|your|parameters?|fields?)\s|参数 ?|字段 ?)(?={FIELD})", re.IGNORECASE)
_THIS = re.compile(
    r"\b(?:this|the current) (?:parameter|field|property|option|attribute|argument|param|value)\b|(?:本"
    r"|该|此|当前)(?:参数|字段|选项|项)",
    re.IGNORECASE,
)
_CODE = re.compile(r"`([^`\n]{1,120})`|\"([^\"\n]{1,60})\"|(?<![A-Za-z0-9])'([^'\n]{1,60})'(?![A-Za-z0-9])")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[\*?\])?(?:\.[A-Za-z_][A-Za-z0-9_]*(?:\[\])?)*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]*-]*")
_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_ASSIGNED = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(?:=|==|:)\s*[\"']?([\w.:-]+)[\"']?\s*")
_GLUE_BEFORE = ("and", "or", "use", "requires", "require", "of", "with", "via", "both", "either", "the", "set")
_GLUE_AFTER = (
    *("is", "are", "and", "or", "must", "for", "to", "in", "instead", "with", "cannot", "can", "when", "if", "will"),
    "should",
)
_GLUE = re.compile("|".join(sorted({*_GLUE_BEFORE, *_GLUE_AFTER}, key=lambda word: (-len(word), word))))
_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "be",
        "and",
        "or",
        "not",
        "no",
        "if",
        "when",
        "for",
        "with",
        "without",
        "to",
        "from",
        "in",
        "on",
        "of",
        "at",
        "by",
        "as",
        "it",
        "its",
        "must",
        "can",
        "cannot",
        "may",
        "only",
        "should",
        "will",
        "use",
        "used",
        "using",
        "set",
        "all",
        "any",
        "each",
        "per",
        "than",
        "then",
        "that",
        "this",
        "these",
        "those",
        "both",
        "either",
        "neither",
        "one",
        "two",
        "at",
        "least",
        "most",
        "more",
        "less",
        "required",
        "optional",
        "default",
        "true",
        "false",
        "null",
        "none",
        "value",
        "values",
        "supported",
        "provided",
        "specified",
    ]
)


@dataclass(frozen=True, slots=True)
class Mention:
    """What one mark stands for: a field, a value, or a name that may be either."""

    text: str
    field: KnownField | None
    value: Json = None


class Marked:
    """A sentence whose mentions are single characters."""

    __slots__ = ("_count", "mentions", "text")

    def __init__(self, text: str, subject: KnownField | None, index: Index) -> None:
        self.mentions: dict[str, Mention] = {}
        self._count = 0
        self.text = _mark(text, subject, index, self)

    def add(self, mention: Mention, base: int) -> str:
        """Return the character that stands for a mention from now on; plain text once a sentence has too many."""
        limit = {_ONLY_FIELD: _BOTH, _BOTH: _ONLY_VALUE, _ONLY_VALUE: _LAST}[base]
        if base + self._count >= limit:
            return mention.text
        mark = chr(base + self._count)
        self._count += 1
        self.mentions[mark] = mention
        return mark

    def fields(self, text: str) -> list[KnownField]:
        """Return the fields whose marks stand in a piece of the text, in order, once each."""
        found = [self.mentions[c].field for c in text if c in self.mentions]
        return list(dict.fromkeys(f for f in found if f is not None))

    def plain(self, text: str) -> str:
        """Return a piece of the text with its mentions spelled out."""
        return "".join(self.mentions[c].text if c in self.mentions else c for c in text)


def _mark(text: str, subject: KnownField | None, index: Index, marked: Marked) -> str:
    def code(match: re.Match[str]) -> str:
        return _quoted(match, subject, index, marked)

    def word(match: re.Match[str]) -> str:
        return _bare(match[0], subject, index, marked)

    def words(match: re.Match[str]) -> str:
        field = index.words.get(match[0].lower()) or index.find(match[0].replace(" ", "_"), subject)
        return marked.add(Mention(match[0], field), _ONLY_FIELD) if field else match[0]

    if "`" in text or '"' in text or "'" in text:
        text = _CODE.sub(code, text)
    if subject is not None:
        text = _THIS.sub(lambda m: marked.add(Mention(m[0], subject), _ONLY_FIELD), text)
    lowered = text.lower()
    for spoken, pattern in index.spoken:
        if spoken in lowered:
            text = pattern.sub(words, text)
    text = _WORD.sub(word, text)
    return _BEFORE.sub("", _AFTER.sub(r"\1", text))


def _quoted(match: re.Match[str], subject: KnownField | None, index: Index, marked: Marked) -> str:
    """Mark what stands in back-ticks or quotes: a field, a value, or an assignment of one to the other."""
    literal = (match[1] or match[2] or match[3]).strip()
    if assigned := _ASSIGNED.fullmatch(literal):
        field = index.find(assigned[1], subject)
        if field is not None:
            own = marked.add(Mention(assigned[1], field), _ONLY_FIELD)
            return f"{own} = {marked.add(Mention(assigned[2], None, assigned[2]), _ONLY_VALUE)}"
    field = index.find(literal, subject) if _NAME.fullmatch(literal) else None
    if field is None and match[1] and _SNAKE.fullmatch(literal) and literal not in index.values:
        field = KnownField("body", (parent(subject.pointer) if subject else "") + "/" + literal)
    if field is None:
        return marked.add(Mention(match[0], None, literal), _ONLY_VALUE)
    return marked.add(Mention(match[0], field, literal), _BOTH)


def _bare(word: str, subject: KnownField | None, index: Index, marked: Marked) -> str:
    """Mark a bare word that names a field; it may be glued to small words where code marks were lost."""
    if word in index.strangers:
        return word
    if word.lower() in _SMALL_WORDS:
        index.strangers.add(word)
        return word
    field = index.find(word, subject)
    if field is not None:
        return marked.add(Mention(word, field, word), _BOTH)
    if "_" in word and word not in index.values:
        return _unglued(word, subject, index, marked)
    if not (word.endswith(_GLUE_AFTER) or word.startswith(_GLUE_BEFORE)):
        if not index.knows(word):
            index.strangers.add(word)
        return word
    for after in _GLUE_AFTER:
        if word.endswith(after) and (field := index.find(word.removesuffix(after), subject)):
            name = word.removesuffix(after)
            return f"{marked.add(Mention(name, field, name), _BOTH)} {after}"
    for before in _GLUE_BEFORE:
        if word.startswith(before) and (field := index.find(word.removeprefix(before), subject)):
            name = word.removeprefix(before)
            return f"{before} {marked.add(Mention(name, field, name), _BOTH)}"
    return word


def _unglued(word: str, subject: KnownField | None, index: Index, marked: Marked) -> str:
    """Cut `first_frameandlast_framefor` into names and small words; a name nobody knows is taken as it stands."""
    cuts = [m.span() for m in _GLUE.finditer(word)][:8]
    edges = [0, *(c[1] for c in cuts)]
    ends = [*(c[0] for c in cuts), len(word)]
    for start in edges:
        for end in reversed(ends):
            name = word[start:end]
            if end > start + 1 and (field := index.find(name, subject)) is not None:
                before, after = word[:start], word[end:]
                rest = _bare(after, subject, index, marked) if after else ""
                return f"{before} {marked.add(Mention(name, field, name), _BOTH)} {rest}".strip()
    before = next((g for g in _GLUE_BEFORE if word.startswith(g)), "")
    after = next((g for g in _GLUE_AFTER if word.endswith(g)), "")
    name = word[len(before) : len(word) - len(after)]
    if not _SNAKE.fullmatch(name):
        return word
    mark = marked.add(Mention(name, KnownField("body", "/" + name), name), _BOTH)
    return f"{before} {mark} {after}".strip()
