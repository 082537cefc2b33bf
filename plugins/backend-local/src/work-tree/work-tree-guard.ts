import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DiskRefs } from "../refs/disk-refs.js";
import type { GitConfig } from "../repository/git-config.js";
import type { Layout } from "../repository/layout.js";
import { type AttributeFile, Attributes } from "./attributes.js";
import { type Blocked, type HeadState, readHeadState } from "./head-state.js";
import type { IndexCache } from "./index-cache.js";

/** Says whether a work tree can be read and written safely, and why not. */
export class WorkTreeGuard {
  readonly #layout: Layout;
  readonly #config: () => GitConfig;
  readonly #refs: DiskRefs;
  readonly #index: IndexCache;
  #files: readonly AttributeFile[] | undefined;
  #own = "";
  #attributes = new Attributes([]);

  constructor(layout: Layout, config: () => GitConfig, refs: DiskRefs, index: IndexCache) {
    this.#layout = layout;
    this.#config = config;
    this.#refs = refs;
    this.#index = index;
  }

  /** HEAD, with what stands in the way. */
  head(): HeadState {
    const state = readHeadState(this.#layout, this.#refs);
    if (state.blocked !== undefined) return state;
    const blocked = this.#blockedByConfig() ?? this.#blockedByIndex(state);
    return blocked === undefined ? state : { ...state, blocked };
  }

  /** @param files attributes of the directories; the same object is returned as long as the rules are the same */
  attributes(files: readonly AttributeFile[]): Attributes {
    const own = readOwn(this.#layout.commonDirectory);
    if (files === this.#files && own === this.#own) return this.#attributes;
    this.#files = files;
    this.#own = own;
    this.#attributes = new Attributes(own === "" ? files : [...files, { directory: "", text: own }]);
    return this.#attributes;
  }

  /** The first path whose content git converts in a way that is not supported here. */
  blockedByAttributes(paths: Iterable<string>, attributes: Attributes): Blocked | undefined {
    if (attributes.empty) return undefined;
    const eol = this.#config().get("core.eol")?.toLowerCase();
    for (const path of paths) {
      const conversion = attributes.conversionOf(path);
      const crlf = conversion.type === "text" && eol === "crlf" ? "text with core.eol=crlf" : undefined;
      const attribute = conversion.type === "unsupported" ? conversion.attribute : crlf;
      if (attribute === undefined) continue;
      const reason = `${path} has the git attribute ${attribute}, so its content differs from what is committed; remove the attribute for features files and commit them anew`;
      return { code: "attributes", reason };
    }
    return undefined;
  }

  #blockedByConfig(): Blocked | undefined {
    const value = this.#config().get("core.autocrlf")?.toLowerCase();
    if (value === undefined || ["false", "no", "off", "0", ""].includes(value)) return undefined;
    const reason = `core.autocrlf=${value} is set in ${this.#layout.root}, so files differ from what is committed; run "git config core.autocrlf false" and check the files out anew`;
    return { code: "autocrlf", reason };
  }

  #blockedByIndex({ commit }: HeadState): Blocked | undefined {
    const index = this.#index.read();
    if (index === undefined) {
      if (commit === undefined) return undefined;
      return { code: "no-index", reason: `nothing is checked out in ${this.#layout.root}; run "git reset --hard"` };
    }
    if (index.blocked !== undefined) return index.blocked;
    const { conflict } = index;
    if (conflict === undefined) return undefined;
    const reason = `${conflict} has conflicts in ${this.#layout.root}; resolve them and "git add" the file`;
    return { code: "conflicts", reason };
  }
}

function readOwn(commonDirectory: string): string {
  try {
    return readFileSync(join(commonDirectory, "info", "attributes"), "utf8");
  } catch {
    return "";
  }
}
