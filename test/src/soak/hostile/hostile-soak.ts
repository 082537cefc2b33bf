import { eventually, type RunningDaemon, startDaemon } from "../../helpers/daemon/daemon.js";
import type { Scope } from "../../helpers/files/temporary-directory.js";
import { startFaultServer } from "../../helpers/git-servers/fault-server.js";
import { type TemporaryRepository, temporaryRepository } from "../../helpers/repositories/temporary-repository.js";
import { Random } from "../random.js";
import { type Feed, feedRequests, feedWire, HostileRepository, type Wire } from "./hostile-feeds.js";
import type { CaseKind, HostileSoakReport } from "./hostile-report.js";
import { INNOCENT_FILES, InnocentClient } from "./innocent-client.js";
import { residentBytes } from "./memory-watch.js";
import { PhaseWatch } from "./phase-watch.js";
import { type StepAnswer, StepLog } from "./step-log.js";
import { within } from "./within.js";

export interface HostileSoakOptions {
  readonly cases: number;
  readonly seed: number;
  /** Epoch milliseconds after which nothing new is begun. */
  readonly until: number;
  /** Between two of them the daemon is started again, on top of hostile files. */
  readonly phases: number;
  /** How long after the last case memory is looked at once more. */
  readonly settleMs: number;
  /** Ends the run early; what was found until then is reported all the same. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

const SHARES: Readonly<Record<CaseKind, number>> = { files: 0.6, packs: 0.02, refs: 0.02, requests: 0.36 };
/** A hostile answer may hold up a round for as long as its storage's deadlines say. */
const TIMEOUTS = { connect: "2s", first_byte: "2s", idle: "2s", total: "5s", push: "5s" };
const START_MS = 180_000;
const READY_MS = 300_000;
const STEP_MS = 300_000;
/** A client gives up a request of its own by then. */
const CLIENT_MS = 130_000;
const PROGRESS_CASES = 250;
/** Remotes that answer nonsense at once: of each a storage waits until its deadlines are over. */
const WIRES = 4;

/** Gives a running daemon, with its default limits, what hostile users would, and watches it meanwhile. */
export async function runHostileSoak(scope: Scope, options: HostileSoakOptions): Promise<HostileSoakReport> {
  const soak = await HostileSoak.open(scope, options);
  await soak.run();
  return soak.report();
}

export class HostileSoak {
  readonly #options: HostileSoakOptions;
  readonly #scope: Scope;
  readonly #hostile: TemporaryRepository;
  readonly #innocent: TemporaryRepository;
  readonly #wires: readonly Wire[];
  readonly #files: HostileRepository;
  readonly #client: InnocentClient;
  readonly #log = new StepLog();
  readonly #watch: PhaseWatch;
  readonly #startedAt = Date.now();
  readonly #done: Record<CaseKind, number> = { files: 0, packs: 0, refs: 0, requests: 0 };
  readonly #deaths: string[] = [];
  #starts = 0;
  #told = 0;
  #afterwardsBytes = 0;

