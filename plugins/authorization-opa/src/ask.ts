import { VexilError } from "@vexil/plugin-api";

/** An answer is a word; a server that sends more than this is none of OPA's. */
const LARGEST_BYTES = 65_536;

/** Answer of OPA's Data API. */
export interface OpaAnswer {
  readonly result: unknown;
  /** Revisions of the bundles that it was made by; undefined for policies that came another way. */
  readonly revision: string | undefined;
}

/**
 * Asks OPA's Data API for a decision.
 * @throws VexilError `VEXIL_UNAVAILABLE_PROVIDER`
 */
export async function ask(
  url: URL,
  token: string | undefined,
  input: unknown,
  signal: AbortSignal,
): Promise<OpaAnswer> {
  const response = await fetch(url, {
    method: "POST",
    body: JSON.stringify({ input }),
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    // Elsewhere than where it was asked for is nobody who may decide.
    redirect: "error",
    signal,
  }).catch((error: unknown) => {
    throw unavailable(signal.aborted ? "did not answer in time" : `cannot be reached: ${reasonOf(error)}`, error);
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw unavailable(`answered with status ${response.status}`);
  }
  return readAnswer(await bodyOf(response, signal));
}

async function bodyOf(response: Response, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > LARGEST_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw unavailable(signal.aborted ? "did not answer in time" : `was cut off: ${reasonOf(error)}`, error);
  }
  if (size > LARGEST_BYTES) throw unavailable(`sent more than ${LARGEST_BYTES} bytes`);
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer(text: string): OpaAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    throw unavailable("answered what is no JSON", error);
  }
  if (typeof answer !== "object" || answer === null) throw unavailable("answered what is no decision");
  const { result, provenance } = answer as { readonly result?: unknown; readonly provenance?: unknown };
  return { result, revision: revisionOf(provenance) };
}

function revisionOf(provenance: unknown): string | undefined {
  const bundles = (provenance as { readonly bundles?: unknown } | null | undefined)?.bundles;
  if (typeof bundles !== "object" || bundles === null) return undefined;
  return JSON.stringify(Object.entries(bundles).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: { readonly code?: string }; readonly message?: string };
  return cause?.code ?? message ?? "unknown";
}

function unavailable(what: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `the OPA server ${what}; nothing is allowed meanwhile`, {
    cause,
  });
}
