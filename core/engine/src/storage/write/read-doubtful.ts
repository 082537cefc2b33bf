import { byDeadline } from "@vexil/flags/compile/by-deadline";
import type { Change } from "@vexil/flags/edit/change";
import { doubtfulFiles } from "@vexil/flags/edit/unread-files";
import { VexilError } from "@vexil/plugin-api/errors";
import { EnvironmentView } from "../state/environment-view.js";
import { type GroupState, type OpenEnvironment, type PrepareContext, rebuilt } from "./group-state.js";

/** Time for files that may hold what a write is about, in turns of their own: well below a write's own deadline. */
const DOUBT_MS = 10_000;

/**
 * Has those files read that a write would otherwise overlook: what seems not to be there may be in a file that nobody
 * has had time to read.
 * @throws VexilError VEXIL_UNAVAILABLE_STORAGE when one of them cannot be read in time
 */
export async function readDoubtful(
  change: Change,
  environment: OpenEnvironment,
  state: GroupState,
  context: PrepareContext,
): Promise<OpenEnvironment> {
  const { reader, builder } = context.tools;
  const { signal, reach } = context;
  const view = new EnvironmentView({ state: environment, reader, builder, signal, reach });
  const doubtful = await doubtfulFiles(change, environment.snapshot, (path) => view.read(path));
  if (doubtful.length === 0) return environment;
  await byDeadline(Promise.all(doubtful.map((path) => view.parse(path))), performance.now() + DOUBT_MS);
  signal.throwIfAborted();
  const whole = await rebuilt(environment, context);
  const unread = doubtful.find((path) => whole.snapshot.files.get(path)?.unread === true);
  if (unread !== undefined) {
    throw new VexilError(
      "VEXIL_UNAVAILABLE_STORAGE",
      `${unread} has not been read yet, and may hold what is to be changed; nothing was written, try again soon`,
      { details: { file: unread } },
    );
  }
  state.environments.set(environment.info.key, whole);
  return whole;
}
