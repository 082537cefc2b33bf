import type { Turn } from "@vexil/plugin-api";
import type { Database } from "./database.js";

/** A turn is not waited for longer than this, and whoever holds one longer than that has lost it. */
const WAIT_MS = 2_000;
const HOLD_MS = 5_000;

/**
 * Waits in line for a lock of the database. The server lets those in who wait in the order they came, and frees the
 * lock of whoever loses the connection. Nothing is written.
 */
export async function takeTurn(
  database: Database,
  storage: string,
  name: string,
  signal: AbortSignal,
): Promise<Turn | undefined> {
  const key = `'${`vexil ${database.schema} ${storage} ${name}`.replaceAll("'", "''")}'`;
  // One message, so that the settings and the lock are the transaction's, whatever lies between here and the server.
  return database.transaction(
    `begin; set local lock_timeout = ${WAIT_MS}; set local idle_in_transaction_session_timeout = ${HOLD_MS};
     select pg_advisory_xact_lock(hashtextextended(${key}, 0))`,
    { deadlineMs: WAIT_MS + 1_000, signal },
  );
}
