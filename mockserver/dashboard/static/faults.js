// Faults: what is scripted, and a form that scripts more.

import { served } from "./contracts.js";
import { $, api, h, say } from "./dom.js";
import { mock } from "./live.js";

let form = null;
let kind = null;
let table = null;

/** Make the view. */
export function startFaults() {
  const select = h("select", { id: "fault-kind", "aria-describedby": "fault-about", onchange: () => choose(select.value) }, served.faults.groups.map((group) =>
    h("optgroup", { label: group.name }, group.kinds.map((one) => h("option", {}, one.kind)))));
  form = {
    about: h("p", { id: "fault-about", class: "hint" }), option: h("div", { class: "field" }), times: number("fault-times", "1", 1),
    after: number("fault-after", "0", 0), probability: number("fault-probability", "100", 0), operation: operations(),
    script: h("button", { type: "submit", class: "main" }, "Script it"),
    on: h("select", { id: "fault-on" }, ["any", "submit", "poll", "result"].map((one) => h("option", {}, one))),
  };
  table = h("div", { class: "card" });
  $("faults").append(h("div", { class: "columns" },
    h("form", { class: "card fields", novalidate: true, onsubmit: add }, h("h2", {}, "Script a fault"),
      h("div", { class: "field" }, h("label", { for: "fault-kind" }, "Kind"), select, form.about), form.option,
      h("div", { class: "row" }, labelled("How often", form.times, "Requests; empty for ever."), labelled("After", form.after, "Requests that pass first."),
        labelled("Chance", form.probability, "Per cent; empty for 100.")),
      h("div", { class: "row" }, labelled("Requests", form.on), labelled("Operation", form.operation)),
      h("div", { class: "actions" }, form.script)), table));
  choose(select.value);
  showFaults();
}

function number(id, value, least) {
  return h("input", { id, type: "number", min: least, value, inputmode: "numeric" });
}

function operations() {
  const ids = new Set(served.contracts.flatMap((contract) => contract.operations.map((operation) => operation.id)));
  return h("select", { id: "fault-operation" }, h("option", { value: "" }, "every one"), [...ids].map((id) => h("option", {}, id)));
}

function labelled(text, control, note) {
  if (note) control.setAttribute("aria-describedby", `${control.id}-note`);
  return h("div", { class: "field" }, h("label", { for: control.id }, text), control, note && h("p", { class: "hint", id: `${control.id}-note` }, note));
}

function choose(name) {
  kind = served.faults.groups.flatMap((group) => group.kinds).find((one) => one.kind === name);
  form.about.textContent = kind.about;
  form.value = null;
  form.option.replaceChildren();
  if (!kind.option) return;
  const { name: option, label, value } = kind.option;
  form.value = option === "meaning"
    ? h("select", { id: "fault-option" }, served.faults.meanings.map((one) => h("option", { value: one }, one.replaceAll("_", " "))))
    : h("input", { id: "fault-option", type: typeof value === "number" ? "number" : "text", step: "any", value: String(value) });
  form.option.replaceChildren(h("label", { for: "fault-option" }, label), form.value);
}

async function add(event) {
  event.preventDefault();
  const fault = { kind: kind.kind, on: form.on.value, after: Number(form.after.value), probability: form.probability.value === "" ? 1 : Number(form.probability.value) / 100,
    times: form.times.value === "" ? null : Number(form.times.value) };
  if (form.operation.value) fault.operation = form.operation.value;
  if (form.value) fault[kind.option.name] = form.value.type === "number" ? Number(form.value.value) : form.value.value;
  await change("POST", fault, `Scripted: ${kind.kind}.`);
}

async function change(method, fault, text) {
  try {
    await api(method, "faults", fault);
    say(text);
  } catch (error) {
    say(error.message, "bad");
  }
}

/** Show what is scripted. */
export function showFaults() {
  const { faults } = mock;
  $("fault-count").textContent = String(faults.length);
  $("fault-count").hidden = !faults.length;
  const forget = h("button", { type: "button", class: "danger", "data-forget": "", onclick: () => change("DELETE", undefined, "All faults are forgotten.") }, "Forget all");
  const focused = document.activeElement?.dataset?.forget;
  table.replaceChildren(h("div", { class: "head" }, h("h2", {}, "Scripted"), faults.length ? forget : null),
    faults.length ? h("ul", { class: "scripted" }, faults.map(row)) : h("p", { class: "empty" }, "No fault is scripted; every request is answered as documented."));
  if (focused !== undefined) (faults.length ? forget : form.script).focus();
}

function row(fault) {
  const option = served.faults.groups.flatMap((group) => group.kinds).find((one) => one.kind === fault.kind)?.option;
  const notes = [
    option && `${option.label}: ${fault[option.name]}`, fault.left < 0 ? "for ever" : `${fault.left} to go`,
    fault.after > 0 && `after ${fault.after}`, fault.probability < 1 && `chance ${Math.round(fault.probability * 100)} %`,
    fault.on !== "any" && `${fault.on} only`, fault.operation,
  ];
  return h("li", {}, h("code", {}, fault.kind), h("span", { class: "quiet" }, notes.filter(Boolean).join(" · ")));
}
