interface Entry<T> {
  readonly value: T;
  readonly seconds: number;
}

/** Gives the newest first (a binary heap). */
export class DateQueue<T> {
  readonly #heap: Entry<T>[] = [];

  push(value: T, seconds: number): void {
    const heap = this.#heap;
    const entry = { value, seconds };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry<T>;
      if (parent.seconds >= seconds) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  pop(): T | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) return undefined;
    if (heap.length > 0) this.#sink(last);
    return top.value;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= heap.length) break;
      const [left, right] = [heap[below] as Entry<T>, heap[below + 1]];
      if (right !== undefined && right.seconds > left.seconds) below += 1;
      const child = heap[below] as Entry<T>;
      if (child.seconds <= entry.seconds) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = entry;
  }
}
