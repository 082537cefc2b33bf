import type { ServedEnvironment, SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { fitsName } from "@vexil/engine/sinks/event-filter";
import type { SharedEvent } from "@vexil/engine/sinks/shared-pages";
import { isCasesName } from "@vexil/flags/read/feature-paths";
import type { Caller, QuarantineEvent, StorageStateEvent } from "@vexil/plugin-api";
import type { KeptDecisions } from "../rights/kept-decisions.js";
import { UNTOLD_ERROR } from "../rights/readable-status.js";
import { UNTOLD_TESTS } from "../rights/readable-tests.js";
import type { Refusals } from "../rights/refusals.js";
import { RequestRights } from "../rights/request-rights.js";

/** Parts of what a caller may see. */
export interface EventSightParts {
  readonly snapshots: Pick<SnapshotReader, "all" | "get">;
  readonly decisions: KeptDecisions;
  readonly refusals: Refusals;
  /** The caller as it is known now; undefined: nothing is judged. */
  readonly caller: () => Caller | undefined;
  /** Names of environments that are asked for; undefined: all. */
  readonly wanted: readonly string[] | undefined;
}

/** Tells what of the events a caller may see. Each is judged when it is told: rights come and go while a stream is open. */
export class EventSight {
  readonly #parts: EventSightParts;

  constructor(parts: EventSightParts) {
    this.#parts = parts;
  }

  /** Rights of the caller as it is known now. */
  get rights(): RequestRights {
    const { caller, decisions, refusals } = this.#parts;
    return new RequestRights(caller(), decisions, refusals);
  }

  get isJudged(): boolean {
    return this.#parts.caller() !== undefined;
  }

  /** Environments that are asked for and may be seen. */
  async environments(): Promise<ReadonlySet<string>> {
    const { rights } = this;
    const seen = new Set<string>();
    for (const environment of this.#parts.snapshots.all()) {
      if (await this.#shows(environment, rights)) seen.add(environment.info.key);
    }
    return seen;
  }

  /** Tells whether an environment is one of those. */
  async shows(key: string): Promise<boolean> {
    const found = this.#parts.snapshots.get(key);
    return found !== undefined && this.#shows(found, this.rights);
  }

  /** The JSON of an event as the caller may see it; undefined: it may not. */
  text({ event, text }: SharedEvent): string | undefined | Promise<string | undefined> {
    const caller = this.#parts.caller();
    // Whose environment is followed may see that something of it is missing.
    if (caller === undefined || event.kind === "gap") return text;
    if (event.kind === "storage") return this.#storageText(event, text);
    const { environment, namespace } = event;
    const allowed = this.#parts.decisions.may(caller, "read", environment, namespace);
    if (event.kind === "quarantine" && isCasesName(event.file)) return this.#testsText(event, text, allowed);
    if (allowed instanceof Promise) return allowed.then((is) => (is ? text : undefined));
    return allowed ? text : undefined;
  }

  async #shows(environment: ServedEnvironment, rights: RequestRights): Promise<boolean> {
    const { wanted } = this.#parts;
    const { key } = environment.info;
    if (wanted !== undefined && !wanted.some((pattern) => fitsName(pattern, key))) return false;
    return rights.sees(environment);
  }

  /** As the status is shown: an error may name files, branches and addresses that may not be seen. */
  async #storageText(event: StorageStateEvent, text: string): Promise<string | undefined> {
    const { rights } = this;
    if (await rights.may("read")) return text;
    const own = this.#parts.snapshots.all().filter(({ info }) => info.storage === event.storage);
    if ((await rights.visible(own)).length === 0) return undefined;
    const { error } = event;
    return error === undefined
      ? text
      : JSON.stringify({ ...event, error: { code: error.code, message: UNTOLD_ERROR } });
  }

  /** A failing test may be about several namespaces, and tells of each. */
  async #testsText(
    event: QuarantineEvent,
    text: string,
    allowed: boolean | Promise<boolean>,
  ): Promise<string | undefined> {
    if (!(await allowed)) return undefined;
    if (await this.rights.may("read", event.environment)) return text;
    const untold = (fault: QuarantineEvent["before"]) => fault && { ...fault, reason: UNTOLD_TESTS };
    return JSON.stringify({ ...event, before: untold(event.before), after: untold(event.after) });
  }
}
