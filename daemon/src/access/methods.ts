import type { AuthenticationConfig, MethodConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { AuthenticationMethod } from "@vexil/plugin-api";

/** Makes a method of authentication. `invalidate` is called when its answers may be others from now on. */
export type CreateMethod = (config: MethodConfig, invalidate: () => void) => Promise<AuthenticationMethod>;

interface OpenMethod {
  readonly config: MethodConfig;
  readonly method: AuthenticationMethod;
}

/** Methods of a configuration that is not in force yet. */
export interface PreparedMethods {
  /** From now on they count. Those that are not among them end, which nobody waits for. */
  take(): void;
  /** They are not to be. */
  drop(): Promise<void>;
}

/** The methods of authentication of the configuration in force, in its order. */
export class Methods {
  readonly #invalidate: () => void;
  #open: readonly OpenMethod[] = [];
  /** Those that are on their way to end. */
  readonly #ending = new Set<Promise<unknown>>();

  /** @param invalidate called when what a method has answered may not hold any more */
  constructor(invalidate: () => void) {
    this.#invalidate = invalidate;
  }

  get(name: string): AuthenticationMethod | undefined {
    return this.#open.find(({ config }) => config.method === name)?.method;
  }

  all(): readonly (readonly [name: string, method: AuthenticationMethod])[] {
    return this.#open.map(({ config, method }) => [config.method, method] as const);
  }

  /**
   * Makes the methods of a configuration. One whose settings stay is kept, with what it knows of its provider.
   * @throws VexilError if one cannot be made
   */
  async prepare({ methods }: AuthenticationConfig, create: CreateMethod): Promise<PreparedMethods> {
    const kept = (wanted: MethodConfig): OpenMethod | undefined =>
      this.#open.find(({ config }) => sameSettings(config, wanted));
    const made: OpenMethod[] = [];
    const all: OpenMethod[] = [];
    const drop = async (): Promise<void> => {
      await Promise.all(made.map(({ method }) => method.close()));
    };
    try {
      for (const config of methods) {
        const known = kept(config);
        const one = known ?? { config, method: await create(config, this.#invalidate) };
        if (known === undefined) made.push(one);
        all.push(one);
      }
    } catch (error) {
      await drop();
      throw error;
    }
    return {
      drop,
      take: () => {
        const before = this.#open;
        this.#open = all;
        const over = before.filter((one) => !all.includes(one));
        if (over.length > 0 || made.length > 0) this.#invalidate();
        for (const { method } of over) this.#end(method);
      },
    };
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = [];
    for (const { method } of open) this.#end(method);
    await Promise.all(this.#ending);
  }

  /** The guard before the plugin has the deadline, and reports what goes wrong. */
  #end(method: AuthenticationMethod): void {
    const ending = method.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
