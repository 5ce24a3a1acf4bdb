// A form to try a request of each operation, with its limits and rules, checked while it is filled in.

import { served } from "./contracts.js";
import { $, api, code, h, say } from "./dom.js";
import { markFields, members } from "./form.js";
import { marked } from "./json.js";
import { listen, mock } from "./live.js";
import { listed, source } from "./violations.js";

const PAUSE = 300;
const TAG = "x-dashboard-request";
let links = null;
let contract = null;
let operation = null;
let body = {};
let timer = 0;
let parts = {};
let sent = 0;

/** Make the view; `to` has `openTask(id)` and `openRequest(number)`. */
export function startTry(to) {
  links = to;
  const operations = served.contracts.map((one) => h("optgroup", { label: one.title }, one.operations.map((found) =>
    h("option", { value: `${one.provider} ${found.id}` }, `${found.method} ${found.summary || found.id}`))));
  const choose = h("select", { id: "operation", onchange: () => open(...choose.value.split(" ")) }, operations);
  parts = { form: h("form", { class: "fields", novalidate: true, onsubmit: send }), side: h("div", { class: "side" }) };
  $("try").append(
    h("div", { class: "card head" }, h("label", { class: "inline" }, "Operation", choose), h("p", { id: "operation-path", class: "quiet" })),
    h("div", { class: "columns" }, h("div", { class: "card" }, parts.form), parts.side));
  open(...choose.value.split(" "));
  listen((changed) => {
    if (changed.has("exchanges")) follow();
  });
}

function open(provider, id) {
  contract = served.contracts.find((one) => one.provider === provider);
  operation = contract.operations.find((one) => one.id === id);
  body = structuredClone(operation.examples[0]?.body ?? {});
  $("operation-path").replaceChildren(h("code", {}, `${operation.method} ${contract.prefix}${operation.path}`), " ", source(operation.source, contract.pages));
  parts.json = h("textarea", { id: "json", rows: 14, spellcheck: "false", oninput: fromText });
  parts.verdict = h("div", { class: "verdict", "aria-live": "polite" });
  parts.answer = h("div", { class: "card", "aria-live": "polite", hidden: true });
  parts.values = Object.fromEntries(operation.parameters.map((node) => [node.name, newestTask(node)]));
  parts.side.replaceChildren(...[
    operation.method === "GET" ? null : h("div", { class: "card" },
      h("div", { class: "head" }, h("label", { for: "json" }, h("h2", {}, "Body")),
        h("div", { class: "group" }, operation.examples.map((one) => h("button", { type: "button", onclick: () => fill(one.body) }, one.name)))),
      parts.json, parts.verdict),
    operation.rules.length ? h("div", { class: "card" }, h("h2", {}, "Rules"), h("ul", { class: "rules" }, operation.rules.map(rule))) : null,
    parts.answer,
  ].filter(Boolean));
  draw();
}

/** Return the id of the newest task for a parameter that takes one. */
function newestTask(node) {
  const task = [...mock.tasks.values()].find((one) => one.provider === contract.provider);
  return /id$/.test(node.name) ? (task?.id ?? "") : "";
}

function rule(one) {
  return h("li", {}, h("p", {}, code(one.message),
    one.status !== "stated" && h("span", { class: "chip" }, one.status), one.severity === "warning" && h("span", { class: "chip warning" }, "warning")),
    h("p", { class: "hint" }, h("code", {}, one.id), " ", source(one.source, contract.pages), one.decision && ` Decided: ${one.decision}.`),
    one.broken && h("button", { type: "button", class: "small", "aria-label": `Break the rule ${one.id}`, onclick: () => fill(one.broken) }, "Break it"));
}

function fill(example) {
  body = structuredClone(example);
  draw();
  parts.json.scrollIntoView({ block: "nearest" });
}

function draw() {
  const asked = operation.parameters.length ? [h("h2", {}, "Parameters"), members(operation.parameters, parts.values, () => undefined)] : [];
  const fields = operation.body.length ? [h("h2", {}, "Fields"), h("div", { id: "fields" }, members(operation.body, body, changed))] : [];
  parts.form.replaceChildren(...[asked, fields, signing(), h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, "Send"),
    h("button", { type: "button", onclick: copyCurl }, "Copy as curl"))].flat(2));
  toText();
  check();
}

