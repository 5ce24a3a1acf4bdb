// Webhooks: what was sent to whom, each attempt with what came of it, and a button that sends it again.

import { $, api, clockTime, h, say } from "./dom.js";
import { marked } from "./json.js";
import { Listbox } from "./listbox.js";
import { mock } from "./live.js";

let list = null;
let openTask = null;
let deliveries = new Map();

/** Make the list; `toTask(id)` shows a task. */
export function startWebhooks(toTask) {
  openTask = toTask;
  list = new Listbox($("deliveries"), { make: () => h("div", { class: "request" }), update, choose: showDelivery });
  showWebhooks();
}

/** Show the webhooks, the one that was tried last first. */
export function showWebhooks() {
  deliveries = grouped(mock.webhooks);
  const newest = [...deliveries].sort(([, one], [, other]) => last(other).at - last(one).at);
  const failed = newest.filter(([, attempts]) => !arrived(last(attempts))).length;
  $("webhook-count").textContent = String(failed);
  $("webhook-count").hidden = !failed;
  $("webhook-count").setAttribute("aria-label", `${failed} that did not arrive`);
  $("no-webhooks").hidden = newest.length > 0;
  $("deliveries").parentElement.hidden = !newest.length;
  $("webhook-tally").textContent = newest.length ? `${newest.length - failed} arrived, ${failed} did not` : "";
  list.show(newest);
  if (list.chosen === null && newest.length) list.pick(newest[0][0]);
  else showDelivery(list.chosen);
}

/** Put the attempts about one task at one address together, the oldest first. */
function grouped(attempts) {
  const found = new Map();
  for (const attempt of attempts) {
    const key = `${attempt.task} ${attempt.url}`;
    found.set(key, [...(found.get(key) ?? []), attempt]);
  }
  return found;
}

const last = (attempts) => attempts[attempts.length - 1];
const arrived = (attempt) => attempt.status >= 200 && attempt.status < 300;

function outcome(attempt) {
  if (arrived(attempt)) return "arrived";
  return attempt.attempt ? attempt.error || "refused by the receiver" : attempt.error;
}

const status = (attempt) => h("span", { class: `status s${String(attempt.status)[0]}` }, String(attempt.status || "—"));

function update(row, attempts) {
  const latest = last(attempts);
  row.classList.toggle("refused", !arrived(latest));
  const tries = attempts.length > 1 ? `${attempts.length} attempts: ` : "";
  row.replaceChildren(h("span", { class: "quiet" }, clockTime(latest.at)), status(latest), h("span", { class: "what" }, latest.url),
    h("span", { class: "why" }, arrived(latest) ? "" : tries + outcome(latest)));
}

function showDelivery(key) {
  const attempts = deliveries.get(key);
  const focused = document.activeElement?.dataset?.again;
  $("delivery").replaceChildren(...(attempts ? pane(attempts) : []));
  if (focused !== undefined) $("delivery").querySelector("[data-again]")?.focus();
}

function pane(attempts) {
  const { task, url, event } = last(attempts);
  const again = h("button", { type: "button", class: "main", "data-again": "", onclick: () => sendAgain(task, url) }, "Send again");
  const sent = attempts.some((one) => one.attempt);
  return [
    h("p", { class: "call" }, h("b", {}, "POST"), " ", h("code", {}, url)),
    h("p", {}, "Task ", h("span", { class: "id" }, task),
      mock.tasks.has(task) && [" · ", h("button", { type: "button", class: "link", onclick: () => openTask(task) }, "show it")]),
    h("h3", {}, "Attempts"),
    h("table", { class: "attempts" }, h("thead", {}, h("tr", {}, ["No.", "At", "Status", "What came of it"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, attempts.map((one) => h("tr", {}, h("td", {}, one.attempt ? String(one.attempt) : "—"), h("td", {}, clockTime(one.at)),
        h("td", {}, status(one)), h("td", {}, outcome(one)))))),
    sent ? h("div", { class: "actions" }, again) : null,
    sent ? h("h3", {}, "What was sent") : null,
    sent ? marked(event) : null,
  ].filter((part) => part !== null);
}

async function sendAgain(task, url) {
  try {
    await api("POST", "webhooks", { task, url });
    say("It is sent again.");
  } catch (error) {
    say(error.message, "bad");
  }
}
