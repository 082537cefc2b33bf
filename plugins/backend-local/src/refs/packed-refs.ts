import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Oid, RefName } from "@vexil/plugin-api";
import { corrupt } from "../disk/disk-error.js";
import { ifThere } from "../disk/if-there.js";

const LINE = /^([0-9a-f]{40}) (refs\/\S.*)$/;

/** The refs that `git pack-refs` put into one file (gitrepository-layout(5)). */
export class PackedRefs {
  readonly path: string;
  #refs: ReadonlyMap<RefName, Oid> = new Map();
  #key = "";
  #below: { readonly refs: ReadonlyMap<RefName, Oid>; readonly directories: ReadonlyMap<string, RefName> } | undefined;

  constructor(commonDirectory: string) {
    this.path = join(commonDirectory, "packed-refs");
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT, naming the line */
  read(): ReadonlyMap<RefName, Oid> {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    const key = stat === undefined ? "absent" : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
    if (key === this.#key) return this.#refs;
    this.#refs = stat === undefined ? new Map() : this.#parse();
    this.#key = key;
    return this.#refs;
  }

  /** A packed ref that lies below another name, as in a directory. */
  below(name: string): RefName | undefined {
    const refs = this.read();
    if (this.#below?.refs !== refs) this.#below = { refs, directories: directoriesOf(refs.keys()) };
    return this.#below.directories.get(name);
  }

  /** The file without some refs, their peeled lines included. */
  without(gone: ReadonlySet<RefName>): Buffer {
    let dropping = false;
    const kept = this.#text()
      .split(/(?<=\n)/)
      .filter((line) => {
        if (line.startsWith("^")) return !dropping;
        dropping = gone.has(LINE.exec(line.trimEnd())?.[2] ?? "");
        return !dropping;
      });
    return Buffer.from(kept.join(""), "utf8");
  }

  #parse(): ReadonlyMap<RefName, Oid> {
    const refs = new Map<RefName, Oid>();
    for (const [index, line] of this.#text().split("\n").entries()) {
      if (line === "" || line.startsWith("#") || line.startsWith("^")) continue;
      const [, oid, ref] = LINE.exec(line) ?? [];
      if (oid === undefined || ref === undefined) {
        throw corrupt(`${this.path}:${index + 1} is not a packed ref; repair or delete the line`);
      }
      refs.set(ref, oid);
    }
    return refs;
  }

  #text(): string {
    return ifThere(() => readFileSync(this.path, "utf8")) ?? "";
  }
}

/** Each directory of these refs → one ref below it. */
function directoriesOf(refs: Iterable<RefName>): ReadonlyMap<string, RefName> {
  const directories = new Map<string, RefName>();
  for (const ref of refs) {
    for (let end = ref.lastIndexOf("/"); end > 0; end = ref.lastIndexOf("/", end - 1)) {
      const directory = ref.slice(0, end);
      if (directories.has(directory)) break;
      directories.set(directory, ref);
    }
  }
  return directories;
}
