import type { GitObject, Oid, RefName } from "@vexil/plugin-api";

/** The network side of a storage: one remote repository, over whatever transport its URL and credential ask for. */
export interface Remote {
  /** For users: without user information and query. */
  readonly displayUrl: string;
  /**
   * The remote's refs under the given prefixes (`refs/heads/main` is a prefix of itself). An empty map is an answer:
   * the remote has none of them. One request on a kept connection once capabilities are known.
   * @throws VexilError of kinds connection, remote, auth; `details.step` says where
   */
  listRefs(prefixes: readonly RefName[], signal: AbortSignal): Promise<RemoteRefs>;
  /**
   * Fetches what `wants` reach, within `depth`, as a thin pack against `haves`. The whole answer is received and the
   * pack looked through, its trailer and all sizes, before the first object is handed to `store`.
   */
  fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResult>;
  /**
   * Sends commits. The remote compares each `old` under its own lock.
   * @throws VexilError whose `details.sent` is false when it failed before anything of the push was sent
   */
  push(request: PushRequest, signal: AbortSignal): Promise<PushResult>;
  close(): Promise<void>;
}

export interface RemoteRefs {
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** Bytes of the answer's body, for metrics. */
  readonly bytes: number;
}

export interface FetchRequest {
  readonly wants: readonly Oid[];
  /** Refs that are wanted at whatever they are at. Where the remote cannot do that, nothing is asked of it at all. */
  readonly wantRefs?: readonly RefName[];
  /** Told what those are at, before anything is stored. */
  readonly onRefs?: (refs: ReadonlyMap<RefName, Oid>) => void;
  readonly haves: readonly Oid[];
  /** Commits stored here whose parents are not. */
  readonly shallow: readonly Oid[];
  /**
   * How many commits from each want. undefined: all that is not here yet, as far as the boundary in `shallow`.
   * Infinity: all of history, the boundary goes.
   */
  readonly depth?: number;
  /** Leaves blobs out, where the remote can; `filtered` of the result says whether it did. */
  readonly withoutBlobs?: boolean;
  /** Reads bases of thin deltas from the local store. */
  readonly readBase: (oids: readonly Oid[]) => Promise<ReadonlyMap<Oid, GitObject>>;
  /** Takes the objects, some at a time, commits last. What it throws ends the fetch. */
  readonly store: (objects: readonly GitObject[]) => Promise<void>;
  /** Called as bytes arrive. */
  readonly onProgress?: (receivedBytes: number) => void;
}

export interface FetchResult {
  readonly shallow: readonly Oid[];
  readonly unshallow: readonly Oid[];
  readonly bytes: number;
  readonly filtered: boolean;
}

export interface PushRequest {
  readonly updates: readonly { readonly ref: RefName; readonly old: Oid | undefined; readonly new: Oid | undefined }[];
  /** Objects that the remote lacks. Empty for deletions. */
  readonly objects: readonly GitObject[];
}

/** The remote's report. A transport failure is thrown instead, and then nobody knows whether the push landed. */
export interface PushResult {
  readonly refs: ReadonlyMap<RefName, { readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** Messages of hooks and the server on the side band, without control characters. */
  readonly messages: string;
}

/** Deadlines of a network step, in milliseconds. */
export interface RemoteTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
  readonly pushMs: number;
}

/** Authorities that are trusted to name the remote. */
export interface RemoteTls {
  readonly caCertPath?: string | undefined;
  /** PEM. */
  readonly caCertBytes?: string | undefined;
  readonly insecureSkipTls: boolean;
}
