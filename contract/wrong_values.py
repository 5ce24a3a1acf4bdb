"""Seeded faults of servers that misread values: types, words, lengths, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from contract.cases import Call
from contract.faults import Fault
from contract.hooks import ChangeBody, failing, on_body
from specs import pointers
from specs.model import Contract


def wrong_values(contract: Contract) -> Iterator[Fault]:
    """Yield the faults that make sense for a provider."""
    limits = {
        pointers.name(f.pointer): f.schema["maxLength"]
        for operation in contract.submits
        for f in operation.at("body")
        if "maxLength" in f.schema and f.pointer.count("/") == 1
    }
    names = sorted(limits)

    def bytes_counted(body: Any) -> Any:
        """A text of too many bytes gets too many characters."""
        if not isinstance(body, dict):
            return body
        grown = {n: body[n] + "x" * 10_000 for n in names
                 if isinstance(body.get(n), str) and len(body[n].encode()) > limits[n] >= len(body[n])}  # fmt: skip
        return {**body, **grown}

    words = {
        str(value).lower(): value
        for operation in contract.submits
        for f in operation.at("body")
        for value in f.schema.get("enum", ())
        if isinstance(value, str)
    }
    yield Fault("500 on emoji", "a text beyond the basic plane breaks it", hook=failing(_has("🎬")))
    yield Fault("500 on quotes", "a quote in a text breaks it", hook=failing(_has('\\"quoted')))
    yield Fault(
        "500 on an array", "a body that is an array breaks it", hook=failing(lambda c: isinstance(c.json, list))
    )
    yield Fault("bytes for characters", "limits of texts count bytes", hook=on_body(bytes_counted))
    yield Fault("numbers from texts", "a number given as a text is taken", hook=on_body(_each(_from_text)))
    yield Fault(
        "halves cut off",
        "5.5 is taken for 5",
        hook=on_body(_each(lambda v: int(v) if isinstance(v, float) and v > 1 else v)),
    )
    yield Fault(
        "truth from numbers",
        "1 is taken for true",
        hook=on_body(_each(lambda v: True if v == 1 and not isinstance(v, bool) else v)),
    )
    yield Fault("nulls left out", "null is taken for absent everywhere", hook=on_body(_without_nulls))
    yield Fault(
        "texts cut to size",
        "a text that is too long is cut",
        hook=on_body(
            _each(lambda v: v[:512] if isinstance(v, str) and len(v) > 512 and set(v) <= set("aé海🎬 ") else v)
        ),
    )
    yield Fault(
        "negative is positive",
        "the sign of a number is lost",
        hook=on_body(_each(lambda v: abs(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else v)),
    )
    if words:
        yield Fault(
            "case ignored",
            "listed words are taken in capitals",
            hook=on_body(_each(lambda v: words.get(v.lower().strip(), v) if isinstance(v, str) else v)),
        )
    shots = next((r.fields[0].split("/")[1] for o in contract.submits for r in o.rules if r.kind == "sum"), None)
    if shots is not None:
        yield Fault("last shot not counted", "the last shot is not read", hook=on_body(lambda b: _fewer(b, shots)))
        yield Fault(
            "two shots at most are read",
            "shots from the third on are not read",
            hook=on_body(lambda b: _fewer(b, shots, 2)),
        )


def _has(text: str) -> Callable[[Call], bool]:
    return lambda call: text.encode() in (call.content or b"")


def _each(change: Callable[[Any], Any]) -> ChangeBody:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(member) for name, member in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else change(value)

    return lambda body: walk(body) if isinstance(body, dict) else body


def _from_text(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _fewer(body: Any, name: str, most: int | None = None) -> Any:
    if not isinstance(body, dict) or not isinstance(body.get(name), list) or len(body[name]) < 2:
        return body
    return {**body, name: body[name][: most if most is not None else -1]}
