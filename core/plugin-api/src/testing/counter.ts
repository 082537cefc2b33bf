import type { Backend } from "../backend.js";
import type { RefName } from "../stores.js";
import { gitObject } from "./git-samples.js";

/**
 * Counts a ref up `rounds` times, each time by reading it, writing a blob with the next number and swapping. Tries again
 * after a lost race.
 * @returns how many swaps were acknowledged: `rounds`, unless it is aborted
 */
export async function countUp(backend: Backend, ref: RefName, rounds: number): Promise<number> {
  let acknowledged = 0;
  while (acknowledged < rounds) {
    const old = (await backend.refs.list(ref)).get(ref);
    const next = gitObject("blob", `${(await valueAt(backend, old)) + 1} ${crypto.randomUUID()}`);
    await backend.objects.write([next]);
    if (await backend.refs.compareAndSwap([{ ref, old, new: next.oid, reason: "count" }])) acknowledged += 1;
  }
  return acknowledged;
}

/** Reads a counter's value. */
export async function valueAt(backend: Backend, oid: string | undefined): Promise<number> {
  if (oid === undefined) return 0;
  const object = (await backend.objects.read([oid])).get(oid);
  if (object === undefined) throw new Error(`the ref points at ${oid}, which is not stored`);
  return Number.parseInt(new TextDecoder().decode(object.bytes), 10);
}
