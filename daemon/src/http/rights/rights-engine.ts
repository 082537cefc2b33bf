import type { AuthorizationConfig, PolicyPlace } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { SyncEvent } from "@vexil/engine/model/events";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { logEvent } from "@vexil/engine/observe/catalogue";
import { AuthorizationPluginToken, type Generation, type UsableAuthorization } from "@vexil/engine/plugins/generation";
import type { Storages } from "@vexil/engine/storage/storages";
import type { Authorization, ConfiguredCallers, Logger, Oid } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { configuredCallers } from "../../access/configured-callers.js";
import { Decider } from "./decider.js";
import { earlierPolicies, findPolicyFile, type PolicyFile, policyActor, policyHead } from "./policy-file.js";
import { withPolicies } from "./policy-settings.js";

/** The engine of a configuration that is not in force yet. */
export interface PreparedEngine {
  /** From then on it decides, and the one before ends. Never rejects. */
  take(): Promise<void>;
  /** It is not to be. */
  drop(): Promise<void>;
}

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

/** The configuration in force, and the plugin that makes engines of it. */
interface Source {
  readonly config: AuthorizationConfig;
  readonly plugin: UsableAuthorization;
  readonly callers: ConfiguredCallers;
}

/** Policies that count: the content of their file, and which it is. */
interface Policies {
  readonly content: Oid;
  readonly bytes: Uint8Array;
}

/** An engine and the policies that it was made with; without a configuration there is none. */
interface Made {
  readonly engine: Authorization | undefined;
  readonly policies: Policies | undefined;
}

/** The line about new policies waits this long for who brought them. */
const ACTOR_MS = 10_000;
/** A look at earlier policies, which may have to be fetched, takes no longer. */
const PAST_MS = 10_000;

/** Warnings about one engine: whoever writes policies may write many bindings. */
const MOST_UNMATCHED = 20;

type ChangeFields = Readonly<Record<"reason", string>> & Readonly<Record<string, unknown>>;

export interface RightsEngineParts {
  readonly snapshots: Pick<SnapshotReader, "get">;
  readonly storages: Storages;
  readonly logger: Logger;
}

/** The engine of rights of the configuration in force, with the policies of a repository where it names a file there. */
export class RightsEngine {
  readonly decider: Decider;
  readonly #parts: RightsEngineParts;
  #source: Source | undefined;
  #engine: Authorization | undefined;
  #policies: Policies | undefined;
  #fault: PolicyFault | undefined;
  /** Warnings about the engine in force: each is told when it is new. */
  #unmatched: ReadonlySet<string> = new Set();
  /** State that was looked at last. */
  #seen: Oid | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLookWaiting = false;
  /** No policies have counted yet, and the past has not been looked through to its end. */
  #seeksPast = false;

