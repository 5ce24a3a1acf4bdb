"""What a request asks to be seen: length, shots, frames, size and sound of the video (x-task, `video`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from specs import pointers
from specs.checks import member, places
from specs.media import Embedded, UndecodableValue, decode
from specs.model import Operation, Role, Task
from specs.rules.formula import ABSENT, formula
from specs.rules.python import compile_rules

if TYPE_CHECKING:
    from mockserver.media import VideoPlan

LONGEST: Final = 60
"""Seconds of the longest video that is made."""

_SECONDS: Final = 5
_HIGH: Final = 1080
_PROMPT_LENGTH: Final = 10_000


class Scene:
    """Reads the requests of one operation."""

    def __init__(self, operation: Operation, task: Task) -> None:
        self._names = {role: pointers.split(pointer) for role, pointer in task.video.items()}
        defaults = {role: operation.field(pointer).default for role, pointer in task.video.items()}
        self._defaults = {role: None if value is ABSENT else value for role, value in defaults.items()}
        self._high = {quality: height >= _HIGH for quality, height in task.heights.items()}
        self._high_by_default = task.height(None) >= _HIGH
        self._ignores_prompt = _ignoring(operation, task)
        self._prompts = tuple(found.pointer for found in operation.at("body") if found.name.endswith("prompt"))

    def asked(self, body: Mapping[str, Any]) -> tuple[int, bool, bool]:
        """Return the video's length in seconds, whether it is 1080p rather than 720p, whether it has a sound track."""
        quality, default = self._read(body, "quality"), self._high_by_default
        high = self._high.get(quality, default) if isinstance(quality, str) else default
        return _whole(self._read(body, "duration")), high, self._read(body, "sound") in (True, "on")

    def film(self, body: Mapping[str, Any], seconds: int, *, high_resolution: bool, sound: bool) -> VideoPlan:
        """Return the plan of the video."""
        from mockserver.media import VideoPlan

        return VideoPlan(
            seconds=seconds, shots=self.shots(body, seconds), sound=sound,
            resolution="1080p" if high_resolution else "720p", first_frame=_frame(self._read(body, "first_frame")),
            last_frame=_frame(self._read(body, "last_frame")), aspect_ratio=_ratio(self._read(body, "aspect_ratio")),
        )  # fmt: skip

    def shots(self, body: Mapping[str, Any], seconds: int) -> tuple[tuple[str, int], ...]:
        """Return prompt and length of each shot; one for the whole video where the request lists none that count."""
        listed = self._read(body, "shots")
        counts = self._ignores_prompt is None or self._ignores_prompt(body)
        if counts and isinstance(listed, list) and (shots := [shot for shot in listed if isinstance(shot, dict)]):
            return tuple((self._prompt(shot), _whole(self._of_shot(shot, "shot_duration"))) for shot in shots)
        return ((str(self._read(body, "prompt") or ""), seconds),)

    def texts(self, body: Mapping[str, Any]) -> str:
        """Return every prompt in a request, whether or not it counts, for magic words to be found in."""
        found = [text for pointer in self._prompts for _, text in places(body, pointer)]
        return "\n".join([text[:_PROMPT_LENGTH] for text in found if isinstance(text, str)])

    def _prompt(self, shot: Mapping[str, Any]) -> str:
        return str(self._of_shot(shot, "shot_prompt") or "")

    def _of_shot(self, shot: Mapping[str, Any], role: Role) -> Any:
        names = self._names.get(role)
        value = member(shot, *names[len(self._names["shots"]) + 1 :]) if names else None
        return self._defaults.get(role) if value is None else value

    def _read(self, body: Mapping[str, Any], role: Role) -> Any:
        names = self._names.get(role)
        if names is None:
            return None
        value = body.get(names[0]) if len(names) == 1 else member(body, *names)
        return self._defaults[role] if value is None else value


def _ignoring(operation: Operation, task: Task) -> Callable[[Mapping[str, Any]], bool] | None:
    """Return what tells whether a request lists shots while its prompt is ignored; None where no rule ignores it."""
    prompt, shots = (task.video.get(role) for role in ("prompt", "shots"))
    for rule in operation.rules:
        if shots is not None and rule.kind == "ignored_if" and rule.fields == (prompt,):
            broken = compile_rules([formula(replace(rule, fields=(shots,)), operation.lookup)])
            return lambda body: bool(broken(body))
    return None


def _whole(value: Any) -> int:
    """Return seconds as the videos have them: 1 to 60, whole; some providers write them as strings."""
    if type(value) is int:
        return min(max(value, 1), LONGEST)
    text = str(value)
    number = round(value) if isinstance(value, float) else int(text) if text.isascii() and text.isdigit() else _SECONDS
    return min(max(number, 1), LONGEST)


def _frame(value: Any) -> bytes | str | None:
    if not isinstance(value, str):
        return None
    try:
        decoded = decode(value)
    except UndecodableValue:
        return value[:200]
    return decoded.data if isinstance(decoded, Embedded) else decoded.url


def _ratio(value: Any) -> float:
    width, _, height = str(value).partition(":")
    if width.isdecimal() and height.isdecimal() and int(width) and int(height):
        return int(width) / int(height)
    return 16 / 9
