import { deflateSync, inflateSync } from "node:zlib";
import type { Backend, GitObjectType } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { gitObject } from "../objects/object-id.js";

/** The promise part of a file system that isomorphic-git asks for; only what it calls. */
export interface ObjectFs {
  readonly promises: {
    readFile(path: string, options?: { readonly encoding?: string } | string): Promise<Uint8Array | string>;
    writeFile(path: string, data: Uint8Array | string): Promise<void>;
    unlink(path: string): Promise<void>;
    readdir(path: string): Promise<string[]>;
    mkdir(path: string): Promise<void>;
    rmdir(path: string): Promise<void>;
    stat(path: string): Promise<FileStatus>;
    lstat(path: string): Promise<FileStatus>;
    readlink(path: string): Promise<string>;
    symlink(target: string, path: string): Promise<void>;
    chmod(path: string, mode: number): Promise<void>;
  };
}

interface FileStatus {
  readonly type: "file" | "dir";
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Where isomorphic-git believes the repository to be: pass it as `gitdir`. */
export const OBJECT_FS_GITDIR = "/git";

const OBJECT = /^\/git\/objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/;
const CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";

/**
 * A Backend as the file system that isomorphic-git wants: loose objects at `objects/xx/yyyy`, refs, a made-up HEAD and
 * config, the shallow list. Nothing else exists, and nothing but objects can be written: refs move by compare-and-swap.
 * @param branch what HEAD names
 */
export function objectFs(backend: Backend, branch: string): ObjectFs {
  const readText = async (path: string): Promise<string> => {
    if (path === `${OBJECT_FS_GITDIR}/HEAD`) return `ref: refs/heads/${branch}\n`;
    if (path === `${OBJECT_FS_GITDIR}/config`) return CONFIG;
    if (path === `${OBJECT_FS_GITDIR}/shallow`) return [...((await backend.shallow?.read()) ?? [])].join("\n");
    const ref = path.slice(OBJECT_FS_GITDIR.length + 1);
    const oid = ref.startsWith("refs/") ? (await backend.refs.list(ref)).get(ref) : undefined;
    if (oid === undefined) throw ABSENT;
    return `${oid}\n`;
  };
  const readObject = async (oid: string): Promise<Uint8Array> => {
    const object = (await backend.objects.read([oid])).get(oid);
    if (object === undefined) throw ABSENT;
    const head = Buffer.from(`${object.type} ${object.bytes.byteLength}\0`);
    // Level 0 stores without compressing: isomorphic-git inflates it at once, on the same thread.
    return deflateSync(Buffer.concat([head, object.bytes]), { level: 0 });
  };
  const readFile: ObjectFs["promises"]["readFile"] = async (path, options) => {
    const oid = oidOf(path);
    if (oid !== undefined) return readObject(oid);
    const text = await readText(path);
    const encoding = typeof options === "string" ? options : options?.encoding;
    return encoding === undefined ? Buffer.from(text) : text;
  };
  const refuse = async (path: string): Promise<never> => {
    throw refused(`only objects are written this way, not ${path}`);
  };
  const writeFile: ObjectFs["promises"]["writeFile"] = async (path, data) => {
    const oid = oidOf(path);
    if (oid === undefined) return refuse(path);
    const object = parseLoose(inflateSync(Buffer.from(data)));
    if (object.oid !== oid) throw refused(`object ${oid} does not hash to its name`);
    await backend.objects.write([object]);
  };
  const stat = async (path: string): Promise<FileStatus> => {
    const bytes = Buffer.from(await readFile(path));
    return fileStatus(bytes.byteLength);
  };
  return {
    promises: {
      readFile,
      writeFile,
      stat,
      lstat: stat,
      readdir: (path) => listRefs(backend, path),
      // Directories of objects are made before each write.
      mkdir: async () => {},
      unlink: refuse,
      rmdir: refuse,
      readlink: refuse,
      symlink: refuse,
      chmod: refuse,
    },
  };
}

/** Made once: every look for something that is not there would otherwise build an error with a stack. */
const ABSENT: Error = Object.assign(new Error("no such file"), { code: "ENOENT" });

const refused = (reason: string): VexilError => new VexilError("VEXIL_INTERNAL_BUG", reason);

function oidOf(path: string): string | undefined {
  const match = OBJECT.exec(path);
  return match === null ? undefined : `${match[1]}${match[2]}`;
}

function parseLoose(bytes: Buffer): ReturnType<typeof gitObject> {
  const zero = bytes.indexOf(0);
  const type = bytes.subarray(0, bytes.indexOf(0x20)).toString("latin1");
  return gitObject(type as GitObjectType, bytes.subarray(zero + 1));
}

/** The names directly below a directory of refs; packs and all other directories are empty. */
async function listRefs(backend: Backend, path: string): Promise<string[]> {
  const prefix = `${path.slice(OBJECT_FS_GITDIR.length + 1)}/`;
  if (!prefix.startsWith("refs/")) return [];
  const names = [...(await backend.refs.list(prefix)).keys()].map(
    (ref) => ref.slice(prefix.length).split("/")[0] ?? "",
  );
  return [...new Set(names)];
}

function fileStatus(size: number): FileStatus {
  return {
    type: "file",
    mode: 0o100644,
    size,
    mtimeMs: 0,
    isFile: () => true,
    isDirectory: () => false,
    isSymbolicLink: () => false,
  };
}
