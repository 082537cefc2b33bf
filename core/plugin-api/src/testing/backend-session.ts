import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Backend, BackendContext } from "../backend.js";
import type { GitObject, Oid } from "../git-object.js";
import type { Logger } from "../logger.js";
import type { BackendPlugin } from "../plugin.js";
import type { RefName } from "../stores.js";
import { Skip, within } from "./conformance-case.js";
import type { RecordingLogger } from "./recording-logger.js";

/** Longest time of one call (the host's own deadline). */
export const CALL_MS = 10_000;
export const CLOSE_MS = 5_000;

/** State that all cases of one run share. */
export interface ConformanceRun {
  readonly plugin: BackendPlugin;
  /** Raw settings for one case, and what removes what they stand for. */
  readonly settings: (scope: { teardown(undo: () => unknown): void }) => unknown;
  /** The plugin's main file as a URL, for cases that need a second process. */
  readonly module: string | undefined;
  readonly logger: RecordingLogger;
  /** Texts that must not be seen in any log or error. */
  readonly secrets: Set<string>;
}

/** Options of a backend that a case makes, where it is not what most cases use. */
export interface BackendContextOptions {
  readonly storage?: string;
  readonly branch?: string;
  readonly signal?: AbortSignal;
}

/** Makes the context of a backend, in a case or in the second process of one. */
export function backendContext(options: BackendContextOptions & { readonly logger: Logger }): BackendContext {
  const { storage = "conformance", branch = "main", signal = new AbortController().signal, logger } = options;
  const signature = { name: "Conformance", email: "conformance@example.com" };
  return {
    storage: { id: storage, branch, hasRemote: true, signature },
    configDirectory: process.cwd(),
    logger,
    redact: () => {},
    signal,
  };
}

/** One case's view of a plugin: its settings, the backends it opened, and refs nobody else uses. */
export class BackendSession {
  readonly run: ConformanceRun;
  readonly raw: unknown;
  /** Ends with a slash; unique for the case, so that a store that is never emptied does no harm. */
  readonly prefix = `refs/heads/conformance-${randomUUID()}/`;
  readonly #undo: (() => unknown)[];
  readonly #open = new Set<Backend>();

  private constructor(run: ConformanceRun, raw: unknown, undo: (() => unknown)[]) {
    this.run = run;
    this.raw = raw;
    this.#undo = undo;
  }

  /** Runs a case body with a session, and cleans up after it. */
  static async with(run: ConformanceRun, body: (session: BackendSession) => Promise<void>): Promise<void> {
    const undo: (() => unknown)[] = [];
    const raw = await run.settings({ teardown: (one) => undo.push(one) });
    const session = new BackendSession(run, raw, undo);
    try {
      await body(session);
    } finally {
      await session.#end();
    }
  }

  /** Validates the settings and creates a backend. Reopening is opening again. */
  async open(options: BackendContextOptions = {}): Promise<Backend> {
    const { plugin, logger } = this.run;
    const settings = await validated(plugin, this.raw);
    const backend = await within(CALL_MS, "create", () =>
      plugin.create(settings, backendContext({ ...options, logger })),
    );
    this.#open.add(backend);
    return backend;
  }

  async close(backend: Backend): Promise<void> {
    this.#open.delete(backend);
    await within(CLOSE_MS, "close", () => backend.close());
  }

  ref(name: string): RefName {
    return this.prefix + name;
  }

  #end = async (): Promise<void> => {
    for (const backend of this.#open) {
      await this.#removeRefs(backend).catch(() => {});
      await within(CLOSE_MS, "close", () => backend.close());
    }
    for (const undo of this.#undo.reverse()) await undo();
  };

  async #removeRefs(backend: Backend): Promise<void> {
    const refs = await backend.refs.list(this.prefix);
    const updates = [...refs].map(([ref, old]) => ({ ref, old, new: undefined, reason: "conformance ends" }));
    if (updates.length > 0) await backend.refs.compareAndSwap(updates);
  }
}

/** Settings as the plugin's schema gives them. */
export async function validated(plugin: BackendPlugin, raw: unknown): Promise<unknown> {
  const result = await plugin.schema["~standard"].validate(raw);
  if (result.issues === undefined) return result.value;
  throw new Error(`the settings are refused: ${result.issues.map((issue) => issue.message).join("; ")}`);
}

/** An optional member, or the end of the case. */
export function needed<K extends "shallow" | "watch" | "prune" | "lease">(
  backend: Backend,
  member: K,
): NonNullable<Backend[K]> {
  const value = backend[member];
  if (value === undefined) throw new Skip(`the backend has no ${member}`);
  return (typeof value === "function" ? value.bind(backend) : value) as NonNullable<Backend[K]>;
}

export async function writeAll(backend: Backend, objects: readonly GitObject[]): Promise<void> {
  await within(CALL_MS, "objects.write", () => backend.objects.write(objects));
}

/** Reads objects and checks that exactly these come back. */
export async function assertStored(backend: Backend, objects: readonly GitObject[]): Promise<void> {
  const oids = [...new Set(objects.map((object) => object.oid))];
  const found = await within(CALL_MS, "objects.read", () => backend.objects.read(oids));
  assert.deepEqual([...found.keys()].sort(), [...oids].sort(), "the ids read are the ids written");
  for (const { oid, type, bytes } of objects) {
    const object = found.get(oid);
    assert.equal(object?.oid, oid, "the object knows its id");
    assert.equal(object.type, type, `type of ${oid}`);
    assert.ok(object.bytes instanceof Uint8Array, "bytes are a Uint8Array");
    assert.ok(Buffer.from(bytes).equals(object.bytes), `content of ${type} ${oid} (${bytes.byteLength} bytes)`);
  }
}

/** Moves one ref. */
export function swap(backend: Backend, ref: RefName, old: Oid | undefined, next: Oid | undefined): Promise<boolean> {
  const updates = [{ ref, old, new: next, reason: "conformance" }];
  return within(CALL_MS, "refs.compareAndSwap", () => backend.refs.compareAndSwap(updates));
}

export async function refAt(backend: Backend, ref: RefName): Promise<Oid | undefined> {
  return (await within(CALL_MS, "refs.list", () => backend.refs.list(ref))).get(ref);
}

/** Writes a commit with its tree and gives its id. */
export async function newCommit(backend: Backend, objects: readonly GitObject[]): Promise<Oid> {
  await writeAll(backend, objects);
  return objects.at(-1)?.oid ?? "";
}
