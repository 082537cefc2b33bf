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

interface Made {
  readonly config: CredentialConfig;
  readonly scope: Scope;
  /** Whose plugin made it. */
  readonly generation: Generation;
}

/** Authenticators that nobody is given any more; who has one can still use it. */
export interface TakenOut {
  /** Closes them, once nobody uses them any more. */
  end(): Promise<void>;
  /** They are given out again. */
  putBack(): void;
}

/** The authenticators of credentials, each made once, in a scope of its own, and shared by all storages that name it. */
export class Authenticators {
  readonly #parent: Scope;
  readonly #made = new Map<string, Made>();

  constructor(parent: Scope) {
    this.#parent = parent;
  }

  async get(id: string, generation: Generation): Promise<Authenticator> {
    const { config, scope: plugins } = generation;
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
    const entry: Made = { config: credential, scope, generation };
    this.#made.set(id, entry);
    try {
      return await scope.get(AuthenticatorToken);
    } catch (error) {
      if (this.#made.get(id) === entry) this.#made.delete(id);
      throw error;
    }
  }

  /** Takes out those whose credential is another now, or gone: the next who asks gets a new one. */
  replace(credentials: ReadonlyMap<string, CredentialConfig>): TakenOut {
    return this.#takeOut(({ config }, id) => !sameSettings(config, credentials.get(id)));
  }

  /** Takes out those that a generation has made: it is not to be, and its plugins end. */
  leave(generation: Generation): TakenOut {
    return this.#takeOut((made) => made.generation === generation);
  }

  #takeOut(isOver: (made: Made, id: string) => boolean): TakenOut {
    const over = [...this.#made].filter(([id, made]) => isOver(made, id));
    for (const [id] of over) this.#made.delete(id);
    return {
      end: async () => {
        await Promise.allSettled(over.map(([, { scope }]) => scope.end()));
      },
      putBack: () => {
        for (const [id, made] of over) this.#made.set(id, made);
      },
    };
  }

  async close(): Promise<void> {
    const made = [...this.#made.values()];
    this.#made.clear();
    await Promise.allSettled(made.map(({ scope }) => scope.end()));
  }
}
