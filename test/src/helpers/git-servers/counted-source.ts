import { gitObject } from "@vexil/git/objects/object-id";
import { SharedAnswers } from "@vexil/git/serve/shared-answers";
import type { UploadSource } from "@vexil/git/serve/upload-source";
import type { GitObject, GitObjectType, Oid, RefName } from "@vexil/plugin-api";
import { BoundedCache } from "../../../../core/git/dist/objects/bounded-cache.js";

/** A repository that is made of texts, and counts what is read of it. */
export class CountedSource {
  readonly #objects = new Map<Oid, GitObject>();
  readonly #refs = new Map<RefName, Oid>();
  /** How often something was read, and how many objects. */
  readonly count = { reads: 0, objects: 0 };

  add(type: GitObjectType, content: string | Uint8Array): Oid {
    const object = gitObject(type, Buffer.from(content));
    this.#objects.set(object.oid, object);
    return object.oid;
  }

  commit(tree: Oid, ...parents: readonly Oid[]): Oid {
    const lines = [`tree ${tree}`, ...parents.map((oid) => `parent ${oid}`)];
    const who = "Ada <ada@example.com> 1700000000 +0000";
    return this.add("commit", `${lines.join("\n")}\nauthor ${who}\ncommitter ${who}\n\nx\n`);
  }

  tag(target: Oid, type: GitObjectType, name: string): Oid {
    const who = "Ada <ada@example.com> 1700000000 +0000";
    return this.add("tag", `object ${target}\ntype ${type}\ntag ${name}\ntagger ${who}\n\nx\n`);
  }

  ref(name: RefName, oid: Oid): void {
    this.#refs.set(name, oid);
  }

  get source(): UploadSource {
    const read: UploadSource["read"] = async (oids) => {
      this.count.reads += 1;
      const found = oids.flatMap((oid) => this.#objects.get(oid) ?? []);
      this.count.objects += found.length;
      return new Map(found.map((object) => [object.oid, object]));
    };
    return {
      head: "refs/heads/main",
      refs: this.#refs,
      shallow: new Set(),
      commits: new BoundedCache(1_000_000),
      answers: new SharedAnswers(),
      read,
      readFiles: read,
      mayLackFiles: false,
      recentTips: new Set(),
    };
  }
}
