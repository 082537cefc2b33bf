import { Container } from "inversify";
import type { Token } from "./token.js";

type Injected<Tokens extends readonly Token<unknown>[]> = {
  [Index in keyof Tokens]: Tokens[Index] extends Token<infer T> ? T : never;
};

/** Ways to bind a token: to a value, a class or a function. All are made once. */
export interface Binder {
  value<T>(bound: Token<T>, value: T): void;
  type<T>(bound: Token<T>, implementation: abstract new (...args: never[]) => T): void;
  factory<T, const Tokens extends readonly Token<unknown>[]>(
    bound: Token<T>,
    dependencies: Tokens,
    make: (...args: Injected<Tokens>) => T | Promise<T>,
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
  const binder: Binder = {
    value: (bound, value) => void container.bind(bound).toConstantValue(value),
    type: (bound, implementation) =>
      void container
        .bind(bound)
        .to(implementation as unknown as new (...args: never[]) => unknown)
        .inSingletonScope(),
    factory: (bound, dependencies, make) =>
      void container
        .bind(bound)
        .toResolvedValue(make as unknown as (...args: unknown[]) => unknown, dependencies as unknown as symbol[])
        .inSingletonScope(),
    replace: (bound, value) => {
      if (container.isBound(bound)) container.unbind(bound);
      container.bind(bound).toConstantValue(value);
    },
  };
  for (const module of modules) module(binder);
  return container;
}

/** Asks the container for what a token stands for. Only the composition root does this. */
export function resolve<T>(container: Container, asked: Token<T>): Promise<T> {
  return container.getAsync<T>(asked);
}
