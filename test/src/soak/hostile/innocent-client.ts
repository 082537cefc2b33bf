import type { Json, RunningDaemon } from "../../helpers/daemon/daemon.js";
import type { TemporaryRepository } from "../../helpers/repositories/temporary-repository.js";

export const INNOCENT_FILES = {
  "innocent/features.yaml":
    "namespace: innocent\nflags:\n  - {key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true}\n",
};

export interface InnocentReport {
  readonly writes: number;
  /** Writes that were refused; the daemon may do so, as long as it says so. */
  readonly refused: number;
  readonly reads: number;
  readonly failedReads: number;
  readonly slowestWriteMs: number;
  /** How many writes and reads failed in each way. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Acknowledged writes that are not in the remote in the end. */
  readonly lost: readonly string[];
}

const unanswered = (error: Error): { status: number; body: Json } => ({
  status: 0,
  body: String(error.cause ?? error),
});

const PAUSE_MS = 100;
const NAMESPACE = "/api/v2/environments/innocent/namespaces/innocent/resources";
const HEADERS = { "x-flipt-environment": "innocent" };

/** Somebody who writes and reads flags of a storage of their own, and remembers what was acknowledged. */
export class InnocentClient {
  readonly #repository: TemporaryRepository;
  readonly #acknowledged = new Map<string, number>();
  readonly #reasons: Record<string, number> = {};
  #number = 0;
  #writes = 0;
  #refused = 0;
  #reads = 0;
  #failedReads = 0;
  #slowestWriteMs = 0;
  #isOver = false;
  #working: Promise<unknown> = Promise.resolve();

  constructor(repository: TemporaryRepository) {
    this.#repository = repository;
  }

  start(daemon: RunningDaemon): void {
    this.#isOver = false;
    this.#working = Promise.all([this.#repeat(() => this.#write(daemon)), this.#repeat(() => this.#read(daemon))]);
  }

  async pause(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  async report(): Promise<InnocentReport> {
    const text = await this.#repository.read("innocent/features.yaml");
    const lost: string[] = [];
    for (const [key, number] of this.#acknowledged) {
      const found = Number(new RegExp(`key: ${key}\\n(?:.*\\n)*?.*description: "?number (\\d+)`).exec(text)?.[1] ?? -1);
      if (found < number) lost.push(`${key}: acknowledged ${number}, the remote has ${found}`);
    }
    return {
      writes: this.#writes,
      refused: this.#refused,
      reads: this.#reads,
      failedReads: this.#failedReads,
      slowestWriteMs: this.#slowestWriteMs,
      reasons: this.#reasons,
      lost,
    };
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await step();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #write(daemon: RunningDaemon): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    const key = `flag-${number % 20}`;
    const isNew = !this.#acknowledged.has(key);
    const payload = {
      ...{ "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE" },
      ...{ description: `number ${number}`, enabled: true },
    };
    const startedAt = performance.now();
    const answer = await daemon.call(isNew ? "POST" : "PUT", NAMESPACE, { key, payload }).catch(unanswered);
    this.#slowestWriteMs = Math.max(this.#slowestWriteMs, performance.now() - startedAt);
    this.#writes += 1;
    if (answer.status === 200) this.#acknowledged.set(key, number);
    else {
      this.#refused += 1;
      this.#recordFailure("write", answer);
    }
  }

  async #read(daemon: RunningDaemon): Promise<void> {
    this.#reads += 1;
    const request = { namespaceKey: "innocent", flagKey: "on", entityId: "ada", context: {} };
    const answer = await daemon.post("/evaluate/v1/boolean", request, HEADERS).catch(unanswered);
    if (answer.status === 200 && answer.body.enabled === true) return;
    this.#failedReads += 1;
    this.#recordFailure("read", answer);
  }

  #recordFailure(what: string, { status, body }: { readonly status: number; readonly body: Json }): void {
    const reason = `${what}: ${status} ${JSON.stringify(body).slice(0, 200)}`;
    this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1;
  }
}
