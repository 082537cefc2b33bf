/**
 * Parsed files by content, for processes to come. Nothing in it is needed: whoever finds nothing parses the
 * file.
 */
export interface ParsedStore {
  /** Resolves once {@link has} can tell. */
  ready(): Promise<void>;
  /** Tells whether something may be there under an id. */
  has(id: string): boolean;
  /**
   * Gives back what was put there; undefined where it is not exactly that any more. It never rejects.
   * @returns bytes that are the caller's
   */
  get(id: string): Promise<Buffer | undefined>;
  /**
   * Puts something there. What cannot be kept is not; it never rejects.
   * @param parts made while they are written
   */
  put(id: string, parts: Iterable<Uint8Array>): Promise<void>;
  /** Removes what there is too much of; it never rejects. */
  tidy(): Promise<void>;
}
