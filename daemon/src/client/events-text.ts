import type { CommitEvent, EventFault, SinkEvent } from "@vexil/plugin-api";
import { describeChange } from "./describe-change.js";
import { printableLine } from "./printable.js";

type Item = Readonly<Record<string, unknown>>;

/** Events as lines for people: those of one commit stand below one line that tells of it. */
export class EventsText {
  #last = "";

  of(event: SinkEvent): string {
    const { time } = event;
    if (event.kind === "storage") {
      const { storage, before, after, error } = event;
      const reason = error === undefined ? "" : `: ${error.message} (${error.code})`;
      return this.#alone(`${time}  storage ${storage}: ${before} → ${after}${reason}`);
    }
    if (event.kind === "gap") {
      const { environment, previous, revision, reason } = event;
      const span = `between ${short(previous)} and ${short(revision)}`;
      return this.#alone(`${time}  ${environment}  nothing is known ${span}: ${reason}`);
    }
    const lines = event.kind === "change" ? changeLines(event) : [faultLine(event)];
    return `${this.#headOf(event)}${lines.map((line) => `    ${printableLine(line)}\n`).join("")}`;
  }

  #headOf({ environment, revision, previous, time, author, actor, origin, subject }: CommitEvent): string {
    const commit = `${environment} ${previous} ${revision}`;
    if (commit === this.#last) return "";
    this.#last = commit;
    const who = actor.startsWith("git:") ? `${author.name} <${author.email}>` : actor;
    return `${printableLine(`${time}  ${environment}  ${short(revision)}  ${who}  (${origin})  ${subject}`)}\n`;
  }

  #alone(line: string): string {
    this.#last = "";
    return `${printableLine(line)}\n`;
  }
}

function changeLines({
  namespace: namespaceKey,
  type: typeUrl,
  key,
  before,
  after,
}: Extract<SinkEvent, { kind: "change" }>): readonly string[] {
  return describeChange({ namespaceKey, typeUrl, key, before: before as Item, after: after as Item });
}

function faultLine({ file, namespace, after }: Extract<SinkEvent, { kind: "quarantine" }>): string {
  if (after === undefined) return `✓ ${file}: namespace ${namespace} is up to date again`;
  return `! ${file}${placeOf(after)}: ${after.reason}; namespace ${namespace} stays as it was`;
}

const placeOf = ({ line, column }: EventFault): string =>
  line === undefined ? "" : `:${line}${column === undefined ? "" : `:${column}`}`;

const short = (commit: string | undefined): string => commit?.slice(0, 12) ?? "the beginning";
