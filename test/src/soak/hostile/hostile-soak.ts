import { eventually, type RunningDaemon, startDaemon } from "../../helpers/daemon/daemon.js";
import { HOSTILE_KINDS, hostileFile } from "../../helpers/files/hostile-files.js";
import type { Scope } from "../../helpers/files/temporary-directory.js";
import { type FaultServer, startFaultServer } from "../../helpers/git-servers/fault-server.js";
import { type TemporaryRepository, temporaryRepository } from "../../helpers/repositories/temporary-repository.js";
import { Random } from "../random.js";
import type { HealthReport } from "./health-prober.js";
import { HealthWatch, worseOf } from "./health-watch.js";
import { hostileFetch, hostileRefs } from "./hostile-packs.js";
import { sendHostileRequest } from "./hostile-requests.js";
import { INNOCENT_FILES, InnocentClient, type InnocentReport } from "./innocent-client.js";
import { type MemoryReport, MemoryWatch, residentBytes } from "./memory-watch.js";

export interface HostileSoakOptions {
  readonly cases: number;
  readonly seed: number;
  /** Epoch milliseconds after which nothing new is begun. */
  readonly until: number;
  /** Between two of them the daemon is started again, on top of hostile files. */
  readonly phases: number;
  /** How long after the last case memory is looked at once more. */
  readonly settleMs: number;
  readonly onProgress?: (text: string) => void;
}

export interface HostileSoakReport {
  /** Cases by what they were: files, packs, ref lists, requests. */
  readonly cases: Readonly<Record<CaseKind, number>>;
  /** Starts on top of hostile files. */
  readonly starts: number;
  readonly health: HealthReport;
  readonly memory: MemoryReport;
  /** Resident set of the daemon's own process some seconds after the last case. */
  readonly afterwardsBytes: number;
  readonly innocent: InnocentReport;
  /** Ways in which the daemon ended that nobody asked for. */
  readonly deaths: readonly string[];
}

type CaseKind = "files" | "packs" | "refs" | "requests";

const SHARES: Readonly<Record<CaseKind, number>> = { files: 0.6, packs: 0.07, refs: 0.08, requests: 0.25 };
const FILES_OF_A_COMMIT = 40;
const REQUESTS_AT_ONCE = 4;
/** A hostile answer may hold up a round for as long as its storage's deadlines say. */
const TIMEOUTS = { connect: "2s", first_byte: "2s", idle: "2s", total: "5s", push: "5s" };

/** Gives a running daemon, with its default limits, what hostile people would, and watches it meanwhile. */
export async function runHostileSoak(scope: Scope, options: HostileSoakOptions): Promise<HostileSoakReport> {
  const soak = await HostileSoak.open(scope, options);
  return soak.run();
}

class HostileSoak {
  readonly #options: HostileSoakOptions;
  readonly #scope: Scope;
  readonly #hostile: TemporaryRepository;
  readonly #wire: TemporaryRepository;
  readonly #server: FaultServer;
  readonly #client: InnocentClient;
  readonly #innocent: TemporaryRepository;
  readonly #done: Record<CaseKind, number> = { files: 0, packs: 0, refs: 0, requests: 0 };
  readonly #deaths: string[] = [];
  /** Hostile files by branch, so that the next commit takes them away. */
  readonly #there = new Map<string, readonly string[]>();

  private constructor(
    scope: Scope,
    options: HostileSoakOptions,
    parts: {
      hostile: TemporaryRepository;
      wire: TemporaryRepository;
      innocent: TemporaryRepository;
      server: FaultServer;
    },
  ) {
    this.#scope = scope;
    this.#options = options;
    this.#hostile = parts.hostile;
    this.#wire = parts.wire;
    this.#innocent = parts.innocent;
    this.#server = parts.server;
    this.#client = new InnocentClient(parts.innocent);
  }

  static async open(scope: Scope, options: HostileSoakOptions): Promise<HostileSoak> {
    const files = { "hostile/features.yaml": "namespace: hostile\nflags: [{key: h, name: H}]\n" };
    const hostile = await temporaryRepository(scope, { files });
    const wire = await temporaryRepository(scope, { files });
    const innocent = await temporaryRepository(scope, { files: INNOCENT_FILES });
    return new HostileSoak(scope, options, {
      hostile,
      wire,
      innocent,
      server: await startFaultServer(scope, wire.path),
    });
  }

