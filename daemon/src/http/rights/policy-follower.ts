import type { AuthorizationConfig, PolicyPlace } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { SyncEvent } from "@vexil/engine/model/events";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Storages } from "@vexil/engine/storage/storages";
import type { Authorization, Logger, Oid } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { earlierPolicies, findPolicyFile, type PolicyFile, policyHead } from "./policy-file.js";

/** Policies that could not be taken over: those before count. */
export interface PolicyFault {
  readonly storage: string;
  readonly reason: string;
}

/** Policies that come from a storage. */
export interface PolicyState {
  readonly storage: string;
  /** The newest are faulty. */
  readonly isRejected: boolean;
}

/** Policies that count: the content of their file, and which it is. */
export interface Policies {
  readonly content: Oid;
  readonly bytes: Uint8Array;
}

/** A look at earlier policies, which may have to be fetched, takes no longer. */
const PAST_MS = 10_000;

export interface PolicyFollowerParts<Source> {
  readonly storages: Storages;
  readonly logger: Logger;
  /** The configuration in force; undefined: none. */
  readonly source: () => Source | undefined;
  /** Makes an engine with policies. @throws VexilError if they are faulty */
  readonly create: (source: Source, policies: Policies) => Promise<Authorization>;
  /** From then on an engine decides, and the one before ends. */
  readonly enforce: (engine: Authorization, place: PolicyPlace, file: PolicyFile) => void;
}

/**
 * Follows the file of policies in a storage, where the configuration in force names one: each state of it that is none
 * faulty becomes an engine.
 */
export class PolicyFollower<Source extends { readonly config: AuthorizationConfig }> {
  readonly #parts: PolicyFollowerParts<Source>;
  #policies: Policies | undefined;
  #fault: PolicyFault | undefined;
  /** State that was looked at last. */
  #seen: Oid | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLookWaiting = false;
  /** No policies have counted yet, and the past has not been looked through to its end. */
  #seeksPast = false;

  constructor(parts: PolicyFollowerParts<Source>) {
    this.#parts = parts;
  }

  /** Undefined: no policies come from a storage. */
  get state(): PolicyState | undefined {
    const storage = this.#place?.storage;
    return storage === undefined ? undefined : { storage, isRejected: this.#fault !== undefined };
  }

  /** Reason why the newest policies do not count. */
  get fault(): PolicyFault | undefined {
    return this.#fault;
  }

  /** The policies that count, if they are of the same place as a configuration's. */
  policiesFor(config: AuthorizationConfig | undefined): Policies | undefined {
    return sameSettings(this.#place, config?.policies) ? this.#policies : undefined;
  }

  /** Another configuration is in force; these policies count. */
  startAnew(policies: Policies | undefined): void {
    this.#policies = policies;
    this.#fault = undefined;
    this.#seen = undefined;
    this.#seeksPast = false;
  }

  /** Takes in an event of the storages: there may be another state with other policies, or a remote again to ask. */
  apply({ storage, type }: SyncEvent): void {
    if (storage === this.#place?.storage) this.look(type.endsWith(".succeeded"));
  }

  /**
   * Looks at the newest state's policies, one state after the other.
   * @param mayReadPast true if a past that could not be read is worth another try
   */
  look(mayReadPast = false): void {
    const place = this.#place;
    if (place === undefined || this.#isLookWaiting) return;
    const isSeen = policyHead(this.#parts.storages, place) === this.#seen;
    if (isSeen && !(mayReadPast && this.#seeksPast)) return;
    this.#isLookWaiting = true;
    this.#looking = this.#looking.then(() => {
      this.#isLookWaiting = false;
      return this.#takeOver();
    });
  }

  get #place(): PolicyPlace | undefined {
    return this.#parts.source()?.config.policies;
  }

  #isInForce(source: Source): boolean {
    return source === this.#parts.source();
  }

  async #takeOver(): Promise<void> {
    const source = this.#parts.source();
    const place = source?.config.policies;
    const head = place && policyHead(this.#parts.storages, place);
    if (source === undefined || place === undefined || head === undefined) return;
    if (head !== this.#seen) await this.#takeHead(source, place, head);
    if (this.#seeksPast && this.#isInForce(source)) await this.#lookBack(source, place, head);
  }

  async #takeHead(source: Source, place: PolicyPlace, head: Oid): Promise<void> {
    this.#seen = head;
    const fields = { storage: place.storage, path: place.path, revision: head };
    try {
      const file = await findPolicyFile(this.#parts.storages, place, head);
      if (file.content === this.#policies?.content) {
        this.#fault = undefined;
        return;
      }
      const policies = { content: file.content, bytes: await file.read() };
      const engine = await this.#parts.create(source, policies);
      if (await this.#enforce(source, place, file, engine, policies)) this.#fault = undefined;
    } catch (error) {
      if (!this.#isInForce(source)) return;
      const { code, message, kind } = toVexilError(error);
      // What could not be read is tried again with the storage's next event.
      if (kind === "unavailable" || kind === "connection") this.#seen = undefined;
      const reason = `${place.path} at ${head}: ${message}`;
      if (reason === this.#fault?.reason) return;
      this.#fault = { storage: place.storage, reason };
      logEvent(this.#parts.logger, "policies.rejected", { ...fields, code, reason: message });
      this.#seeksPast = this.#policies === undefined;
    }
  }

  /**
   * A daemon that starts with faulty policies takes the last that were none: those that another one kept. While the past
   * cannot be read, a remote being away, it goes on to seek them.
   */
  async #lookBack(source: Source, place: PolicyPlace, head: Oid): Promise<void> {
    const signal = AbortSignal.timeout(PAST_MS);
    try {
      for await (const file of earlierPolicies(this.#parts.storages, place, head, signal)) {
        const policies = { content: file.content, bytes: await file.read() };
        const engine = await this.#parts.create(source, policies).catch(() => undefined);
        if (engine === undefined) continue;
        await this.#enforce(source, place, file, engine, policies);
        return;
      }
      // There are none.
      if (this.#isInForce(source)) this.#seeksPast = false;
    } catch {
      // With the storage's next success it is tried again.
    }
  }

  /** @returns false if a reload has come in between, which looks for itself */
  async #enforce(
    source: Source,
    place: PolicyPlace,
    file: PolicyFile,
    engine: Authorization,
    policies: Policies,
  ): Promise<boolean> {
    if (!this.#isInForce(source)) {
      await engine.close();
      return false;
    }
    this.#policies = policies;
    this.#seeksPast = false;
    this.#parts.enforce(engine, place, file);
    return true;
  }
}
