import type { CredentialConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Authenticator } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { defineModule } from "./di/module.js";
import type { Scope } from "./di/scope.js";
import { token } from "./di/token.js";
import { AuthPluginToken, type Generation } from "./plugins/generation.js";

/** The authenticator in the scope of its credential. */
const AuthenticatorToken = token<Authenticator>("credential/authenticator");

/** The authenticators of credentials, each made once, in a scope of its own, and shared by all storages that name it. */
export class Authenticators {
  readonly #parent: Scope;
  readonly #made = new Map<string, { readonly config: CredentialConfig; readonly scope: Scope }>();

  constructor(parent: Scope) {
    this.#parent = parent;
  }

  async get(id: string, { config, scope: plugins }: Generation): Promise<Authenticator> {
    const known = this.#made.get(id);
    if (known !== undefined) return known.scope.get(AuthenticatorToken);
    const credential = config.credentials.get(id);
    if (credential === undefined) {
      throw new VexilError("VEXIL_VALIDATION_CONFIG", `credential "${id}" not found`);
    }
    const scope = this.#parent.child(
      defineModule((bind) => {
        bind.factory(
          AuthenticatorToken,
          [],
          async () => (await plugins.named(AuthPluginToken, credential.type)).create(credential),
          (authenticator) => authenticator.close(),
        );
      }),
    );
    const entry = { config: credential, scope };
    this.#made.set(id, entry);
    try {
      return await scope.get(AuthenticatorToken);
    } catch (error) {
      if (this.#made.get(id) === entry) this.#made.delete(id);
      throw error;
    }
  }

  /** Ends those whose credential is another in `config`, or gone. */
  async keep(credentials: ReadonlyMap<string, CredentialConfig>): Promise<void> {
    for (const [id, { config, scope }] of this.#made) {
      if (sameSettings(config, credentials.get(id))) continue;
      this.#made.delete(id);
      await scope.end();
    }
  }

  async close(): Promise<void> {
    const made = [...this.#made.values()];
    this.#made.clear();
    await Promise.allSettled(made.map(({ scope }) => scope.end()));
  }
}
