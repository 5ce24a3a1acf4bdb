"""One suite for every store."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from math import ceil, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.stores import MemoryStore, open_store
from mockserver.stores.sqlite import SqliteStore
from mockserver.tasks import Task
from specs.errors import ReelspecError


def task(number=0, body=b"{}", **changes):
    plain = Task(f"{number:08d}", "std", 1000.5, 1010.25, inf, "stuck", 7, True, False, "Ünlucky", body)
    return plain._replace(**changes)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    pytest.importorskip("redis", reason="the Redis client is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    directory = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)  # noqa: S603, S607
    try:
        for _ in range(200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request, tmp_path):
    place = {"memory": "memory", "sqlite": str(tmp_path / "store" / "mock.sqlite3")}.get(request.param)
    opened = open_store(place or request.getfixturevalue("redis_url"))
    opened.reset()
    yield opened
    opened.close()


def test_a_task_comes_back_as_it_was_added(store):
    given = task(body=b'{"prompt": "\xc3\xbc"}')
    assert store.add("novita", given)
    assert store.get("novita", given.id) == given
    assert store.get("other", given.id) is None
    assert store.get("novita", "x") is None


def test_an_id_is_taken_once(store):
    assert store.add("novita", task(body=b"first"))
    assert not store.add("novita", task(body=b"second"))
    assert store.add("other", task(body=b"third"))
    assert store.get("novita", task().id).body == b"first"


def test_the_newest_first(store):
    for number in range(5):
        store.add("novita", task(number))
    store.add("other", task(9))
    assert [found.id[-1] for found in store.tasks("novita", 3)] == ["4", "3", "2"]
    assert [task_id[-1] for task_id in store.newest("novita", 3)] == ["4", "3", "2"]
    assert store.tasks("novita", 0) == store.newest("novita", 0) == []


def test_requests_are_counted_in_windows(store):
    assert [store.take("key", 2, now) for now in (100.0, 130.0)] == [0, 0]
    assert store.take("key", 2, 150.0) == pytest.approx(10)
    assert store.take("another", 2, 150.0) == 0
    assert store.take("key", 2, 160.0) == 0


def test_a_window_that_was_begun_by_a_clock_that_was_ahead_is_void(store):
    assert store.take("key", 1, 90_000.0) == 0
    assert store.take("key", 1, 100.0) == 0
    assert store.take("key", 1, 99.0) == pytest.approx(61)  # another host's clock may be a little behind
    assert store.take("key", 1, 101.0) == pytest.approx(59)


@given(st.floats(1e9, 2e9), st.floats(0, 59.9), st.sampled_from([1.0, 7.0, 60.0, 3_600.0]))
def test_who_waits_as_long_as_told_is_taken(begun, after, speed):
    memory = MemoryStore()
    memory.take("key", 1, begun)
    now = begun + after
    left = memory.take("key", 1, now)
    assert memory.take("key", 1, now + ceil(left / speed) * speed) == 0


def test_running_tasks_are_known_until_they_end(store):
    for until in (30.5, 10.0, inf, 20.0, 10.0):
        store.runs("key", until)
    assert store.running("key", 5.0) == [10.0, 10.0, 20.0, 30.5, inf]
    assert store.running("key", 10.0) == [20.0, 30.5, inf]
    assert store.running("another", 0) == []


def test_reset_forgets_everything(store):
    store.add("novita", task())
    store.take("key", 1, 1.0)
    store.runs("key", 50.0)
    store.reset()
    assert store.get("novita", task().id) is None
    assert store.tasks("novita", 9) == []
    assert store.take("key", 1, 1.0) == 0
    assert store.running("key", 0) == []


def test_memory_is_bounded():
    store = MemoryStore(tasks_kept=3)
    for number in range(5):
        store.add("novita", task(number))
    assert [found.id[-1] for found in store.tasks("novita", 9)] == ["4", "3", "2"]
    store = MemoryStore(bytes_kept=10_000)
    for number in range(5):
        store.add("novita", task(number, body=b"x" * 4_000))
    assert len(store.tasks("novita", 9)) == 2


def test_a_file_is_bounded_for_each_provider(tmp_path):
    store = SqliteStore(tmp_path / "mock.sqlite3", tasks_kept=10, grouped=True)
    for number in range(2_000):
        store.add("novita" if number % 2 else "other", task(number))
    assert len(store.newest("novita", 5_000)) == len(store.newest("other", 5_000)) == 10


def test_a_killed_process_loses_no_task(tmp_path):
    path = tmp_path / "mock.sqlite3"
    program = textwrap.dedent(f"""
        from pathlib import Path
        from mockserver.stores.sqlite import SqliteStore
        from mockserver.tasks import Task
        store, number = SqliteStore(Path({str(path)!r})), 0
        while True:
            store.add("novita", Task(f"{{number:08d}}", "std", 1.0, 2.0, 3.0, "failed", 5, False, False, "", b"{{}}"))
            print(number, flush=True)
            number += 1
    """)
    accepted = -1
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        for line in process.stdout:
            accepted = int(line)
            if accepted == 200:
                process.kill()
                accepted = int((process.stdout.read().splitlines() or [accepted])[-1])
    kept = {found.id for found in SqliteStore(path).tasks("novita", 100_000)}
    assert {f"{number:08d}" for number in range(accepted + 1)} <= kept


def test_a_group_is_kept_by_a_commit_and_seen_by_others_only_then(tmp_path):
    path = tmp_path / "mock.sqlite3"
    store, other = SqliteStore(path, grouped=True, fsync=True), SqliteStore(path)
    assert store.add("novita", task(1))
    assert store.add("novita", task(2))
    assert not store.add("novita", task(2))
    assert store.take("key", 1, 1.0) == 0
    store.runs("key", 50.0)
    assert store.pending
    assert store.get("novita", task(2).id) == task(2)
    assert other.tasks("novita", 9) == []
    store.commit()
    assert not store.pending
    assert other.tasks("novita", 9) == [task(2), task(1)]
    assert other.running("key", 1.0) == [50.0]
    store.add("novita", task(3))
    store.close()
    assert other.get("novita", task(3).id) == task(3)
    other.close()


def test_a_group_of_which_something_is_lost_is_lost(tmp_path):
    store = SqliteStore(tmp_path / "mock.sqlite3", grouped=True)
    store.add("novita", task(1))
    store.commit()
    store._db.execute("PRAGMA max_page_count = 20")  # a disk that is soon full
    store.add("novita", task(2))
    with pytest.raises(OSError, match="full"):
        store.add("novita", task(3, b"x" * 100_000))
    assert store.pending
    store.add("novita", task(4))
    with pytest.raises(OSError, match="lost"):
        store.commit()
    assert not store.pending
    assert [found.id[-1] for found in store.tasks("novita", 9)] == ["1"]
    store.add("novita", task(5))
    store.commit()
    assert store.get("novita", task(5).id) == task(5)
    store.close()


@pytest.mark.parametrize("grouped", [True, False])
def test_whatever_fails_is_an_oserror(tmp_path, grouped):
    store = SqliteStore(tmp_path / "mock.sqlite3", grouped=grouped)
    for table in ("tasks", "counts", "ends"):
        store._db.execute(f"DROP TABLE {table}")
    for fails in _everything_asked_of(store):
        with pytest.raises(OSError, match="no such table"):
            fails()
    store._db.close()


def test_whatever_fails_in_redis_is_an_oserror(redis_url):
    store = open_store(redis_url)
    store._redis.connection_pool = type(store._redis.connection_pool)(port=1)
    for fails in _everything_asked_of(store):
        with pytest.raises(OSError, match="refused"):
            fails()


def _everything_asked_of(store):
    return [
        lambda: store.add("novita", task()), lambda: store.get("novita", "x"), lambda: store.tasks("novita", 1),
        lambda: store.newest("novita", 1), lambda: store.take("key", 1, 1.0), lambda: store.running("key", 1.0),
        lambda: store.runs("key", 1.0), store.reset,
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["/proc/no/such/file.sqlite3", "redis://127.0.0.1:1/0"])
def test_a_store_that_cannot_be_had(place):
    if place.startswith("redis"):
        pytest.importorskip("redis", reason="the Redis client is not installed")
    with pytest.raises(ReelspecError, match="cannot be used as a store"):
        open_store(place)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("CREATE TABLE tasks (title TEXT)", "the database of something else"),
        ("CREATE TABLE notes (text TEXT); PRAGMA application_id = 7", "the database of something else"),
        ("CREATE TABLE tasks (x); PRAGMA application_id = 0x7265656C; PRAGMA user_version = 9", "another version"),
    ],
)
def test_a_database_of_something_else_is_left_as_it_is(tmp_path, script, problem):
    path = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.executescript(script)
    before = path.read_bytes()
    with pytest.raises(ReelspecError, match=f"cannot be used as a store: .*{problem}"):
        open_store(str(path))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_a_store_that_does_not_say_yet_that_it_is_one_goes_on(tmp_path):
    path = tmp_path / "mock.sqlite3"
    for _ in range(2):
        store = SqliteStore(path)
        store.add("novita", task())
        assert store.get("novita", task().id) == task()
        store.close()
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("PRAGMA user_version").fetchone() == (1,)
            other.executescript("PRAGMA application_id = 0; PRAGMA user_version = 0")


def test_a_file_that_is_no_store(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at as one" * 10)
    with pytest.raises(ReelspecError, match="cannot be used as a store"):
        open_store(str(path))
