// What is wrong with a request: the rule, what it says, where that stands in the documentation.

import { code, h } from "./dom.js";

/** Return the places to mark in a body: pairs of a pointer and the number of the violation. */
export function marks(violations) {
  return violations.flatMap((violation, place) => violation.pointers.map((pointer) => [pointer, place + 1]));
}

/** Return the list of violations; `pages` maps a page's key to its address. */
export function listed(violations, pages) {
  return h("ol", { class: "violations" }, violations.map((violation) => h("li", { class: violation.severity },
    h("p", {}, code(violation.message), violation.severity === "warning" && h("span", { class: "chip warning" }, "warning")),
    h("dl", {},
      h("dt", {}, "Rule"), h("dd", {}, h("code", {}, violation.rule)),
      violation.allowed !== null && [h("dt", {}, "Allowed"), h("dd", {}, code(said(violation.allowed)))],
      h("dt", {}, "Source"), h("dd", {}, source(violation.source, pages))))));
}

function said(value) {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(said).join(", ") : JSON.stringify(value);
}

/** Return a source, `page:line`, with a link to the page where its address is known. */
export function source(text, pages = {}) {
  const place = /^(?:inferred: [^]*\()?([^\s():]+):(\d+)\)?$/.exec(text);
  const address = place && pages[place[1]];
  if (!address?.startsWith("https://")) return h("span", { class: "source" }, text);
  const link = h("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, `${place[1]}, line ${place[2]}`);
  const inferred = text.startsWith("inferred: ");
  return h("span", { class: "source" }, inferred && `${text.slice(0, text.lastIndexOf("(")).trim()} `, link);
}
