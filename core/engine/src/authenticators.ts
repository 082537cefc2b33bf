import type { Config, CredentialConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Authenticator } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { PluginRegistry } from "./plugins/plugin-registry.js";

/** The authenticators of credentials, each made once and shared by all storages that name it. */
export class Authenticators {
  readonly #made = new Map<string, { readonly config: CredentialConfig; readonly made: Promise<Authenticator> }>();

  get(id: string, config: Config, plugins: PluginRegistry): Promise<Authenticator> {
    const known = this.#made.get(id);
    if (known !== undefined) return known.made;
    const credential = config.credentials.get(id);
    if (credential === undefined) {
      throw new VexilError("VEXIL_VALIDATION_CONFIG", `credential "${id}" not found`);
    }
    const made = plugins.createAuthenticator(credential, config);
    this.#made.set(id, { config: credential, made });
    made.catch(() => this.#made.delete(id));
    return made;
  }

  /** Closes those whose credential is another in `config`, or gone. */
  async keep(config: Config): Promise<void> {
    for (const [id, entry] of this.#made) {
      if (sameSettings(entry.config, config.credentials.get(id))) continue;
      this.#made.delete(id);
      await (await entry.made).close();
    }
  }

  async close(): Promise<void> {
    const made = [...this.#made.values()];
    this.#made.clear();
    await Promise.allSettled(made.map(async (entry) => (await entry.made).close()));
  }
}
