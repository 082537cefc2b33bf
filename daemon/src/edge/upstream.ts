import type { Config, CredentialConfig, EdgeConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import type { Lineage } from "./lineage.js";
import { loadSet, saveSet } from "./saved-set.js";
import { UpstreamClient } from "./upstream-client.js";
import { upstreamCredential } from "./upstream-credential.js";
import { MOST_SET_BYTES, readUpstreamSet, type UpstreamSet } from "./upstream-set.js";

/** Time for the whole answer. */
const ANSWER_MS = 30_000;
/** Daemons one behind the other; what is further is cut. */
const MOST_UPSTREAMS = 32;

/** The daemon that an edge follows, and what is known of it. */
export class Upstream {
  readonly edge: EdgeConfig;
  readonly client: UpstreamClient;
  readonly #credential: CredentialConfig | undefined;
  readonly #lineage: Lineage;
  #set: UpstreamSet | undefined;

  private constructor(edge: EdgeConfig, credential: CredentialConfig | undefined, parts: [UpstreamClient, Lineage]) {
    this.edge = edge;
    this.#credential = credential;
    [this.client, this.#lineage] = parts;
  }

  /** Opens nothing but files: nobody is asked yet. */
  static async open(config: Config, edge: EdgeConfig, lineage: Lineage, logger: Logger): Promise<Upstream> {
    const credential = edge.credentials === undefined ? undefined : config.credentials.get(edge.credentials);
    const client = await UpstreamClient.open(edge, await upstreamCredential(credential, logger));
    const upstream = new Upstream(edge, credential, [client, lineage]);
    if (edge.path !== undefined) upstream.#set = await loadSet(edge.path, edge.upstream);
    return upstream;
  }

  /** As it was when it was asked last; undefined: it never was, as far as is known. */
  get set(): UpstreamSet | undefined {
    return this.#set;
  }

  /** Tells whether a configuration names the same one, in the same way. */
  isAsIn({ edge, credentials }: Config): boolean {
    const credential = edge?.credentials === undefined ? undefined : credentials.get(edge.credentials);
    return sameSettings([this.edge, this.#credential], [edge, credential]);
  }

  /**
   * Asks for its storages and environments.
   * @throws VexilError of the connection, of an answer that cannot be used, and VEXIL_REFUSED_LOOP
   */
  async ask(signal: AbortSignal): Promise<UpstreamSet> {
    const both = signalWithin(ANSWER_MS, signal);
    const silenceMs = this.edge.template.timeouts.firstByteMs;
    const answer = await this.client.json(
      { method: "GET", path: "/api/v2/storages", signal: both, silenceMs },
      MOST_SET_BYTES,
    );
    let set: UpstreamSet;
    try {
      set = readUpstreamSet(answer);
    } catch (error) {
      throw VexilError.is(error) ? this.client.named(error) : error;
    }
    this.#follow([set.instance, ...set.upstreams]);
    return set;
  }

  /** Keeps what it answered, also on the disk. */
  async keep(set: UpstreamSet): Promise<void> {
    this.#set = set;
    const { path, upstream } = this.edge;
    if (path !== undefined) await saveSet(path, upstream, set);
  }

  /** As `keep`, once it is served; where that fails it is as before, so that the next look tries again. */
  async served(set: UpstreamSet, serve: () => Promise<unknown>): Promise<void> {
    const before = this.#set;
    this.#set = set;
    try {
      await serve();
    } catch (error) {
      this.#set = before;
      throw error;
    }
    await this.keep(set);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  #follow(ids: readonly string[]): void {
    const own = ids.indexOf(this.#lineage.id);
    // Those between stay known, so that each of a ring finds it.
    this.#lineage.upstreams = (own === -1 ? ids : ids.slice(0, own)).slice(0, MOST_UPSTREAMS);
    if (own === -1) return;
    const what = own === 0 ? "it is this daemon itself" : "it follows this daemon, which would follow itself then";
    throw this.client.named(new VexilError("VEXIL_REFUSED_LOOP", `${what}; name another one by edge.upstream`));
  }
}
