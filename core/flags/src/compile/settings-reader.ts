import { contentId } from "../parse/content-id.js";
import type { FileParser } from "../parse/file-parser.js";
import { SETTINGS_NAMES } from "../read/feature-paths.js";
import type { ReadSettings } from "../read/read-settings.js";
import { beforeLate } from "./before-late.js";
import type { BuildInput } from "./snapshot-builder.js";

/** Settings remembered at most, the latest ones. */
const KEPT = 1_000;

/** Time that settings have in a hurry. */
const HURRIED_MS = 1_000;

/** Settings that were left for later. */
function leftUnread(path: string): ReadSettings {
  const reason = "the file has not been read yet; that is done next";
  return {
    settings: { commitMessage: undefined },
    faults: [{ file: path, reason, namespaces: [""] }],
    unread: true,
  };
}

/** Settings of an environment, and the file that they stand in. */
export interface FoundSettings extends ReadSettings {
  readonly path: string;
}

/** Reads repositories' settings, each version once: every build asks for them. */
export class SettingsReader {
  readonly #parser: FileParser;
  readonly #known = new Map<string, ReadSettings>();

  constructor(parser: FileParser) {
    this.#parser = parser;
  }

  /** @returns undefined where there are none */
  async read(
    input: Pick<BuildInput, "directory" | "files" | "limits" | "storage" | "read" | "unread" | "hurriedFor">,
  ): Promise<FoundSettings | undefined> {
    const { directory, files, limits, storage } = input;
    const paths = SETTINGS_NAMES.map((name) => (directory === "" ? name : `${directory}/${name}`));
    const path = paths.find((candidate) => files.has(candidate));
    const oid = path === undefined ? undefined : files.get(path);
    if (path === undefined || oid === undefined) return undefined;
    const id = `${contentId({ oid, path, limits })} ${path}`;
    const known = this.#known.get(id);
    if (known !== undefined && (known.unread === undefined || input.unread === "kept")) return { path, ...known };
    const bytes = (await input.read([oid])).get(oid) ?? new Uint8Array();
    const reading = this.#parser.settings({ path, oid, bytes, limits, storage }).then((settings) => {
      this.#keep(id, settings);
      return settings;
    });
    if (input.hurriedFor === undefined || input.hurriedFor.has(path)) return { path, ...(await reading) };
    return { path, ...((await beforeLate(reading, performance.now() + HURRIED_MS)) ?? leftUnread(path)) };
  }

  #keep(id: string, settings: ReadSettings): void {
    this.#known.delete(id);
    this.#known.set(id, settings);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}
