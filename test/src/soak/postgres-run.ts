import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../helpers/daemon/daemon.js";
import type { PostgresServer } from "../helpers/databases/postgres-server.js";
import { CommitGraph, type SeenCommit } from "./commit-graph.js";
import type { DatabaseMirror } from "./database-mirror.js";
import { type Attempt, judge } from "./model.js";
import type { PostgresDaemon } from "./postgres-daemon.js";
import {
  COUNTER,
  type DatabaseFault,
  FLAG_FILES,
  namespaceOf,
  type PostgresSchedule,
  type PostgresStep,
} from "./postgres-schedule.js";
import type { RemoteBranch } from "./remote-branch.js";
import type { DaemonName, FlagName } from "./schedule.js";
import { putFlag, servedNames, servedRevision, syncNow } from "./tested-daemon.js";

const SETTLE_MS = 40_000;
/** Time that a write may take while the database is frozen, and what a busy machine may add. */
const WRITE_MS = 15_000 + 10_000;

/** Parts that the runs of one arena share. */
export interface PostgresArenaParts {
  readonly server: PostgresServer;
  readonly database: string;
  readonly daemons: ReadonlyMap<DaemonName, PostgresDaemon>;
  /** The remote's branch, or what the mirror makes of the database. */
  readonly branch: RemoteBranch;
  readonly mirror: DatabaseMirror | undefined;
}

/** One schedule: runs it, waits until all daemons serve the same again without being told to, and judges. */
export class PostgresRun {
  readonly #schedule: PostgresSchedule;
  readonly #parts: PostgresArenaParts;
  readonly #attempts: Attempt[] = [];
  readonly #log: string[] = [];
  readonly #problems: string[] = [];
  /** The branch before the schedule. */
  #start = "";
  #steps = 0;
  #standing = 0;
  #disturbed: Attempt["disturbed"];

  constructor(schedule: PostgresSchedule, parts: PostgresArenaParts) {
    this.#schedule = schedule;
    this.#parts = parts;
  }

  async run(): Promise<readonly string[]> {
    const { branch, mirror } = this.#parts;
    await mirror?.forget();
    await mirror?.copy();
    await branch.forgetDropped();
    this.#start = await branch.head();
    this.#standing = this.#writesThatStand();
    for (const { fault, afterMs, steps } of this.#schedule.rounds) {
      this.#disturbed = fault === undefined ? undefined : "fault";
      const struck = fault === undefined ? undefined : pause(afterMs).then(() => this.#strike(fault));
      await Promise.all([struck, ...steps.map((step) => this.#step(step))]);
    }
    await this.#judge();
    return this.#problems.length === 0 ? [] : [...this.#problems, ...this.#log];
  }

  async #strike(fault: DatabaseFault): Promise<void> {
    const { server } = this.#parts;
    this.#log.push(`fault: ${JSON.stringify(fault)}`);
    if (fault.type === "restart") {
      await server.stop();
      await pause(fault.downMs);
      await server.start();
    } else if (fault.type === "freeze") {
      await server.freeze();
      await pause(fault.frozenMs);
      server.thaw();
    } else {
      for (let time = 0; time < fault.times; time += 1) {
        await server.sql(
          "postgres",
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'vexil%'",
        );
        await pause(5);
      }
    }
    this.#log.push("fault over");
  }

  async #step(step: PostgresStep): Promise<void> {
    switch (step.type) {
      case "write": {
        const other = this.#daemon(step.daemon === "a" ? "b" : "a");
        const revision = step.stale ? await servedRevision(other) : undefined;
        return this.#write(step.daemon, step.flag, this.#marker(step.daemon), revision);
      }
      case "count":
        return this.#count(step.daemon);
      case "commit":
      case "force":
        return this.#commit(step.flag, step.type === "force");
      case "sync":
        return syncNow(this.#daemon(step.daemon));
      case "end-holder": {
        const holder = this.#holder();
        this.#log.push(`${step.signal} to ${holder}`);
        return this.#daemon(holder).end(step.signal);
      }
      default:
        return step satisfies never;
    }
  }

  async #count(name: DaemonName): Promise<void> {
    const namespace = this.#namespace(COUNTER.file);
    const daemon = this.#daemon(name);
    const path = `api/v2/environments/default/namespaces/${namespace}/resources/flipt.core.Flag/${COUNTER.key}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${daemon.url()}/${path}`, { signal: AbortSignal.timeout(10_000) });
      status = response.status;
      text = await response.text();
    } catch {
      // It was ended meanwhile.
      return;
    }
    // It is being ended. Whatever else happens to the database, what was served once goes on being served.
    if (status === 503) return;
    if (status !== 200) {
      this.#problems.push(`the counter was read through ${name} as ${status} ${text}`);
      return;
    }
    const read = JSON.parse(text) as { revision: string; resource: { payload: { name: string } } };
    const marker = `n${counted(read.resource.payload.name) + 1}-${this.#marker(name)}`;
    await this.#write(name, COUNTER, marker, read.revision);
  }

