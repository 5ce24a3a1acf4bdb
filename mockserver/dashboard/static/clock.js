// The clock in the header: what it reads, and buttons that move it.

import { $, api, clockTime, length, say } from "./dom.js";
import { mock, moment, now } from "./live.js";

/** Connect the buttons. */
export function startClock() {
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => move({ advance: Number(button.dataset.advance) }));
  }
  $("speed").addEventListener("change", (event) => move({ speed: Number(event.target.value) }));
  $("next").addEventListener("click", () => {
    const wait = nextChange();
    if (wait === null) say("No task is going to change.");
    else move({ advance: wait });
  });
}

async function move(change) {
  try {
    await api("POST", "clock", change);
    if (change.advance) say(`The clock was advanced by ${length(change.advance)}.`);
  } catch (error) {
    say(error.message, "bad");
  }
}

/** Return the seconds until a task changes its state; null where none will. */
function nextChange() {
  const at = now();
  const times = [...mock.tasks.values()].flatMap((task) => [task.started, task.finished]);
  const later = times.filter((time) => time !== null && time > at);
  return later.length ? Math.min(...later) - at + 0.001 : null;
}

/** Show the time; called a few times a second. */
export function showTime() {
  const at = now();
  $("now").textContent = clockTime(at);
  $("now").dateTime = new Date(at * 1000).toISOString();
}

/** Show the speed. */
export function showPace() {
  const { speed, stepping } = mock.clock;
  const select = $("speed");
  if (![...select.options].some((option) => Number(option.value) === speed)) {
    select.add(new Option(`${speed} ×`, String(speed)));
  }
  select.value = String(speed);
  $("pace").textContent = stepping ? "polls move it from change to change" : `UTC, ${new Date(now() * 1000).toISOString().slice(0, 10)}`;
}

/** Show how many tasks are in which state. */
export function tally() {
  const counts = {};
  for (const task of mock.tasks.values()) {
    const { state } = moment(task);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return Object.entries(counts).map(([state, count]) => `${count} ${state}`).join(", ");
}
