import type { Config, EdgeConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { StatusReader } from "@vexil/engine/model/storage-status";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError, type VexilError } from "@vexil/plugin-api/errors";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import type { UsageRow } from "../usage/usage-rows.js";
import type { CountReporter } from "./count-reporter.js";
import type { EdgeState } from "./edge-state.js";
import { edgedConfig } from "./edged-config.js";
import { Lineage } from "./lineage.js";
import { Nudges, type UpstreamHead } from "./nudges.js";
import type { Upstream } from "./upstream.js";
import type { UpstreamSet } from "./upstream-set.js";

/** At a start without anything kept the upstream is waited for so long; then it is served what comes later. */
const FIRST_ASK_MS = 5_000;
/** At the end counts are told for so long. */
const LAST_REPORT_MS = 3_000;

/** Parts of the daemon that an edge moves. */
export interface EdgeParts {
  readonly snapshots: SnapshotReader;
  readonly status: StatusReader;
  /** Polls a storage now, or branches of it; undefined: there is none. */
  readonly sync: (storage: string, branches?: ReadonlySet<string>) => Promise<unknown> | undefined;
  /** Goes over to a configuration, as a reload does. */
  readonly reload: (config: Config) => Promise<unknown>;
}

/** A configuration with the upstream's storages, which is not in force yet. */
export interface PreparedEdge {
  readonly config: Config;
  take(): Promise<void>;
  drop(): Promise<void>;
}

/** The part of a daemon that makes it an edge, where the configuration says so; else it does nothing. */
export class EdgeRole {
  readonly lineage = new Lineage();
  readonly #logger: Logger;
  /** As the file has it: without the upstream's storages. */
  #file: Config | undefined;
  #upstream: Upstream | undefined;
  #parts: EdgeParts | undefined;
  #following: AbortController | undefined;
  #state: EdgeState | undefined;
  #reporter: CountReporter | undefined;
  #isUnreported = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Tells the upstream of counts, if it is to be told. */
  readonly report = (name: string, rows: readonly UsageRow[]): void => this.#reporter?.report(name, rows);

  /** Undefined: it is no edge. */
  get upstream(): Upstream | undefined {
    return this.#upstream;
  }

  get state(): EdgeState | undefined {
    return this.#state;
  }

  /** @throws VexilError where the configuration cannot be an edge's */
  async prepare(config: Config): Promise<PreparedEdge> {
    const { edge } = config;
    const before = this.#upstream;
    if (edge === undefined) return { config, take: () => this.#use(config, undefined), drop: async () => undefined };
    const isSame = before?.isAsIn(config) === true;
    const upstream = isSame ? before : await this.#open(config, edge);
    return {
      config: edgedConfig(config, edge, upstream.set),
      take: () => this.#use(config, upstream),
      drop: async () => (isSame ? undefined : upstream.close()),
    };
  }

  /** Follows the upstream from now on. */
  follow(parts: EdgeParts): void {
    this.#parts = parts;
    this.#follow();
  }

  /** Follows the upstream no more. */
  leave(): void {
    this.#parts = undefined;
    this.#following?.abort();
  }

  /** Tells the upstream what is left to tell, and closes. */
  async stop(signal: AbortSignal): Promise<void> {
    this.leave();
    await this.#reporter?.stop(signalWithin(LAST_REPORT_MS, signal));
    await this.#upstream?.close();
  }

  async #open(config: Config, edge: EdgeConfig): Promise<Upstream> {
    const { Upstream } = await import("./upstream.js");
    const upstream = await Upstream.open(config, edge, this.lineage, this.#logger);
    if (upstream.set !== undefined) return upstream;
    // Whoever follows it says what went wrong.
    const set = await upstream.ask(signalWithin(FIRST_ASK_MS)).catch(() => undefined);
    if (set !== undefined) await upstream.keep(set);
    return upstream;
  }

  async #use(file: Config, upstream: Upstream | undefined): Promise<void> {
    this.#file = file;
    if (upstream === this.#upstream) return;
    this.#following?.abort();
    await this.#upstream?.close();
    this.#upstream = upstream;
    this.#state = upstream && { upstream: upstream.edge.upstream, isConnected: false, since: Date.now() };
    if (upstream === undefined) this.lineage.upstreams = [];
    else this.#reporter ??= await this.#openReporter();
    if (this.#parts !== undefined) this.#follow();
  }

  async #openReporter(): Promise<CountReporter> {
    const { CountReporter } = await import("./count-reporter.js");
    return new CountReporter({
      client: () => (this.#upstream?.edge.counts === true ? this.#upstream.client : undefined),
      failed: ({ code, message }) => {
        if (!this.#isUnreported) logEvent(this.#logger, "edge.unreported", { code, reason: message });
        this.#isUnreported = true;
      },
      succeeded: () => {
        this.#isUnreported = false;
      },
    });
  }

  #follow(): void {
    const [upstream, parts] = [this.#upstream, this.#parts];
    if (upstream === undefined || parts === undefined) return;
    const following = new AbortController();
    this.#following = following;
    const nudges = new Nudges(parts);
    const listener = {
      asked: (set: UpstreamSet) => this.#asked(upstream, set, nudges),
      heard: (head: UpstreamHead) => nudges.heard(head) || isListed(upstream.set, head),
      lost: (error: VexilError, failures: number) => this.#lost(upstream, error, failures),
    };
    void import("./follow-upstream.js").then(({ followUpstream }) =>
      followUpstream(upstream, listener, following.signal),
    );
  }

  async #asked(upstream: Upstream, set: UpstreamSet, nudges: Nudges): Promise<void> {
    const { storages: before } = upstream.set ?? {};
    const [file, parts] = [this.#file, this.#parts];
    if (!sameSettings(before, set.storages) && file !== undefined && parts !== undefined) {
      await upstream.served(set, () => parts.reload(file));
      const names = set.storages.map(({ id }) => id);
      logEvent(this.#logger, "edge.changed", { upstream: upstream.edge.upstream, storages: names });
    }
    if (this.#state?.isConnected === true) return;
    this.#state = { upstream: upstream.edge.upstream, isConnected: true, since: Date.now() };
    logEvent(this.#logger, "edge.connected", { upstream: upstream.edge.upstream });
    // They wait for their next try, which need not be soon.
    for (const { id, state } of parts?.status.summaries() ?? []) if (state !== "ready") nudges.nudge(id);
  }

  #lost(upstream: Upstream, thrown: VexilError, failures: number): void {
    const { code, message } = toVexilError(thrown);
    const wasConnected = this.#state?.isConnected === true;
    const isOther = this.#state?.error?.code !== code;
    const since = wasConnected ? Date.now() : (this.#state?.since ?? Date.now());
    this.#state = { upstream: upstream.edge.upstream, isConnected: false, since, error: { code, message } };
    // Once, until it is another reason: each try would fail in the same way.
    if (wasConnected || isOther || failures === 1) {
      logEvent(this.#logger, "edge.disconnected", { upstream: upstream.edge.upstream, code, reason: message });
    }
  }
}

/** Tells whether the upstream is known to have an environment, though it is not served here. */
function isListed(set: UpstreamSet | undefined, { environment }: UpstreamHead): boolean {
  return set?.storages.some(({ environments }) => environments.some(({ key }) => key === environment)) === true;
}
