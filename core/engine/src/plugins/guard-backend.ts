import type { Backend, GitObject, Lease, Oid, RefName, RefUpdate, Turn } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { inBatches } from "./batches.js";
import type { GuardScope } from "./guard-scope.js";
import { guardWorkTree } from "./guard-work-tree.js";
import { runOutsideScope } from "./plugin-context.js";
import { describe } from "./plugin-error.js";
import { findObjectFault, isMap } from "./verify-objects.js";

const OID = /^[0-9a-f]{40}$/;
/** Swaps that are remembered to be looked at. */
const UNCHECKED = 100;
/** Swapped refs that are looked at each by itself. */
const ONE_BY_ONE = 4;
/** Swaps that may be refused in a row while nothing speaks against them. */
const GROUNDLESS_REFUSALS = 3;

/** A swap that the plugin said it made, and did not. */
class FalseSwap {
  readonly error: VexilError;

  constructor(error: VexilError) {
    this.error = error;
  }
}

/**
 * Stands between the host and a plugin's backend: every call has a deadline, what is thrown becomes a VexilError,
 * answers of a wrong shape are refused, objects are checked against their ids and swaps against the refs. What escapes
 * the plugin between calls fails the next `refs.list`, so that the storage fails and heals with its next rebuild.
 */
export function guardBackend(backend: Backend, guard: GuardScope): Backend {
  const { objects, refs, shallow, workTree } = backend;

  const listRefs = async (prefix: string, signal?: AbortSignal): Promise<ReadonlyMap<RefName, Oid>> => {
    const answer = await guard.call("refs.list", (own) => refs.list(prefix, own), signal);
    if (!isMap(answer)) throw guard.wrong("refs.list", `answered ${describe(answer)} and not a Map`);
    for (const [ref, oid] of answer) {
      if (typeof ref !== "string" || !ref.startsWith(prefix) || typeof oid !== "string" || !OID.test(oid)) {
        throw guard.error(`refs.list("${prefix}") answered ${describe(ref)} at ${describe(oid)}`);
      }
    }
    return answer;
  };

  /** Swaps that were answered with true, and could not be looked at: the next list does. */
  let unchecked: readonly RefUpdate[] = [];

  /** A list costs what there is, so many refs are looked at together. */
  const looker = async (updates: readonly RefUpdate[]): Promise<(ref: RefName) => Promise<Oid | undefined>> => {
    const all = updates.length > ONE_BY_ONE ? await listRefs(commonPrefix(updates)) : undefined;
    return async (ref) => (all ?? (await listRefs(ref))).get(ref);
  };

  const checkSwap = async (updates: readonly RefUpdate[]): Promise<void> => {
    const moved = updates.filter((update) => update.old !== update.new);
    const lookAt = await looker(moved);
    for (const update of moved) {
      const now = await lookAt(update.ref);
      // Somebody else may have moved it on meanwhile, but nobody brings back what it was before.
      if (now !== update.old) continue;
      throw new FalseSwap(
        guard.error(`compareAndSwap answered true, but ${update.ref} is still at ${now ?? "nothing"}`),
      );
    }
  };

  /** A swap that is not there fails the call; that it cannot be looked at now is no word against the answer. */
  const checkNow = async (updates: readonly RefUpdate[]): Promise<void> => {
    try {
      await checkSwap(updates);
    } catch (thrown) {
      if (!(thrown instanceof FalseSwap)) {
        unchecked = [...unchecked, ...updates].slice(-UNCHECKED);
        return;
      }
      guard.failNext(thrown.error);
      throw thrown.error;
    }
  };

  /** Refusals in a row although every ref was where the swap wanted it. */
  let groundless = 0;

  /** One may be by chance, when somebody moves a ref away and back; a backend that goes on so never moves at all. */
  const checkRefusal = async (updates: readonly RefUpdate[]): Promise<void> => {
    try {
      const lookAt = await looker(updates);
      for (const { ref, old } of updates) {
        if ((await lookAt(ref)) === old) continue;
        groundless = 0;
        return;
      }
    } catch {
      return;
    }
    groundless += 1;
    if (groundless < GROUNDLESS_REFUSALS) return;
    const [first] = updates;
    const error = guard.error(
      `compareAndSwap answered false ${groundless} times, but ${first?.ref} is at ${first?.old ?? "nothing"}, as the swap expects`,
    );
    guard.failNext(error);
    throw error;
  };

  const checkLater = async (): Promise<void> => {
    const updates = unchecked;
    if (updates.length === 0) return;
    unchecked = [];
    try {
      await checkSwap(updates);
    } catch (thrown) {
      if (thrown instanceof FalseSwap) throw thrown.error;
      unchecked = [...updates, ...unchecked].slice(-UNCHECKED);
      throw thrown;
    }
  };

  return {
    objects: {
      read: async (oids, signal) => {
        const found = new Map<Oid, GitObject>();
        for (const batch of inBatches(oids, () => 0)) {
          const answer = await guard.call("objects.read", (own) => objects.read(batch, own), signal);
          const fault = await findObjectFault(answer, batch);
          if (fault !== undefined) throw guard.wrong("objects.read", fault);
          if (batch.length === oids.length) return answer;
          for (const [oid, object] of answer) found.set(oid, object);
        }
        return found;
      },
      write: async (written, signal) => {
        for (const batch of inBatches(written, (object) => object.bytes.byteLength)) {
          await guard.call("objects.write", (own) => objects.write(batch, own), signal);
        }
      },
    },
    refs: {
      list: async (prefix, signal) => {
        guard.throwPending();
        await checkLater();
        return listRefs(prefix, signal);
      },
      compareAndSwap: async (updates, signal) => {
        const swapped = await guard.call("refs.compareAndSwap", (own) => refs.compareAndSwap(updates, own), signal);
        if (typeof swapped !== "boolean") throw guard.wrong("refs.compareAndSwap", `answered ${describe(swapped)}`);
        if (!swapped) await checkRefusal(updates);
        else {
          groundless = 0;
          await checkNow(updates);
        }
        return swapped;
      },
    },
    ...(shallow && {
      shallow: {
        read: async (signal) => {
          const answer: unknown = await guard.call("shallow.read", (own) => shallow.read(own), signal);
          if (Object.prototype.toString.call(answer) !== "[object Set]") {
            throw guard.wrong("shallow.read", `answered ${describe(answer)} and not a Set`);
          }
          return answer as ReadonlySet<Oid>;
        },
        update: (add, remove, signal) =>
          guard.call("shallow.update", (own) => shallow.update(add, remove, own), signal),
      },
    }),
    ...(backend.directory !== undefined && { directory: backend.directory }),
    ...(workTree && { workTree: guardWorkTree(workTree, guard) }),
    // Also for a backend that watches nothing: what escapes it is looked at without waiting for the tick.
    watch: (changed, signal) => {
      guard.onEscape(changed, signal);
      const hint = (): void => runOutsideScope(changed);
      if (backend.watch !== undefined) guard.callNow("watch", () => backend.watch?.(hint, signal));
    },
    ...(backend.prune && {
      prune: (options, signal) => guard.call("prune", (own) => backend.prune?.(options, own), signal),
    }),
    ...(backend.lease && {
      lease: async (name, signal) => {
        // One that comes after nobody waits for it would be held, and renewed, for nobody.
        const giveBack = (late: Lease | undefined): unknown => late && guardLease(late, guard).release();
        const lease = await guard.call("lease", (own) => backend.lease?.(name, own), signal, undefined, giveBack);
        return lease === undefined ? undefined : guardLease(lease, guard);
      },
    }),
    ...(backend.turn && {
      turn: async (name, signal) => {
        const giveBack = (late: Turn | undefined): unknown => late && guardTurn(late, guard).end();
        const turn = await guard.call("turn", (own) => backend.turn?.(name, own), signal, undefined, giveBack);
        return turn === undefined ? undefined : guardTurn(turn, guard);
      },
    }),
    close: () => guard.close(() => backend.close()),
  };
}

/** Logs the failure of a step that the host is done with either way. */
function reportTo(guard: GuardScope): (error: unknown) => void {
  return (error) => {
    if (VexilError.is(error)) guard.report(error);
  };
}

function guardLease(lease: Lease, guard: GuardScope): Lease {
  if (!(lease?.lost instanceof AbortSignal) || typeof lease.release !== "function") {
    throw guard.wrong("lease", `answered ${describe(lease)} and no lease`);
  }
  return {
    lost: lease.lost,
    release: async () => {
      try {
        await guard.call("lease.release", () => lease.release());
      } catch (error) {
        // The daemon is done with it either way; it runs out by itself.
        if (VexilError.is(error)) guard.report(error);
      }
    },
  };
}

function guardTurn(turn: Turn, guard: GuardScope): Turn {
  if (typeof turn?.end !== "function") throw guard.wrong("turn", `answered ${describe(turn)} and no turn`);
  return { end: () => guard.call("turn.end", () => turn.end()).catch(reportTo(guard)) };
}

function commonPrefix([first, ...others]: readonly RefUpdate[]): string {
  let prefix = first?.ref ?? "";
  for (const { ref } of others) while (!ref.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
