"""The kinds of faults as the dashboard explains them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.faults import FATES, NOTICES, OPTIONS, REFUSALS, SILENCES, SPOILINGS, Fault
from specs.model import MEANINGS

ABOUT: Final[Mapping[str, str]] = {
    "status": "Answers with this HTTP status, in the provider's own error body.",
    "rate_limited": "Answers 429, with Retry-After.",
    "refuse": "Refuses as the provider does for this reason.",
    "reset_before": "Resets the connection before the request is accepted: nothing was billed.",
    "hang_before": "Never answers, and accepts nothing.",
    "delay": "Accepts, then waits before it answers.",
    "drip": "Accepts, then sends the answer in parts with a pause before each.",
    "truncate": "Accepts, then closes the connection halfway through the answer.",
    "garbage": "Accepts, then answers with broken JSON.",
    "html": "Accepts, then answers with the HTML page of a broken gateway.",
    "reset_after": "Accepts, then resets the connection: the client cannot know that it was billed.",
    "hang_after": "Accepts, then never answers.",
    "fail": "The task fails, with this reason.",
    "stuck": "The task runs and never ends.",
    "waiting": "The task stays in the queue for ever.",
    "vanish": "The task is accepted and then unknown.",
    "expire": "The result has expired by the time the task is done.",
    "unknown_status": "The task is told with a status word that nobody documented.",
    "cancel": "The task is canceled while it runs.",
    "slow": "The task takes this many times as long.",
    "webhook_lost": "The webhook is not delivered.",
    "webhook_repeated": "The webhook is delivered twice.",
}
_GROUPS: Final = (
    ("Refuse the request", REFUSALS), ("Give no answer", SILENCES), ("Spoil the answer", SPOILINGS),
    ("Decide how the task goes", FATES), ("Webhooks", NOTICES),
)  # fmt: skip
_LABELS: Final[Mapping[str, str]] = {
    "status": "HTTP status", "seconds": "Seconds", "meaning": "Reason", "reason": "Reason", "pace": "Times as long",
}  # fmt: skip


def kinds() -> dict[str, Any]:
    """Return the kinds in groups, each with what it does and the option that matters most, and the meanings."""
    plain = Fault("status")
    return {
        "meanings": list(MEANINGS),
        "groups": [
            {"name": name, "kinds": [{"kind": kind, "about": ABOUT[kind], **_option(kind, plain)} for kind in of]}
            for name, of in _GROUPS
        ],
    }  # fmt: skip


def _option(kind: str, plain: Fault) -> dict[str, Any]:
    if kind not in OPTIONS:
        return {}
    name = OPTIONS[kind][0]
    return {"option": {"name": name, "label": _LABELS[name], "value": getattr(plain, name)}}
