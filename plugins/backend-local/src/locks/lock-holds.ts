import { channel } from "node:diagnostics_channel";

/** One lock of git that was held, told when it is given up. */
export interface LockHold {
  readonly path: string;
  readonly heldMs: number;
}

/** The diagnostics channel on which every {@link LockHold} is published. */
export const LOCK_HOLDS = "vexil:backend-local:lock-held";

const holds = channel(LOCK_HOLDS);

export function reportHold(path: string, heldMs: number): void {
  if (holds.hasSubscribers) holds.publish({ path, heldMs } satisfies LockHold);
}
