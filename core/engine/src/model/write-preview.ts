import type { Oid } from "@vexil/plugin-api";

/** Effect that a write would have now. */
export interface WritePreview {
  /** The head that it was made on. */
  readonly revision: Oid;
  /** undefined: there is nothing to change, and no commit to make. */
  readonly commit?: {
    /** With the trailers of this request. */
    readonly message: string;
    readonly authorName: string;
    readonly authorEmail: string;
  };
  /** None: the commit would be empty, or there would be none. */
  readonly files: readonly PreviewedFile[];
}

/** A file that a write would change. */
export interface PreviewedFile {
  /** Path relative to the repository root. */
  readonly path: string;
  /** undefined: it would be new. */
  readonly before: Uint8Array | undefined;
  /** undefined: it would go. */
  readonly after: Uint8Array | undefined;
  /** Keys of the namespaces that it defines, before or after. */
  readonly namespaces: readonly string[];
}
