import { decodeText } from "../read/decode-text.js";
import type { FeaturesDocument, ParsedFile } from "../read/document.js";
import { readLayout } from "../read/file-layout.js";
import type { FilesView } from "./change.js";
import { closeFile, type EditableFile, openFile } from "./editable-file.js";
import { filesOfNamespace, hasNamespace } from "./namespace-files.js";
import { fileFaulty } from "./write-errors.js";

/** The files of a view while a change edits them. */
export class WorkFiles {
  readonly #view: FilesView;
  readonly #open = new Map<string, EditableFile | undefined>();
  readonly #replaced = new Map<string, Uint8Array | undefined>();
  readonly #changed = new Set<string>();
  /** Namespace → its files before. */
  readonly #before = new Map<string, readonly string[]>();
  #differences = 0;

  constructor(view: FilesView) {
    this.#view = view;
  }

  /**
   * @returns undefined when there is no such file
   * @throws VexilError VEXIL_CONFLICT_FILE_FAULTY
   */
  async open(path: string): Promise<EditableFile | undefined> {
    if (this.#open.has(path)) return this.#open.get(path);
    const bytes = await this.#view.read(path);
    const parsed = bytes === undefined ? undefined : await this.#view.parse(path);
    const fault = parsed?.faults[0];
    if (fault !== undefined) throw fileFaulty(fault);
    const file = bytes === undefined || parsed === undefined ? undefined : opened(path, bytes, parsed);
    this.#open.set(path, file);
    return file;
  }

  /** Edits so far that made a difference to a file. */
  get differences(): number {
    return this.#differences;
  }

  /** Paths of the files that define a namespace by now, in load order: one that was made for it comes last. */
  filesOf(namespace: string): readonly string[] {
    const before = this.#filesBefore(namespace);
    if (this.#changed.size === 0) return before;
    const defines = (path: string): boolean => documentsOf(this.#open.get(path)?.documents ?? [], namespace).length > 0;
    const kept = before.filter((path) => !this.#changed.has(path) || defines(path));
    return [...kept, ...[...this.#changed].filter((path) => !before.includes(path) && defines(path))];
  }

  /** Tells whether a namespace exists by now. `default` always does, if only implicitly. */
  has(namespace: string): boolean {
    const isEdited = this.#filesBefore(namespace).some((path) => this.#changed.has(path));
    if (!isEdited && hasNamespace(this.#view.snapshot, namespace)) return true;
    return namespace === "default" || this.filesOf(namespace).length > 0;
  }

  #filesBefore(namespace: string): readonly string[] {
    const known = this.#before.get(namespace) ?? filesOfNamespace(this.#view.snapshot, namespace);
    this.#before.set(namespace, known);
    return known;
  }

  /** Notes what a file becomes; undefined: it goes. */
  put(path: string, file: EditableFile | undefined): void {
    if (this.#open.get(path)?.text !== file?.text) this.#differences += 1;
    this.#open.set(path, file);
    this.#changed.add(path);
  }

  /** Makes a file have exactly these bytes. */
  replace(path: string, bytes: Uint8Array | undefined): void {
    this.#replaced.set(path, bytes);
  }

  /** Returns what has changed: content, and what it parses to where the edit knows for sure. */
  async result(): Promise<WorkResult> {
    const files = new Map(this.#replaced);
    const parsed = new Map<string, ParsedFile>();
    const careful = new Map<string, EditableFile>();
    for (const path of this.#changed) {
      const file = this.#open.get(path);
      if (file === undefined) {
        files.set(path, undefined);
        continue;
      }
      const closed = closeFile(file);
      const before = await this.#view.read(path);
      if (before !== undefined && Buffer.compare(before, closed.bytes) === 0) continue;
      files.set(path, closed.bytes);
      // Where text refers to other text, only reading it all tells what it means now.
      if (file.layout.references) careful.set(path, file);
      else parsed.set(path, closed.parsed);
    }
    return { files, parsed, careful };
  }
}

export interface WorkResult {
  readonly files: ReadonlyMap<string, Uint8Array | undefined>;
  readonly parsed: ReadonlyMap<string, ParsedFile>;
  /** Files with anchors, aliases or tags: what they should mean, to be compared with what they do. */
  readonly careful: ReadonlyMap<string, EditableFile>;
}

function opened(path: string, bytes: Uint8Array, parsed: ParsedFile): EditableFile {
  const layout = parsed.layout ?? readLayout(decodeText(bytes).text);
  return openFile(path, bytes, parsed, layout);
}

/** Indexes of a namespace's documents in a file. */
export function documentsOf(documents: readonly FeaturesDocument[], namespace: string): readonly number[] {
  return documents.flatMap((document, index) => (document.namespace.key === namespace ? [index] : []));
}
