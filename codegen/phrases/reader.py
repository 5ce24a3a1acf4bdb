"""Reads statements: every phrase over every sentence, and what is left goes to unread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

from codegen.facts import MISSING, Json, Unread, _Missing
from codegen.phrases.conditions import typed
from codegen.phrases.gather import Gathered
from codegen.phrases.marks import BINDING, CONDITION, CONSTRAINT, EACH, certain
from codegen.phrases.phrase import Context
from codegen.phrases.scope import Index, types_of
from codegen.phrases.statement import KnownField, Reading, Scope, Statement
from codegen.phrases.table import Candidates, hints_in
from codegen.phrases.text import Sentence, clean, sentences

_CASE = re.compile(
    r"(?:(?:when|if)(?: set to)? )?[`\"']?([A-Za-z0-9_.:/-]{1,40})[`\"']?\s?(?:\([^()]{0,30}\)\s?)?(?::"
    r"|-\s|=\s|（)\s?(?=\S)",
    re.IGNORECASE,
)


MOST = 20
"""Matches of one phrase in one sentence that are looked at: no sentence says as much, hostile text may."""


@dataclass(slots=True)
class _Sentence:
    """A sentence under way: its context, its line, and what came of it."""

    context: Context
    candidates: Candidates
    line: int
    location: str
    taken: list[tuple[int, int]] = field(default_factory=list)
    yielded: bool = False
    ruled: bool = False


def read(statements: Sequence[Statement], scope: Scope) -> Reading:
    """Return what the prose of one operation constrains: keywords, rules, and the sentences not understood.

    The same rule stated twice is one rule on its first line. Never raises on any text.
    """
    index = Index(scope.fields)
    found = Gathered()
    under_way = [s for statement in statements for s in _sentences(statement, index)]
    for sentence in under_way:
        _read_keywords(sentence, found)
    index = index.with_enums(found.enums())
    for sentence in under_way:
        if sentence.location != "response":
            _settle(sentence.context, index)
            _read_rules(sentence, found)
    unread = tuple(Unread(s.line, s.context.text) for s in under_way if _left_over(s))
    return found.reading(unread)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A statement's sentences, numbered from line 0, and what all of them share."""

    sentences: tuple[Sentence, ...]
    hints: list[str]
    length: int
    items: int


_REMEMBERED = 2000
"""Characters up to which a statement's cutting is remembered: pages of one provider repeat themselves."""


@lru_cache(maxsize=2048)
def _cut(text: str) -> _Cut:
    """Clean a statement's text and cut it."""
    text = clean(text)
    hints = hints_in(f"{text} possible values:")
    found = tuple(sentences(text, 0))
    return _Cut(found, hints, len(text.strip()), sum(s.item for s in found))


def _sentences(statement: Statement, index: Index) -> Iterator[_Sentence]:
    """Cut a statement into the sentences that may hold a constraint, each with the case and heading it stands under."""
    subject = index.get(statement.location, statement.subject)
    if subject is None and statement.subject:
        subject = KnownField(statement.location, statement.subject)
    cut = _cut(statement.text) if len(statement.text) <= _REMEMBERED else _cut.__wrapped__(statement.text)
    case: Json | _Missing = MISSING
    opener, heading = "", ""
    asked: list[str] = []
    conditions: list[Mapping[str, Json]] = []
    response = statement.location == "response"
    for sentence in _lists_joined(cut.sentences, subject):
        if sentence.fresh:
            opener, case = "", MISSING
        if _CASE.match(sentence.text):
            opener, case = sentence.text, _case_of(sentence.text, subject)
        candidates = Candidates(sentence.text, cut.hints)
        if candidates.keywords if response else candidates:
            context = Context(
                sentence.text,
                subject,
                index,
                case=case,
                opener=opener,
                heading=heading if sentence.item else "",
                whole=len(sentence.text) == cut.length,
                item=sentence.item and cut.items > 1,
                asked=asked,
                conditions=conditions,
            )
            yield _Sentence(context, candidates, statement.line + sentence.line, statement.location)
        if not sentence.item:
            heading = sentence.text if sentence.text.endswith(":") else ""


