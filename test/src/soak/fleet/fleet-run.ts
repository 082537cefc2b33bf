import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../helpers/daemon/daemon.js";
import { Random } from "../random.js";
import type { Fleet } from "./fleet.js";
import { evaluated, NAMESPACES, servedCommit, writeCounter } from "./fleet-client.js";
import type { FleetMember } from "./fleet-member.js";
import { FleetReader } from "./fleet-reader.js";
import { drawStep, type FleetStep, type MortalName } from "./fleet-steps.js";

/** All that was away is back, and has told the others. */
const SETTLE_MS = 180_000;
/** A worker is replaced within that, on most machines. */
const REPLACED_MS = 3_000;
/** The witness's memory may grow by that much, beside noise of its garbage. */
const GROWTH = 1.5;
const NOISE_MEGABYTES = 48;

export interface FleetReport {
  readonly steps: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** How writes were answered, and how often so. */
  readonly told: Readonly<Record<string, number>>;
  readonly pushes: number;
  /** Processes of daemons, workers and databases that were ended, and lines that were cut. */
  readonly faults: Readonly<Record<Exclude<FleetStep["type"], "write" | "push" | "pause">, number>>;
  readonly reads: number;
  readonly repeats: number;
  /** Megabytes of the edge that is never ended: soon after the beginning, in the end, and at most. */
  readonly memory: { readonly early: number; readonly last: number; readonly peak: number };
  /** Rules that did not hold, in words. */
  readonly problems: readonly string[];
}

/** Changes and faults drawn from a seed, while every member is read; then all have to agree, with nothing lost. */
export class FleetRun {
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #acknowledged: { readonly value: number; readonly revision: string }[] = [];
  readonly #outcomes = { acknowledged: 0, refused: 0, unknown: 0 };
  readonly #told: Record<string, number> = {};
  readonly #faults = { end: 0, "end-worker": 0, cut: 0, "stop-database": 0, "freeze-database": 0 };
  /** Faults that go on, by what they are of. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #problems: string[] = [];
  readonly #values = { default: 0, ops: 0 };

  constructor(fleet: Fleet, seed: number) {
    this.#fleet = fleet;
    this.#random = new Random(seed);
  }

  /** @param isOver asked before each step */
  async run(isOver: (steps: number) => boolean): Promise<FleetReport> {
    const members = Object.values(this.#fleet.members);
    const { witness } = this.#fleet.members;
    await this.#agree(members);
    const readers = members.map((member) => new FleetReader(member));
    const ended = new AbortController();
    const reading = readers.map((reader) => reader.run(ended.signal));
    let early = witness.memory().now;
    let steps = 0;
    for (; !isOver(steps); steps += 1) {
      await this.#step(drawStep(this.#random));
      if (steps === 100) early = witness.memory().now;
    }
    await Promise.all(this.#underWay.values());
    const served = await this.#agree(members);
    ended.abort();
    await Promise.all(reading);
    await this.#judge(members, served);
    const { now: last, peak } = witness.memory();
    if (last > early * GROWTH + NOISE_MEGABYTES) this.#problems.push(`witness grew from ${early} to ${last} MB`);
    this.#problems.push(...readers.flatMap(({ problems }) => problems), ...members.flatMap(({ deaths }) => deaths));
    return {
      steps,
      ...this.#outcomes,
      told: this.#told,
      pushes: this.#values.ops,
      faults: this.#faults,
      reads: readers.reduce((sum, { reads }) => sum + reads, 0),
      repeats: readers.reduce((sum, { repeats }) => sum + repeats, 0),
      memory: { early, last, peak },
      problems: this.#problems,
    };
  }

  async #step(step: FleetStep): Promise<void> {
    const { branch, database, gateway, members } = this.#fleet;
    switch (step.type) {
      case "pause":
        return delay(step.ms);
      case "push":
        this.#values.ops += 1;
        await branch.edit(
          "ops/features.yaml",
          (text) => text.replace(/key: n\d+/, `key: n${this.#values.ops}`),
          `push ${this.#values.ops}`,
        );
        return;
      case "write": {
        if (members[step.by].generation === undefined) return;
        this.#values.default += 1;
        const value = this.#values.default;
        const { outcome, revision, told } = await writeCounter(members[step.by].url, "default", value);
        this.#outcomes[outcome] += 1;
        this.#told[told] = (this.#told[told] ?? 0) + 1;
        if (revision !== undefined) this.#acknowledged.push({ value, revision });
        return;
      }
      case "end":
        return this.#strike(step, step.member, () => this.#end(step.member, step.signal));
      case "end-worker":
        return this.#strike(step, "worker", async () => {
          const [pid] = await members.near.workers();
          if (pid !== undefined) process.kill(pid, "SIGKILL");
          // Both at once leave nobody who could answer.
          await delay(REPLACED_MS);
        });
      case "cut":
        return this.#strike(step, "line", async () => {
          gateway.shut();
          await delay(step.ms);
          gateway.open();
        });
      case "stop-database":
        return this.#strike(step, "database", async () => {
          await database.stop();
          await delay(step.ms);
          await database.start();
        });
      case "freeze-database":
        return this.#strike(step, "database", async () => {
          await database.freeze();
          await delay(step.ms);
          database.thaw();
        });
    }
  }

  /** Begins a fault, unless what it is of has one already. */
  #strike(step: { readonly type: keyof FleetReport["faults"] }, of: string, fault: () => Promise<void>): void {
    if (this.#underWay.has(of)) return;
    this.#faults[step.type] += 1;
    const going = fault()
      .catch((error: unknown) => void this.#problems.push(`${step.type} of ${of}: ${String(error)}`))
      .finally(() => this.#underWay.delete(of));
    this.#underWay.set(of, going);
  }

  async #end(name: MortalName, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const { gateway, members } = this.#fleet;
    // As what balances load before them: edges go to the one that is there.
    if (name === "a") gateway.target(members.b.url);
    if (name === "b") gateway.target(members.a.url);
    await members[name].replace(signal);
  }

  /** Waits until all serve the head of the remote; those that do not are a problem. */
  async #agree(members: readonly FleetMember[]): Promise<string> {
    const head = await this.#fleet.branch.head();
    const late = await Promise.all(
      members.map((member) =>
        eventually(
          () => servedCommit(member.url).catch(String),
          (commit) => commit === head,
          SETTLE_MS,
        ).then(
          () => [],
          (error: unknown) => [`${member.name} does not come to serve ${head}: ${String(error)}`],
        ),
      ),
    );
    this.#problems.push(...late.flat());
    return head;
  }

  async #judge(members: readonly FleetMember[], head: string): Promise<void> {
    const { branch } = this.#fleet;
    const now = await branch.head();
    if (now !== head) this.#problems.push(`the remote went on from ${head} to ${now} when all was over`);
    const history = new Set(await branch.ancestors(head));
    for (const { value, revision } of this.#acknowledged)
      if (!history.has(revision)) this.#problems.push(`n${value} was acknowledged and is lost (${revision})`);
    for (const namespace of NAMESPACES) {
      const text = await branch.read(`${namespace}/features.yaml`);
      const value = Number(/key: n(\d+)/.exec(text)?.[1]);
      const least = namespace === "ops" ? this.#values.ops : (this.#acknowledged.at(-1)?.value ?? 0);
      if (!(value >= least)) this.#problems.push(`the remote ends with n${value} of ${namespace}, not n${least}`);
      for (const { name, url } of members) {
        const answer = await evaluated(url, namespace).catch(String);
        if (answer !== value) this.#problems.push(`${name} answers n${answer} of ${namespace}, not n${value}`);
      }
    }
  }
}
