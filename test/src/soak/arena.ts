import { eventually } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { type Attempt, judge } from "./model.js";
import { openRemote } from "./open-remote.js";
import { RemoteBranch } from "./remote-branch.js";
import {
  type DaemonName,
  FILES,
  type FlagName,
  makeSchedule,
  type NamedRevision,
  type Schedule,
  type Step,
} from "./schedule.js";
import {
  putFlag,
  servedNames,
  servedRevision,
  startTestedDaemon,
  syncNow,
  type TestedDaemon,
} from "./tested-daemon.js";
import type { RemoteKind, TestedRemote } from "./tested-remote.js";

const SETTLE_MS = 30_000;

type WriteStep = Extract<Step, { readonly type: "write" }>;

/** Ground that schedules run on. */
export interface ArenaOptions {
  readonly remote: RemoteKind;
  /** Daemons are processes of their own, which may be killed. */
  readonly kills: boolean;
}

interface Parts {
  readonly remote: TestedRemote;
  readonly branch: RemoteBranch;
  readonly daemons: ReadonlyMap<DaemonName, TestedDaemon>;
}

/** A remote, two daemons and native git, which run one schedule after the other, each in files of its own. */
export class Arena {
  readonly options: ArenaOptions;
  readonly #parts: Parts;

  private constructor(options: ArenaOptions, parts: Parts) {
    this.options = options;
    this.#parts = parts;
  }

  static async open(scope: Scope, options: ArenaOptions): Promise<Arena> {
    const repository = await temporaryRepository(scope, { files: { "README.md": "flags\n" } });
    const branch = new RemoteBranch(repository);
    await branch.prepare();
    const remote = await openRemote(options.remote, scope, repository.path);
    const setup = { remote, process: options.kills };
    const [a, b] = await Promise.all([startTestedDaemon(scope, setup), startTestedDaemon(scope, setup)]);
    const daemons = new Map([
      ["a", a],
      ["b", b],
    ] as const);
    return new Arena(options, { remote, branch, daemons });
  }

  /** Runs the schedule of a seed and says what did not hold. */
  async run(seed: number): Promise<readonly string[]> {
    const run = new Run(makeSchedule(seed, this.options), this.#parts, this.options.kills);
    return run.run();
  }
}

class Run {
  readonly #schedule: Schedule;
  readonly #parts: Parts;
  readonly #kills: boolean;
  readonly #attempts: Attempt[] = [];
  readonly #log: string[] = [];
  #start = "";
  #steps = 0;
  #disturbed: Attempt["disturbed"];

  constructor(schedule: Schedule, parts: Parts, kills: boolean) {
    this.#schedule = schedule;
    this.#parts = parts;
    this.#kills = kills;
  }