  async run(): Promise<HostileSoakReport> {
    let health: HealthReport = { answers: 0, failures: 0, reasons: {}, longestSilenceMs: 0 };
    let memory: MemoryReport = { primaryBytes: 0, allBytes: 0 };
    let afterwardsBytes = 0;
    for (let phase = 0; phase < this.#options.phases; phase += 1) {
      await this.#server.fail(undefined);
      const daemon = await this.#start();
      const pid = daemon.child.pid ?? 0;
      const watch = new HealthWatch(daemon.url);
      const memoryWatch = new MemoryWatch(pid);
      // A remote that talks nonsense at the very first stops a start, as it should.
      await eventually(
        () => daemon.get("/health/ready").catch(() => ({ status: 0 })),
        ({ status }) => status !== 503,
        300_000,
      );
      this.#client.start(daemon);
      const seed = this.#options.seed * this.#options.phases + phase;
      await Promise.all([
        this.#files(daemon, new Random(seed)),
        this.#wireCases(daemon, new Random(seed + 1e6)),
        this.#requests(daemon, new Random(seed + 2e6)),
      ]);
      await this.#client.pause();
      const { primaryBytes, allBytes } = memoryWatch.stop();
      memory = {
        primaryBytes: Math.max(memory.primaryBytes, primaryBytes),
        allBytes: Math.max(memory.allBytes, allBytes),
      };
      health = worseOf(health, await watch.stop());
      if (phase === this.#options.phases - 1) {
        await new Promise((resolve) => setTimeout(resolve, this.#options.settleMs));
        afterwardsBytes = residentBytes(pid);
      }
      const { exitCode, signalCode } = daemon.child;
      if (exitCode !== null || signalCode !== null) {
        this.#deaths.push(
          `${signalCode ?? exitCode}: ${daemon.stderr().slice(0, 2_000)} ${JSON.stringify(daemon.lines.slice(-8))}`,
        );
      }
      await daemon.stop();
    }
    const innocent = await this.#client.report();
    return {
      cases: this.#done,
      starts: this.#options.phases,
      health,
      memory,
      afterwardsBytes,
      innocent,
      deaths: this.#deaths,
    };
  }

  #start(): Promise<RunningDaemon> {
    const storage = (remote: string): object => ({
      remote,
      poll_interval: "1h",
      timeouts: TIMEOUTS,
      fetch_policy: "lenient",
    });
    return startDaemon(this.#scope, {
      config: {
        storage: {
          hostile: storage(this.#hostile.path),
          wire: storage(this.#server.url),
          innocent: storage(this.#innocent.path),
        },
        environments: {
          innocent: { storage: "innocent", default: true },
          hostile: { storage: "hostile" },
          wire: { storage: "wire" },
        },
        log: { level: "info" },
      },
      start: "any",
    }).then(async (daemon) => {
      const url = String((await daemon.line(({ event }) => event === "daemon.ready", 180_000)).url);
      const ready = { ...daemon, url };
      await eventually(
        () => ready.get("/health/live"),
        ({ status }) => status === 200,
      );
      return ready;
    });
  }

  /** Cases of a kind in one phase. */
  #share(kind: CaseKind): number {
    return Math.ceil((this.#options.cases * SHARES[kind]) / this.#options.phases);
  }

  /** Tells whether there is reason to go on: time, and a daemon. */
  #isOver(daemon: RunningDaemon): boolean {
    return Date.now() > this.#options.until || daemon.child.exitCode !== null || daemon.child.signalCode !== null;
  }

  async #files(daemon: RunningDaemon, random: Random): Promise<void> {
    for (let left = this.#share("files"); left > 0 && !this.#isOver(daemon); left -= FILES_OF_A_COMMIT) {
      const count = Math.min(left, FILES_OF_A_COMMIT);
      const branch = random.chance(0.3) ? `flipt/hostile/b${random.below(3)}` : "main";
      const changes: Record<string, string | Uint8Array | undefined> = {};
      for (const path of this.#there.get(branch) ?? []) changes[path] = undefined;
      for (let index = 0; index < count; index += 1) {
        const { name, content } = hostileFile(random.pick(HOSTILE_KINDS), sizeOf(random), random);
        changes[name === "flipt.yaml" ? name : `d${index}/${name}`] = content;
      }
      const there = Object.keys(changes).filter((path) => changes[path] !== undefined);
      if (branch !== "main" && (await this.#hostile.head(branch)) === undefined) {
        await this.#hostile.git("branch", branch, "main");
        this.#there.set(branch, this.#there.get("main") ?? []);
      }
      await this.#hostile.commit(changes, { branch });
      this.#there.set(branch, there);
      await ignore(daemon.post("/api/storages/hostile/sync?wait=true", {}));
      // Its templates and its past are untrusted, too.
      const payload = { "@type": "flipt.core.Flag", key: "h", name: `H${left}`, type: "VARIANT_FLAG_TYPE" };
      await ignore(
        daemon.call("PUT", "/api/v2/environments/hostile/namespaces/hostile/resources", { key: "h", payload }),
      );
      await ignore(daemon.get("/api/v2/environments/hostile/history?limit=3"));
      this.#done.files += count;
      this.#progress();
    }
  }

  async #wireCases(daemon: RunningDaemon, random: Random): Promise<void> {
    const kinds = [
      ...Array<"packs">(this.#share("packs")).fill("packs"),
      ...Array<"refs">(this.#share("refs")).fill("refs"),
    ];
    for (const [index, kind] of kinds.entries()) {
      if (this.#isOver(daemon)) return;
      // There has to be something to fetch.
      if (kind === "packs") await this.#wire.commit({ "wire.txt": `${this.#options.seed} ${index}` });
      await this.#server.fail({
        type: "rewrite",
        on: [kind === "packs" ? "fetch" : "refs"],
        rewrite: (body) => (kind === "packs" ? hostileFetch(random) : hostileRefs(random, body)).body,
      });
      await ignore(daemon.post("/api/storages/wire/sync?wait=true", {}));
      this.#done[kind] += 1;
      this.#progress();
    }
  }

  async #requests(daemon: RunningDaemon, random: Random): Promise<void> {
    let left = this.#share("requests");
    const feeder = async (): Promise<void> => {
      while (left > 0 && !this.#isOver(daemon)) {
        left -= 1;
        await sendHostileRequest(daemon.url, random);
        this.#done.requests += 1;
        this.#progress();
      }
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, feeder));
  }

  #progress(): void {
    const { files, packs, refs, requests } = this.#done;
    const all = files + packs + refs + requests;
    if (all % 500 === 0) this.#options.onProgress?.(`${all} cases`);
  }
}

/** Mostly small; now and then as large as a file may well be. */
function sizeOf(random: Random): number {
  const chance = random.next();
  if (chance < 0.9) return Math.floor(200 * 100 ** random.next());
  return Math.floor(chance < 0.99 ? 20_000 * 10 ** random.next() : 200_000 * 10 ** random.next());
}

/** Ignores the daemon's answer: any will do, as long as it lives. */
async function ignore(answer: Promise<unknown>): Promise<void> {
  await answer.catch(() => undefined);
}
