import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Secret } from "../secret.js";
import type { BackendSession } from "./backend-session.js";
import { Skip } from "./conformance-case.js";
import type { ContenderReport, ContenderTask } from "./contender.js";

const CONTENDER = fileURLToPath(new URL("./contender.js", import.meta.url));

/** Characters of a second process's stderr that are kept. */
const MAXIMUM_WORDS = 600;

/** A second process on the data of a session. */
export class Contender {
  readonly #child: ChildProcess;
  readonly #reports: ContenderReport[] = [];
  /** The end of what it wrote to stderr, for the error where it ends without a word. */
  #words = "";
  #wake: () => void = () => {};
  #ended = false;

  constructor(session: BackendSession, task: ContenderTask["task"]) {
    const { module } = session.run;
    if (module === undefined) throw new Skip("no `module` was given, which a second process needs");
    this.#child = fork(CONTENDER, { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
    this.#child.on("message", (report: ContenderReport) => {
      this.#reports.push(report);
      this.#wake();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#words = (this.#words + text).slice(-MAXIMUM_WORDS);
    });
    // After its streams have ended, so that its last words are here.
    this.#child.once("close", () => {
      this.#ended = true;
      this.#wake();
    });
    this.#child.send({ module, settings: asJson(session.raw), task } satisfies ContenderTask);
  }

  /** The next report. @throws when the process failed or ended without one */
  async next<T extends ContenderReport["type"]>(type: T): Promise<Extract<ContenderReport, { readonly type: T }>> {
    while (this.#reports.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const report = this.#reports.shift();
    if (report?.type === type) return report as Extract<ContenderReport, { readonly type: T }>;
    if (report?.type === "failed") throw new Error(`the second process failed: ${report.reason}`);
    const words = this.#words.replaceAll(/\s+/g, " ").trim();
    throw new Error(`the second process ended without having ${type}${words === "" ? "" : `: ${words}`}`);
  }

  /** All reports that have come and were not taken. */
  rest(): readonly ContenderReport[] {
    return this.#reports.splice(0);
  }

  /** Ends the process without a word to it, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}

/** Secrets are meant for the plugin in the other process, too. */
function asJson(raw: unknown): string {
  return JSON.stringify(raw, function (this: Readonly<Record<string, unknown>>, key, value: unknown) {
    const original = this[key];
    return Secret.is(original) ? original.reveal() : value;
  });
}
