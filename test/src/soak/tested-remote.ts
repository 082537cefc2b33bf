/** How the daemons of a schedule reach their remote. */
export const REMOTE_KINDS = ["http", "ssh", "file"] as const;
export type RemoteKind = (typeof REMOTE_KINDS)[number];

/** Faults of a remote while a round runs. Those a kind of remote does not know are left out there. */
export const FAULTS = {
  "cut before the push landed": ["http", "ssh", "file"],
  "cut after the push landed": ["http", "ssh", "file"],
  "the report is cut": ["http"],
  "the report is damaged": ["http"],
  "the push hangs": ["http", "ssh", "file"],
  "the push's greeting is cut": ["http"],
  "a server error for the push": ["http"],
  "the branch is locked": ["ssh", "file"],
  "no refs": ["http"],
  "fetches are cut": ["http"],
  "the connection is cut somewhere": ["ssh"],
  "the line goes silent": ["ssh"],
  "no connection": ["http", "ssh", "file"],
} as const satisfies Record<string, readonly RemoteKind[]>;
export type FaultName = keyof typeof FAULTS;

/** A real git server of one kind over a bare repository. */
export interface TestedRemote {
  /** Settings that the storage needs to reach it. */
  readonly storage: Readonly<Record<string, unknown>>;
  /** Further parts of the configuration: credentials. */
  readonly config: Readonly<Record<string, unknown>>;
  /** @param where a number from 0 to 1 that says where, for faults that happen somewhere */
  fail(fault: FaultName, where: number): Promise<void>;
  /** Everything works again, and nothing of the fault is still on its way. */
  heal(): Promise<void>;
}
