import type { Remote } from "@vexil/git/remote/remote";
import type { GitObject, Oid } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import { peel } from "./ref-commits.js";

/** For so long the remote is not asked again which tags it has, whatever names somebody invents. */
const LISTED_MS = 30_000;
const PEELED = 1_000;
const PREFIX = "refs/tags/";

/** Tags of a storage's remote: polls bring branches only. */
export class RemoteTags {
  readonly #remote: Remote;
  readonly #clock: Clock;
  #listed: { readonly at: number; readonly refs: ReadonlyMap<string, Oid> } | undefined;
  #listing: Promise<ReadonlyMap<string, Oid>> | undefined;
  /** Object of a tag → the commit that it stands for. */
  readonly #peeled = new Map<Oid, Oid | undefined>();

  constructor(remote: Remote, clock: Clock) {
    this.#remote = remote;
    this.#clock = clock;
  }

  /**
   * The commit of a tag; undefined: there is no such tag.
   * @param isCommit tells what is known to be a commit already
   */
  async find(name: string, isCommit: (oid: Oid) => Promise<boolean>, signal: AbortSignal): Promise<Oid | undefined> {
    const short = name.replace(/^(?:refs\/)?tags\//, "");
    const refs = await this.#list(signal);
    const ref = `${PREFIX}${short}`;
    const oid = refs.get(`${ref}^{}`) ?? refs.get(ref);
    if (oid === undefined || refs.has(`${ref}^{}`) || (await isCommit(oid))) return oid;
    if (!this.#peeled.has(oid)) {
      const commit = await this.#peel(oid, signal);
      if (this.#peeled.size >= PEELED) this.#peeled.clear();
      this.#peeled.set(oid, commit);
    }
    return this.#peeled.get(oid);
  }

  async #list(signal: AbortSignal): Promise<ReadonlyMap<string, Oid>> {
    const listed = this.#listed;
    if (listed !== undefined && this.#clock.elapsed() - listed.at < LISTED_MS) return listed.refs;
    this.#listing ??= this.#ask(signal).finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #ask(signal: AbortSignal): Promise<ReadonlyMap<string, Oid>> {
    const { refs } = await this.#remote.listRefs([PREFIX], signal);
    this.#listed = { at: this.#clock.elapsed(), refs };
    return refs;
  }

  /** Fetches the tag's object to see what it names; nothing of it is stored. */
  async #peel(oid: Oid, signal: AbortSignal): Promise<Oid | undefined> {
    const found = new Map<Oid, GitObject>();
    const store = async (objects: readonly GitObject[]): Promise<void> => {
      for (const object of objects)
        if (object.type === "tag" || object.type === "commit") found.set(object.oid, object);
    };
    const request = { wants: [oid], haves: [], shallow: [], depth: 1, withoutBlobs: true };
    await this.#remote.fetch({ ...request, readBase: async () => new Map(), store }, signal);
    return peel(oid, async (wanted) => found.get(wanted));
  }
}
