import { Container } from "inversify";
import type { Token } from "./token.js";

type Injected<Tokens extends readonly Token<unknown>[]> = {
  [Index in keyof Tokens]: Tokens[Index] extends Token<infer T> ? T : never;
};

/** Bindings that a module may make: a token stands for a value, a class or what a function makes. All are made once. */
export interface Binder {
  value<T>(bound: Token<T>, value: T): void;
  /** One of several values of a token, by name. */
  named<T>(bound: Token<T>, name: string, value: T): void;
  type<T>(bound: Token<T>, implementation: abstract new (...args: never[]) => T): void;
  /** @param end called with what was made, if it was, when its container ends */
  factory<T, const Tokens extends readonly Token<unknown>[]>(
    bound: Token<T>,
    dependencies: Tokens,
    make: (...args: Injected<Tokens>) => T | Promise<T>,
    end?: (made: T) => void | Promise<void>,
  ): void;
  /** For tests: binds in place of what an earlier module bound. */
  replace<T>(bound: Token<T>, value: T): void;
}

export type Module = (binder: Binder) => void;

/** Names a module: the bindings of one folder. */
export function defineModule(configure: (bind: Binder) => void): Module {
  return configure;
}

/** Makes a container of modules, in order. */
export function createContainer(...modules: readonly Module[]): Container {
  const container = new Container({ defaultScope: "Singleton" });
  const binder = binderOf(container);
  for (const module of modules) module(binder);
  return container;
}

/**
 * Binds in a container.
 * @param ending told of what has an end
 */
export function binderOf(container: Container, ending: (bound: Token<unknown>) => void = () => undefined): Binder {
  return {
    value: (bound, value) => void container.bind(bound).toConstantValue(value),
    named: (bound, name, value) => void container.bind(bound).toConstantValue(value).whenNamed(name),
    type: (bound, implementation) =>
      void container
        .bind(bound)
        .to(implementation as unknown as new (...args: never[]) => unknown)
        .inSingletonScope(),
    factory: (bound, dependencies, make, end) => {
      const made = container
        .bind(bound)
        .toResolvedValue(make as unknown as (...args: unknown[]) => unknown, dependencies as unknown as symbol[])
        .inSingletonScope();
      if (end === undefined) return;
      made.onDeactivation(end as (made: unknown) => void | Promise<void>);
      ending(bound);
    },
    replace: (bound, value) => {
      if (container.isBound(bound)) container.unbind(bound);
      container.bind(bound).toConstantValue(value);
    },
  };
}
