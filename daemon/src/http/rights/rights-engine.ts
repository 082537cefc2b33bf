import type { AuthorizationConfig, PolicyPlace } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { SyncEvent } from "@vexil/engine/model/events";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { logEvent } from "@vexil/engine/observe/catalogue";
import { AuthorizationPluginToken, type Generation, type UsableAuthorization } from "@vexil/engine/plugins/generation";
import type { Storages } from "@vexil/engine/storage/storages";
import type { Authorization, ConfiguredCallers, Logger } from "@vexil/plugin-api";
import { configuredCallers } from "../../access/configured-callers.js";
import { Decider } from "./decider.js";
import { type PolicyFile, policyActor } from "./policy-file.js";
import { type Policies, type PolicyFault, PolicyFollower, type PolicyState } from "./policy-follower.js";
import { createWithPolicies } from "./policy-settings.js";

/** The engine of a configuration that is not in force yet. */
export interface PreparedEngine {
  /** From then on it decides, and the one before ends. Never rejects. */
  take(): Promise<void>;
  /** It is not to be. */
  drop(): Promise<void>;
}

/** The configuration in force, and the plugin that makes engines of it. */
interface Source {
  readonly config: AuthorizationConfig;
  readonly plugin: UsableAuthorization;
  readonly callers: ConfiguredCallers;
}

/** An engine and the policies that it was made with; without a configuration there is none. */
interface Made {
  readonly engine: Authorization | undefined;
  readonly policies: Policies | undefined;
}

/** The line about new policies waits this long for who brought them. */
const ACTOR_MS = 10_000;
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
  readonly #follower: PolicyFollower<Source>;
  #source: Source | undefined;
  #engine: Authorization | undefined;
  /** Warnings about the engine in force: each is told when it is new. */
  #unmatched: ReadonlySet<string> = new Set();

  constructor(parts: RightsEngineParts) {
    this.#parts = parts;
    this.decider = new Decider(() => this.#engine, parts.snapshots);
    const { storages, logger } = parts;
    this.#follower = new PolicyFollower({
      storages,
      logger,
      source: () => this.#source,
      create: (source, policies) => this.#create(source, policies),
      enforce: (engine, place, file) => {
        this.#swap(engine);
        this.decider.changed();
        void this.#tellPolicies(place, file);
      },
    });
  }

  /** Undefined: no policies come from a storage. */
  get policyState(): PolicyState | undefined {
    return this.#follower.state;
  }

  /** Reason why the newest policies do not count. */
  get fault(): PolicyFault | undefined {
    return this.#follower.fault;
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
    let policies = this.#follower.policiesFor(config);
    let made = await this.#make(source, policies);
    return {
      take: async () => {
        // Policies that came while the rest of the reload went on count: what those before allowed is over.
        while (this.#follower.policiesFor(config) !== policies) {
          policies = this.#follower.policiesFor(config);
          const before = made;
          made = await this.#makeAnew(source, policies);
          void before.engine?.close();
        }
        const isOther = !sameSettings(this.#source?.config, config);
        const isFirst = this.#source === undefined;
        this.#source = source;
        this.#follower.startAnew(made.policies);
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
  apply(event: SyncEvent): void {
    this.#follower.apply(event);
  }

  /** Looks at the newest state's policies. */
  look(): void {
    this.#follower.look();
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
    engine = await createWithPolicies(plugin, config, policies?.bytes, () => {
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
