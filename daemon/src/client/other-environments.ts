/** Environments that a message names. */
const MOST = 20;

/**
 * Adds to a daemon's message that there is no such environment those that there are.
 * @param ask asks the daemon which there are
 * @returns what follows the message; nothing after another one
 */
export async function otherEnvironments(
  message: string | undefined,
  ask: () => Promise<{ readonly status: number; readonly body: unknown }>,
): Promise<string> {
  if (!/^environment: ".*" not found$/.test(message ?? "")) return "";
  const { status, body } = await ask();
  const { environments = [] } = (status === 200 ? body : {}) as {
    readonly environments?: readonly { readonly key: string }[];
  };
  if (environments.length === 0) return "";
  const keys = environments.slice(0, MOST).map(({ key }) => key);
  return `; there ${environments.length === 1 ? "is" : "are"} ${keys.join(", ")}${environments.length > MOST ? ", …" : ""}`;
}
