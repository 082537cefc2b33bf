import { exportFaults, readExported } from "./exported.js";

/** Looks at an exported directory again and again: it must never be faulty, nor lead clients to an older state. */
export class ExportLooks {
  readonly #root: string;
  readonly #problems: string[] = [];
  /** By namespace: the newest value that was seen. */
  readonly #seen = new Map<string, number>();
  #looks = 0;

  constructor(root: string) {
    this.#root = root;
  }

  async look(round: number): Promise<void> {
    this.#looks += 1;
    for (const fault of await exportFaults(this.#root)) this.#problems.push(`after kill ${round}: ${fault}`);
    for (const [namespace, text] of Object.entries((await readExported(this.#root)).default ?? {})) {
      const value = Number(/value-(\d+)/.exec(text)?.[1]);
      const before = this.#seen.get(namespace) ?? 0;
      if (!(value >= before)) this.#problems.push(`after kill ${round}: ${namespace} went from ${before} to ${value}`);
      this.#seen.set(namespace, value);
    }
  }

  /** @param values by namespace, as they were committed last */
  async outcome(values: Readonly<Record<string, number>>) {
    await this.look(this.#looks);
    for (const [namespace, value] of Object.entries(values)) {
      const seen = this.#seen.get(namespace);
      if (seen !== value) this.#problems.push(`${namespace}: ${seen} is exported in place of ${value}`);
    }
    return { came: this.#looks, repeats: 0, problems: this.#problems };
  }
}
