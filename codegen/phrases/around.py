"""The conditions that stand around what a phrase matched, `when c, …` ahead of it and `… if c` behind it.

A rule that holds only then must not be read as one that always holds.
"""

from __future__ import annotations

import re

from codegen.phrases.conditions import Condition
from codegen.phrases.phrase import Context
from codegen.phrases.rulewords import both, condition_at, unless

_IF = (
    r"(?:(?P<unless>\b(?:unless|except)\b|除非)|\b(?:if|when(?:ever)?|in case|while|where|once|as long as"
    r"|provided that)\b|仅?当(?!前)|若|如果)(?: (?:if|when|you)\b)?\s?"
)
_WORD = rf"(?:{_IF}|(?:\b(?:for|in|under|with|during)\b|对于|(?<!存)在)\s?)"
_PLAIN_IF, _PLAIN_WORD = (pattern.replace("?P<unless>", "?:") for pattern in (_IF, _WORD))
_AHEAD = re.compile(rf"\s?(?:note: ?)?{_WORD}", re.IGNORECASE)
_CLOSED = re.compile(r"\s?时?[\s,]*(?:(?:then|则|那么)\s?)?(?:it |this )?")
_IN_CHINESE = re.compile(r"(?<!同)时\s?(?:,|$)|(?:情况|模式|场景)下")
_BEHIND = re.compile(_WORD, re.IGNORECASE)
_END = re.compile(rf"[;)]|(?:[,(]|\s-\s)(?!\s?(?:仅|(?:but |only )*{_PLAIN_WORD}))", re.IGNORECASE)
FURTHER = re.compile(
    rf"\s(?:together|along|alongside|simultaneously|at the same time|in combination|with)\b|\s?[,(]?\s?{_PLAIN_IF}",
    re.IGNORECASE,
)
"""What begins so behind a rule or a condition says more about when it holds."""
_HARMLESS = re.compile(
    r"\b(?:for|in|under|with|during) (?:(?:\w+ing|example|instance|details|which case|each other|order"
    r"|combination|conjunction|parallel|total)\b"
    r"|(?:the (?:same|current) |a single |this |each |every |any |one |an? |the )?"
    r"(?:request|call|api|endpoint|operation|task|job|generation|body|payload|time)\b)",
    re.IGNORECASE,
)
"""What reads like a condition and holds for each request."""


def condition_around(match: re.Match[str], ctx: Context, until: int | None = None) -> Condition | None:
    """Return the condition under which the match holds, empty where it always does; None for one not understood.

    `until` is where a condition ends that was read behind the match: then only one more that a comma parts counts.
    """
    text = ctx.marked.text
    ahead = text[: match.start()]
    if until is None:
        tail = match.start("tail") if match.groupdict().get("tail") else match.end()
        end = _END.search(text, tail)
        behind = _HARMLESS.sub("", text[tail : end.start() if end else None])
    else:
        behind = text[until:] if FURTHER.match(text, until) else ""
    found: list[Condition | None] = []
    word = _AHEAD.match(ahead)
    if word or _IN_CHINESE.search(ahead):
        start = word.end() if word else 0
        read = condition_at(ahead[start:], ctx)
        closed = read is not None and _CLOSED.fullmatch(ahead, start + read[1])
        found.append(_as_said(word, read) if closed else None)
    if word := _BEHIND.search(behind):
        found.append(_as_said(word, condition_at(behind[word.end() :], ctx)))
    elif _IN_CHINESE.search(behind):
        found.append(None)
    if None in found:
        return None
    return both(*found) if len(found) > 1 else found[0] if found else {}


def _as_said(word: re.Match[str] | None, read: tuple[Condition, int] | None) -> Condition | None:
    return None if read is None else unless(read[0]) if word and word["unless"] else read[0]
