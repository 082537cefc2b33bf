import type { FetchRequest, FetchResult, Remote } from "@vexil/git/remote/remote";
import type { Backend, GitObject, Oid, RefName } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { isOwnRef } from "../ref-names.js";
import { noteDownload } from "../release-memory.js";
import { type BlobSurvey, surveyBlobs } from "./survey-blobs.js";

/** Fewer files than this are cheaper to fetch than to leave out. */
const OTHER_FILES = 1_000;
const OTHERS_PER_WANTED = 10;
/** Histories are deepened by less; who sends more is not worth looking through. */
const MAX_COMMITS = 20_000;

/** Objects to fetch; the boundary and the bases are the store's. */
export type ObjectRequest = Pick<FetchRequest, "wants" | "haves" | "depth" | "wantRefs" | "onRefs">;

/**
 * Brings objects from a remote into a backend. Where a store forgets everything at its end anyway, and the repository
 * holds much that is no flag state, only trees and the files that the storage reads are fetched: such a store is
 * sparse. Its polls cost a changed file as a whole, since a thin pack may build on files that are not here.
 */
export class ObjectFetcher {
  readonly #remote: Remote;
  readonly #backend: Backend;
  /** Which files are needed, where others may be left out; undefined: everything is. */
  readonly #isWanted: ((path: string) => boolean) | undefined;
  /** undefined: not known before the first load, or before what an earlier run left has been looked at. */
  #sparse: boolean | undefined;

  constructor(remote: Remote, backend: Backend, isWanted: ((path: string) => boolean) | undefined) {
    this.#remote = remote;
    this.#backend = backend;
    this.#isWanted = isWanted;
  }

