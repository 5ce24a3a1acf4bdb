// One task in full: its video or what stands in its place, its shots and its times.

import { $, clockTime, h, length } from "./dom.js";
import { mock, moment, now } from "./live.js";

let shown = { id: null, state: null };
let told = null;

/** Show the task of that id; nothing for null. */
export function showTask(id) {
  const task = mock.tasks.get(id);
  const card = $("task");
  card.hidden = !task;
  if (!task) {
    shown = { id: null, state: null };
    card.replaceChildren();
    return;
  }
  const { state } = moment(task);
  const current = `${state} ${task.video}`;
  if (shown.id === id && shown.state === current) return;
  shown = { id, state: current };
  told = h("p", { class: "quiet" });
  const stage = h("div", { class: "stage" });
  const video = state === "succeeded" && task.video && !hasExpired(task) ? film(task, stage) : null;
  stage.append(video ?? waiting(task, state));
  card.replaceChildren(
    h("div", { class: "head" }, h("h2", {}, "Task ", h("code", { class: "whole" }, task.id)), h("span", { class: `chip state ${state}` }, state)),
    h("div", { class: "detail" }, stage, h("div", {}, told, facts(task), shots(task, video))));
  refreshTask();
}

/** Say how far the chosen task is; called a few times a second. */
export function refreshTask() {
  const task = mock.tasks.get(shown.id);
  if (!task) return;
  const { state, share, left } = moment(task);
  if (!shown.state.startsWith(state)) {
    showTask(task.id);
    return;
  }
  const text = {
    queued: left === Infinity ? "Waits in the queue and never starts." : `Waits in the queue; done in ${length(left)}.`,
    running: left === Infinity ? "Runs and never ends." : `Runs: ${Math.floor(share * 100)} %, done in ${length(left)}.`,
    succeeded: expiry(task),
    failed: `Failed: ${task.reason}`,
    canceled: "Was canceled.",
  }[state];
  if (told.textContent !== text) told.textContent = text;
  const bar = $("task").querySelector("progress");
  if (bar) bar.value = share;
}

function expiry(task) {
  if (task.expires === null) return "Done; the result does not expire.";
  if (hasExpired(task)) return "Done; the result has expired.";
  return `Done; the result is served for another ${length(task.expires - now())}.`;
}

const hasExpired = (task) => task.expires !== null && now() >= task.expires;

function film(task, stage) {
  const video = h("video", { controls: true, preload: "auto", playsinline: true, src: task.video, "aria-label": `Video of task ${task.id}` });
  video.muted = true;
  video.addEventListener("error", () => {
    stage.replaceChildren(h("p", { class: "empty" }, "The result is not served."));
  });
  return video;
}

function waiting(task, state) {
  if (state === "succeeded") return h("p", { class: "empty" }, "The result is no longer served.");
  if (state === "failed" || state === "canceled") return h("p", { class: "empty" }, "There is no video.");
  return h("div", { class: "empty" }, h("p", {}, "The video is shown here when the task is done."),
    h("progress", { max: 1, "aria-label": "Progress" }));
}

function facts(task) {
  const rows = [
    ["Operation", h("code", {}, task.operation)], ["Provider", task.provider], ["Length", `${task.seconds} s`],
    ["Accepted", clockTime(task.created)],
    task.started !== null && ["Starts", clockTime(task.started)],
    task.finished !== null && ["Ends", clockTime(task.finished)],
    task.outcome !== "succeeded" && ["Outcome", h("code", {}, task.outcome)],
  ];
  return h("dl", { class: "facts" }, rows.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function shots(task, video) {
  let start = 0;
  return h("ol", { class: "shots" }, task.shots.map(([prompt, seconds], index) => {
    const from = start;
    start += seconds;
    const words = [h("b", {}, String(index + 1)), h("span", { class: "words" }, prompt || "(no prompt)"), h("span", { class: "quiet" }, `${seconds} s`)];
    const jump = () => {
      video.currentTime = from + 0.05;
    };
    return h("li", {}, video ? h("button", { type: "button", title: "Show this shot", onclick: jump }, words) : h("div", {}, words));
  }));
}
