// The journal: requests as a list, and the chosen one with what was wrong with it.

import { contractOf } from "./contracts.js";
import { $, clockTime, h } from "./dom.js";
import { marked } from "./json.js";
import { Listbox } from "./listbox.js";
import { mock } from "./live.js";
import { listed, marks } from "./violations.js";

let list = null;
let openTask = null;

/** Make the list; `toTask(id)` shows a task. */
export function startRequests(toTask) {
  openTask = toTask;
  list = new Listbox($("requests"), { make, update: () => undefined, choose: showExchange });
  for (const input of document.querySelectorAll("input[name=filter]")) input.addEventListener("change", showRequests);
}

/** Show the requests that the filter lets through, the newest first. */
export function showRequests() {
  const filter = document.querySelector("input[name=filter]:checked").value;
  const kept = mock.exchanges.filter((exchange) => passes(exchange, filter));
  $("no-requests").hidden = kept.length > 0;
  $("requests").parentElement.hidden = !kept.length;
  list.show(kept.reverse().map((exchange) => [String(exchange.number), exchange]));
  if (list.chosen === null && kept.length) list.pick(String((kept.find(refused) ?? kept[0]).number));
}

/** Choose a request by its number. */
export function chooseRequest(number) {
  list.pick(String(number));
}

const refused = (exchange) => exchange.verdict !== "accepted";

function passes(exchange, filter) {
  if (filter === "refused") return refused(exchange);
  return filter === "all" || submits(exchange);
}

function submits(exchange) {
  return contractOf(exchange.provider).operations.some((one) => one.id === exchange.operation && one.submits);
}

function make(exchange) {
  const rules = exchange.violations.map((violation) => violation.rule);
  return h("div", { class: refused(exchange) ? "request refused" : "request" },
    h("span", { class: "quiet" }, clockTime(exchange.at)), h("span", { class: `status s${String(exchange.status)[0]}` }, String(exchange.status || "—")),
    h("span", { class: "what" }, h("b", {}, exchange.method), " ", exchange.operation || exchange.path),
    h("span", { class: "why" }, rules.length ? rules.join(", ") : refused(exchange) ? exchange.verdict.replaceAll("_", " ") : "",
      exchange.fault && h("span", { class: "chip fault" }, exchange.fault)));
}

function showExchange(key) {
  const exchange = mock.exchanges.find((one) => String(one.number) === key);
  $("exchange").replaceChildren(...(exchange ? pane(exchange) : []));
}

function pane(exchange) {
  const { pages } = contractOf(exchange.provider);
  const { violations } = exchange;
  const query = exchange.query ? `?${exchange.query}` : "";
  const isTask = exchange.task && mock.tasks.has(exchange.task);
  return [
    h("p", { class: "call" }, h("b", {}, exchange.method), " ", h("code", {}, exchange.path + query)),
    h("p", {}, h("span", { class: `status s${String(exchange.status)[0]}` }, exchange.status ? String(exchange.status) : "no answer"), " ",
      refused(exchange) ? `refused: ${exchange.verdict.replaceAll("_", " ")}` : "accepted",
      exchange.fault && [", because of the fault ", h("code", {}, exchange.fault)],
      isTask && [" · ", h("button", { type: "button", class: "link", onclick: () => openTask(exchange.task) }, "show its task")]),
    violations.length ? [h("h3", {}, violations.length > 1 ? `${violations.length} things are wrong` : "What is wrong"), listed(violations, pages)] : null,
    exchange.request === "" ? null : [h("h3", {}, "Request"), marked(exchange.request, marks(violations))],
    h("details", {}, h("summary", {}, "Request headers"), marked(exchange.headers)),
    exchange.answer === "" ? null : [h("h3", {}, "Answer"), marked(exchange.answer)],
  ].flat().filter((part) => part !== null);
}