  /**
   * Fetches and stores; the commits that are asked for last, so that they are here only with what is needed of them.
   * @returns the bytes of the answers
   */
  async fetch(request: ObjectRequest, signal: AbortSignal): Promise<number> {
    const isWanted = (await this.#isSparse()) === false ? undefined : this.#isWanted;
    if (isWanted === undefined) return this.#fetchWhole(request, signal);
    const received = new ReceivedObjects(this.#backend, request.wants);
    const trees = await this.#ask(request, received, true, signal);
    if (!trees.filtered) {
      this.#sparse = false;
      await this.#end(trees, received, signal);
      return trees.bytes;
    }
    const { commits } = received;
    const survey =
      commits === undefined ? undefined : await surveyBlobs((oids) => received.read(oids, signal), commits, isWanted);
    if (survey?.complete !== true || (this.#sparse === undefined && !isMostlyOther(survey))) {
      // The trees come twice, once in a storage's life; asking for each blob by its id would cost large repositories more.
      this.#sparse = false;
      return trees.bytes + (await this.#fetchWhole({ ...request, haves: [] }, signal));
    }
    this.#sparse = true;
    const bytes = await this.#fetchBlobs(await this.#absent(survey.wanted, signal), signal);
    await this.#end(trees, received, signal);
    return trees.bytes + bytes;
  }

  /**
   * Fetches what refs are at now, each with one commit of its history.
   * @returns where they are; undefined: the remote cannot be asked so, or too little of it is kept here
   */
  async fetchRefs(
    wantRefs: readonly RefName[],
    haves: readonly Oid[],
    signal: AbortSignal,
  ): Promise<{ readonly refs: ReadonlyMap<RefName, Oid>; readonly bytes: number } | undefined> {
    if (this.#isWanted !== undefined && (await this.#isSparse()) !== false) return undefined;
    const received = new ReceivedObjects(this.#backend, []);
    let refs: ReadonlyMap<RefName, Oid> | undefined;
    const onRefs = (told: ReadonlyMap<RefName, Oid>): void => {
      refs = told;
      received.holdBack(told.values());
    };
    const fetched = await this.#ask({ wants: [], haves, depth: 1, wantRefs, onRefs }, received, false, signal);
    if (refs === undefined) return undefined;
    await this.#end(fetched, received, signal);
    return { refs, bytes: fetched.bytes };
  }

  /** Fetches what the storage reads of commits that are here: an earlier run may have wanted other files. */
  async complete(commits: readonly Oid[], signal: AbortSignal): Promise<number> {
    return this.#fetchBlobs(await this.missing(commits, signal), signal);
  }

  /** Blobs that the storage reads of commits that are here, but that are not. */
  async missing(commits: readonly Oid[], signal: AbortSignal): Promise<readonly Oid[]> {
    if (this.#isWanted === undefined || (await this.#isSparse()) !== true) return [];
    const { wanted } = await surveyBlobs((oids) => this.#backend.objects.read(oids, signal), commits, this.#isWanted);
    return this.#absent(wanted, signal);
  }

  /** Tells whether the store is sparse; one that an earlier run has left is recognized by the objects it lacks. */
  async #isSparse(): Promise<boolean | undefined> {
    if (this.#sparse !== undefined || this.#isWanted === undefined) return this.#sparse;
    const { objects, refs } = this.#backend;
    const tips = [...new Set([...(await refs.list("refs/"))].flatMap(([ref, oid]) => (isOwnRef(ref) ? [] : [oid])))];
    if (tips.length === 0) return undefined;
    const { wanted, others } = await surveyBlobs((oids) => objects.read(oids), tips, this.#isWanted);
    const blobs = [...wanted, ...others];
    const stored = await objects.read(blobs);
    this.#sparse = blobs.some((oid) => !stored.has(oid));
    return this.#sparse;
  }

  async #fetchWhole(request: ObjectRequest, signal: AbortSignal): Promise<number> {
    const received = new ReceivedObjects(this.#backend, request.wants);
    const fetched = await this.#ask(request, received, false, signal);
    await this.#end(fetched, received, signal);
    return fetched.bytes;
  }

  /**
   * The base of a thin delta may be missing here although its commit is not (objects lost in a crash, a store that
   * forgot too much); asked the same way the remote would send the same pack for ever. So what looks corrupt is fetched
   * once more without haves: whole. Damage on the line looks alike, and is repaired by it as well.
   */
  async #ask(
    request: ObjectRequest,
    received: ReceivedObjects,
    withoutBlobs: boolean,
    signal: AbortSignal,
  ): Promise<FetchResult> {
    // In one order: a remote may make one answer for all that ask for the same.
    const shallow = [...((await this.#backend.shallow?.read()) ?? [])].sort();
    const readBase: FetchRequest["readBase"] = (oids) => this.#backend.objects.read(oids, signal);
    const store: FetchRequest["store"] = (objects) => received.take(objects, signal);
    const full: FetchRequest = { ...request, withoutBlobs, shallow, readBase, store };
    try {
      return await this.#remote.fetch(full, signal);
    } catch (error) {
      const isCorrupt = VexilError.is(error) && error.code === "VEXIL_CONNECTION_CORRUPT";
      if (!isCorrupt || request.haves.length === 0) throw error;
      return this.#remote.fetch({ ...full, haves: [] }, signal);
    }
  }

  /** Blobs by id, which servers of protocol version 2 give; the others never leave any out. */
  async #fetchBlobs(wants: readonly Oid[], signal: AbortSignal): Promise<number> {
    if (wants.length === 0) return 0;
    const absent = new Set(wants);
    const store: FetchRequest["store"] = async (objects) => {
      for (const { oid } of objects) absent.delete(oid);
      await this.#backend.objects.write(objects, signal);
    };
    const request = { wants, haves: [], shallow: [], readBase: async () => new Map<Oid, GitObject>(), store };
    const { bytes } = await this.#remote.fetch(request, signal);
    const [missing] = absent;
    if (missing !== undefined) throw notSent("file", missing);
    return bytes;
  }

  /**
   * Everything else is here: now the commits that were asked for may be. Whatever cuts this, they never are without their
   * boundary: they would not be fetched again, and a remote that is told of none would send nothing of what is below.
   */
  async #end({ shallow, unshallow }: FetchResult, received: ReceivedObjects, signal: AbortSignal): Promise<void> {
    const boundary = this.#backend.shallow;
    if (shallow.length > 0 && received.isHolding) await boundary?.update(shallow, []);
    await received.end(signal);
    // Also what was added before: a prune in between forgets lines whose commit is not here.
    if (shallow.length > 0 || unshallow.length > 0) await boundary?.update(shallow, unshallow);
  }

  async #absent(oids: ReadonlySet<Oid>, signal: AbortSignal): Promise<readonly Oid[]> {
    const stored = await this.#backend.objects.read([...oids], signal);
    return [...oids].filter((oid) => !stored.has(oid));
  }
}

function isMostlyOther({ wanted, others }: BlobSurvey): boolean {
  return others.size > OTHER_FILES && others.size > OTHERS_PER_WANTED * wanted.size;
}

export const notSent = (what: string, oid: Oid): VexilError =>
  new VexilError("VEXIL_CONNECTION_TRUNCATED", `the remote did not send ${what} ${oid}`, { details: { step: "pack" } });

/** The objects of one fetch on their way into the store. The commits that were asked for are held back until the end. */
class ReceivedObjects {
  readonly #backend: Backend;
  readonly #wanted: Set<Oid>;
  readonly #held = new Map<Oid, GitObject>();
  readonly #commits: Oid[] = [];

  constructor(backend: Backend, wanted: readonly Oid[]) {
    this.#backend = backend;
    this.#wanted = new Set(wanted);
  }

  holdBack(commits: Iterable<Oid>): void {
    for (const oid of commits) this.#wanted.add(oid);
  }

  /** Commits that were asked for have come, and are not stored yet. */
  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  /** All that have come; undefined: too many. */
  get commits(): readonly Oid[] | undefined {
    return this.#commits.length > MAX_COMMITS ? undefined : this.#commits;
  }

  async take(objects: readonly GitObject[], signal: AbortSignal): Promise<void> {
    noteDownload(objects.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
    for (const object of objects) {
      if (this.#wanted.has(object.oid)) this.#held.set(object.oid, object);
      if (object.type === "commit" && this.#commits.length <= MAX_COMMITS) this.#commits.push(object.oid);
    }
    const others = objects.filter(({ oid }) => !this.#wanted.has(oid));
    if (others.length > 0) await this.#backend.objects.write(others, signal);
  }

  /** Reads received objects and those stored before. */
  async read(oids: readonly Oid[], signal: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>> {
    const found = new Map(await this.#backend.objects.read(oids, signal));
    for (const oid of oids) {
      const held = this.#held.get(oid);
      if (held !== undefined) found.set(oid, held);
    }
    return found;
  }

  async end(signal: AbortSignal): Promise<void> {
    if (this.#held.size > 0) await this.#backend.objects.write([...this.#held.values()], signal);
  }
}
