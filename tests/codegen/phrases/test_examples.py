from __future__ import annotations

import pytest

from codegen.facts import MISSING
from codegen.phrases import read
from codegen.phrases.mentions import Marked
from codegen.phrases.phrase import EXAMPLE_SCOPE, Example, Phrase
from codegen.phrases.scope import Index
from codegen.phrases.statement import Constraint, Statement
from codegen.phrases.table import KEYWORD_PHRASES, RULE_PHRASES
from codegen.phrases.text import clean, sentences

PHRASES = (*KEYWORD_PHRASES, *RULE_PHRASES)
CASES = [pytest.param(p, e, id=f"{p.id}-{n}") for p in PHRASES for n, e in enumerate(p.examples)]


@pytest.mark.parametrize(("phrase", "example"), CASES)
def test_a_phrase_yields_what_its_examples_say(phrase: Phrase, example: Example) -> None:
    assert _matches(phrase, example)
    before = [Statement(example.after[1], 1, example.after[0])] if example.after else []
    reading = read([*before, Statement(example.text, 7, example.subject)], EXAMPLE_SCOPE)
    found = {c.pointer: c for c in reading.constraints if c.line == 7}
    nothing = Constraint("body", "", {}, 7)
    own = found.get(example.subject or "", nothing)
    assert dict(own.schema) == dict(example.schema)
    assert own.default == example.default
    assert [r.as_json() for r in reading.rules] == [
        {
            "kind": r.kind,
            "fields": list(r.fields),
            **({"when": dict(r.when)} if r.when else {}),
            **({"op": r.op} if r.op else {}),
            **({"total": r.total} if r.total else {}),
            **({"schema": dict(r.schema)} if r.schema else {}),
            "line": 7,
        }
        for r in example.rules
    ]


def _matches(phrase: Phrase, example: Example) -> bool:
    """Whether the phrase itself takes part; a counter-example may fail to match at all."""
    index = Index(EXAMPLE_SCOPE.fields)
    subject = index.get("body", example.subject)
    texts = [s.text for s in sentences(clean(example.text), 1)]
    texts += [Marked(text, subject, index).text for text in texts]
    silent = not example.schema and not example.rules and example.default is MISSING
    return silent or "\n" in example.text or any(phrase.pattern.search(text) for text in texts)


def test_every_phrase_has_an_id_of_its_own_and_an_example() -> None:
    ids = [p.id for p in PHRASES]
    assert len(ids) == len(set(ids))
    assert [p.id for p in PHRASES if not p.examples] == []


@pytest.mark.parametrize(("phrase", "example"), CASES)
def test_the_hints_let_every_example_through(phrase: Phrase, example: Example) -> None:
    assert any(hint in example.text.lower() for hint in phrase.hints)
