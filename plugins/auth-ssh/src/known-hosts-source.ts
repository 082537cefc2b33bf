import { type BigIntStats, promises as fs } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { readCredentialFile, VexilError } from "@vexil/plugin-api";
import { expandHome } from "./identity-source.js";
import { type KnownHostLine, parseKnownHosts } from "./known-hosts.js";
import type { SshSettings } from "./settings.js";

interface CachedFile {
  readonly stamp: string;
  readonly lines: readonly KnownHostLine[];
}

/** The known_hosts that a credential goes by. Files are parsed again when they changed. */
export class KnownHostsSource {
  /** Names of the places for messages, in the order they are looked at. */
  readonly places: readonly string[];
  readonly #files: readonly string[];
  /** Files that the credential names must be there; the usual ones need not. */
  readonly #required: boolean;
  readonly #inline: readonly KnownHostLine[];
  readonly #cache = new Map<string, CachedFile>();

  /** @param environment where `SSH_KNOWN_HOSTS`, a list of files as in `PATH`, is looked for */
  constructor(credential: string, settings: SshSettings, environment: NodeJS.ProcessEnv) {
    const inlineName = `credentials.${credential}.ssh.known_hosts`;
    this.#inline = parseKnownHosts(settings.known_hosts ?? "", inlineName);
    this.#required = settings.known_hosts_path !== undefined || settings.known_hosts !== undefined;
    this.#files = this.#required
      ? [settings.known_hosts_path].filter((path) => path !== undefined).map(expandHome)
      : defaultFiles(environment);
    this.places = [...this.#files, ...(settings.known_hosts === undefined ? [] : [inlineName])];
  }

  /** @throws VexilError VEXIL_AUTH_FILE when a file that the credential names cannot be read */
  async lines(): Promise<readonly KnownHostLine[]> {
    const lines: KnownHostLine[] = [];
    for (const file of this.#files) lines.push(...(await this.#linesOf(file)));
    return [...lines, ...this.#inline];
  }

  /** Forgets what was read: the next question reads all files, changed or not. */
  forget(): void {
    this.#cache.clear();
  }

  async #linesOf(file: string): Promise<readonly KnownHostLine[]> {
    try {
      const stamp = stampOf(await fs.stat(resolve(file), { bigint: true }));
      const cached = this.#cache.get(file);
      if (cached?.stamp === stamp) return cached.lines;
      const lines = parseKnownHosts(await readCredentialFile(file), file);
      this.#cache.set(file, { stamp, lines });
      return lines;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT" && !this.#required) return [];
      if (VexilError.is(error)) throw error;
      throw new VexilError("VEXIL_AUTH_FILE", `cannot read ${file}: ${code ?? "unknown error"}`, {
        details: { step: "host-key", file },
        cause: error,
      });
    }
  }
}

/** Where ssh looks: the user's file, then the system's; `SSH_KNOWN_HOSTS` replaces both. */
function defaultFiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const named = (environment.SSH_KNOWN_HOSTS ?? "").split(delimiter).filter((path) => path !== "");
  return named.length > 0 ? named : [join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"];
}

function stampOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
