import { toVexilError } from "@vexil/plugin-api/errors";
import type { PreviewedFile, WritePreview } from "../../model/write-preview.js";
import { type DecidedWrite, decideWrite } from "./decide-write.js";
import { openGroup, type PrepareContext } from "./group-state.js";
import type { PendingWrite } from "./prepared-writes.js";

/**
 * Tells what a write would do to the branch's head: decided as a write is, but nothing is made of it.
 * @returns undefined where the revision that it names does not fit what is known here; the remote may know better
 * @throws VexilError that would refuse it
 */
export async function previewWrite(write: PendingWrite, context: PrepareContext): Promise<WritePreview | undefined> {
  const state = await openGroup(write.branch, context);
  const { base: revision } = state;
  try {
    const decided = await decideWrite(write, state, context);
    if (decided === undefined) return { revision, files: [] };
    const { author, message } = decided;
    const commit = { message: message.trimEnd(), authorName: author.name, authorEmail: author.email };
    return { revision, commit, files: await filesOf(decided, context) };
  } catch (thrown) {
    const error = toVexilError(thrown);
    const mayFit = error.code === "VEXIL_CONFLICT_REVISION" && context.tools.config.remote !== undefined;
    if (mayFit && write.caughtUp === undefined) return undefined;
    throw error;
  }
}

async function filesOf(
  { applied, environment }: DecidedWrite,
  { tools }: PrepareContext,
): Promise<readonly PreviewedFile[]> {
  const { files, snapshot } = environment;
  const oids = [...applied.files.keys()].flatMap((path) => files.current.get(path) ?? []);
  const blobs = await tools.reader.blobs(oids, files.contents);
  const namespacesOf = (path: string): readonly string[] => [
    ...new Set([snapshot, applied.build?.snapshot].flatMap((state) => state?.files.get(path)?.namespaces ?? [])),
  ];
  return [...applied.files].map(([path, after]) => {
    const oid = files.current.get(path);
    return { path, before: oid === undefined ? undefined : blobs.get(oid), after, namespaces: namespacesOf(path) };
  });
}
