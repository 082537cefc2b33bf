import { createHash } from "node:crypto";
import local from "@vexil/backend-local";
import type { Backend, BackendContext, GitObject, GitObjectType } from "@vexil/plugin-api";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import type { Scope } from "../files/temporary-directory.js";

export interface LocalOptions {
  readonly branch?: string;
  readonly watch?: boolean;
  readonly hasRemote?: boolean;
}

export function backendContext(options: LocalOptions = {}, logger = new RecordingLogger()): BackendContext {
  return {
    storage: {
      id: "main",
      branch: options.branch ?? "main",
      hasRemote: options.hasRemote ?? false,
      signature: { name: "Vexil", email: "vexil@example.com" },
    },
    configDirectory: process.cwd(),
    logger,
    redact: () => {},
    signal: AbortSignal.timeout(10_000),
  };
}

/** A local backend that is closed when the test ends. */
export async function openLocal(scope: Scope, path: string, options: LocalOptions = {}): Promise<Backend> {
  const settings = { path, watch: options.watch ?? true };
  const backend = await local.create(settings, backendContext(options));
  scope.teardown(() => backend.close());
  return backend;
}

export function gitObject(type: GitObjectType, content: string | Uint8Array): GitObject {
  const bytes = Buffer.from(content);
  const oid = createHash("sha1").update(`${type} ${bytes.byteLength}\0`).update(bytes).digest("hex");
  return { oid, type, bytes };
}

/** A tree of files, as `path → blob id` of one directory. */
export function treeObject(files: Readonly<Record<string, string>>): GitObject {
  const names = Object.keys(files).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const parts = names.flatMap((name) => [Buffer.from(`100644 ${name}\0`), Buffer.from(files[name] ?? "", "hex")]);
  return gitObject("tree", Buffer.concat(parts));
}

export function commitObject(tree: string, parents: readonly string[] = [], message = "change"): GitObject {
  const who = "Ada <ada@example.com> 1700000000 +0000";
  const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`];
  return gitObject("commit", `${lines.join("\n")}\n\n${message}\n`);
}
