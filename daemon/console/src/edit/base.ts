/** An item at a revision; without a value there was none. */
export interface Base<T> {
  readonly value: T | undefined;
  readonly revision: string;
}