  async #write(name: DaemonName, flag: FlagName, marker: string, revision: string | undefined): Promise<void> {
    const daemon = this.#daemon(name);
    const started = performance.now();
    const answer = await putFlag(daemon, this.#namespace(flag.file), flag.key, marker, revision);
    const tookMs = performance.now() - started;
    if (tookMs > WRITE_MS) this.#problems.push(`${marker} was answered only after ${Math.round(tookMs)} ms`);
    // What it had heard of when the request came is not seen from outside; what the request names is.
    const { outcome, status } = answer;
    this.#attempts.push({
      ...{ marker, writer: name, flag, outcome, revision: answer.revision, disturbed: this.#disturbed },
      ...{ known: undefined, named: revision, alone: false, answeredAt: performance.now() },
      ...(status === undefined ? {} : { status }),
    });
    const text = answer.text.slice(0, 300);
    this.#log.push(`${marker} by ${name} at ${revision?.slice(0, 9)}, ${Math.round(tookMs)} ms: ${text}`);
  }

  async #commit(flag: FlagName, force: boolean): Promise<void> {
    const { branch } = this.#parts;
    const marker = this.#marker("git");
    const path = this.#path(flag.file);
    const edit = (text: string): string =>
      text.replace(new RegExp(`name: \\S+ # of ${flag.key}`), `name: ${marker} # of ${flag.key}`);
    const revision = force
      ? await branch.force(path, edit, marker, this.#start)
      : await branch.edit(path, edit, marker);
    this.#attempts.push({
      ...{ marker, writer: "git", flag, outcome: "acknowledged", revision, disturbed: this.#disturbed },
      ...{ known: undefined, named: undefined, alone: false, answeredAt: performance.now() },
    });
    this.#log.push(`${marker} by git${force ? ", forced" : ""}: ${revision.slice(0, 9)}`);
  }

  async #judge(): Promise<void> {
    const { branch, mirror, daemons } = this.#parts;
    const settled = async (): Promise<boolean> => {
      await mirror?.copy();
      const head = await branch.head();
      for (const daemon of daemons.values()) if ((await servedRevision(daemon)) !== head) return false;
      return true;
    };
    await eventually(settled, (yes) => yes, SETTLE_MS);
    const head = await branch.head();
    const served = new Map<DaemonName, { revision: string; names: ReadonlyMap<string, string> }>();
    for (const [name, daemon] of daemons) {
      const found = new Map<string, string>();
      for (let file = 0; file <= FLAG_FILES; file += 1) {
        for (const [flag, text] of await servedNames(daemon, this.#namespace(file))) found.set(flag, text);
      }
      served.set(name, { revision: (await servedRevision(daemon)) ?? "", names: found });
    }
    const names = new Map<string, string>();
    for (let file = 0; file <= FLAG_FILES; file += 1) {
      const text = await branch.read(this.#path(file));
      for (const [, name = "", key = ""] of text.matchAll(/name: (\S+) # of (\S+)/g)) {
        names.set(`${this.#namespace(file)}/${key}`, name);
      }
    }
    const seen = await branch.seen(this.#start);
    const graph = mirror === undefined ? seen : this.#withoutUndone(seen, head);
    const { dropped } = branch;
    const attempts = this.#forgiving();
    const pathOf = (flag: FlagName): string => this.#path(flag.file);
    // Daemons are ended on the way: what they made before is others' to them, and a write may find no database.
    this.#problems.push(...judge({ attempts, graph, dropped, head, kills: true, served, names, pathOf }));
    if (dropped.size === 0) this.#judgeCounter(graph, head, names);
  }

  /** Without a remote only what a daemon took back can leave the branch, and only what it had refused. */
  #withoutUndone(seen: CommitGraph, head: string): CommitGraph {
    const kept = new Map<string, SeenCommit>();
    for (const [oid, commit] of seen.commits) {
      if (seen.isAncestor(oid, head)) kept.set(oid, commit);
      else {
        const text = JSON.stringify([...commit.changes.values()]);
        const attempt = this.#attempts.find(({ marker }) => text.includes(`name: ${marker} `));
        this.#log.push(`${oid} was taken back (${attempt?.marker})`);
        if (attempt?.outcome !== "refused") {
          this.#problems.push(`${oid} (${attempt?.marker}, ${attempt?.outcome}) was on the branch and is gone`);
        }
      }
    }
    return new CommitGraph(this.#start, kept);
  }

  /**
   * A daemon that could not take a refused write back any more says so: that one cannot be told from an unknown one.
   */
  #forgiving(): readonly Attempt[] {
    if (this.#writesThatStand() === this.#standing) return this.#attempts;
    this.#log.push("a refused write stands, as its daemon said");
    return this.#attempts.map((attempt) =>
      attempt.outcome === "refused" ? { ...attempt, outcome: "unknown" } : attempt,
    );
  }

  #writesThatStand(): number {
    const lines = [...this.#parts.daemons.values()].flatMap((daemon) => daemon.lines());
    return lines.filter(({ event }) => event === "postgres.write-stands").length;
  }

  /** The counter went up by one in each of its commits, and ends at the number of increments that were acknowledged. */
  #judgeCounter(graph: CommitGraph, head: string, names: ReadonlyMap<string, string>): void {
    const path = this.#path(COUNTER.file);
    const landed = new Set<string>();
    for (const oid of graph.between(this.#start, head)) {
      const change = graph.commits.get(oid)?.changes.get(path);
      if (change === undefined) continue;
      const [before, after] = [change.removed.join(), change.added.join()];
      landed.add(after);
      if (counted(after) !== counted(before) + 1) this.#problems.push(`${oid} counts from ${before} to ${after}`);
    }
    const counts = this.#attempts.filter(({ flag }) => flag === COUNTER);
    const sure = counts.filter(({ outcome }) => outcome === "acknowledged").length;
    const perhaps = counts.filter(
      ({ outcome, marker }) => outcome === "unknown" && [...landed].some((line) => line.includes(` ${marker} `)),
    ).length;
    const value = counted(names.get(`${this.#namespace(COUNTER.file)}/${COUNTER.key}`) ?? "");
    if (value !== sure + perhaps) {
      this.#problems.push(
        `the counter is at ${value}; ${sure} increments were acknowledged, ${perhaps} unknown ones landed`,
      );
    }
  }

  /** The daemon that polled the remote last; without a remote, the one whose turn it is. */
  #holder(): DaemonName {
    const named = [...this.#parts.daemons];
    const [holder] = named.sort(([, one], [, other]) => other.polledAt() - one.polledAt())[0] ?? ["a" as const];
    if (this.#parts.mirror === undefined) return holder;
    return named[this.#steps % named.length]?.[0] ?? holder;
  }

  #daemon(name: DaemonName): PostgresDaemon {
    const daemon = this.#parts.daemons.get(name);
    if (daemon === undefined) throw new Error(`no daemon ${name}`);
    return daemon;
  }

  #marker(writer: string): string {
    this.#steps += 1;
    return `${writer}-${this.#schedule.seed}-${String(this.#steps).padStart(2, "0")}`;
  }

  #namespace(file: number): string {
    return namespaceOf(this.#schedule.seed, file);
  }

  #path(file: number): string {
    return `${this.#namespace(file)}/features.yaml`;
  }
}

/** The number that a counter's name begins with. */
function counted(text: string): number {
  return Number(/\bn(\d+)/.exec(text)?.[1] ?? Number.NaN);
}
