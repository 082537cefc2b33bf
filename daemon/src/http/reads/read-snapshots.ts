import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";

/** A namespace as reads need it: what management shows of it stays in the process that manages it. */
export type ServedNamespace = Omit<NamespaceSnapshot, "items" | "places" | "clientJson" | "clientTexts"> &
  Partial<Pick<NamespaceSnapshot, "clientTexts">>;

/** An environment as reads need it. Without a snapshot it is empty. */
export interface ReadEnvironment {
  readonly info: Pick<EnvironmentInfo, "key">;
  readonly snapshot:
    | { readonly namespaces: ReadonlyMap<string, ServedNamespace>; readonly revision?: string | undefined }
    | undefined;
}

/** The part of SnapshotReader that reads need. */
export interface ReadSnapshots {
  get(environment: string): ReadEnvironment | undefined;
  default(): ReadEnvironment | undefined;
}
