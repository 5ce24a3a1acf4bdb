"""What workers have in common: two of them are one to whoever looks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import Clock
from mockserver.faults import KINDS, Fault, Faults
from mockserver.http import Reply, Request
from mockserver.journal import Exchange, Journal
from mockserver.shared import Board, Lines, SharedClock, SharedFaults, SharedJournal, SharedWebhooks
from mockserver.webhooks import Notice, Webhooks

REQUEST = Request("POST", "/x", b"", {}, b'{"prompt": "A fox"}', "http://mock.test")
faults = st.builds(
    Fault,
    kind=st.sampled_from(KINDS),
    on=st.sampled_from(["submit", "poll", "any"]),
    probability=st.sampled_from([1, 0.5]),
    after=st.integers(0, 2),
    times=st.none() | st.integers(1, 3),
)
steps = st.lists(st.tuples(st.booleans(), st.sampled_from(["submit", "poll", "clear"]) | faults), max_size=30)


@given(steps, st.integers(0, 9))
def test_two_workers_choose_faults_as_one_does(steps, seed):
    with tempfile.TemporaryDirectory() as folder:
        alone = Faults(seed)
        workers = [SharedFaults(Board(Path(folder)), seed) for _ in range(2)]
        for second, step in steps:
            for one in (alone, workers[second]):
                if isinstance(step, Fault):
                    one.load([step])
                elif step == "clear":
                    one.clear()
            if step in ("submit", "poll"):
                assert workers[second].choose(REQUEST, "op", step) == alone.choose(REQUEST, "op", step)
            assert workers[not second].as_json() == alone.as_json()


def test_the_first_faults_are_scripted_once(tmp_path):
    first = [Fault("stuck", times=1)]
    one, other = (SharedFaults(Board(tmp_path), first=first) for _ in range(2))
    assert len(one.scripted) == 1
    assert other.choose(REQUEST, "op", "submit") == first[0]
    assert one.choose(REQUEST, "op", "submit") is None
    assert SharedFaults(Board(tmp_path), first=first).scripted == []


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["advance", "speed"]), st.integers(0, 100)), max_size=20))
def test_two_workers_have_one_clock(moves):
    real = [1000.0]
    with tempfile.TemporaryDirectory() as folder:
        alone = Clock(2, 1000, since=1000, real=lambda: real[0])
        clocks = [SharedClock(Board(Path(folder)), 2, 1000, real=lambda: real[0]) for _ in range(2)]
        for second, what, by in moves:
            real[0] += 1
            for clock in (alone, clocks[second]):
                if what == "advance":
                    clock.advance(by)
                else:
                    clock.speed = by
            assert [clock.now() for clock in clocks] == [alone.now()] * 2
            assert {clock.speed for clock in clocks} == {alone.speed}
        with pytest.raises(ValueError, match="backwards"):
            clocks[0].speed = -1


def exchange(number, body=b"{}"):
    request = Request("POST", "/x", b"a=1", {b"authorization": b"Bearer a-secret-test-key"}, body, "")
    reply = Reply(400, b'{"reason": "X"}')
    return Exchange(float(number), "novita", request, reply, "op", True, "invalid_request", "", "status")


def test_the_journal_of_all_workers_reads_like_one(tmp_path):
    alone, told = Journal(limit=150), []
    one, other = (SharedJournal(Board(tmp_path), limit=150, log=told.append) for _ in range(2))
    for number in range(500):
        for journal in (alone, (one, other)[number % 2]):
            journal.add(exchange(number))
    expected = [kept.as_json(number) for number, kept in alone.numbered(400)]
    assert [kept.as_json(number) for number, kept in one.numbered(400)] == expected
    assert [kept.as_json(number) for number, kept in other.numbered(400)] == expected
    assert (len(other), other.last.status, other.last.json) == (150, 400, {})
    assert "a-secret-test-key" not in str(expected)
    assert len(told) == 500


def test_a_file_of_lines_that_has_become_large_is_begun_anew(tmp_path):
    one, other = (Lines(Board(tmp_path), "lines", 1_000, largest=2_000) for _ in range(2))
    for number in range(1, 501):
        (one, other)[number % 2].append(b"line %d" % number)
        assert (tmp_path / "lines").stat().st_size < 2_100
    for lines in (one, other, Lines(Board(tmp_path), "lines", 1_000)):
        lines.read()
        assert lines.count == 500
        assert list(lines.kept)[-20:] == [(number, b"line %d" % number) for number in range(481, 501)]


def test_listeners_hear_what_others_added_and_that_all_is_forgotten(tmp_path):
    one, other = (SharedJournal(Board(tmp_path)) for _ in range(2))
    heard = []
    one.listeners.append(lambda found: heard.append((one.count, found.at)))
    other.add(exchange(1))
    one.add(exchange(2))
    one.refresh()
    one.refresh()
    assert heard == [(1, 1.0), (2, 2.0)]
    other.clear()
    other.add(exchange(3))
    one.refresh()
    assert heard[2:] == [(1, 3.0)]
    assert one.count == 1


def test_large_bodies_are_not_kept_and_the_folder_stays_small(tmp_path):
    one = SharedJournal(Board(tmp_path))
    one.add(exchange(1, b'{"image": "' + b"x" * 200_000 + b'"}'))
    assert one.last.as_json()["request"] == "200,013 bytes"
    assert one.last.request.body == b""


def test_attempts_are_seen_by_all_and_a_reset_is_for_all(tmp_path):
    one, other = (SharedWebhooks(Board(tmp_path), anywhere=True) for _ in range(2))
    alone = Webhooks(anywhere=True)
    for hooks in (alone, one):
        hooks.plan(Notice(1, "http://a.test/", "novita", "id", ""))
        (notice,) = hooks.due(2)
        hooks.answered(notice, {"event_type": "X"}, 2, 500, "no")
    assert list(other.sent) == list(alone.sent)
    assert one.pending
    other.clear()
    assert one.due(100) == []
    assert (len(one.sent), one.pending) == (0, False)
