import type { IncomingMessage, ServerResponse } from "node:http";
import type { AccessRules } from "../../access/access-rules.js";
import { applyCors } from "../cors.js";
import { errorStatus, notFoundError } from "../error-response.js";
import type { HotPath } from "../hot-path.js";
import { countRefusal } from "../limits/count-refusal.js";
import { PipelinedRequests } from "../limits/pipelined-requests.js";
import { refuseBeyond } from "../limits/refuse-beyond.js";
import { countRequest } from "../reads/route-counts.js";
import { answeredIds } from "../request-id.js";
import { isAdminPath, requestTarget } from "../request-target.js";
import { sendProblem } from "../send-problem.js";
import { isLoopbackAddress } from "./authority.js";
import { ColdEntry, type EntryOptions, type EntrySettings } from "./cold-entry.js";
import { answerProbe, type Health, probeOf } from "./health.js";
import { foreignHostError, HostCheck } from "./host-check.js";
import { takeOffBase } from "./take-off-base.js";

/** Settings that the edge goes by; a reload replaces them. */
export interface EdgeSettings extends EntrySettings {
  readonly allowedHosts: readonly string[];
  readonly basePath: string;
}

export interface EdgeOptions extends EntryOptions {
  readonly settings: EdgeSettings;
  /** Answers reads; undefined where none are served. */
  readonly hotPath: Pick<HotPath, "handle"> | undefined;
  readonly health: () => Health;
  /** `admin` is metrics, health and status; `public` the rest; `all` both. */
  readonly serves: "all" | "public" | "admin";
}

/**
 * Where requests arrive, in whichever process accepts connections. In this order: is it sent to this daemon's name, may
 * a browser's page read the answer, then reads, probes, and the way in to everything else.
 */
export class Edge {
  readonly #options: EdgeOptions;
  readonly #cold: ColdEntry;
  readonly #pipelined = new PipelinedRequests();
  #settings: EdgeSettings;
  /** Until it is known better. */
  #address: string | undefined = "127.0.0.1";
  #hosts: HostCheck | undefined;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#cold = new ColdEntry(options, () => this.#settings);
    this.#checkHosts();
  }

  /** @param address that connections are accepted on; undefined where that is none of the network */
  listensOn(address: string | undefined): void {
    this.#address = address;
    this.#checkHosts();
  }

  configure(settings: EdgeSettings): void {
    this.#settings = settings;
    this.#checkHosts();
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#pipelined.add(request, response)) return;
    if (this.#settings.basePath !== "") takeOffBase(request, this.#settings.basePath);
    if (this.#hosts?.judge(request) === "foreign" && !isForAnyName(request)) {
      this.#refuse(request, response, foreignHostError(request));
      return;
    }
    if (applyCors(this.#settings.cors, request, response)) return;
    const { hotPath, health, serves, limits, tally, gate } = this.#options;
    if (refuseBeyond(limits, gate, tally, request, response)) return;
    if (hotPath?.handle(request, response) === true) return;
    const target = requestTarget(request.url ?? "/");
    if (target !== undefined && serves !== "all" && isAdminPath(target.path) !== (serves === "admin")) {
      this.#refuse(request, response, notFoundError());
      return;
    }
    const probe = target === undefined || request.method !== "GET" ? undefined : probeOf(target);
    if (target === undefined || probe === undefined) {
      const refusal = this.#pipelined.refusal(request);
      if (refusal === undefined) this.#cold.handle(request, response, target, this.#hosts?.judgeBoth(request) ?? "own");
      else {
        countRefusal(tally, refusal);
        response.setHeader("Connection", "close");
        this.#refuse(request, response, refusal);
      }
    } else {
      const started = performance.now();
      const { path, query } = target;
      const answer = (isTrusted: boolean): void => {
        const status = answerProbe(request, response, { probe, query, health: health(), isTrusted });
        countRequest(tally, path, "GET", status, started);
      };
      // Whether it is alive is told at once: it depends on nobody.
      const trusted = probe === "live" ? false : gate.isTrusted(request.headers);
      if (trusted instanceof Promise) void trusted.then((known) => response.destroyed || answer(known));
      else answer(trusted);
    }
  }

  /** With authentication a page that has turned its name to this daemon has no credential for it. */
  #checkHosts(): void {
    const { accessRules, allowedHosts } = this.#settings;
    const isReachable = this.#address === undefined || !isLoopbackAddress(this.#address);
    this.#hosts = isReachable || accessRules.required ? undefined : new HostCheck(allowedHosts);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: Parameters<typeof sendProblem>[2]): void {
    answeredIds(request, response);
    sendProblem(request, response, error);
    countRequest(this.#options.tally, "", request.method ?? "", errorStatus(error).status);
  }
}

/** Probes say nothing of worth, and forges prove themselves: both may come by any name that leads here. */
function isForAnyName(request: IncomingMessage): boolean {
  const target = requestTarget(request.url ?? "/");
  return target !== undefined && (probeOf(target) !== undefined || target.segments[0] === "hooks");
}

/** The settings of one configuration. */
export function edgeSettings(
  config: {
    readonly cors: EdgeSettings["cors"];
    readonly server: { readonly allowedHosts: readonly string[]; readonly basePath: string };
    readonly authentication: { readonly session: { readonly trustedOrigins: readonly string[] } };
  },
  accessRules: AccessRules,
): EdgeSettings {
  const { trustedOrigins } = config.authentication.session;
  const { allowedHosts, basePath } = config.server;
  return { cors: config.cors, trustedOrigins, allowedHosts, basePath, accessRules };
}
