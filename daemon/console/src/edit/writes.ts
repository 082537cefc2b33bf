import type { Preview } from "../api/types.js";
import type { Base } from "./base.js";
import type { MergeForm } from "./merge.js";

/** How items of a type are joined, shown before they are saved, and saved. */
export interface Writes<T> {
  readonly form: MergeForm<T>;
  /** Saves in place of what was there @throws ApiError 409 if that is another one by now */
  readonly save: (value: T, upon: Base<T>, message: string) => Promise<void>;
  /** Prepares the commit that saving would make @throws ApiError as saving does */
  readonly preview: (value: T, upon: Base<T>) => Promise<Preview>;
  /** The item of the same key as it is now. */
  readonly newest: (value: T) => Promise<Base<T>>;
}
