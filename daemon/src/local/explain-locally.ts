import type { AnsweredExplanation } from "../client/explained-text.js";
import { explainItem } from "../http/explain/explained-item.js";
import { shownExplanations } from "../http/explain/shown-explanation.js";
import { namedState } from "../http/past/named-state.js";
import { openLocal } from "./local-source.js";

/** An evaluation that is to be explained on a clone. */
export interface LocalRequest {
  readonly flagKey: string;
  readonly namespaceKey: string;
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
  /** Revision; undefined: the files as they lie there. */
  readonly at?: string;
}

/**
 * Explains an evaluation over the files of a directory, as the daemon would that serves them.
 * @throws VexilError VEXIL_NOT_FOUND; VEXIL_UNAVAILABLE_REPOSITORY
 */
export async function explainLocally(
  directory: string,
  environment: string | undefined,
  request: LocalRequest,
): Promise<AnsweredExplanation> {
  const source = await openLocal(directory, environment);
  const { signal } = new AbortController();
  const { at: expression, namespaceKey: namespace, ...asked } = request;
  try {
    const state =
      expression === undefined
        ? { snapshot: await source.workTree(signal), at: { kind: "revision" } as const }
        : await namedState(source.past, source.environment, expression, signal);
    const place = { environment: source.environment, snapshot: state.snapshot, at: state.at, namespace };
    const evaluation = { ...asked, namespaceKey: namespace, environmentKey: "", requestId: "" };
    const item = await explainItem(place, evaluation, signal);
    const [shown] = await shownExplanations(source, [item]);
    // An answer as the daemon's, where it goes over the wire.
    return JSON.parse(JSON.stringify(shown)) as AnsweredExplanation;
  } finally {
    await source.close();
  }
}
