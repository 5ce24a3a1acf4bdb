// A form for a request body, made from the contract's fields. Nothing is forced: wrong values can be sent, that is the point.

import { h } from "./dom.js";

let serial = 0;

/** Return the elements of `nodes` as members of `owner`; `changed()` is called after each change. */
export function members(nodes, owner, changed, pointer = "") {
  return nodes.map((node) => member(node, owner, changed, `${pointer}/${node.name}`));
}

function member(node, owner, changed, pointer) {
  const put = (value) => {
    if (value === undefined) delete owner[node.name];
    else owner[node.name] = value;
    changed();
  };
  return field(node, node.name, owner[node.name], put, pointer, changed);
}

/** Return a labelled control for a value; `put(undefined)` leaves it out. */
function field(node, name, value, put, pointer, changed) {
  const id = `field-${(serial += 1)}`;
  const make = { array: list, object: group, choice, boolean: choice }[node.kind] ?? text;
  if (node.kind === "array" || node.kind === "object") {
    return h("fieldset", { "data-pointer": pointer, class: "field" },
      h("legend", {}, label(node, name)), hint(node, id), make(node, value, put, pointer, changed, id), wrong(id));
  }
  return h("div", { "data-pointer": pointer, class: "field" },
    h("label", { for: id }, label(node, name)), make(node, value, put, pointer, changed, id), hint(node, id), wrong(id));
}

function label(node, name) {
  return [h("code", {}, name), node.required && h("span", { class: "needed" }, "required")];
}

function hint(node, id) {
  const stated = [...node.limits];
  if (node.default !== undefined && node.default !== null) stated.push(`default ${said(node.default)}`);
  return h("p", { class: "hint", id: `${id}-hint` }, node.words, node.words && stated.length ? ": " : "", stated.join("; "),
    node.source && h("span", { class: "source" }, ` ${node.source}`));
}

const wrong = (id) => h("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
const said = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const described = (id) => ({ "aria-describedby": `${id}-hint ${id}-wrong` });

function choice(node, value, put, _pointer, _changed, id) {
  const choices = node.kind === "boolean" ? [true, false] : node.choices;
  const place = value === undefined ? -1 : choices.indexOf(value);
  const options = [h("option", { value: "" }, "not sent"), ...choices.map((one, index) => h("option", { value: String(index) }, said(one)))];
  const foreign = value !== undefined && place < 0;
  if (foreign) options.push(h("option", { value: "given" }, said(value)));
  const select = h("select", { id, ...described(id), onchange: () => put(select.value === "" ? undefined : select.value === "given" ? value : choices[Number(select.value)]) }, options);
  select.value = value === undefined ? "" : foreign ? "given" : String(place);
  return select;
}

function text(node, value, put, _pointer, _changed, id) {
  const isNumber = node.kind === "integer" || node.kind === "number";
  const given = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const count = node.length ? h("span", { class: "counter", "aria-hidden": "true" }) : null;
  const tell = () => {
    if (!count) return;
    const characters = [...control.value].length;
    count.textContent = `${characters} / ${node.length}`;
    count.classList.toggle("over", characters > node.length);
  };
  const read = () => {
    tell();
    if (control.value === "") put(undefined);
    else put(isNumber && control.value.trim() !== "" && !Number.isNaN(Number(control.value)) ? Number(control.value) : control.value);
  };
  const shared = { id, ...described(id), oninput: read, autocomplete: "off", spellcheck: "false", value: given, placeholder: "not sent" };
  const control = node.long
    ? h("textarea", { ...shared, rows: 2 })
    : h("input", { ...shared, type: "text", inputmode: isNumber ? "decimal" : null });
  tell();
  const set = (made) => {
    control.value = made;
    read();
  };
  return h("div", { class: "control" }, control, count, node.encodings ? pictures(node, set) : null);
}

/** Return buttons that put a picture into a media field, encoded as its documentation wants it. */
function pictures(node, set) {
  const encoded = (address) => (node.encodings.includes("data-uri") || !node.encodings.includes("base64") ? address : address.slice(address.indexOf(",") + 1));
  const choose = h("input", { type: "file", accept: "image/*", class: "unseen", tabindex: -1, "aria-label": "Picture file" });
  choose.addEventListener("change", () => {
    const reader = new FileReader();
    reader.addEventListener("load", () => set(encoded(reader.result)));
    if (choose.files[0]) reader.readAsDataURL(choose.files[0]);
  });
  return h("div", { class: "group" },
    h("button", { type: "button", onclick: () => choose.click() }, "Choose a file…"),
    h("button", { type: "button", onclick: () => set(encoded(drawn())) }, "Draw one"), choose);
}

/** Return a picture of 640 by 360 pixels as a data URI. */
function drawn() {
  const canvas = h("canvas", { width: 640, height: 360 });
  const pen = canvas.getContext("2d");
  const hue = Math.floor(Math.random() * 360);
  const sky = pen.createLinearGradient(0, 0, 0, 360);
  sky.addColorStop(0, `hsl(${hue} 70% 35%)`);
  sky.addColorStop(1, `hsl(${hue + 50} 80% 75%)`);
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 640, 360);
  pen.fillStyle = "#fff8";
  pen.beginPath();
  pen.arc(480, 110, 48, 0, 7);
  pen.fill();
  pen.fillStyle = `hsl(${hue + 20} 45% 22%)`;
  pen.beginPath();
  pen.moveTo(0, 360);
  pen.lineTo(190, 170);
  pen.lineTo(350, 300);
  pen.lineTo(460, 210);
  pen.lineTo(640, 360);
  pen.fill();
  return canvas.toDataURL("image/jpeg", 0.8);
}