  private constructor(
    scope: Scope,
    options: HostileSoakOptions,
    hostile: TemporaryRepository,
    innocent: TemporaryRepository,
    wires: readonly Wire[],
  ) {
    this.#scope = scope;
    this.#options = options;
    this.#hostile = hostile;
    this.#innocent = innocent;
    this.#wires = wires;
    this.#files = new HostileRepository(hostile);
    this.#client = new InnocentClient(innocent);
    this.#watch = new PhaseWatch((silenceMs, busyMs) =>
      this.#tell(
        `/health/live was silent for ${Math.round(silenceMs)} ms (at work ${busyMs} ms); under way: ${this.#log.underWay}`,
      ),
    );
  }

  static async open(scope: Scope, options: HostileSoakOptions): Promise<HostileSoak> {
    const files = { "hostile/features.yaml": "namespace: hostile\nflags: [{key: h, name: H}]\n" };
    const wires: Wire[] = [];
    for (let index = 0; index < WIRES; index += 1) {
      const repository = await temporaryRepository(scope, { files });
      wires.push({ storage: `wire${index}`, repository, server: await startFaultServer(scope, repository.path) });
    }
    const hostile = await temporaryRepository(scope, { files });
    const innocent = await temporaryRepository(scope, { files: INNOCENT_FILES });
    return new HostileSoak(scope, options, hostile, innocent, wires);
  }

  /** Feeds all cases, or as many as time allows. Whatever goes wrong is in the report. */
  async run(): Promise<void> {
    for (let phase = 0; phase < this.#options.phases && !this.#isLate(); phase += 1) {
      this.#tell(`phase ${phase + 1} of ${this.#options.phases}: starting the daemon`);
      for (const { server } of this.#wires) await server.fail(undefined);
      const daemon = await this.#start().catch((error: unknown) => this.#blame(`the daemon did not start: ${error}`));
      if (daemon === undefined) continue;
      await this.#watch.start(daemon.url, daemon.child.pid ?? 0);
      await this.#phase(daemon, this.#options.seed * this.#options.phases + phase);
      await this.#watch.stop();
      await this.#end(daemon, phase === this.#options.phases - 1);
    }
  }

  /** Reports what was found so far; nothing in it waits for the daemon. */
  async report(): Promise<HostileSoakReport> {
    await this.#watch.stop();
    return {
      cases: this.#done,
      wanted: this.#options.cases,
      starts: this.#starts,
      tookMs: Date.now() - this.#startedAt,
      ...this.#watch.found,
      afterwardsBytes: this.#afterwardsBytes,
      innocent: await this.#client.report(),
      steps: this.#log.steps,
      errors: this.#log.errors,
      deaths: this.#deaths,
    };
  }

  async #phase(daemon: RunningDaemon, seed: number): Promise<void> {
    // A remote that talks nonsense at the very first stops a start, as it should.
    const ready = eventually(
      () => daemon.get("/health/ready").catch(() => ({ status: 0 })),
      ({ status }) => status !== 503 || this.#isGone(daemon),
      READY_MS,
    );
    await ready.catch(() => this.#blame(`the daemon was not ready within ${READY_MS} ms`));
    this.#client.start(daemon);
    const feed: Feed = {
      url: daemon.url,
      ask: (method, path, body) => this.#ask(daemon, method, path, body),
      isOver: () => this.#isLate() || this.#isGone(daemon),
      onDone: (kind, count) => this.#count(kind, count),
      log: this.#log,
    };
    await Promise.all([
      this.#files.feed(feed, new Random(seed), this.#share("files")),
      ...this.#wires.map((wire, index) => {
        const part = (kind: CaseKind): number => Math.floor((this.#share(kind) + index) / WIRES);
        return feedWire(feed, new Random(seed + 1e6 + index), { packs: part("packs"), refs: part("refs") }, wire);
      }),
      feedRequests(feed, new Random(seed + 2e6), this.#share("requests")),
    ]);
    const paused = this.#client.pause().then(() => true);
    if ((await within(CLIENT_MS, paused)) === undefined) this.#blame("a read or write never ended");
  }

  async #end(daemon: RunningDaemon, isLast: boolean): Promise<void> {
    if (isLast && !this.#isLate()) await new Promise((resolve) => setTimeout(resolve, this.#options.settleMs));
    this.#afterwardsBytes = residentBytes(daemon.child.pid ?? 0);
    const { exitCode, signalCode } = daemon.child;
    if (this.#isGone(daemon)) {
      const last = JSON.stringify(daemon.lines.slice(-8));
      this.#blame(`the daemon ended by itself, ${signalCode ?? exitCode}: ${daemon.stderr().slice(0, 2_000)} ${last}`);
    }
    this.#tell("ending the daemon");
    const ended = await daemon.stop();
    if (ended === "SIGKILL" && signalCode === null) this.#blame("the daemon did not end when it was asked to");
  }

  async #start(): Promise<RunningDaemon> {
    const storage = (remote: string, more: object = {}): object => ({
      ...{ remote, poll_interval: "1h", fetch_policy: "lenient" },
      ...more,
    });
    const daemon = await startDaemon(this.#scope, {
      config: {
        storage: {
          hostile: storage(this.#hostile.path),
          // The others have the usual time: on a busy machine an honest remote may well need it.
          ...Object.fromEntries(
            this.#wires.map(({ storage: id, server }) => [id, storage(server.url, { timeouts: TIMEOUTS })]),
          ),
          innocent: storage(this.#innocent.path),
        },
        environments: {
          innocent: { storage: "innocent", default: true },
          hostile: { storage: "hostile" },
          ...Object.fromEntries(this.#wires.map(({ storage: id }) => [id, { storage: id }])),
        },
        log: { level: "info" },
      },
      start: "any",
      lifetimeMs: Math.max(0, this.#options.until - Date.now()) + START_MS + READY_MS + STEP_MS,
    });
    this.#starts += 1;
    const url = String((await daemon.line(({ event }) => event === "daemon.ready", START_MS)).url);
    const ready = { ...daemon, url };
    await eventually(
      () => ready.get("/health/live"),
      ({ status }) => status === 200,
      START_MS,
    );
    return ready;
  }

  async #ask(daemon: RunningDaemon, method: string, path: string, body?: unknown): Promise<StepAnswer> {
    const { signal } = this.#options;
    const late = AbortSignal.timeout(STEP_MS);
    const response = await fetch(`${daemon.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
    return { status: response.status, text: await response.text() };
  }

  /** Cases of a kind in one phase. */
  #share(kind: CaseKind): number {
    return Math.ceil((this.#options.cases * SHARES[kind]) / this.#options.phases);
  }

  #isLate(): boolean {
    return Date.now() > this.#options.until || this.#options.signal?.aborted === true;
  }

  #isGone({ child }: RunningDaemon): boolean {
    return child.exitCode !== null || child.signalCode !== null;
  }

  #blame(problem: string): undefined {
    this.#deaths.push(problem);
    this.#tell(problem);
  }

  #count(kind: CaseKind, count: number): void {
    this.#done[kind] += count;
    const all = Object.values(this.#done).reduce((sum, done) => sum + done, 0);
    if (all - this.#told < PROGRESS_CASES) return;
    this.#told = all;
    this.#tell(`${all} cases ${JSON.stringify(this.#done)}`);
  }

  #tell(text: string): void {
    this.#options.onProgress?.(`${Math.round((Date.now() - this.#startedAt) / 1_000)} s: ${text}`);
  }
}
