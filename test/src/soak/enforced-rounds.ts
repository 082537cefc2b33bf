import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { type EnforcedCommit, enforcedCommit, goodCommit, NAMESPACE } from "./enforced-commits.js";
import { Random } from "./random.js";

/** Ways to keep what was fetched: on disk, or not at all. */
export type KeptBy = "local" | "memory";

/** Longest time after a push within which the daemon is killed. */
const KILL_WITHIN_MS = 600;

/** Longest time after a start in which a state that passes is found. */
const FOUND_WITHIN_MS = 60_000;

/** Counts of what a run has seen. */
export interface EnforcedReport {
  readonly rounds: number;
  readonly kills: number;
  readonly good: number;
  readonly failing: number;
  /** Answers of evaluations. */
  readonly answers: number;
  /** Those while no state was known that passes, which is what the status said. */
  readonly unserved: number;
  /** Changes by the API that were refused since a test would fail. */
  readonly refused: number;
  /** Things that must not be, each with its round. */
  readonly problems: readonly string[];
}

/**
 * Rounds of real pushes, good ones and ones whose tests fail, to a daemon that enforces tests and is killed with
 * SIGKILL in between, while it is evaluated all the time: what it answers was in a good push.
 */
export class EnforcedRounds {
  readonly #scope: Scope;
  readonly #keptBy: KeptBy;
  readonly #random: Random;
  readonly #good = new Set<string>();
  readonly #problems: string[] = [];
  #repository: TemporaryRepository | undefined;
  #daemon: RunningDaemon | undefined;
  #cwd = "";
  #round = 0;
  #last: EnforcedCommit = goodCommit(0);
  #counts = { kills: 0, good: 0, failing: 0, answers: 0, unserved: 0, refused: 0 };

  constructor(scope: Scope, keptBy: KeptBy, seed: number) {
    this.#scope = scope;
    this.#keptBy = keptBy;
    this.#random = new Random(seed);
  }

  async run(rounds: number, onRound: (round: number) => void = () => undefined): Promise<EnforcedReport> {
    this.#cwd = await temporaryDirectory(this.#scope);
    this.#repository = await temporaryRepository(this.#scope, { files: this.#last.files as Record<string, string> });
    this.#good.add("g0");
    await this.#start();
    for (this.#round = 1; this.#round <= rounds; this.#round += 1) {
      await this.#runRound();
      onRound(this.#round);
    }
    await this.#daemon?.stop("SIGKILL");
    return { rounds, ...this.#counts, problems: this.#problems };
  }

  async #runRound(): Promise<void> {
    for (let pushes = 1 + this.#random.below(3); pushes > 0; pushes -= 1) {
      await this.#push();
      if (this.#random.chance(0.5)) await this.#sync();
    }
    await this.#break();
    const under = this.#sync(false);
    const until = performance.now() + this.#random.below(KILL_WITHIN_MS);
    while (performance.now() < until) await this.#ask();
    await this.#daemon?.stop("SIGKILL");
    await under;
    this.#counts.kills += 1;
    await this.#start();
    await this.#ask();
    await this.#sync();
    const foundUntil = performance.now() + FOUND_WITHIN_MS;
    let served = await this.#ask();
    while (!this.#good.has(served) && performance.now() < foundUntil) {
      await delay(500);
      await this.#sync();
      served = await this.#ask();
    }
    if (!this.#good.has(served)) this.#problem(`${served} is what is left`);
    if (this.#last.isGood && served !== this.#last.value) this.#problem(`${served} is served, not ${this.#last.value}`);
  }

  async #push(): Promise<void> {
    this.#last = enforcedCommit(this.#counts.good + this.#counts.failing + 1, this.#random);
    if (this.#last.isGood) this.#good.add(this.#last.value);
    this.#counts[this.#last.isGood ? "good" : "failing"] += 1;
    await this.#repository?.commit(this.#last.files);
  }

  /** Somebody changes the flag by the API such that its tests fail. */
  async #break(): Promise<void> {
    const variants = [{ key: "broken", default: true }];
    const payload = {
      "@type": "flipt.core.Flag",
      key: "state",
      name: "S",
      type: "VARIANT_FLAG_TYPE",
      enabled: true,
      variants,
    };
    const path = `/api/v2/environments/default/namespaces/${NAMESPACE}/resources`;
    const { status, body } = (await this.#daemon?.call("PUT", path, { key: "state", payload })) ?? {
      status: 0,
      body: {},
    };
    // While the tests file is not there, or is being mended, other refusals come first.
    if (status === 422) this.#counts.refused += 1;
    else if (status < 400) this.#problem(`a change that breaks a test was answered ${status} ${JSON.stringify(body)}`);
  }

  async #sync(wait = true): Promise<void> {
    const asked = this.#daemon?.call("POST", `/api/storages/default/sync${wait ? "?wait=true" : ""}`);
    // It may be killed meanwhile.
    await asked?.catch(() => undefined);
  }

  /** @returns the value that is served */
  async #ask(): Promise<string> {
    const question = { namespaceKey: NAMESPACE, flagKey: "state", entityId: "ada", context: { plan: "beta" } };
    const { status, body } = (await this.#daemon?.post("/evaluate/v1/variant", question)) ?? { status: 0, body: {} };
    this.#counts.answers += 1;
    const value = status === 200 ? String(body.variantKey) : `${status} ${JSON.stringify(body)}`;
    if (status === 404 && (await this.#isUnserved())) this.#counts.unserved += 1;
    else if (!this.#good.has(value)) this.#problem(`${value} was answered`);
    await delay(1);
    return value;
  }

  /** Tells whether the status says that the namespace is not served: its past is still being searched. */
  async #isUnserved(): Promise<boolean> {
    const { body } = (await this.#daemon?.get("/api/status")) ?? { body: {} };
    const unserved: readonly { readonly namespace: string }[] = body.storages?.[0]?.unservedNamespaces ?? [];
    return unserved.some(({ namespace }) => namespace === NAMESPACE);
  }

  #problem(text: string): void {
    this.#problems.push(`round ${this.#round} (${this.#keptBy}, after ${this.#last.what}): ${text}`);
  }

  async #start(): Promise<void> {
    const backend = this.#keptBy === "memory" ? { type: "memory" } : { type: "local", path: join(this.#cwd, "store") };
    const remote = this.#repository?.url;
    const storage = { default: { remote, backend, poll_interval: "1h" } };
    const environments = { default: { default: true, tests: "enforce" } };
    this.#daemon = await startDaemon(this.#scope, { cwd: this.#cwd, config: { storage, environments } });
  }
}
