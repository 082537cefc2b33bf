/**
 * Makes one value at a time: all who ask while one is being made get the next, which is begun after they asked.
 * @returns what is called instead of `make`
 */
export function madeTogether<T>(make: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    const made = make();
    const ended = made.then(
      () => {},
      () => {},
    );
    current = ended;
    void ended.then(() => {
      if (current === ended) current = undefined;
    });
    return made;
  };
  return () => {
    if (current === undefined) return begin();
    next ??= current.then(() => {
      next = undefined;
      return begin();
    });
    return next;
  };
}
