// A list of which one entry is chosen, by pointer or by keys (arrows, Home, End). Elements live as long as their entry.

/** Keeps the options of `box`, an element with the role listbox. */
export class Listbox {
  /** `make(item)` returns an element, `update(element, item)` fills it, `choose(key)` hears what was chosen. */
  constructor(box, { make, update, choose }) {
    Object.assign(this, { box, make, update, choose });
    this.rows = new Map();
    this.chosen = null;
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row && box.contains(row)) this.pick(row.dataset.key);
    });
    box.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Show items, pairs of key and item, in this order. */
  show(items) {
    const rows = new Map();
    for (const [key, item] of items) {
      const row = this.rows.get(key) ?? this.#made(key, item);
      this.update(row, item);
      rows.set(key, row);
    }
    for (const [key, row] of this.rows) if (!rows.has(key)) row.remove();
    let place = null;
    for (const row of [...rows.values()].reverse()) {
      if (row.nextElementSibling !== place || row.parentElement !== this.box) this.box.insertBefore(row, place);
      place = row;
    }
    this.rows = rows;
    if (this.chosen !== null && !rows.has(this.chosen)) this.pick(null);
  }

  /** Choose an entry by its key; null for none. */
  pick(key) {
    this.rows.get(this.chosen)?.setAttribute("aria-selected", "false");
    this.chosen = key;
    const row = this.rows.get(key);
    if (row) {
      row.setAttribute("aria-selected", "true");
      this.#reveal(row);
      this.box.setAttribute("aria-activedescendant", row.id);
    } else this.box.removeAttribute("aria-activedescendant");
    this.choose(key);
  }

  /** Scroll the box to a row, and nothing around it: entries are chosen while somebody looks elsewhere. */
  #reveal(row) {
    const [seen, at] = [this.box.getBoundingClientRect(), row.getBoundingClientRect()];
    this.box.scrollTop += Math.min(0, at.top - seen.top) + Math.max(0, at.bottom - seen.bottom);
  }

  #made(key, item) {
    const row = this.make(item);
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(key === this.chosen));
    row.dataset.key = key;
    row.id = `${this.box.id}-${key}`;
    return row;
  }

  #key(event) {
    const keys = [...this.rows.keys()];
    const at = keys.indexOf(this.chosen);
    const to = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: keys.length - 1 }[event.key];
    if (to === undefined || event.target !== this.box || !keys.length) return;
    event.preventDefault();
    this.pick(keys[Math.min(to, keys.length - 1)]);
    this.rows.get(this.chosen).scrollIntoView({ block: "nearest" });
  }
}
