import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { PlacedValue } from "@vexil/flags/compile/flag-places";
import type { Actor, Change, WriteRequest, WriteResult } from "@vexil/flags/edit/change";
import type { UploadSource } from "@vexil/git/serve/upload-source";
import type { Oid } from "@vexil/plugin-api";
import type { PastReader } from "./past.js";
import type { StorageStatus } from "./storage-status.js";
import type { WritePreview } from "./write-preview.js";

/** The pipeline as the HTTP layer uses it. Every promise rejects with VexilError only. */
export interface Engine {
  /** Commits, pushes, builds and publishes; resolves when evaluation reflects it. */
  write(request: WriteRequest): Promise<WriteResult>;
  /** Tells what a write would do now: decided as it would be, and refused as it would be; nothing is committed. */
  preview(request: WriteRequest, signal: AbortSignal): Promise<WritePreview>;
  createBranch(request: BranchRequest): Promise<EnvironmentInfo>;
  /** Succeeds for an unknown branch too. */
  deleteBranch(request: BranchRequest): Promise<void>;
  history(query: HistoryQuery): Promise<HistoryPage>;
  /** Past states of environments. */
  readonly past: PastReader;
  /**
   * Finds where items are written and who changed each last, in the order that they are asked for. What cannot be found in
   * time is left out; it rejects for nothing.
   */
  sources(query: SourcesQuery): Promise<readonly ItemSource[]>;
  /**
   * Does something with a storage's repository as git clients get it.
   * @param signal ends it; `work` is given one that aborts when the storage is closed, too
   * @throws VexilError VEXIL_NOT_FOUND; VEXIL_UNAVAILABLE_STORAGE where it is not open, or has nothing yet
   */
  upload<T>(storage: string, signal: AbortSignal, work: UploadWork<T>): Promise<T>;
  /** Starts a poll without waiting for back-off; resolves with the status after it. Unknown id: undefined. */
  sync(storage: string): Promise<StorageStatus> | undefined;
}

export type UploadWork<T> = (source: UploadSource, signal: AbortSignal) => Promise<T>;

export interface BranchRequest {
  /** Environment key of the base. */
  readonly base: string;
  readonly key: string;
  readonly actor: Actor | undefined;
  readonly correlationId: string | undefined;
  readonly requestId?: string | undefined;
}

export interface HistoryQuery {
  readonly environment: string;
  readonly namespace?: string;
  readonly resource?: { readonly type: "flag" | "segment"; readonly key: string };
  readonly limit: number;
  readonly pageToken: string | undefined;
}

export interface SourcesQuery {
  readonly environment: string;
  /** The commit that the items are of. */
  readonly revision: Oid;
  readonly items: readonly PlacedValue[];
}

/** Where an item is written, and the last change of its lines. */
export interface ItemSource {
  /** Path relative to the repository root. */
  readonly file: string;
  /** Both from 1; undefined where the file's text is not stored. */
  readonly line?: number;
  readonly column?: number;
  /** undefined for what is not committed, and where history does not tell. */
  readonly change?: {
    readonly commit: Oid;
    readonly author: string;
    readonly email: string;
    readonly timestampMs: number;
  };
}

export interface HistoryPage {
  readonly commits: readonly HistoryCommit[];
  readonly nextPageToken: string;
}

export interface HistoryCommit {
  readonly revision: Oid;
  /** The commit that it is compared with; undefined: there was nothing before. */
  readonly parent: Oid | undefined;
  readonly message: string;
  readonly authorName: string;
  readonly authorEmail: string;
  /** Caller that asked this daemon, or another one, for it; undefined where none had to say who it is. */
  readonly actor: string | undefined;
  readonly timestampMs: number;
  readonly changes: readonly HistoryChange[];
}

/** One item before and after a commit; undefined where it did not exist. */
export interface HistoryChange {
  readonly namespace: string;
  readonly type: "namespace" | "flag" | "segment";
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

export type { Change };
