// Tasks on a timeline: the queue, then the shots as segments, filled up to the present.

import { axis } from "./axis.js";
import { $, clockTime, h, length } from "./dom.js";
import { Listbox } from "./listbox.js";
import { mock, moment, now } from "./live.js";

const APART = 0.11;
let list = null;
let marks = null;
let line = null;

/** Make the timeline; `choose(id)` hears which task was chosen. */
export function startTimeline(choose) {
  marks = h("div", { class: "axis", "aria-hidden": "true" });
  line = h("div", { class: "now", "aria-hidden": "true" });
  const box = h("div", { id: "tasks", class: "tasks", role: "listbox", tabindex: 0, "aria-label": "Tasks, the newest first" });
  $("timeline").append(marks, h("div", { class: "frame", "aria-hidden": "true" }, line), box);
  list = new Listbox(box, { make, update, choose });
}

/** Show the tasks there are. */
export function showTasks() {
  const tasks = [...mock.tasks.values()];
  $("timeline").hidden = !tasks.length;
  $("no-tasks").hidden = tasks.length > 0;
  list.show(tasks.map((task) => [task.id, task]));
  place();
}

/** Choose a task. */
export function chooseTask(id) {
  list.pick(id);
}

/** Put everything where it belongs at this time; called a few times a second. */
export function place() {
  const at = now();
  const tasks = [...mock.tasks.values()];
  if (!tasks.length) return;
  const shown = axis(tasks.map((task) => [task.created, task.finished ?? Math.max(at, task.started ?? at)]), at);
  for (const task of tasks) put(list.rows.get(task.id), task, shown, at);
  line.style.setProperty("left", `${shown.at(at) * 100}%`);
  let free = -1;
  const labels = shown.starts.filter(({ place: x }) => x - free >= APART && x < 1 - APART && ((free = x), true));
  marks.replaceChildren(
    ...labels.map(({ time, place: x }) => at_(x, h("span", { class: "tick" }, clockTime(time)))),
    ...shown.gaps.map(({ place: x, length: left }) => at_(x, h("span", { class: "gap", title: `${length(left)} left out` }))));
}

function at_(x, element) {
  element.style.setProperty("left", `${x * 100}%`);
  return element;
}

function make(task) {
  const total = task.shots.reduce((sum, [, seconds]) => sum + seconds, 0) || 1;
  const segments = task.shots.map(([prompt, seconds], index) => {
    const segment = h("span", { class: "shot", title: `Shot ${index + 1}, ${seconds} s: ${prompt}` },
      h("span", { class: "fill" }), h("b", {}, task.shots.length > 1 ? String(index + 1) : ""), h("span", { class: "words" }, prompt));
    segment.style.setProperty("width", `${(seconds / total) * 100}%`);
    return segment;
  });
  return h("div", { class: "task" },
    h("div", { class: "who" }, h("span", { class: "chip state" }), h("span", { class: "id", title: task.id }, short(task.id)),
      h("span", { class: "eta quiet" })),
    h("div", { class: "track" }, h("span", { class: "wait", title: "in the queue" }), h("span", { class: "run" }, segments)));
}

/** Return an id that fits in a row: what tells it from others is its end. */
function short(id) {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}

function update(row, task) {
  row.dataset.outcome = task.outcome;
}

function put(row, task, shown, at) {
  const { state, share, left } = moment(task, at);
  if (row.dataset.state !== state) {
    row.dataset.state = state;
    row.querySelector(".state").textContent = state;
    row.setAttribute("aria-label", `${state}: task ${task.id}, ${task.seconds} s, ${task.shots.length} shots`);
  }
  row.querySelector(".eta").textContent =
    left === Infinity ? "never ends" : left > 0 ? length(left) : `${task.seconds} s video`;
  const begin = shown.at(task.created);
  const start = shown.at(Math.min(task.started ?? Infinity, Math.max(at, task.created)));
  const end = shown.at(task.finished ?? at);
  span(row.querySelector(".wait"), begin, start);
  const run = row.querySelector(".run");
  span(run, start, Math.max(start, end));
  run.hidden = task.started === null;
  const total = task.shots.reduce((sum, [, seconds]) => sum + seconds, 0) || 1;
  let before = 0;
  for (const [index, segment] of [...run.children].entries()) {
    const part = task.shots[index][1] / total;
    const filled = Math.min(1, Math.max(0, (share - before) / part));
    segment.firstElementChild.style.setProperty("width", `${filled * 100}%`);
    before += part;
  }
}

function span(element, from, to) {
  element.style.setProperty("left", `${from * 100}%`);
  element.style.setProperty("width", `${Math.max(0, to - from) * 100}%`);
}
