import type { PrometheusConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";

export const ANSWER_MS = 10_000;
const MOST_BYTES = 32e6;

/**
 * Asks for values over a time (`/api/v1/query_range`).
 * @returns the JSON of its answer, whatever it says
 * @throws VexilError VEXIL_UNAVAILABLE_ANALYTICS
 */
export async function askPrometheus(
  { url, headers }: PrometheusConfig,
  body: URLSearchParams,
  signal: AbortSignal,
): Promise<unknown> {
  const sent = Object.entries(headers).map(([name, value]): [string, string] => [name, value.reveal()]);
  let text: string;
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/api/v1/query_range`, {
      method: "POST",
      headers: [...sent, ["accept", "application/json"]],
      body,
      // What the headers tell is for this server alone.
      redirect: "error",
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw unavailable(`answers with status ${response.status}`);
    }
    text = await bodyOf(response);
  } catch (error) {
    if (VexilError.is(error)) throw error;
    throw unavailable(signal.aborted ? `did not answer within ${ANSWER_MS / 1000} s` : reasonOf(error), error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unavailable("answers what is no JSON", error);
  }
}

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw unavailable(`answers with more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: string; readonly message?: string } };
  // Nothing was sent then, and what the error says may be the value of a header.
  if (cause === undefined) return "cannot be asked: a value of analytics.storage.prometheus.headers is no header's";
  return `cannot be reached: ${cause.code ?? cause.message ?? "unknown"}`;
}

export function unavailable(what: string, cause?: unknown): VexilError {
  const message = `Prometheus ${what} (analytics.storage.prometheus)`;
  return new VexilError("VEXIL_UNAVAILABLE_ANALYTICS", message, { cause });
}
