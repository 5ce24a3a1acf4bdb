from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from mockserver.ids import OUTCOMES, Mint, Ticket

tickets = st.builds(
    Ticket,
    created=st.integers(0, 2**48 - 1),
    operation=st.integers(0, 63),
    seconds=st.integers(0, 63),
    high_resolution=st.booleans(),
    sound=st.booleans(),
    outcome=st.sampled_from(OUTCOMES),
    serial=st.integers(0, 2**16 - 1),
)


@given(tickets, st.binary(max_size=100))
def test_an_id_says_what_was_written(ticket, key):
    assert Mint(key).read(Mint(key).write(*ticket)) == ticket


@given(tickets)
def test_an_id_is_a_uuid_of_version_7(ticket):
    found = uuid.UUID(Mint(b"key").write(*ticket))
    assert found.version == 7
    assert found.variant == uuid.RFC_4122
    assert str(found) == Mint(b"key").write(*ticket)


@given(tickets, st.integers(0, 35), st.sampled_from("0123456789abcdef-Ax_٣ "))
def test_a_changed_id_is_nobodys(ticket, place, character):
    text = Mint(b"key").write(*ticket)
    changed = text[:place] + character + text[place + 1 :]
    assert Mint(b"key").read(changed) is None or changed == text
    assert Mint(b"other key").read(text) is None


@given(st.text(max_size=40) | st.uuids().map(str))
def test_foreign_ids_are_nobodys(text):
    assert Mint(b"key").read(text) is None
