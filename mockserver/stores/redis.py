"""A store in Redis, for workers on several hosts; needs the extra `reelspec[redis]`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from mockserver.stores.codec import decode, encode
from mockserver.stores.store import SKEW
from mockserver.tasks import Task
from specs.errors import ReelspecError

_HOME: Final = "reelspec:mock:"
_PATIENCE: Final = 1.0
"""Seconds that Redis may take to answer; nothing else is served meanwhile."""

# Kept, or not, in one step: a worker that dies in between leaves no half of a task.
_ADD: Final = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
local surplus = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[4])
if surplus > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[3], 0, surplus - 1)) do
    redis.call('HDEL', KEYS[1], id) redis.call('HDEL', KEYS[2], id) redis.call('ZREM', KEYS[3], id)
  end
end
return 1
"""
# A window begins anew as `begins_anew` says.
_TAKE: Final = f"""
local now, window = tonumber(ARGV[2]), tonumber(ARGV[3])
local begun = tonumber(redis.call('HGET', KEYS[1], 'begun') or ARGV[2])
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
if now > begun + window - 0.001 or now < begun - {SKEW} then begun = now count = 0 end
if count >= tonumber(ARGV[1]) then return string.format('%.6f', begun + window - now) end
redis.call('HSET', KEYS[1], 'begun', string.format('%.6f', begun), 'count', count + 1)
return '0'
"""
_RUNNING: Final = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
"""


class RedisStore:
    """Keeps tasks in the Redis at `url`, the newest `tasks_kept` of each provider. Raises ReelspecError without one."""

    pending = False

    def __init__(self, url: str, tasks_kept: int = 1_000_000) -> None:
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise ReelspecError(url, "the Redis client is not installed", "pip install 'reelspec[redis]'") from None
        self._tasks_kept, self._failure = tasks_kept, redis.RedisError
        try:
            # Once again at once, for connections that a restart of Redis has ended.
            self._redis: Any = redis.Redis.from_url(
                url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE,
                retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),
            )  # fmt: skip
            self._redis.ping()
        except (redis.RedisError, ValueError) as error:
            raise ReelspecError(url, f"cannot be used as a store: {error}", "start Redis, or mend the URL") from None
        self._add, self._take, self._running = map(self._redis.register_script, (_ADD, _TAKE, _RUNNING))

    def add(self, provider: str, task: Task) -> bool:
        """Keep a task; False where its id is taken."""
        arguments: list[str | bytes | int] = [task.id, encode(task), task.body, self._tasks_kept]
        with self._asking():
            return bool(self._add(keys=_keys(provider), args=arguments))

    def commit(self) -> None:
        """Nothing waits: Redis has what was added."""

    def get(self, provider: str, task_id: str) -> Task | None:
        """Return the task, or None where it is not kept (any more)."""
        data, bodies, _ = _keys(provider)
        with self._asking(), self._redis.pipeline(transaction=False) as asked:
            found, body = asked.hget(data, task_id).hget(bodies, task_id).execute()
        return decode(task_id, found, body or b"") if found is not None else None

    def tasks(self, provider: str, limit: int) -> list[Task]:
        """Return the tasks added last, the newest first."""
        found = [self.get(provider, task_id) for task_id in self.newest(provider, limit)]
        return [task for task in found if task is not None]

    def newest(self, provider: str, limit: int) -> list[str]:
        """Return the ids of the tasks added last, the newest first."""
        with self._asking():
            found = self._redis.zrevrange(_keys(provider)[2], 0, limit - 1) if limit > 0 else []
        return [name.decode() for name in found]

    def take(self, key: str, limit: int, now: float, window: float = 60) -> float:
        """Count a request of that key; return 0, or the seconds to wait where `limit` a window is reached."""
        with self._asking():
            return float(self._take(keys=[f"{_HOME}count:{key}"], args=[limit, repr(now), repr(window)]))

    def running(self, key: str, now: float) -> list[float]:
        """Return when the tasks of that key end that have not ended yet, in rising order."""
        with self._asking():
            found = self._running(keys=[f"{_HOME}ends:{key}"], args=[repr(now)])
        return [float(score) for score in found[1::2]]

    def runs(self, key: str, until: float) -> None:
        """Note that a task of that key ends then."""
        with self._asking():
            serial = self._redis.incr(f"{_HOME}serial")
            self._redis.zadd(f"{_HOME}ends:{key}", {str(serial): until})

    def reset(self) -> None:
        """Forget everything of ours."""
        with self._asking():
            for name in self._redis.scan_iter(match=f"{_HOME}*", count=1_000):
                self._redis.delete(name)

    def close(self) -> None:
        """Let go of the connections."""
        self._redis.close()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Raise OSError where Redis cannot be asked."""
        try:
            yield
        except self._failure as error:
            raise OSError(f"Redis: {error}") from error


def _keys(provider: str) -> list[str]:
    return [f"{_HOME}{kind}:{provider}" for kind in ("tasks", "bodies", "order")]
