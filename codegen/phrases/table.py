"""All phrases, and for each whether it reads plain sentences or sentences whose mentions are marked."""

from __future__ import annotations

from codegen.phrases import bounds, exclusions, listed, relations, requirements, requirements_zh, stated
from codegen.phrases.phrase import Phrase

KEYWORD_PHRASES: tuple[Phrase, ...] = (*stated.PHRASES, *listed.PHRASES, *bounds.PHRASES)
"""Phrases on plain sentences; they yield keywords of the subject."""

RULE_PHRASES: tuple[Phrase, ...] = (
    *exclusions.PHRASES,
    *requirements.PHRASES,
    *requirements_zh.PHRASES,
    *relations.PHRASES,
)
"""Phrases on marked sentences; they yield rules, and keywords of other fields."""