_LIST_INTRO = re.compile(
    r"(?:values?|options?|choices|modes?|one of(?: the following)?|supports?|supported|following"
    r"|(?:supported|available|allowed|possible|valid|accepted) [a-z]+|types?|可选\w*|枚举值?|取值\w*"
    r"|如下|之一|以下[^:]{1,12}|类型|选项|支持\w*|包括|模式|方式)\s?:$",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"(?P<value>`[^`\n]{1,60}`(?:\s?/\s?`[^`\n]{1,60}`){0,3}|\"[^\"\n]{1,60}\""
    r"|[A-Za-z0-9_.:/-]{1,40})\s?(?:\([^()]{0,60}\)\s?)*(?P<end>:|-\s|=|$|,\s)"
)


def _lists_joined(found: Sequence[Sentence], subject: KnownField | None) -> Iterator[Sentence]:
    """Put a list of values behind the line that introduces it, as one sentence ahead of its items."""
    for at, sentence in enumerate(found):
        if sentence.text.endswith(":") and _LIST_INTRO.search(sentence.text):
            items = _items_after(found, at + 1)
            values = [_LISTED.match(i.text) for i in items]
            if items and all(values):
                listed = ", ".join(_as_code(m["value"]) for m in values if m)
                yield replace(sentence, text=f"{sentence.text} {listed}")
                continue
            lines = _coded_lines_after(found, at + 1) if not items else []
            if lines:
                yield replace(sentence, text=f"{sentence.text} {', '.join(lines)}")
                continue
            if not items and at + 1 < len(found) and found[at + 1].text[:1] in "`[\"'":
                yield replace(sentence, text=f"{sentence.text} {found[at + 1].text}")
                continue
        elif sentence.item and not (at and found[at - 1].item) and types_of(subject) == {"string"}:
            items = _items_after(found, at)
            values = [_LISTED.match(i.text) for i in items]
            introduced = any(s.text.endswith(":") and not s.item for s in found[max(0, at - 1) : at])
            if len(items) > 1 and not introduced and all(m and m["value"][0] == "`" and m["end"] for m in values):
                listed = ", ".join(m["value"] for m in values if m)
                yield replace(sentence, text=f"Possible values: {listed}", item=False)
        elif not sentence.item and sentence.text[:1] == "`" and types_of(subject) == {"string"}:
            run = [] if _EXPLICIT.search(" ".join(s.text for s in found[:20])) else _described(found, at)
            if len(run) > 1 and not (at and found[at - 1].text[:1] == "`"):
                yield replace(sentence, text="Possible values: " + ", ".join(run))
        yield sentence


_EXPLICIT = re.compile(
    r"可选|枚举|仅支持|取值|\b(?:enum|values?|options?|only supports?|one of)\b", re.IGNORECASE | re.ASCII
)
"""Words that list values or restrict them: descriptions of values beside them are no list."""


def _described(found: Sequence[Sentence], at: int) -> list[str]:
    """Return the values of sentences on one line that each describe one: "`a`: this; `b`: that"."""
    run: list[str] = []
    for sentence in found[at:]:
        match = _LISTED.match(sentence.text)
        if (
            match is None
            or match["end"] not in (":", "- ")
            or sentence.text[0] != "`"
            or sentence.line != found[at].line
        ):
            break
        run.append(match["value"])
    return run


def _coded_lines_after(found: Sequence[Sentence], at: int) -> list[str]:
    """Return the values that lines of their own begin with; one that does not ends the list."""
    values: list[str] = []
    for sentence in found[at:]:
        if sentence.fresh:
            match = _LISTED.match(sentence.text)
            if match is None or match["value"][0] != "`" or match["end"] == ", ":
                break
            values.append(match["value"])
    return values


def _as_code(value: str) -> str:
    return value if value[0] == "`" else "`" + value.strip('"') + "`"


def _items_after(found: Sequence[Sentence], at: int) -> list[Sentence]:
    """Return the items of the list that begins at an index; sentences within an item are passed over."""
    items: list[Sentence] = []
    for sentence in found[at:]:
        if sentence.fresh and not sentence.item:
            break
        if sentence.item:
            items.append(sentence)
    return items


