import type { Capabilities } from "../protocol/capabilities.js";
import type { PacketReader } from "../protocol/pkt-line.js";
import type { Operation } from "../remote/operation.js";

export type Service = "git-upload-pack" | "git-receive-pack";

/** Reaches the git services of one remote. */
export interface Transport {
  /**
   * @param options `reuse`: a service that went on running may be asked. Not for refs: a running service reads the
   *   directories of its refs once, so that it would not see one that is made or deleted later
   */
  open(service: Service, operation: Operation, options: { readonly reuse: boolean }): Promise<Conversation>;
  close(): Promise<void>;
}

/** A talk with a git service: its greeting, then requests and answers. */
export interface Conversation {
  /** Abilities of the service, remembered so that the greeting is heard once where that is enough. */
  capabilities: Capabilities | undefined;
  /** The service's greeting. */
  greet(operation: Operation): Promise<PacketReader>;
  /** @param limit bytes of the answer at most */
  request(operation: Operation, body: readonly Uint8Array[], limit: number): Promise<PacketReader>;
  /** The answer was read to its end as far as the protocol goes. */
  endAnswer(reader: PacketReader): Promise<void>;
  /** Done. `expectMore`: another operation is likely to follow at once. */
  release(options: { readonly expectMore: boolean }): void;
  /** Gives up after a failure. Resolves to the error that explains it best. */
  fail(error: unknown, operation: Operation): Promise<unknown>;
}

/** The refs that were asked for by name. */
export const REFS_BYTES = 8 * 1024 * 1024;

/** A greeting may list every ref of a large server; beyond this it counts as endless. */
export const GREETING_BYTES = 64 * 1024 * 1024;
