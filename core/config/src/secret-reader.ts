import { readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { Secret } from "@vexil/plugin-api";
import { configError } from "./config-error.js";
import type { SecretsSection } from "./sections/secrets.js";

export interface SecretSources {
  readonly section: SecretsSection;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly resolvePath: (path: string) => string;
}

/** Reads what `${secret:…}` and `${credential:…}` name, as Secrets that can be read again. */
export class SecretReader {
  readonly #sources: SecretSources;

  constructor(sources: SecretSources) {
    this.#sources = sources;
  }

  /**
   * @param text a value of the configuration
   * @param key its path, for messages
   * @returns undefined when the text is no reference
   * @throws VexilError VEXIL_VALIDATION_CONFIG when it is one that cannot be resolved, or is empty
   */
  async read(text: string, key: string): Promise<Secret | undefined> {
    const match = /^\$\{(secret|credential):(.*)\}$/s.exec(text);
    if (match === null) return undefined;
    const fail = (reason: string): Error => configError(`resolving secret reference "${text}" in ${key}: ${reason}`);
    const load =
      match[1] === "credential" ? this.#credential(match[2] ?? "", fail) : this.#secret(match[2] ?? "", fail);
    return await readSecret(load, fail);
  }

  /** The secret that `key_ref` names. */
  async readKey(reference: { provider: string; path: string; key: string }, key: string): Promise<Secret> {
    const { provider, path, key: name } = reference;
    const fail = (reason: string): Error => configError(`${key}: ${reason}`);
    return await readSecret(this.#provided(provider, path, name, fail), fail);
  }

  #credential(name: string, fail: Fail): Load {
    if (!/^[A-Za-z0-9_.-]+$/.test(name) || name.includes("..")) {
      throw fail("a credential's name has letters, digits, _ . and - only");
    }
    const directory = this.#sources.env.CREDENTIALS_DIRECTORY;
    if (!directory) {
      throw fail(
        `credential "${name}": CREDENTIALS_DIRECTORY is not set; name it in the unit by LoadCredential=${name}:PATH`,
      );
    }
    return async () => (await readText(join(directory, name), () => fail(`credential "${name}" not found`))).trim();
  }

  #secret(reference: string, fail: Fail): Load {
    const parts = reference.split(":");
    const [provider = "", path = "", key] = parts;
    if (!/^[A-Za-z0-9_:/.-]+$/.test(reference) || parts.length > 3 || parts.some((part) => part === "")) {
      throw fail(`invalid secret reference format, expected 'provider:name' or 'provider:path:key'`);
    }
    if (parts.length === 1) throw fail("invalid secret reference: provider is required");
    return this.#provided(provider, path, key, fail);
  }

  #provided(provider: string, path: string, key: string | undefined, fail: Fail): Load {
    const providers = this.#sources.section.providers;
    if (provider !== "file") {
      const known = provider === "vault" || provider === "gcp" || provider === "aws" || provider === "azure";
      throw fail(
        known && providers[provider]?.enabled
          ? `provider "${provider}" is not supported yet; use file`
          : `provider "${provider}" not found (file, when secrets.providers.file is enabled)`,
      );
    }
    const base = providers.file.base_path;
    if (!providers.file.enabled || !base) throw fail('provider "file" not found: enable secrets.providers.file');
    const file = join(this.#sources.resolvePath(base), posix.join("/", path));
    return async () => {
      // A third part names a file of the directory, as clusters mount secrets; a plain file has one value only.
      const inside = key !== undefined && (await isDirectory(file)) ? join(file, posix.join("/", key)) : file;
      return (await readText(inside, () => fail(`secret not found at path "${path}"`))).trim();
    };
  }
}

type Fail = (reason: string) => Error;
type Load = () => Promise<string>;

async function readSecret(load: Load, fail: Fail): Promise<Secret> {
  const checked = async (): Promise<string> => {
    const value = await load();
    if (value === "") throw fail("the value is empty");
    return value;
  };
  return new Secret(await checked(), checked);
}

async function readText(file: string, missing: () => Error): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") throw missing();
    throw configError(`cannot read ${file}: ${code ?? "unknown reason"}`, error);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
