// A time axis that leaves out the time in which nothing happens, so that tasks stay readable however the clock jumps.

const LEAST = 1;
const GAP = 0.025;

/** Return {at(time) → 0..1, starts, gaps} for intervals [from, to] in seconds and the present. */
export function axis(intervals, now) {
  const sorted = [...intervals, [now, now]]
    .map(([from, to]) => [from, Math.max(to, from)])
    .sort((one, other) => one[0] - other[0]);
  const whole = sorted.reduce((sum, [from, to]) => sum + Math.max(LEAST, to - from), 0);
  const busy = [];
  for (const [from, to] of sorted) {
    const last = busy.at(-1);
    if (last && from - last[1] <= Math.max(2 * LEAST, whole * 0.15)) last[1] = Math.max(last[1], to);
    else busy.push([from, to]);
  }
  const gap = busy.length > 1 ? Math.min(GAP, 0.3 / (busy.length - 1)) : 0;
  const total = busy.reduce((sum, [from, to]) => sum + Math.max(LEAST, to - from), 0);
  const scale = (1 - gap * (busy.length - 1)) / total;
  let place = 0;
  const parts = busy.map(([from, to]) => {
    const part = { from, to, place };
    place += Math.max(LEAST, to - from) * scale + gap;
    return part;
  });
  const at = (time) => {
    let found = parts[0];
    for (const part of parts) if (part.from <= time) found = part;
    return Math.min(1, Math.max(0, found.place + (Math.min(time, found.to) - found.from) * scale));
  };
  const gaps = parts.slice(1).map((part, index) => ({ place: part.place - gap / 2, length: part.from - parts[index].to }));
  return { at, starts: parts.map((part) => ({ time: part.from, place: part.place })), gaps };
}
