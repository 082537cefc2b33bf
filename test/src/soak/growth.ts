/** Memory of a page in a browser. */
export interface Held {
  readonly heapBytes: number;
  /** Nodes of its documents, shown or not. */
  readonly nodes: number;
  readonly listeners: number;
}

/** Growth from the first sample to the last that is none: a tenth, and so much of what comes and goes. */
const ALLOWED_SHARE = 1.1;
const ALLOWED: Held = { heapBytes: 2 ** 20, nodes: 300, listeners: 60 };

/** @returns names of what has grown from the first sample to the last */
export function grown(samples: readonly Held[]): readonly (keyof Held)[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < 2) throw new Error("growth is seen by two samples");
  const names = ["heapBytes", "nodes", "listeners"] as const;
  return names.filter((name) => last[name] > first[name] * ALLOWED_SHARE + ALLOWED[name]);
}
