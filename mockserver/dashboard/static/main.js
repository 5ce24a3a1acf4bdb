// The dashboard: views, the stream, and what is shown anew when something changes.

import { showPace, showTime, startClock, tally } from "./clock.js";
import { loadContracts, served } from "./contracts.js";
import { $, api, say } from "./dom.js";
import { showFaults, startFaults } from "./faults.js";
import { connect, listen } from "./live.js";
import { chooseRequest, showRequests, startRequests } from "./requests.js";
import { refreshTask, showTask } from "./task.js";
import { chooseTask, place, showTasks, startTimeline } from "./timeline.js";
import { startTry } from "./try.js";
import { showWebhooks, startWebhooks } from "./webhooks.js";

const FRAME = 250;
const tabs = [...document.querySelectorAll("[role=tab]")];
let chosen = null;

function show(name, focus = false) {
  const tab = tabs.find((one) => one.id === `tab-${name}`) ?? tabs[0];
  for (const one of tabs) {
    const isShown = one === tab;
    one.setAttribute("aria-selected", String(isShown));
    one.tabIndex = isShown ? 0 : -1;
    $(one.getAttribute("aria-controls")).hidden = !isShown;
  }
  if (focus) tab.focus();
}

function startTabs() {
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      location.hash = tab.getAttribute("aria-controls");
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      location.hash = next.getAttribute("aria-controls");
      next.focus();
    });
  }
  addEventListener("hashchange", () => show(location.hash.slice(1)));
  show(location.hash.slice(1));
}

function startReset() {
  const dialog = $("confirm");
  $("reset").addEventListener("click", () => dialog.showModal());
  $("keep").addEventListener("click", () => dialog.close());
  $("forget").addEventListener("click", async () => {
    dialog.close();
    try {
      await api("POST", "reset", {});
      say("The mock was reset.");
    } catch (error) {
      say(error.message, "bad");
    }
  });
}

function openTask(id) {
  location.hash = "activity";
  show("activity");
  chooseTask(id);
  $("task").scrollIntoView({ block: "nearest" });
}

function openRequest(number) {
  location.hash = "activity";
  show("activity");
  chooseRequest(number);
  $("exchange").scrollIntoView({ block: "nearest" });
}

function choose(id) {
  chosen = id;
  showTask(id);
}

function changed(what) {
  if (what.has("clock")) showPace();
  if (what.has("tasks")) {
    showTasks();
    if (chosen !== null) showTask(chosen);
  }
  if (what.has("exchanges")) showRequests();
  if (what.has("faults")) showFaults();
  if (what.has("webhooks")) showWebhooks();
  tick();
}

function tick() {
  if (document.hidden) return;
  showTime();
  place();
  refreshTask();
  const text = tally();
  if ($("tally").textContent !== text) $("tally").textContent = text;
}

function connected(isOpen) {
  $("connection").textContent = isOpen ? "live" : "reconnecting…";
  $("connection").classList.toggle("lost", !isOpen);
}

async function start() {
  await loadContracts();
  $("providers").textContent = served.contracts.map((contract) => contract.title).join(" · ");
  startTabs();
  startClock();
  startReset();
  startTimeline(choose);
  startRequests(openTask);
  startTry({ openTask, openRequest });
  startFaults();
  startWebhooks(openTask);
  listen(changed);
  connect(connected);
  setInterval(tick, FRAME);
}

start().catch((error) => say(`The dashboard could not start: ${error.message}`, "bad"));