  async run(): Promise<readonly string[]> {
    await this.#parts.branch.forgetDropped();
    this.#start = await this.#parts.branch.addFiles(
      Object.fromEntries(this.#flags().map(({ file }) => [this.#path(file), this.#initialText(file)])),
    );
    await this.#syncAll();
    for (const round of this.#schedule.rounds) await this.#round(round);
    const problems = await this.#waitUntilQuiet();
    return problems.length === 0 ? [] : [...problems, ...this.#log];
  }

  async #round(round: readonly Step[]): Promise<void> {
    const fault = round.find((step) => step.type === "fault");
    const hook = round.some((step) => step.type === "hook");
    this.#disturbed = fault !== undefined ? "fault" : hook ? "hook" : undefined;
    this.#log.push(`round: ${round.map(({ type }) => type).join(", ")}`);
    if (fault?.type === "fault") {
      this.#log.push(`fault: ${fault.fault}`);
      await this.#parts.remote.fail(fault.fault, fault.where);
    }
    if (hook) await this.#parts.branch.refusePushes(true);
    const asked = round.flatMap((step) => ("daemon" in step ? [step.daemon] : []));
    await Promise.all(
      round.map((step) => this.#step(step, (name) => asked.filter((other) => other === name).length === 1)),
    );
    if (hook) await this.#parts.branch.refusePushes(false);
    if (fault !== undefined) await this.#parts.remote.heal();
    await Promise.all([...this.#parts.daemons.values()].map((daemon) => daemon.restarted()));
    if (fault !== undefined) await this.#syncAll();
  }

  /** @param alone whether a daemon has only one thing to do in this round */
  async #step(step: Step, alone: (name: DaemonName) => boolean): Promise<void> {
    switch (step.type) {
      case "write":
        return this.#write(step, alone(step.daemon));
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

  async #write(step: WriteStep, alone: boolean): Promise<void> {
    const { daemon: name, flag } = step;
    const marker = this.#marker(name);
    const daemon = this.#daemon(name);
    const known = await servedRevision(daemon);
    const named = await this.#named(step.names, name, known);
    const answer = await putFlag(daemon, this.#namespace(flag.file), flag.key, marker, named);
    const answeredAt = performance.now();
    const { outcome, status, revision, text } = answer;
    const disturbed = this.#disturbed;
    this.#attempts.push({
      ...{ marker, writer: name, flag, outcome, revision, known, alone, named, answeredAt, disturbed },
      ...(status === undefined ? {} : { status }),
    });
    const at = `at ${known?.slice(0, 9)}${named === undefined ? "" : `, names ${named.slice(0, 9)}`}`;
    this.#log.push(`${marker} of ${flag.file}/${flag.key} by ${name} ${at}: ${text.slice(0, 400)}`);
  }

  async #named(names: NamedRevision, own: DaemonName, known: string | undefined): Promise<string | undefined> {
    if (names === "nothing") return undefined;
    return names === "its own" ? known : servedRevision(this.#daemon(own === "a" ? "b" : "a"));
  }

  async #commit(flag: FlagName, force: boolean): Promise<void> {
    const marker = this.#marker("git");
    const path = this.#path(flag.file);
    const edit = (text: string): string =>
      text.replace(new RegExp(`name: \\S+ # of ${flag.key}`), `name: ${marker} # of ${flag.key}`);
    const revision = force
      ? await this.#parts.branch.force(path, edit, marker, this.#start)
      : await this.#parts.branch.edit(path, edit, marker);
    this.#attempts.push({
      ...{ marker, writer: "git", flag, outcome: "acknowledged", revision, disturbed: this.#disturbed },
      ...{ known: undefined, named: undefined, alone: false, answeredAt: performance.now() },
    });
    this.#log.push(`${marker} by git${force ? ", forced" : ""}: ${revision.slice(0, 9)}`);
  }

  async #waitUntilQuiet(): Promise<readonly string[]> {
    // A push that was given up may still land.
    let head = "";
    const behind = async (): Promise<readonly string[]> => {
      await this.#syncAll();
      head = await this.#parts.branch.head();
      const names: string[] = [];
      for (const [name, daemon] of this.#parts.daemons) if ((await servedRevision(daemon)) !== head) names.push(name);
      return names;
    };
    await eventually(behind, (names) => names.length === 0, SETTLE_MS);
    const served = new Map<DaemonName, { revision: string; names: ReadonlyMap<string, string> }>();
    const names = new Map<string, string>();
    for (const [name, daemon] of this.#parts.daemons) {
      const found = new Map<string, string>();
      for (let file = 0; file < FILES; file++) {
        for (const [flag, text] of await servedNames(daemon, this.#namespace(file))) found.set(flag, text);
      }
      served.set(name, { revision: (await servedRevision(daemon)) ?? "", names: found });
    }
    for (let file = 0; file < FILES; file++) {
      const text = await this.#parts.branch.read(this.#path(file));
      for (const [, name = "", key = ""] of text.matchAll(/name: (\S+) # of (\S+)/g)) {
        names.set(`${this.#namespace(file)}/${key}`, name);
      }
    }
    const graph = await this.#parts.branch.seen(this.#start);
    const { dropped } = this.#parts.branch;
    const pathOf = (flag: FlagName): string => this.#path(flag.file);
    return judge({ attempts: this.#attempts, graph, head, dropped, kills: this.#kills, served, names, pathOf });
  }

  async #syncAll(): Promise<void> {
    await Promise.all([...this.#parts.daemons.values()].map(syncNow));
  }

  #daemon(name: DaemonName): TestedDaemon {
    const daemon = this.#parts.daemons.get(name);
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