function list(node, value, put, pointer, changed, _id) {
  const box = h("div", { class: "items" });
  const items = Array.isArray(value) ? value : [];
  const draw = () => {
    box.replaceChildren(
      ...items.map((_, index) => item(index)),
      h("button", { type: "button", onclick: add }, `Add to ${node.name ?? "it"}`));
  };
  const settle = () => {
    put(items.length ? items : undefined);
    draw();
  };
  const add = () => {
    items.push(node.item.kind === "object" ? {} : "");
    settle();
    box.children[items.length - 1]?.querySelector("input, textarea, select")?.focus();
  };
  const remove = (index) => {
    items.splice(index, 1);
    settle();
    box.lastElementChild.focus();
  };
  const item = (index) => {
    const at = `${pointer}/${index}`;
    const isObject = node.item.kind === "object";
    const inner = isObject
      ? members(node.item.members, owned(items, index), changed, at)
      : [field({ words: "", limits: [], ...node.item }, String(index + 1), items[index], (given) => {
          items[index] = given ?? "";
          changed();
        }, at, changed)];
    return h("div", { class: "item", role: "group", "aria-label": `${node.name} ${index + 1}`, "data-pointer": isObject ? at : null },
      h("span", { class: "number", "aria-hidden": "true" }, String(index + 1)), h("div", { class: "inner" }, inner),
      h("button", { type: "button", class: "small", "aria-label": `Remove ${node.name} ${index + 1}`, onclick: () => remove(index) }, "✕"));
  };
  draw();
  return box;
}

function owned(items, index) {
  if (items[index] === null || typeof items[index] !== "object") items[index] = {};
  return items[index];
}

function group(node, value, put, pointer, changed) {
  const owner = value !== null && typeof value === "object" ? value : {};
  const settle = () => put(Object.keys(owner).length ? owner : undefined);
  return h("div", { class: "items" }, members(node.members, owner, settle, pointer));
}

/** Mark the fields that violations speak of, below `form`. */
export function markFields(form, violations) {
  for (const field of form.querySelectorAll(".field[data-pointer]")) {
    const pointer = field.dataset.pointer;
    const mine = violations.filter((violation) => violation.pointers.some((one) => matches(one, pointer)));
    const isRefused = mine.some((violation) => violation.severity === "error");
    field.classList.toggle("bad", isRefused);
    const control = field.querySelector(":scope > select, :scope > .control > input, :scope > .control > textarea");
    if (isRefused) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
    const line = field.querySelector(":scope > .wrong");
    line.hidden = !mine.length;
    line.textContent = mine.map((violation) => violation.message.replaceAll("`", "")).join(" ");
  }
}

function matches(pointer, field) {
  return pointer === field || pointer.startsWith(`${field}/*`);
}
