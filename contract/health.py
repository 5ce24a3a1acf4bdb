"""Whether there is a server at all that can be judged: one that answers, takes the key and does not send elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from contract.cases import Case
from contract.exchange import Answer, meanings_of
from specs.model import Meaning

Trouble = Literal["silent", "turned away"]
_ENOUGH = 3
"""So many in a row are no accident."""
_REFUSALS: Mapping[Meaning, str] = {
    "invalid_api_key": "refuses the API key", "missing_api_key": "finds no API key in a signed request",
    "permission_denied": "does not permit this account to use it", "insufficient_balance": "finds the balance too low",
}  # fmt: skip


class Health:
    """What a run has seen of the server. Only properly signed requests tell whether it takes the key."""

    def __init__(self) -> None:
        self._row: dict[Trouble, int] = {"silent": 0, "turned away": 0}
        self._fine: set[Trouble] = set()
        self._said: dict[Trouble, tuple[str, str]] = {}

    def silent(self, why: str) -> None:
        """Note that no answer came."""
        self._trouble("silent", f"does not answer ({why})", "start the server, or mend the address")

    def answered(self, case: Case, answer: Answer) -> bool:
        """Note an answer to a case; tell whether it says anything of the case."""
        self._well("silent")
        moved = 300 <= answer.status < 400
        if case.signed != "key":
            return not moved
        if moved:
            where = answer.headers.get("location", "nowhere")
            self._trouble("turned away", f"sends elsewhere ({answer.status} to {where})", "give the address it names")
            return False
        refusal = _refusal(case, answer)
        if refusal is not None:
            self._trouble("turned away", f"{refusal} ({answer.status})", "check the key and its account")
            return False
        self._well("turned away")
        return True

    @property
    def stop(self) -> str | None:
        """Why it is of no use to go on, or None."""
        found = next((kind for kind, count in self._row.items() if count >= _ENOUGH), None)
        return None if found is None else f"{_ENOUGH} times in a row the server {self._said[found][0]}"

    @property
    def unusable(self) -> tuple[str, str] | None:
        """The problem and its remedy where there never was a server that can be judged."""
        return next((said for kind, said in self._said.items() if kind not in self._fine), None)

    def _trouble(self, kind: Trouble, problem: str, remedy: str) -> None:
        self._row[kind] += 1
        self._said[kind] = problem, remedy

    def _well(self, kind: Trouble) -> None:
        self._row[kind] = 0
        self._fine.add(kind)


def _refusal(case: Case, answer: Answer) -> str | None:
    """Return what stands against the account; None where the answer is about the request."""
    if answer.status < 400 or answer.status >= 500:
        return None
    found = meanings_of(case.contract, answer)
    if answer.status == 401 and not found:
        return _REFUSALS["invalid_api_key"]
    return next((said for meaning, said in _REFUSALS.items() if meaning in found), None)
