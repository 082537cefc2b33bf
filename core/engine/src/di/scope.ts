import { Container } from "inversify";
import { type Binder, binderOf, createContainer, type Module } from "./module.js";
import { type Token, token } from "./token.js";

/** A container as those see it who make others below it and end them: what it binds, its children see too. */
export interface Scope {
  get<T>(asked: Token<T>): Promise<T>;
  /** Of several bindings of a token, the one of that name. */
  named<T>(asked: Token<T>, name: string): Promise<T>;
  /** Makes a scope below this one. */
  child(...modules: readonly Module[]): Scope;
  /** Ends what the scope has made, the last binding first; nothing can be asked of it any more. Idempotent. */
  end(): Promise<void>;
}

/** The scope of the whole process: parents of those that come and go with a configuration, a storage, a credential. */
export const ScopeToken = token<Scope>("scope");

function scopeOf(container: Container, ends: readonly Token<unknown>[] = []): Scope {
  let ended: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    // What could not be made has no end: its failure is kept, and told again here. What fails keeps nothing from ending.
    for (const bound of [...ends].reverse()) await container.unbindAsync(bound).catch(() => undefined);
    await container.unbindAllAsync().catch(() => undefined);
  };
  return {
    get: (asked) => container.getAsync(asked),
    named: (asked, name) => container.getAsync(asked, { name }),
    child: (...modules) => {
      const below = new Container({ parent: container, defaultScope: "Singleton" });
      const made: Token<unknown>[] = [];
      const binder: Binder = binderOf(below, (bound) => void made.push(bound));
      for (const module of modules) module(binder);
      return scopeOf(below, made);
    },
    end: () => {
      ended ??= finish();
      return ended;
    },
  };
}

/** The scope of the process, made of modules, in order; they may ask for it by {@link ScopeToken}. */
export function rootScope(...modules: readonly Module[]): Scope {
  const container = createContainer(...modules);
  const scope = scopeOf(container);
  container.bind(ScopeToken).toConstantValue(scope);
  return scope;
}
