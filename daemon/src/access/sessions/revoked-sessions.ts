import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { EndedSessions } from "@vexil/plugin-api";
import writeFileAtomic from "write-file-atomic";
import type { Session } from "./session.js";

/** Revocations that are kept; those that end first go first. */
const MOST = 100_000;

/** Sessions that do not count any more: one by its id, or all of a provider's that began before. */
export interface Revocation extends EndedSessions {
  readonly id?: string | undefined;
  readonly method?: string | undefined;
  readonly provider?: string | undefined;
  readonly at: number;
  /** Milliseconds since 1970 from which on no session can be meant any more. */
  readonly until: number;
}

/** The sessions that were ended before their time, kept in a file where there is one. */
export class RevokedSessions {
  readonly #file: string | undefined;
  readonly #onFault: (reason: string) => void;
  #isLoaded = false;
  #byId = new Map<string, Revocation>();
  #byProvider: Revocation[] = [];
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param file undefined: they are remembered as long as the process runs
   * @param onFault told why the file cannot be read or written
   */
  constructor(file: string | undefined, onFault: (reason: string) => void) {
    this.#file = file;
    this.#onFault = onFault;
  }

  /** Takes in what was kept, once. A file that cannot be read holds nothing. */
  async load(): Promise<void> {
    if (this.#file === undefined || this.#isLoaded) return;
    this.#isLoaded = true;
    try {
      const kept = JSON.parse(await readFile(this.#file, "utf8")) as readonly Revocation[];
      for (const revocation of kept) this.#take(revocation);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.#onFault(`${this.#file}: ${(error as Error).message}`);
    }
  }

  /** Resolves once it is kept, or cannot be. */
  async add(revocation: Revocation): Promise<void> {
    this.#take(revocation);
    this.#shorten();
    await this.#keep();
  }

  has({ id, method, provider, login, createdAt }: Session): boolean {
    if (this.#byId.has(id)) return true;
    return this.#byProvider.some(
      (ended) =>
        ended.method === method &&
        ended.provider === provider &&
        ended.at >= createdAt &&
        (ended.issuer === undefined || ended.issuer === login?.issuer) &&
        (ended.sid === undefined || ended.sid === login?.sid) &&
        (ended.sub === undefined || ended.sub === login?.sub),
    );
  }

  #take(revocation: Revocation): void {
    if (revocation.until <= Date.now()) return;
    if (revocation.id === undefined) this.#byProvider.push(revocation);
    else this.#byId.set(revocation.id, revocation);
  }

  #shorten(): void {
    const now = Date.now();
    this.#byProvider = this.#byProvider.filter(({ until }) => until > now).slice(-MOST);
    for (const [id, { until }] of this.#byId) {
      if (until > now && this.#byId.size <= MOST) break;
      this.#byId.delete(id);
    }
  }

  /** One write after the other. */
  #keep(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return Promise.resolve();
    const write = async (): Promise<void> => {
      const all = JSON.stringify([...this.#byId.values(), ...this.#byProvider]);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFileAtomic(file, all, { mode: 0o600 });
    };
    this.#writing = this.#writing.then(write).catch((error: Error) => this.#onFault(`${file}: ${error.message}`));
    return this.#writing;
  }
}
