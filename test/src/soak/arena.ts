import { eventually } from "../helpers/daemon.js";
import { type FaultServer, startFaultServer } from "../helpers/fault-server.js";
import type { Scope } from "../helpers/temporary-directory.js";
import { temporaryRepository } from "../helpers/temporary-repository.js";
import { type Attempt, judge, type Outcome } from "./model.js";
import { RemoteBranch } from "./remote-branch.js";
import { type DaemonName, FILES, type FlagName, type Schedule, type Step } from "./schedule.js";
import {
  putFlag,
  servedNames,
  servedRevision,
  startTestedDaemon,
  syncNow,
  type TestedDaemon,
} from "./tested-daemon.js";

const SETTLE_MS = 30_000;

/** A remote, two daemons and native git, which run one schedule after the other, each in files of its own. */
export class Arena {
  readonly #server: FaultServer;
  readonly #branch: RemoteBranch;
  readonly #daemons: ReadonlyMap<DaemonName, TestedDaemon>;

  private constructor(server: FaultServer, branch: RemoteBranch, daemons: ReadonlyMap<DaemonName, TestedDaemon>) {
    this.#server = server;
    this.#branch = branch;
    this.#daemons = daemons;
  }

  /** @param processes daemons are processes of their own, which may be killed */
  static async open(scope: Scope, processes: boolean): Promise<Arena> {
    const repository = await temporaryRepository(scope, { files: { "README.md": "flags\n" } });
    const branch = new RemoteBranch(repository);
    await branch.prepare();
    const server = await startFaultServer(scope, repository.path);
    const setup = { remote: server.url, process: processes };
    const [a, b] = await Promise.all([startTestedDaemon(scope, setup), startTestedDaemon(scope, setup)]);
    return new Arena(
      server,
      branch,
      new Map([
        ["a", a],
        ["b", b],
      ] as const),
    );
  }

  /** Runs a schedule and says what did not hold. */
  async run(schedule: Schedule): Promise<readonly string[]> {
    const run = new Run(schedule, this.#server, this.#branch, this.#daemons);
    return run.run();
  }
}

class Run {
  readonly #schedule: Schedule;
  readonly #server: FaultServer;
  readonly #branch: RemoteBranch;
  readonly #daemons: ReadonlyMap<DaemonName, TestedDaemon>;
  readonly #attempts: Attempt[] = [];
  readonly #log: string[] = [];
  #start = "";
  #steps = 0;
  /** Nobody can ask the remote now, so a failed write may have landed. */
  #blind = false;

  constructor(
    schedule: Schedule,
    server: FaultServer,
    branch: RemoteBranch,
    daemons: ReadonlyMap<DaemonName, TestedDaemon>,
  ) {
    this.#schedule = schedule;
    this.#server = server;
    this.#branch = branch;
    this.#daemons = daemons;
  }

