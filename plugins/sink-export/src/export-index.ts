import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { isPlain } from "./places.js";

const MOST_BYTES = 64e6;
const file = z.string().regex(/^snapshots\/[0-9a-f]{64}\.json$/);
const tree = z.string().regex(/^trees\/[0-9a-f]{64}$/);

/** Links are made by these names. */
const plain = z.string().refine(isPlain);

const index = z.object({
  version: z.literal(1),
  environments: z.record(
    plain,
    z.object({
      storage: z.string(),
      default: z.boolean(),
      revision: z.string(),
      tree,
      namespaces: z.record(plain, z.object({ digest: z.string(), file })),
    }),
  ),
});

const retirement = z.object({
  version: z.literal(1),
  /** Files and trees that the index names no more, and since when, milliseconds since 1970. */
  retired: z.record(z.union([file, tree]), z.number()),
});

/** Content of `index.json`: which files are an environment's now. */
export type ExportIndex = z.output<typeof index>;
export type ExportedEnvironment = ExportIndex["environments"][string];
export type Retirement = z.output<typeof retirement>;

export const readIndex = (path: string): Promise<ExportIndex> => read(path, index, { version: 1, environments: {} });

export const readRetirement = (path: string): Promise<Retirement> =>
  read(path, retirement, { version: 1, retired: {} });

/** One that is missing or damaged is begun anew: the host gives all states again after each start. */
async function read<T>(path: string, schema: z.ZodType<T>, empty: T): Promise<T> {
  try {
    if ((await stat(path)).size > MOST_BYTES) return empty;
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What cannot be read for now is not gone.
    if (code !== undefined && code !== "ENOENT" && code.startsWith("E")) throw error;
    return empty;
  }
}