  constructor(parts: RightsEngineParts) {
    this.#parts = parts;
    this.decider = new Decider(() => this.#engine, parts.snapshots);
  }

  /** Undefined: no policies come from a storage. */
  get policyState(): PolicyState | undefined {
    const storage = this.#source?.config.policies?.storage;
    return storage === undefined ? undefined : { storage, isRejected: this.#fault !== undefined };
  }

  /** Reason why the newest policies do not count. */
  get fault(): PolicyFault | undefined {
    return this.#fault;
  }

  /**
   * Makes the engine of a configuration. Policies that counted go on to, where they still are its own.
   * @throws VexilError if it cannot be made
   */
  async prepare({ config: { authorization: config, authentication }, scope }: Generation): Promise<PreparedEngine> {
    const source =
      config === undefined
        ? undefined
        : {
            config,
            plugin: await scope.named(AuthorizationPluginToken, config.type),
            callers: configuredCallers(authentication),
          };
    let policies = this.#policiesFor(config);
    let made = await this.#make(source, policies);
    return {
      take: async () => {
        // Policies that came while the rest of the reload went on count: what those before allowed is over.
        while (this.#policiesFor(config) !== policies) {
          policies = this.#policiesFor(config);
          const before = made;
          made = await this.#makeAnew(source, policies);
          void before.engine?.close();
        }
        const isOther = !sameSettings(this.#source?.config, config);
        const isFirst = this.#source === undefined;
        this.#source = source;
        this.#policies = made.policies;
        this.#fault = undefined;
        this.#seen = undefined;
        this.#seeksPast = false;
        this.#swap(made.engine);
        if (isOther && !isFirst) this.#changed({ reason: "reload" });
        // What has been decided was decided by one that has ended.
        else this.decider.changed();
        this.look();
      },
      drop: async () => made.engine?.close(),
    };
  }

  /** Takes in an event of the storages: there may be another state with other policies, or a remote again to ask. */
  apply({ storage, type }: SyncEvent): void {
    if (storage === this.#source?.config.policies?.storage) this.look(type.endsWith(".succeeded"));
  }

  /**
   * Looks at the newest state's policies, one state after the other.
   * @param mayReadPast true if a past that could not be read is worth another try
   */
  look(mayReadPast = false): void {
    const place = this.#source?.config.policies;
    if (place === undefined || this.#isLookWaiting) return;
    const isSeen = policyHead(this.#parts.storages, place) === this.#seen;
    if (isSeen && !(mayReadPast && this.#seeksPast)) return;
    this.#isLookWaiting = true;
    this.#looking = this.#looking.then(() => {
      this.#isLookWaiting = false;
      return this.#takeOver();
    });
  }

  async #takeOver(): Promise<void> {
    const source = this.#source;
    const place = source?.config.policies;
    const head = place && policyHead(this.#parts.storages, place);
    if (source === undefined || place === undefined || head === undefined) return;
    if (head !== this.#seen) await this.#takeHead(source, place, head);
    if (this.#seeksPast && source === this.#source) await this.#lookBack(source, place, head);
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
      const engine = await this.#create(source, policies);
      if (await this.#enforce(source, place, file, { engine, policies })) this.#fault = undefined;
    } catch (error) {
      if (source !== this.#source) return;
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
        const engine = await this.#create(source, policies).catch(() => undefined);
        if (engine === undefined) continue;
        await this.#enforce(source, place, file, { engine, policies });
        return;
      }
      // There are none.
      if (source === this.#source) this.#seeksPast = false;
    } catch {
      // With the storage's next success it is tried again.
    }
  }

  /** @returns false if a reload has come in between, which looks for itself */
  async #enforce(source: Source, place: PolicyPlace, file: PolicyFile, { engine, policies }: Made): Promise<boolean> {
    if (source !== this.#source) {
      await engine?.close();
      return false;
    }
    this.#policies = policies;
    this.#seeksPast = false;
    this.#swap(engine);
    this.decider.changed();
    void this.#tellPolicies(place, file);
    return true;
  }

  /** The policies that count, if they are of the same place as a configuration's. */
  #policiesFor(config: AuthorizationConfig | undefined): Policies | undefined {
    return sameSettings(this.#source?.config.policies, config?.policies) ? this.#policies : undefined;
  }

  async #make(source: Source | undefined, policies: Policies | undefined): Promise<Made> {
    return { engine: source && (await this.#create(source, policies)), policies };
  }

  /** It is too late to refuse a configuration: policies that do not go with it do not count, and without any nothing does. */
  async #makeAnew(source: Source | undefined, policies: Policies | undefined): Promise<Made> {
    return this.#make(source, policies)
      .catch(() => this.#make(source, undefined))
      .catch(() => ({ engine: undefined, policies: undefined }));
  }

  async #create({ config, plugin }: Source, policies: Policies | undefined): Promise<Authorization> {
    let engine: Authorization | undefined;
    const settings = policies === undefined ? config.settings : withPolicies(config.settings, policies.bytes);
    const path = policies === undefined ? config.path : (config.policies?.path ?? config.path);
    engine = await plugin.create({ ...config, settings, path }, () => {
      if (this.#engine === engine) this.#changed({ reason: "the engine says so" });
    });
    return engine;
  }

  #swap(engine: Authorization | undefined): void {
    const before = this.#engine;
    this.#engine = engine;
    void before?.close();
    const unmatched = (this.#source && engine?.unmatched?.(this.#source.callers)) ?? [];
    for (const reason of unmatched.slice(0, MOST_UNMATCHED)) {
      if (!this.#unmatched.has(reason))
        logEvent(this.#parts.logger, "config.warning", { reason: `authorization: ${reason}` });
    }
    this.#unmatched = new Set(unmatched);
  }

  #changed(fields: ChangeFields): void {
    this.#tell(fields);
    this.decider.changed();
  }

  /** They count already, and the next ones are not to wait: who brought these may have to be asked from a remote. */
  async #tellPolicies({ storage, path }: PolicyPlace, file: PolicyFile): Promise<void> {
    const signal = AbortSignal.timeout(ACTOR_MS);
    const actor = await policyActor(this.#parts.storages, { storage, path }, file, signal).catch(() => undefined);
    const who = actor === undefined ? {} : { actor };
    this.#tell({ reason: "policies", ...who, storage, path, revision: file.revision });
  }

  #tell(fields: ChangeFields): void {
    logEvent(this.#parts.logger, "access.changed", fields);
  }
}
