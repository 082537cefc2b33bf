import type { EvaluationCount } from "./evaluation-count.js";
import type { UsageFiles } from "./usage-files.js";
import type { UsageRow } from "./usage-rows.js";

/** Hours of others that are remembered; of those on the disk all are known. */
const MOST_HOURS = 2_000;

/** Counts that an hour of another daemon has more than before. */
export interface Received {
  readonly name: string;
  /** All of that hour. */
  readonly rows: readonly UsageRow[];
  readonly fresh: readonly EvaluationCount[];
}

/**
 * Hours that other daemons have counted. Each is told as a whole, again and again while it grows, so what is told twice, or
 * late, counts once.
 */
export class ReceivedHours {
  readonly #files: UsageFiles | undefined;
  readonly #hours = new Map<string, readonly UsageRow[]>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param files undefined: they are kept in memory */
  constructor(files: UsageFiles | undefined) {
    this.#files = files;
  }

  /** Keeps an hour; what it resolves to is kept. Rejects when it cannot be. */
  receive(name: string, rows: readonly UsageRow[]): Promise<Received> {
    const received = this.#turn.then(() => this.#receive(name, rows));
    this.#turn = received.catch(() => undefined);
    return received;
  }

  async #receive(name: string, rows: readonly UsageRow[]): Promise<Received> {
    const before = this.#hours.get(name) ?? (await this.#files?.rows(name)) ?? [];
    const { merged, fresh } = mergeHours(before, rows);
    if (fresh.length > 0 || before.length !== merged.length) await this.#files?.write(name, merged);
    this.#hours.delete(name);
    this.#hours.set(name, merged);
    const [oldest] = this.#hours.keys();
    if (this.#hours.size > MOST_HOURS && oldest !== undefined) this.#hours.delete(oldest);
    return { name, rows: merged, fresh };
  }
}

/** Of each count the larger one: an hour only grows. */
function mergeHours(
  before: readonly UsageRow[],
  rows: readonly UsageRow[],
): { readonly merged: readonly UsageRow[]; readonly fresh: readonly EvaluationCount[] } {
  const merged = new Map(before.map((row) => [JSON.stringify(row.place), row]));
  const fresh: EvaluationCount[] = [];
  for (const row of rows) {
    const key = JSON.stringify(row.place);
    const known = merged.get(key);
    const answers = new Map(known?.answers.map((answer) => [`${answer[1]}\0${answer[0]}`, answer]));
    for (const [value, reason, count] of row.answers) {
      const more = count - (answers.get(`${reason}\0${value}`)?.[2] ?? 0);
      if (more <= 0) continue;
      answers.set(`${reason}\0${value}`, [value, reason, count]);
      fresh.push([...row.place, value, reason, more]);
    }
    const last = Math.max(row.last ?? 0, known?.last ?? 0);
    const first = Math.min(row.first, known?.first ?? row.first);
    merged.set(key, { place: row.place, first, last: last === 0 ? undefined : last, answers: [...answers.values()] });
  }
  return { merged: [...merged.values()], fresh };
}
