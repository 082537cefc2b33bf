import { VexilError } from "@vexil/plugin-api/errors";
import { keepPrepared, PreparedNamespace } from "../http/reads/prepared-namespace.js";
import type { ReadEnvironment, ReadSnapshots, ServedNamespace } from "../http/reads/read-snapshots.js";
import { FlagsInTheMaking } from "./changed-flags.js";
import type { PublishMessage } from "./messages.js";
import { type Part, unpackPart } from "./ship-snapshot.js";

type Head = Extract<Part, { type: "head" }>;

/** A state that comes; `served` where it is here already. */
type Staged =
  | { readonly served: ServedNamespace }
  | { readonly head: Head; readonly base: ServedNamespace | undefined; readonly making: FlagsInTheMaking };

/** The snapshots of a worker: what the primary sent, taken over an environment at a time. */
export class ShippedSnapshots implements ReadSnapshots {
  readonly #environments = new Map<string, ReadEnvironment>();
  readonly #staged = new Map<string, Map<string, Staged>>();
  /** Numbers of the states that are served. */
  readonly #states = new WeakMap<ServedNamespace, number>();
  readonly #ask: (state: number) => Promise<Buffer>;
  #default: string | undefined;

  /** @param ask has the stream message of a namespace, by the number of its state */
  constructor(ask: (state: number) => Promise<Buffer>) {
    this.#ask = ask;
  }

  get(environment: string): ReadEnvironment | undefined {
    return this.#environments.get(environment);
  }

  default(): ReadEnvironment | undefined {
    return this.#default === undefined ? undefined : this.#environments.get(this.#default);
  }

  stage(environment: string, packed: Uint8Array): void {
    const part = unpackPart(packed);
    const staged = this.#staged.get(environment) ?? new Map<string, Staged>();
    this.#staged.set(environment, staged);
    if (part.type === "head") staged.set(part.key, this.#begin(environment, part));
    else {
      const one = staged.get(part.key);
      if (one !== undefined && "making" in one) one.making.follow(part.steps);
    }
  }

  #begin(environment: string, head: Head): Staged {
    const served = this.#environments.get(environment)?.snapshot?.namespaces.get(head.key);
    const state = served && this.#states.get(served);
    if (served !== undefined && state === head.state) return { served };
    const base = head.base === undefined ? undefined : served;
    if (state !== head.base && head.base !== undefined) {
      throw new VexilError("VEXIL_INTERNAL_BUG", `a worker was told a difference from a state that it has not`);
    }
    return { head, base, making: new FlagsInTheMaking(base?.flags ?? new Map()) };
  }

  /** Makes staged namespaces the served ones, all at once; those not staged stay the same objects. */
  publish(message: PublishMessage): void {
    if (message.environments !== undefined) this.#declare(new Set(message.environments));
    this.#default = message.defaultEnvironment;
    const { environment } = message;
    if (environment === undefined) return;
    const staged = this.#staged.get(environment);
    const served = this.#environments.get(environment)?.snapshot?.namespaces;
    const namespaces = new Map<string, ServedNamespace>();
    for (const key of message.namespaces) {
      const fresh = staged?.get(key);
      const namespace = fresh === undefined ? served?.get(key) : this.#namespace(fresh);
      if (namespace !== undefined) namespaces.set(key, namespace);
    }
    this.#staged.delete(environment);
    this.#environments.set(environment, {
      info: { key: environment },
      snapshot: { namespaces, revision: message.revision },
    });
  }

  #declare(known: ReadonlySet<string>): void {
    for (const key of this.#environments.keys()) if (!known.has(key)) this.#environments.delete(key);
    for (const key of known) {
      if (!this.#environments.has(key)) this.#environments.set(key, { info: { key }, snapshot: undefined });
    }
  }

  remove(environment: string): void {
    this.#environments.delete(environment);
    this.#staged.delete(environment);
  }

  #namespace(staged: Staged): ServedNamespace {
    if ("served" in staged) return staged.served;
    const { head, base, making } = staged;
    const { key, name, description, digest, builtAt, state, message } = head;
    const sortedKeys = head.sortedKeys ?? base?.sortedKeys ?? [];
    const { flags } = making;
    const namespace: ServedNamespace = { key, name, description, digest, builtAt, sortedKeys, flags };
    const bytes = message === undefined ? () => this.#ask(state) : Buffer.from(message);
    keepPrepared(namespace, new PreparedNamespace(digest, bytes));
    this.#states.set(namespace, state);
    return namespace;
  }
}
