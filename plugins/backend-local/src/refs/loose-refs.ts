import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Oid, RefName } from "@vexil/plugin-api";
import { ifThere } from "../disk/if-there.js";
import { isRefName } from "./ref-name.js";

/** Content of a ref's own file. `broken`: it is empty or holds something else. */
export type LooseRef =
  | { readonly type: "oid"; readonly oid: Oid }
  | { readonly type: "symbolic"; readonly target: RefName }
  | { readonly type: "absent" }
  | { readonly type: "broken"; readonly path: string };

/** @param name a ref, or `HEAD` */
export function readLooseRef(directory: string, name: string): LooseRef {
  const path = join(directory, name);
  const text = ifThere(() => readFileSync(path, "utf8"), "ENOTDIR", "EISDIR");
  if (text === undefined) return { type: "absent" };
  const oid = /^([0-9a-f]{40})(?:\s|$)/.exec(text)?.[1];
  if (oid !== undefined) return { type: "oid", oid };
  const target = /^ref:\s*(\S+)\s*$/.exec(text)?.[1];
  return target === undefined ? { type: "broken", path } : { type: "symbolic", target };
}

/** All refs with files of their own whose name starts with `prefix`. */
export function* listLooseRefs(directory: string, prefix: string): Generator<readonly [RefName, LooseRef]> {
  // What does not lie below the prefix's own directory need not be looked at.
  const waiting = [prefix.startsWith("refs/") ? prefix.slice(0, prefix.lastIndexOf("/")) : "refs"];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of ifThere(() => readdirSync(join(directory, folder), { withFileTypes: true }), "ENOTDIR") ?? []) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (`${name}/`.startsWith(prefix) || prefix.startsWith(`${name}/`)) waiting.push(name);
      } else if (name.startsWith(prefix) && isRefName(name)) {
        yield [name, readLooseRef(directory, name)];
      }
    }
  }
}
