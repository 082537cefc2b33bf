import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { keepPrepared, PreparedNamespace } from "../http/reads/prepared-namespace.js";
import type { ReadEnvironment, ReadSnapshots, ServedNamespace } from "../http/reads/read-snapshots.js";
import type { PublishMessage } from "./messages.js";
import { type Part, unpackPart } from "./ship-snapshot.js";

interface Staged {
  readonly head: Extract<Part, { type: "head" }>;
  readonly flags: Map<string, CompiledFlag>;
}

/** The snapshots of a worker: what the primary sent, taken over an environment at a time. */
export class ShippedSnapshots implements ReadSnapshots {
  readonly #environments = new Map<string, ReadEnvironment>();
  readonly #staged = new Map<string, Map<string, Staged>>();
  #default: string | undefined;

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
    if (part.type === "head") staged.set(part.key, { head: part, flags: new Map() });
    else for (const flag of part.flags) staged.get(part.key)?.flags.set(flag.key, flag);
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
      const namespace = fresh === undefined ? served?.get(key) : toNamespace(fresh);
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
}

function toNamespace({ head, flags }: Staged): ServedNamespace {
  const { key, name, description, digest, builtAt, sortedKeys } = head;
  const ready = new PreparedNamespace(digest, Buffer.from(head.ndjson));
  const namespace: ServedNamespace = {
    key,
    name,
    description,
    digest,
    builtAt,
    sortedKeys,
    flags,
    // Only the bytes are kept; a text is made of them in the rare case that somebody wants one.
    get clientJson() {
      return ready.json.toString("utf8");
    },
  };
  keepPrepared(namespace, ready);
  return namespace;
}
