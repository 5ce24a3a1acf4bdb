// JSON as lines, with the fields marked that a violation speaks of.

import { h } from "./dom.js";

const escape = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");
const unescape = (part) => part.replaceAll("~1", "/").replaceAll("~0", "~");

/** Return the lines of a value; `marks` are pairs of a pointer and the number of what is wrong there. */
export function marked(value, marks = []) {
  const missing = new Map();
  const numbers = new Map();
  for (const [pointer, number] of marks) {
    const [place, rest] = deepest(value, pointer);
    const [where, key] = rest.length ? [missing, place] : [numbers, pointer];
    if (rest.length) add(missing, place, { name: unescape(rest[0]), number });
    else add(where, key, number);
  }
  const lines = [];
  write(lines, value, "", 0, null, "", { numbers, missing });
  const body = lines.map((line) => h("span", { class: line.wrong.length ? "line wrong" : "line" },
    "  ".repeat(line.depth), line.parts,
    line.wrong.map((number) => h("span", { class: "mark", title: `See ${number} below` }, String(number)))));
  return h("pre", { class: "json", tabindex: 0 }, body);
}

function add(map, key, value) {
  if (!map.has(key)) map.set(key, []);
  map.get(key).push(value);
}

/** Return the pointer of the deepest place that there is on the way to a pointer, and the rest of the way. */
function deepest(value, pointer) {
  const parts = pointer === "" ? [] : pointer.slice(1).split("/");
  let place = "";
  for (let step = 0; step < parts.length; step += 1) {
    const name = unescape(parts[step]);
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, name)) return [place, parts.slice(step)];
    value = value[name];
    place += `/${parts[step]}`;
  }
  return [place, []];
}

function write(lines, value, pointer, depth, name, comma, found) {
  const label = name === null ? [] : [h("span", { class: "name" }, JSON.stringify(name)), ": "];
  const wrong = found.numbers.get(pointer) ?? [];
  const absent = found.missing.get(pointer) ?? [];
  const isArray = Array.isArray(value);
  const isObject = value !== null && typeof value === "object";
  if (!isObject || (!absent.length && !Object.keys(value).length)) {
    const kind = value === null ? "null" : typeof value;
    const text = isObject ? (isArray ? "[]" : "{}") : JSON.stringify(value);
    const lost = isObject ? [] : absent.map((one) => one.number);
    lines.push({ depth, parts: [label, h("span", { class: kind }, text), comma], wrong: [...wrong, ...lost] });
    return;
  }
  lines.push({ depth, parts: [label, isArray ? "[" : "{"], wrong });
  const names = Object.keys(value);
  names.forEach((key, place) => {
    const last = place === names.length - 1;
    write(lines, value[key], `${pointer}/${escape(key)}`, depth + 1, isArray ? null : key, last ? "" : ",", found);
  });
  for (const name of new Set(absent.map((one) => one.name))) {
    const numbers = absent.filter((one) => one.name === name).map((one) => one.number);
    const text = name === "*" ? "(no item)" : `${JSON.stringify(name)}: (missing)`;
    lines.push({ depth: depth + 1, parts: [h("span", { class: "absent" }, text)], wrong: numbers });
  }
  lines.push({ depth, parts: [isArray ? "]" : "}", comma], wrong: [] });
}
