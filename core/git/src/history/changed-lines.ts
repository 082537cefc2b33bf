import { placeChanges } from "./place-changes.js";

/** Gives others their turn, if it is time for that. */
export type Pause = () => Promise<void> | undefined;

/** Lines that were changed, 1 for each, between two texts; all others are the same in the same order. */
export interface ChangedLines {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Steps of one search beyond which all of its lines count as changed. */
const MOST_STEPS = 2_000;

interface Box {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/**
 * The fewest lines that have to go and to come (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986,
 * in linear space), placed where people would see them.
 */
export async function changedLines(
  before: readonly string[],
  after: readonly string[],
  pause: Pause,
): Promise<ChangedLines> {
  const changed = { before: new Uint8Array(before.length), after: new Uint8Array(after.length) };
  const numbers = new Map<string, number>();
  const [old, now] = [before, after].map((lines) => lines.map((line) => numbered(numbers, line))) as [
    number[],
    number[],
  ];
  await pause();
  // A line that the other text does not have is changed in any case, and makes the search longer only.
  const [inOld, inNow] = [new Set(old), new Set(now)];
  const [oldAt, newAt] = [placesOf(old, inNow, changed.before), placesOf(now, inOld, changed.after)];
  const [a, b] = [oldAt.map((at) => old[at] as number), newAt.map((at) => now[at] as number)];
  const boxes: Box[] = [{ oldStart: 0, oldEnd: a.length, newStart: 0, newEnd: b.length }];
  for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
    const inner = shrunk(a, b, box);
    const { oldStart, oldEnd, newStart, newEnd } = inner;
    const isOneSided = oldStart === oldEnd || newStart === newEnd;
    const split = isOneSided ? undefined : await splitOf(a, b, inner, pause);
    if (split === undefined) {
      for (let at = oldStart; at < oldEnd; at += 1) changed.before[oldAt[at] as number] = 1;
      for (let at = newStart; at < newEnd; at += 1) changed.after[newAt[at] as number] = 1;
    } else {
      boxes.push({ oldStart, oldEnd: split.old, newStart, newEnd: split.new });
      boxes.push({ oldStart: split.old, oldEnd, newStart: split.new, newEnd });
    }
  }
  placeChanges(old, before, changed.before, changed.after);
  placeChanges(now, after, changed.after, changed.before);
  return changed;
}

function numbered(numbers: Map<string, number>, line: string): number {
  const known = numbers.get(line);
  if (known !== undefined) return known;
  numbers.set(line, numbers.size);
  return numbers.size - 1;
}

function placesOf(lines: readonly number[], others: ReadonlySet<number>, changed: Uint8Array): readonly number[] {
  const places: number[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (others.has(lines[at] as number)) places.push(at);
    else changed[at] = 1;
  }
  return places;
}

/** The box without what is the same at its start and its end. */
function shrunk(a: readonly number[], b: readonly number[], box: Box): Box {
  let { oldStart, oldEnd, newStart, newEnd } = box;
  while (oldStart < oldEnd && newStart < newEnd && a[oldStart] === b[newStart]) {
    oldStart += 1;
    newStart += 1;
  }
  while (oldStart < oldEnd && newStart < newEnd && a[oldEnd - 1] === b[newEnd - 1]) {
    oldEnd -= 1;
    newEnd -= 1;
  }
  return { oldStart, oldEnd, newStart, newEnd };
}

/** A point that a shortest way through the box goes through, found from both ends; undefined where it takes too long. */
async function splitOf(
  a: readonly number[],
  b: readonly number[],
  { oldStart, oldEnd, newStart, newEnd }: Box,
  pause: Pause,
): Promise<{ readonly old: number; readonly new: number } | undefined> {
  const [n, m] = [oldEnd - oldStart, newEnd - newStart];
  const delta = n - m;
  const isOdd = (delta & 1) === 1 || (delta & 1) === -1;
  const ahead = new Reach(n, m, (x, y) => a[oldStart + x] === b[newStart + y]);
  const back = new Reach(n, m, (x, y) => a[oldEnd - 1 - x] === b[newEnd - 1 - y]);
  for (let steps = 0; steps <= MOST_STEPS; steps += 1) {
    const met = ahead.extend(steps, (k, x) => isOdd && x + back.at(delta - k, steps - 1) >= n);
    if (met !== undefined) return { old: oldStart + met.x, new: newStart + met.x - met.k };
    const metBack = back.extend(steps, (k, x) => !isOdd && x + ahead.at(delta - k, steps) >= n);
    if (metBack !== undefined) return { old: oldEnd - metBack.x, new: newEnd - (metBack.x - metBack.k) };
    if (steps % 64 === 63) await pause();
  }
  return undefined;
}

const NOWHERE = -1;
/** Less than any place, so that no sum with it reaches anything. */
const UNREACHED = Number.NEGATIVE_INFINITY;

/** How far one gets on each diagonal by a number of steps. */
class Reach {
  readonly #n: number;
  readonly #m: number;
  readonly #isSame: (x: number, y: number) => boolean;
  readonly #furthest: Int32Array;
  readonly #offset: number;

  constructor(n: number, m: number, isSame: (x: number, y: number) => boolean) {
    const most = Math.min(n + m, MOST_STEPS) + 2;
    this.#n = n;
    this.#m = m;
    this.#isSame = isSame;
    this.#furthest = new Int32Array(2 * most + 1).fill(NOWHERE);
    this.#offset = most;
  }

  /** The furthest place on a diagonal that was last extended by `steps`. */
  at(k: number, steps: number): number {
    if (k < -steps || k > steps || ((k + steps) & 1) !== 0) return UNREACHED;
    const x = this.#furthest[k + this.#offset] as number;
    return x === NOWHERE ? UNREACHED : x;
  }

  /** Takes one more step on every diagonal; ends where `isEnd` says so. */
  extend(
    steps: number,
    isEnd: (k: number, x: number) => boolean,
  ): { readonly k: number; readonly x: number } | undefined {
    for (let k = -steps; k <= steps; k += 2) {
      if (k < -this.#m || k > this.#n) continue;
      let x = steps === 0 ? 0 : this.#step(k);
      if (x !== NOWHERE) while (x < this.#n && x - k < this.#m && this.#isSame(x, x - k)) x += 1;
      this.#furthest[k + this.#offset] = x;
      if (x !== NOWHERE && isEnd(k, x)) return { k, x };
    }
    return undefined;
  }

  #step(k: number): number {
    const left = this.#furthest[k - 1 + this.#offset] as number;
    const above = this.#furthest[k + 1 + this.#offset] as number;
    const byLeft = left === NOWHERE || left >= this.#n ? NOWHERE : left + 1;
    const byAbove = above === NOWHERE || above - k > this.#m ? NOWHERE : above;
    return Math.max(byLeft, byAbove);
  }
}