function signing() {
  const kinds = served.faults.groups.flatMap((group) => group.kinds.map((one) => h("option", {}, one.kind)));
  parts.key ??= h("input", { id: "key", type: "text", value: "a-test-key", autocomplete: "off", spellcheck: "false" });
  parts.fault ??= h("input", { id: "with-fault", type: "text", list: "fault-kinds", placeholder: "none", autocomplete: "off", spellcheck: "false" });
  return h("details", {}, h("summary", {}, "API key and fault"),
    h("div", { class: "field" }, h("label", { for: "key" }, "API key"), parts.key,
      h("p", { class: "hint" }, `Sent as ${contract.key.header}: ${contract.key.prefix}KEY; empty for none.`)),
    h("div", { class: "field" }, h("label", { for: "with-fault" }, "Fault for this request"), parts.fault, h("datalist", { id: "fault-kinds" }, kinds),
      h("p", { class: "hint" }, "Sent as X-Mock-Fault: a kind such as fail, or kind=value such as status=503.")));
}

function changed() {
  toText();
  check();
}

function toText() {
  parts.json.value = JSON.stringify(body, null, 2);
}

function fromText() {
  try {
    const found = JSON.parse(parts.json.value);
    if (found !== null && typeof found === "object" && !Array.isArray(found)) {
      body = found;
      $("fields")?.replaceChildren(...members(operation.body, body, changed));
    }
    check();
  } catch (error) {
    clearTimeout(timer);
    parts.verdict.replaceChildren(h("p", { class: "bad" }, `This is no JSON: ${error.message}`));
  }
}

function check() {
  clearTimeout(timer);
  if (operation.method !== "GET") timer = setTimeout(checkNow, PAUSE);
}

async function checkNow() {
  const asked = operation;
  let given = body;
  try {
    given = JSON.parse(parts.json.value);
    const { violations } = await api("POST", "dashboard/check", { provider: contract.provider, operation: operation.id, body: given });
    if (asked !== operation) return;
    markFields($("fields"), violations);
    parts.verdict.replaceChildren(violations.length
      ? listed(violations, contract.pages)
      : h("p", { class: "good" }, "Nothing is wrong with this body."));
  } catch (error) {
    parts.verdict.replaceChildren(h("p", { class: "bad" }, error.message));
  }
}

function call() {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const node of operation.parameters) {
    const given = parts.values[node.name];
    if (node.in === "path") path = path.replace(`{${node.name}}`, encodeURIComponent(given ?? ""));
    else if (given !== undefined && given !== "") query.set(node.name, given);
  }
  const headers = {};
  if (parts.key.value) headers[contract.key.header] = contract.key.prefix + parts.key.value;
  if (parts.fault.value) headers["X-Mock-Fault"] = parts.fault.value;
  const isRead = operation.method === "GET";
  if (!isRead) headers["Content-Type"] = "application/json";
  const asked = query.size ? `?${query}` : "";
  return [contract.prefix + path + asked, { method: operation.method, headers, ...(isRead ? {} : { body: parts.json.value }) }];
}

async function send(event) {
  event.preventDefault();
  const [path, options] = call();
  const tag = `${Date.now()}-${(sent += 1)}`;
  options.headers[TAG] = tag;
  parts.answer.hidden = false;
  parts.answer.dataset.tag = tag;
  parts.answer.replaceChildren(h("h2", {}, "Answer"), h("p", { class: "quiet" }, "waiting…"));
  try {
    const answer = await fetch(path, options);
    const text = await answer.text();
    told(answer.status, text);
  } catch (error) {
    parts.answer.replaceChildren(h("h2", {}, "Answer"), h("p", { class: "bad" }, `There was none: ${error.message}`));
  }
  follow();
}

function told(status, text) {
  let shown = h("pre", { class: "json" }, text);
  try {
    shown = marked(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  parts.answer.replaceChildren(h("div", { class: "head" }, h("h2", {}, "Answer"), h("span", { class: `status s${String(status)[0]}` }, String(status))),
    shown, h("div", { class: "actions" }));
  parts.answer.scrollIntoView({ block: "nearest" });
}

/** Add the ways to the request's entry in the journal and to its task, when the stream has told of it. */
function follow() {
  const { tag } = parts.answer.dataset;
  const row = parts.answer.querySelector(".actions");
  const exchange = tag && mock.exchanges.find((one) => one.headers[TAG] === tag);
  if (!row || !exchange) return;
  row.replaceChildren(h("button", { type: "button", onclick: () => links.openRequest(exchange.number) }, "Show in the journal"),
    ...(exchange.task ? [h("button", { type: "button", onclick: () => links.openTask(exchange.task) }, "Show the task")] : []));
}

async function copyCurl() {
  const [path, { method, headers, body: text }] = call();
  const quoted = (part) => `'${part.replaceAll("'", "'\\''")}'`;
  const words = ["curl", "-X", method, ...Object.entries(headers).flatMap(([name, value]) => ["-H", quoted(`${name}: ${value}`)]),
    ...(text ? ["-d", quoted(text)] : []), quoted(location.origin + path)];
  try {
    await navigator.clipboard.writeText(words.join(" "));
    say("Copied.");
  } catch {
    say("The browser does not let this page copy.", "bad");
  }
}
