// What the mock is, kept up to date by one stream of events; whoever shows something listens.

const EXCHANGES_KEPT = 300;
const TASKS_KEPT = 60;

export const mock = { clock: { now: 0, speed: 0, stepping: false }, tasks: new Map(), exchanges: [], faults: [], webhooks: [] };
const listeners = [];
let read = performance.now();

/** Call `listener(changed)` after each change; `changed` is a set of clock, tasks, exchanges, faults, webhooks. */
export function listen(listener) {
  listeners.push(listener);
}

/** Return the mock's time now. */
export function now() {
  return mock.clock.now + ((performance.now() - read) / 1000) * mock.clock.speed;
}

/** Return the state of a task now, and the share of its running time that is over. */
export function moment(task, at = now()) {
  const end = task.finished ?? Infinity;
  const start = task.started ?? Infinity;
  const share = at <= start ? 0 : Math.min(1, (at - start) / (end - start));
  if (at >= end) return { state: ENDS[task.outcome] ?? "succeeded", share, left: 0 };
  return { state: at >= start ? "running" : "queued", share: end === Infinity ? 0.5 : share, left: end - at };
}

const ENDS = { failed: "failed", canceled: "canceled" };

function take(news) {
  if (news.clock) {
    mock.clock = news.clock;
    read = performance.now();
  }
  for (const task of news.tasks ?? []) mock.tasks.set(task.id, task);
  if (news.tasks) {
    const newest = [...mock.tasks.values()].sort((one, other) => other.created - one.created).slice(0, TASKS_KEPT);
    mock.tasks = new Map(newest.map((task) => [task.id, task]));
  }
  if (news.exchanges) mock.exchanges = [...mock.exchanges, ...news.exchanges].slice(-EXCHANGES_KEPT);
  if (news.faults) mock.faults = news.faults;
  if (news.webhooks) mock.webhooks = news.webhooks;
  const changed = new Set(Object.keys(news));
  for (const listener of listeners) listener(changed);
}

/**
 * Open the stream; `told` hears whether it is open. The browser opens it anew when it breaks. It is closed when the page
 * is left, since a page that is kept for the way back would keep one of the few connections to a server.
 */
export function connect(told) {
  let stream = open(told);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) stream = open(told);
  });
}

function open(told) {
  const stream = new EventSource("/_mock/dashboard/live");
  stream.addEventListener("start", (event) => {
    mock.tasks.clear();
    mock.exchanges = [];
    take(JSON.parse(event.data));
  });
  stream.addEventListener("news", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("open", () => told(true));
  stream.addEventListener("error", () => told(false));
  return stream;
}
