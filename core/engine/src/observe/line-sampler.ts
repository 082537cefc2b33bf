import type { LogConfig } from "@vexil/config/config";
import type { Level, LogFields } from "@vexil/plugin-api";

/** Kinds of lines that are told apart in one interval; those beyond only by event and storage. */
const KINDS = 1_000;
/** Texts that tell kinds apart are cut here: anybody may have written them. */
const LONGEST_TEXT = 200;
/** Lines of one event that are alike differ in nothing of this. */
const ALIKE = ["storage", "environment", "sink", "method", "code", "reason", "actor"] as const;
/** Of these one line is not like another: what became of commits, and what happens to the daemon itself. */
const UNLIKE = /^(?:daemon|config|commit|push|sink|write|branch|environment|lease|lines)\./;
/** Codes of writes that were refused: their callers know, and nothing of them was there to be lost. */
const REFUSED = /^VEXIL_(?:CONFLICT|VALIDATION|REFUSED|OVERLOADED)_|^VEXIL_(?:EXISTS|NOT_FOUND)$/;

type Told = {
  readonly level: Level;
  readonly event: string;
  readonly fields: LogFields;
  written: number;
  more: number;
};

/** Lets lines alike through up to a rate, and tells how many it kept back. */
export class LineSampler {
  readonly #settings: () => LogConfig["sampling"];
  readonly #sum: (level: Level, fields: LogFields) => void;
  readonly #told = new Map<string, Told>();
  #began = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param sum writes the line that stands for those that were kept back */
  constructor(settings: () => LogConfig["sampling"], sum: (level: Level, fields: LogFields) => void) {
    this.#settings = settings;
    this.#sum = sum;
  }

  /** Tells whether a line is to be written. */
  takes(level: Level, event: string, fields: LogFields): boolean {
    const settings = this.#settings();
    if (settings === undefined || !isCommon(level, event, fields)) return true;
    const { lines, intervalMs } = settings;
    if (this.#timer === undefined) {
      this.#began = performance.now();
      this.#timer = setTimeout(() => this.flush(), intervalMs).unref();
    }
    const told = this.#toldOf(level, event, fields);
    if (told.written < lines) {
      told.written += 1;
      return true;
    }
    told.more += 1;
    return false;
  }

  /** Tells what was kept back so far; lines alike are written again. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const seconds = Math.round(performance.now() - this.#began) / 1_000;
    for (const { level, event, fields, more } of this.#told.values()) {
      if (more > 0) this.#sum(level, { ...fields, summed: event, count: more, seconds });
    }
    this.#told.clear();
  }

  #toldOf(level: Level, event: string, fields: LogFields): Told {
    const alike = ALIKE.flatMap((name) =>
      fields[name] === undefined ? [] : [[name, shortened(fields[name])] as const],
    );
    const known = this.#told.get(JSON.stringify([level, event, alike]));
    if (known !== undefined) return known;
    // Never are those of different storages summed.
    const common = this.#told.size < KINDS ? alike : alike.filter(([name]) => name === "storage");
    const key = JSON.stringify([level, event, common]);
    const told = this.#told.get(key) ?? { level, event, fields: Object.fromEntries(common), written: 0, more: 0 };
    this.#told.set(key, told);
    return told;
  }
}

function isCommon(level: Level, event: string, { code }: LogFields): boolean {
  if (level === "fatal") return false;
  return !UNLIKE.test(event) || (event === "write.failed" && REFUSED.test(String(code)));
}

function shortened(value: unknown): string {
  return String(value).slice(0, LONGEST_TEXT);
}
