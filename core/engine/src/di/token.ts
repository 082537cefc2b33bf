// Decorators keep their metadata there; it has to be loaded before the first class that has any.
import "reflect-metadata";
import { inject as inversifyInject } from "inversify";

declare const phantom: unique symbol;

/** A name in the container, carrying the type it stands for. */
export type Token<T> = symbol & { readonly [phantom]: T };

/** Makes a token. Equal names give equal tokens, so that two copies of core agree. */
export function token<T>(name: string): Token<T> {
  return Symbol.for(`vexil:${name}`) as Token<T>;
}

/** Injects what `token` stands for; a parameter of another type is a compile error. */
export function inject<T>(injected: Token<T>) {
  return <C extends abstract new (...args: never[]) => unknown, I extends number>(
    target: C,
    key: undefined,
    index: T extends ConstructorParameters<C>[I] ? I : never,
  ): void => {
    inversifyInject(injected)(target, key, index as number);
  };
}
