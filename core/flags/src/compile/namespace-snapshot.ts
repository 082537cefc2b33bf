import type { Oid } from "@vexil/plugin-api";
import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import { compareText } from "../read/canonical-json.js";
import type { Flag, Segment } from "../read/document.js";
import { clientTexts } from "./client-json.js";
import type { CompiledDocument } from "./compiled-flags.js";
import { namespaceDigest } from "./digest.js";
import { type FlagPlaces, flagPlaces } from "./flag-places.js";
import type { NamespaceItems, NamespaceSnapshot } from "./snapshot.js";

/** A document of a namespace, and the file it is in. */
export interface PlacedDocument extends CompiledDocument {
  readonly file: string;
  /** Blob id of the file, and which of its documents it is. */
  readonly oid: Oid;
  readonly index: number;
  /** SHA-1 of the whole file. */
  readonly sha1: string;
}

/** One namespace as it is served. What not every request needs is made on first use and kept. */
export class BuiltNamespace implements NamespaceSnapshot {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly digest: string;
  readonly flags: ReadonlyMap<string, CompiledFlag>;
  readonly builtAt: number;
  /** Says which files it was made from; equal text means an equal namespace. */
  readonly inputs: string;
  readonly #documents: readonly PlacedDocument[];
  #sortedKeys: readonly string[] | undefined;
  #items: NamespaceItems | undefined;
  #clientJson: string | undefined;

  /**
   * @param flags the flags of the documents by key
   * @param sortedKeys their keys, sorted, where they are known
   */
  constructor(
    documents: readonly PlacedDocument[],
    inputs: string,
    builtAt: number,
    flags: ReadonlyMap<string, CompiledFlag>,
    sortedKeys?: readonly string[],
  ) {
    const headers = documents.map(({ document }) => document.namespace);
    this.key = headers[0]?.key ?? "default";
    this.name = headers.find((header) => header.name !== undefined)?.name ?? this.key;
    this.description = headers.find((header) => header.description !== undefined)?.description ?? "";
    this.digest = namespaceDigest(documents.map(({ sha1 }) => sha1));
    this.flags = flags;
    this.#sortedKeys = sortedKeys;
    this.builtAt = builtAt;
    this.inputs = inputs;
    this.#documents = documents;
  }

  get sortedKeys(): readonly string[] {
    this.#sortedKeys ??= [...this.flags.keys()].sort(compareText);
    return this.#sortedKeys;
  }

  get items(): NamespaceItems {
    this.#items ??= collectItems(this.#documents);
    return this.#items;
  }

  places(flag: string): FlagPlaces | undefined {
    return flagPlaces(this.#documents, flag);
  }

  get clientJson(): string {
    this.#clientJson ??= [...this.clientTexts()].join("");
    return this.#clientJson;
  }

  clientTexts(): Iterable<string> {
    const { key, digest, builtAt } = this;
    return clientTexts({ key, digest, builtAt, documents: this.#documents });
  }

  /** The document that a file had at a place. */
  documentOf(file: string, index: number): CompiledDocument | undefined {
    return this.#documents.find((document) => document.file === file && document.index === index);
  }

  /** Its sorted keys, where they have been asked for, or were known from the beginning. */
  get knownKeys(): readonly string[] | undefined {
    return this.#sortedKeys;
  }
}

function collectItems(documents: readonly PlacedDocument[]): NamespaceItems {
  const flags = new Map<string, { readonly flag: Flag; readonly file: string }>();
  const segments = new Map<string, { readonly segment: Segment; readonly file: string }>();
  for (const { document, file } of documents) {
    for (const flag of document.flags) flags.set(flag.key, { flag, file });
    for (const segment of document.segments) segments.set(segment.key, { segment, file });
  }
  return { flags, segments, files: [...new Set(documents.map(({ file }) => file))] };
}
