"""Reads a list of values in a sentence: `a`, `b` or `c`; 5, 10; [x, y]; with notes in parentheses between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.facts import Json
from codegen.phrases.conditions import typed
from codegen.phrases.phrase import Context, Keywords, Yield
from codegen.phrases.scope import is_number, types_of

_QUOTED = re.compile(r"`([^`]{1,200})`|\"([^\"]{1,80})\"|'([^']{1,80})'")
_INSIDE = re.compile(r"[\"']([^\"']{1,80})[\"']")
_MORE = re.compile(r"\s?[,、/|]\s?[`\"']")
_LIST_IN_CODE = re.compile(r"\[?[\w.:/-]+(?:, ?[\w.:/-]+)+\]?")
_BARE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.:/*+-]*(?<![.:])|(?-i:[\u4e00-\u9fff]){1,12}(?=[,、/\s)]|$)")
_SEPARATOR = re.compile(
    r"\s?(?:\([^()]{0,80}\))?\s?(?:,\s?(?:and |or |以及)?|、\s?|/\s?|\|\s?|;\s?|\s(?:or|and|&)\s"
    r"|或者?\s?|和\s?|及\s?|\s(?=`))\s?",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\s?(?:\([^()]{0,80}\)|=\s?[^,;、`]{1,40}(?=[,;、]|$))")
_SECONDS = re.compile(r"\s?(?:seconds?|secs?|s|秒钟?)(?![a-z])", re.IGNORECASE)
_OPEN_END = re.compile(r"\s?(?:,\s?)?(?:etc|and more|and so on|\.\.\.|…|等)", re.IGNORECASE)
_NO_VALUE = re.compile(
    r"(?:the|a|an|and|or|this|if|for|when|with|etc|both|following|all|any|of|to|is|are|see|one|values"
    r"|options|default|which)",
    re.IGNORECASE,
)


class ValueList:
    """The values found, where the list ends, whether all were marked as code, and whether more were hinted at."""

    __slots__ = ("closed", "coded", "end", "values")

    def __init__(self, text: str, at: int) -> None:
        self.values: list[str] = []
        self.coded = True
        self.end = self._read(text, at)
        self.closed = _OPEN_END.match(text, self.end) is None

    def _read(self, text: str, at: int) -> int:
        opened = text[at : at + 1] in ("[", "{")
        at += opened
        end = at
        while len(self.values) < 500:
            if match := _QUOTED.match(text, at):
                whole = self._code(match, text)
                at = match.end()
                if whole:
                    return at
            elif (
                (not self.values or not self.coded)
                and (match := _BARE.match(text, at))
                and not _NO_VALUE.fullmatch(match[0])
            ):
                if self.values and not match[0].isascii() and self.values[0].isascii():
                    break
                self.values.append(match[0])
                self.coded = False
                at = match.end()
            else:
                break
            if unit := _SECONDS.match(text, at):
                at = unit.end()
            end = at
            separator = _SEPARATOR.match(text, at)
            if separator is None:
                break
            at = separator.end()
        if note := _NOTE.match(text, end):
            end = note.end()
        return end + (opened and text[end : end + 1] in ("]", "}"))

    def _code(self, match: re.Match[str], text: str) -> bool:
        """Take one quoted value; or a quoted list, and say so."""
        if match[1] and "," in match[1] and not self.values:
            if inner := _INSIDE.findall(match[1]):
                self.values = inner
                return True
            if _LIST_IN_CODE.fullmatch(match[1]) and not _MORE.match(text, match.end()):
                self.values = re.split(r", ?", match[1].strip("[]"))
                return True
        self.values.append((match[1] or match[2] or match[3]).strip().strip("\"'"))
        return False


def as_enum(values: Sequence[str], ctx: Context) -> list[Yield] | None:
    """Return the list of values as the field's enum, or None where the field cannot have them."""
    field = ctx.subject
    types = types_of(field)
    if field is None or not values or types & {"object", "boolean"} or any(len(v) > 80 for v in values):
        return None
    if is_number(field) and types:
        values = [v.lower().removesuffix("s").strip() for v in values]
        if not all(re.fullmatch(r"-?\d+(?:\.\d+)?", v) for v in values):
            return None
    elif not types and any(v.lower() in ("true", "false") for v in values):
        return None
    listed: list[Json] = list(dict.fromkeys(v if types == {"array"} else typed(v, field) for v in values))
    return [Keywords({"items": {"enum": listed}} if "array" in types else {"enum": listed})]
