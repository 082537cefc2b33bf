/** An item of a list that is edited; its id stays with it when it moves. */
export type Item<T> = T & { readonly id: number };

let count = 0;

export function item<T extends object>(value: T): Item<T> {
  count += 1;
  return { ...value, id: count };
}

export function withoutId<T>({ id: _, ...rest }: Item<T>): Omit<Item<T>, "id"> {
  return rest;
}