  async run(): Promise<readonly string[]> {
    await this.#branch.forgetDropped();
    this.#start = await this.#branch.addFiles(
      Object.fromEntries(this.#flags().map(({ file }) => [this.#path(file), this.#initialText(file)])),
    );
    await this.#syncAll();
    for (const round of this.#schedule.rounds) await this.#round(round);
    const problems = await this.#settle();
    return problems.length === 0 ? [] : [...problems, ...this.#log];
  }

  async #round(round: readonly Step[]): Promise<void> {
    const fault = round.find((step) => step.type === "fault");
    const hook = round.some((step) => step.type === "hook");
    if (fault?.type === "fault") {
      const { on } = fault.fault;
      this.#blind = on === undefined || on.includes("refs") || on.includes("greeting");
      this.#log.push(`fault: ${fault.what}`);
      await this.#server.fail(fault.fault);
    }
    if (hook) await this.#branch.refusePushes(true);
    await Promise.all(round.map((step) => this.#step(step)));
    if (hook) await this.#branch.refusePushes(false);
    if (fault !== undefined) {
      await this.#server.fail(undefined);
      await this.#syncAll();
      this.#blind = false;
    }
  }

  async #step(step: Step): Promise<void> {
    switch (step.type) {
      case "write":
        return this.#write(step.daemon, step.flag, step.stale);
      case "commit":
      case "force":
        return this.#commit(step.flag, step.type === "force");
      case "sync":
        return syncNow(this.#daemon(step.daemon));
      case "kill":
        this.#log.push(`kill ${step.daemon}`);
        return this.#daemon(step.daemon).restart();
      case "hook":
      case "fault":
        return;
    }
  }

  async #write(name: DaemonName, flag: FlagName, stale: boolean): Promise<void> {
    const marker = this.#marker(name);
    const daemon = this.#daemon(name);
    const other = this.#daemon(name === "a" ? "b" : "a");
    const known = await servedRevision(daemon);
    const revision = stale ? await servedRevision(other) : undefined;
    const answer = await putFlag(daemon, this.#namespace(flag.file), flag.key, marker, revision);
    const outcome: Outcome = answer.outcome === "refused" && this.#blind ? "unknown" : answer.outcome;
    this.#attempts.push({ marker, writer: name, flag, outcome, revision: answer.revision, known });
    this.#log.push(`${marker} by ${name} at ${known?.slice(0, 9)}: ${answer.text.slice(0, 400)}`);
  }

  async #commit(flag: FlagName, force: boolean): Promise<void> {
    const marker = this.#marker("git");
    const path = this.#path(flag.file);
    const edit = (text: string): string =>
      text.replace(new RegExp(`name: \\S+ # of ${flag.key}`), `name: ${marker} # of ${flag.key}`);
    const revision = force
      ? await this.#branch.force(path, edit, marker, this.#start)
      : await this.#branch.edit(path, edit, marker);
    this.#attempts.push({ marker, writer: "git", flag, outcome: "acknowledged", revision, known: undefined });
    this.#log.push(`${marker} by git${force ? ", forced" : ""}: ${revision.slice(0, 9)}`);
  }

  async #settle(): Promise<readonly string[]> {
    const head = await this.#branch.head();
    const behind = async (): Promise<readonly string[]> => {
      await this.#syncAll();
      const names: string[] = [];
      for (const [name, daemon] of this.#daemons) if ((await servedRevision(daemon)) !== head) names.push(name);
      return names;
    };
    await eventually(behind, (names) => names.length === 0, SETTLE_MS);
    const served = new Map<DaemonName, { revision: string; names: ReadonlyMap<string, string> }>();
    const names = new Map<string, string>();
    for (const [name, daemon] of this.#daemons) {
      const found = new Map<string, string>();
      for (let file = 0; file < FILES; file++) {
        for (const [flag, text] of await servedNames(daemon, this.#namespace(file))) found.set(flag, text);
      }
      served.set(name, { revision: (await servedRevision(daemon)) ?? "", names: found });
    }
    for (let file = 0; file < FILES; file++) {
      const text = await this.#branch.read(this.#path(file));
      for (const [, name = "", key = ""] of text.matchAll(/name: (\S+) # of (\S+)/g)) {
        names.set(`${this.#namespace(file)}/${key}`, name);
      }
    }
    const { commits, reachable } = await this.#branch.seen(this.#start, head);
    const { dropped } = this.#branch;
    const pathOf = (flag: FlagName): string => this.#path(flag.file);
    return judge({ attempts: this.#attempts, commits, reachable, dropped, head, served, names, pathOf });
  }

  async #syncAll(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map(syncNow));
  }

  #daemon(name: DaemonName): TestedDaemon {
    const daemon = this.#daemons.get(name);
    if (daemon === undefined) throw new Error(`no daemon ${name}`);
    return daemon;
  }

  #marker(writer: string): string {
    this.#steps += 1;
    return `${writer}-${this.#schedule.seed}-${String(this.#steps).padStart(2, "0")}`;
  }

  #namespace(file: number): string {
    return `s${this.#schedule.seed}-${file}`;
  }

  #path(file: number): string {
    return `${this.#namespace(file)}/features.yaml`;
  }

  #flags(): readonly FlagName[] {
    return Array.from({ length: FILES }, (_, file) => [
      { file, key: "x" } as const,
      { file, key: "y" } as const,
    ]).flat();
  }

  #initialText(file: number): string {
    const item = (key: string): string => `  # about ${key}\n  - key: ${key}\n    name: first # of ${key}\n`;
    return `namespace: ${this.#namespace(file)}\nflags:\n${item("x")}${item("y")}`;
  }
}
