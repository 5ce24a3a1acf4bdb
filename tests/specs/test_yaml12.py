"""YAML 1.2: what older readers take for booleans and clock times stays text, both ways."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from specs import SpecError, yaml12

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8"))
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3))


@given(values)
def test_what_is_written_is_read_back(value: object) -> None:
    assert yaml12.loads(yaml12.dumps(value)) == value


@given(
    st.dictionaries(st.just("k"), st.sampled_from(["on", "off", "yes", "12:30", "010", "0o7", "1e3", "~", "null", ""]))
)
def test_a_reader_of_yaml_1_1_reads_the_same(value: object) -> None:
    assert yaml.safe_load(yaml12.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("on", "on"), ("yes", "yes"), ("12:30", "12:30"), ("010", 10), ("0o17", 15), ("0x1F", 31), ("1e3", 1000.0),
     ("~", None), ("True", True), ("2026-11-21", "2026-11-21")],
)  # fmt: skip
def test_the_core_schema(text: str, value: object) -> None:
    assert yaml12.loads(text) == value


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2", "a: b: c", "\t- x", "!!python/object:os.system {}"])
def test_what_cannot_be_read_names_the_line(text: str) -> None:
    with pytest.raises(SpecError, match=r"^page:\d+: "):
        yaml12.loads(text, "page")


def test_missing_and_binary_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no such file"):
        yaml12.load(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="UTF-8"):
        yaml12.load(tmp_path / "b.yaml")
