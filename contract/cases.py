"""Cases: single requests with the verdict that the contract gives them, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

import orjson

from contract import curl
from specs.checks import Source
from specs.model import Contract, Meaning, Operation

Signature = Literal["key", "none", "wrong", "empty"]
WRONG_KEY = "mock-invalid-key"
"""A key that no provider knows, and that our mock knows to refuse."""
OTHER_KEYS: Mapping[Signature, str] = {"wrong": WRONG_KEY, "empty": ""}
"""What stands in the place of the key."""
_LARGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request without its signature: `path` below the server's address, `content` as sent."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    media_type: str | None = "application/json"

    @property
    def json(self) -> Any:
        """The decoded body; None where there is none or it is no JSON."""
        try:
            return None if self.content is None else orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has to come back: an acceptance, or a refusal that means one of `meanings`.

    `rules` are the ids of all violations; a provider that lists them has to list just these. `warned` are the rules
    that an accepted request breaks and that only warn.
    """

    accepted: bool
    meanings: tuple[Meaning, ...] = ()
    rules: frozenset[str] = frozenset()
    warned: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.accepted:
            return "accepted"
        return "refused" + (f" by {' and '.join(sorted(self.rules))}" if self.rules else "")


@dataclass(frozen=True, slots=True)
class Case:
    """One request of the suite.

    `id` is stable from run to run. `checks` is the id of the rule or limit that it is about, or an area such as `auth`;
    `also` are others that the same request tells of. `stated` tells whether the documentation states the verdict.
    `follow`: the task that is started is followed to its end. `cost` orders the suite: 0 is never billed, 1 is refused
    by a correct provider, 2 is billed.
    """

    id: str
    contract: Contract = field(repr=False)
    operation: Operation = field(repr=False)
    title: str
    checks: str
    call: Call = field(repr=False)
    expects: Verdict
    source: Source = field(default_factory=Source)
    stated: bool = True
    signed: Signature = "key"
    follow: bool = False
    also: tuple[str, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """All rules, limits, fields and areas that the request tells of."""
        return (self.checks, *self.also)

    @property
    def cost(self) -> int:
        """How much it may cost to send: 0 nothing, 1 nothing at a correct provider, 2 one task."""
        if self.operation.task is None:
            return 0
        return 2 if self.expects.accepted else 1

    @property
    def large(self) -> bool:
        """Whether the body has a megabyte or more."""
        return len(self.call.content or b"") >= _LARGE

    def curl(self, base_url: str, variable: str, call: Call | None = None) -> str:
        """Return the request, or another call of the case, as a line for the shell that sends the same bytes.

        The key stands in it as a shell variable.
        """
        call, header = call or self.call, None
        if self.signed != "none":
            signed, key = self.contract.authentication, OTHER_KEYS.get(self.signed)
            header = curl.signature(signed.header, signed.prefix, key, variable)
        return curl.line(call.method, address(base_url, call), call.content, call.media_type, header)


def unsigned(case: Case, prefix: str) -> Iterator[Case]:
    """Yield the case without an API key, with a wrong one and with an empty one; `prefix` begins their ids."""
    for signed, name, title, meanings in _UNSIGNED:
        yield replace(
            case, id=f"{prefix}auth.{name}", title=title, checks="auth", signed=signed, follow=False, also=(),
            expects=Verdict(False, meanings),
        )  # fmt: skip


_UNSIGNED: Sequence[tuple[Signature, str, str, tuple[Meaning, ...]]] = (
    ("none", "missing", "without an API key", ("missing_api_key", "invalid_api_key")),
    ("wrong", "wrong", "with a wrong API key", ("invalid_api_key",)),
    ("empty", "empty", "with an empty API key", ("missing_api_key", "invalid_api_key")),
)


def fits(names: Iterable[str], patterns: Collection[str] | None) -> bool:
    """Tell whether one of the names is a pattern, or fits one; brackets in a name are no pattern. No patterns: all."""
    return not patterns or any(name == p or fnmatchcase(name, p) for name in names for p in patterns)


def address(base_url: str, call: Call) -> str:
    """Return the full URL of a call."""
    from urllib.parse import urlencode

    query = f"?{urlencode(call.query)}" if call.query else ""
    return base_url.rstrip("/") + call.path + query


def shortened(text: str, most: int = 2000) -> str:
    """Return the text, its middle left out where it is long."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…({len(text) - most} more characters)…{text[-most // 2 :]}"
