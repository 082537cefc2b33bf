import { TESTS_MODES } from "@vexil/flags/cases/tests-mode";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";

const MOST_STORAGES = 1_000;
const MOST_ENVIRONMENTS = 10_000;
/** Bytes of the answer; a thousand storages fit. */
export const MOST_SET_BYTES = 8_000_000;

/** They name directories and URLs: nothing leads out of those. */
const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.,@ -]{0,199}$/);
const branch = z
  .string()
  .max(250)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what git refuses
  .refine((text) => !/^$|^-|^\/|\/$|\/\/|\.\.|@\{|[\x00-\x20\x7f~^:?*[\\]|(^|\/)\.|\.$|\.lock(\/|$)|^@$/.test(text));
const directory = z
  .string()
  .max(1_000)
  .refine((text) => !text.includes("\0") && !text.split("/").some((part) => part === ".." || part === ".git"));
const id = z.string().regex(/^[0-9a-f-]{36}$/);

const environment = z.object({
  key: z.string().min(1).max(250),
  directory,
  default: z.boolean(),
  maxBranches: z.int().min(0).max(100_000),
  tests: z.enum(TESTS_MODES),
});
const storage = z.object({ id: name, branch, environments: z.array(environment).max(MOST_ENVIRONMENTS) });

/** Answer of `GET /api/v2/storages`. */
export const upstreamSetSchema = z.object({
  instance: id.describe("Id of the process."),
  upstreams: z.array(id).max(32).describe("Of the daemons that it follows itself, the nearest first."),
  storages: z.array(storage).max(MOST_STORAGES),
});

/** Storages and environments that an upstream has. */
export type UpstreamSet = z.output<typeof upstreamSetSchema>;

/**
 * @throws VexilError VEXIL_REMOTE_PROTOCOL that names the place and the reason
 */
export function readUpstreamSet(value: unknown): UpstreamSet {
  const { success, data, error } = upstreamSetSchema.safeParse(value);
  if (!success) throw wrong(`${error.issues[0]?.path.join(".") || "the answer"}: ${error.issues[0]?.message}`);
  const storages = new Set<string>();
  const keys = new Set<string>();
  const places = new Set<string>();
  for (const { id: storageId, environments } of data.storages) {
    if (storages.has(storageId.toLowerCase())) throw wrong(`it has two storages ${storageId}`);
    storages.add(storageId.toLowerCase());
    for (const { key, directory: at } of environments) {
      const place = `${storageId}\0${at}`;
      if (keys.has(key)) throw wrong(`it has two environments ${JSON.stringify(key)}`);
      if (places.has(place)) throw wrong(`two environments of storage ${storageId} have the directory "${at}"`);
      keys.add(key);
      places.add(place);
    }
  }
  if (data.storages.flatMap(({ environments }) => environments).filter((one) => one.default).length > 1) {
    throw wrong("it has two default environments");
  }
  return data;
}

function wrong(reason: string): VexilError {
  return new VexilError("VEXIL_REMOTE_PROTOCOL", `its list of storages cannot be used: ${reason}`);
}
