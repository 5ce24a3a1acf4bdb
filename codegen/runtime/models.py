"""The bases of the generated models: requests are closed and strict, answers are open."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(validate_by_alias=True, validate_by_name=True)


class RequestModel(_Model):
    """A part of a request: no unknown member, no conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class AnswerModel(_Model):
    """A part of an answer: unknown members are kept, every member may be missing."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True, protected_namespaces=())
