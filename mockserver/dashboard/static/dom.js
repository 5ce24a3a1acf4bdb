// Elements from plain calls. Text always becomes text nodes: nothing that a request said is ever read as markup.

/** Make an element: `h("p", {class: "quiet", onclick}, "text", child)`; null, undefined and false are left out. */
export function h(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") made[key] = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Return the element of that id. */
export const $ = (id) => document.getElementById(id);

/** Return nodes for a text in which `names` stand between backticks. */
export function code(text) {
  return String(text).split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));
}

/** Call the mock's own API; throws an Error with its reason. */
export async function api(method, path, body) {
  const sent = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`/_mock/${path}`, { method, ...sent });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? `HTTP ${answer.status}`);
  return found;
}

/** Say something for a moment, to eyes and to screen readers. */
export function say(text, kind = "info") {
  let box = $("said");
  if (!box) {
    box = h("div", { id: "said", role: "status" });
    document.body.append(box);
  }
  const line = h("p", { class: kind }, text);
  box.append(line);
  setTimeout(() => line.remove(), kind === "bad" ? 8000 : 3500);
}

const two = (number) => String(number).padStart(2, "0");

/** Return the time of day of seconds since 1970, in UTC as the mock answers it. */
export function clockTime(seconds) {
  const date = new Date(seconds * 1000);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** Return a length of time as people say it. */
export function length(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 172800) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86400)} days`;
}
