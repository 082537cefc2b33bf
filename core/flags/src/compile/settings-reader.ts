import type { Oid } from "@vexil/plugin-api";
import { contentId } from "../parse/content-id.js";
import type { FileParser } from "../parse/file-parser.js";
import { SETTINGS_NAMES } from "../read/feature-paths.js";
import type { ReadSettings } from "../read/read-settings.js";
import { byDeadline } from "./by-deadline.js";
import { leftFault } from "./patience.js";
import type { BuildInput } from "./snapshot-builder.js";

/** Input of a build, as far as it matters for settings. */
type SettingsInput = Pick<BuildInput, "directory" | "files" | "limits" | "storage" | "read" | "unread" | "hurry">;

/** Settings remembered at most, the latest ones. */
const KEPT = 1_000;

/** Settings that were left for later. */
function leftUnread(path: string): ReadSettings {
  return { settings: { commitMessage: undefined }, faults: [leftFault(path, [""])], unread: true };
}

/** Settings of an environment, and the file that they stand in. */
export interface FoundSettings extends ReadSettings {
  readonly path: string;
}

/** Reads repositories' settings, each version once: every build asks for them. */
export class SettingsReader {
  readonly #parser: FileParser;
  readonly #known = new Map<string, ReadSettings>();
  /** Settings that are being read, for each storage: who asks meanwhile does not have them read once more. */
  readonly #reading = new Map<string, Promise<ReadSettings>>();

  constructor(parser: FileParser) {
    this.#parser = parser;
  }

  /** @returns undefined where there are none */
  async read(input: SettingsInput): Promise<FoundSettings | undefined> {
    const { directory, files, limits, storage, hurry } = input;
    const paths = SETTINGS_NAMES.map((name) => (directory === "" ? name : `${directory}/${name}`));
    const path = paths.find((candidate) => files.has(candidate));
    const oid = path === undefined ? undefined : files.get(path);
    if (path === undefined || oid === undefined) return undefined;
    const id = `${contentId({ oid, path, limits })} ${path}`;
    const known = this.#known.get(id);
    if (known !== undefined && (known.unread === undefined || input.unread === "kept")) return { path, ...known };
    const key = `${id} ${storage}`;
    const reading = this.#reading.get(key) ?? this.#begin(key, id, path, oid, input);
    if (hurry === undefined) return { path, ...(await reading) };
    const settings = await byDeadline(reading, hurry.until);
    // Once is enough: nobody else in a hurry waits for them.
    if (settings === undefined && this.#reading.has(key)) this.#keep(id, known ?? leftUnread(path));
    return { path, ...(settings ?? leftUnread(path)) };
  }

  #begin(key: string, id: string, path: string, oid: Oid, input: SettingsInput): Promise<ReadSettings> {
    const reading = this.#readNow(id, path, oid, input).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #readNow(id: string, path: string, oid: Oid, { read, limits, storage }: SettingsInput): Promise<ReadSettings> {
    const bytes = (await read([oid])).get(oid);
    const settings = await this.#parser.settings({ path, oid, bytes: bytes ?? new Uint8Array(), limits, storage });
    // What the store does not have now it may have the next time.
    if (bytes !== undefined) this.#keep(id, settings);
    return settings;
  }

  #keep(id: string, settings: ReadSettings): void {
    this.#known.delete(id);
    this.#known.set(id, settings);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}