def _case_of(text: str, subject: KnownField | None) -> Json | _Missing:
    """Return the value of the subject that a sentence is about: `pro: better pictures`."""
    if subject is None or (match := _CASE.match(text)) is None:
        return MISSING
    types = types_of(subject)
    value = match[1]
    if ("boolean" in types or not types) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if types <= {"boolean"} and types:
        return MISSING
    known = {str(v): v for v in subject.enum}
    if value in known:
        return known[value]
    coded = text[0] in "`\"'"
    numbered = any(c.isdigit() for c in value) and not value.isdigit()
    return typed(value, subject) if coded or numbered else MISSING


_COMMA = re.compile(r"[,;]")
_CLAUSE = re.compile(r"[^,;]+")


_OF_ANOTHER = re.compile(r"`([^`\n]{1,40})`\s?(?:为|是|is|are|表示|means)(?![a-z])")
"""Such a sentence is about something that is called so, and not about its field."""


def _read_keywords(sentence: _Sentence, found: Gathered) -> None:
    context = sentence.context
    text = context.text
    if context.subject is None or (context.index.has_members(context.subject) and EACH.search(text)):
        return
    named = _OF_ANOTHER.match(text)
    if named is not None and named[1] not in context.subject.pointer and not context.subject.enum:
        return
    for phrase in sentence.candidates.keywords:
        for match in islice(phrase.pattern.finditer(text), MOST):
            start, end = match.span()
            if any(start < e and s < end for s, e in sentence.taken):
                continue
            if context.case is not MISSING and not phrase.in_case:
                continue
            if not phrase.always and not certain(text, start, end):
                continue
            for each in phrase.yields(match, context) or ():
                sentence.taken.append((start, end))
                sentence.yielded = True
                found.add(each, context.subject, sentence.line)


def _settle(context: Context, index: Index) -> None:
    """Look at a sentence again now that the lists of values are known: its subject's, and the case it is about."""
    context.index = index
    if context.subject is not None:
        context.subject = index.get(context.subject.location, context.subject.pointer) or context.subject
    if context.opener:
        context.case = _case_of(context.opener, context.subject)


def _read_rules(sentence: _Sentence, found: Gathered) -> None:
    context = sentence.context
    if not sentence.candidates.rules:
        return
    marked = context.marked.text
    taken: list[tuple[int, int]] = []
    for phrase in sentence.candidates.rules:
        for match in islice(phrase.pattern.finditer(context.text if phrase.plain else marked), MOST):
            start, end = match.span()
            if any(start < e and s < end for s, e in taken):
                continue
            yields = phrase.yields(match, context)
            if yields is None:
                continue
            taken.append((start, end))
            if not yields:
                continue
            sentence.taken.append((start, _through_next_clause(marked, end)))
            sentence.yielded = sentence.ruled = True
            for each in yields:
                found.add(each, context.subject, sentence.line)


def _through_next_clause(text: str, at: int) -> int:
    """Return the end of the clause after the one that `at` stands in: a condition's consequence stands there."""
    ends = [m.start() for m in islice(_COMMA.finditer(text, at), 2)]
    return ends[1] if len(ends) > 1 else len(text)


def _left_over(sentence: _Sentence) -> bool:
    """Whether a sentence has the marks of a constraint that nothing was made of."""
    if sentence.location == "response":
        return False
    text = sentence.context.text
    if not sentence.candidates.constraint:
        return False
    if not sentence.yielded:
        lowered = text.lower()
        return CONSTRAINT.search(lowered) is not None or (
            CONDITION.search(lowered) is not None and _mentions(sentence.context)
        )
    marked = sentence.context.marked.text if sentence.ruled else text
    for clause in _CLAUSE.finditer(marked):
        start, end = clause.span()
        if BINDING.search(clause[0].lower()) and not any(s < end and start < e for s, e in sentence.taken):
            return True
    return False


def _mentions(context: Context) -> bool:
    """Whether a sentence mentions a field other than its subject."""
    return any(m.field is not None and m.field != context.subject for m in context.marked.mentions.values())
