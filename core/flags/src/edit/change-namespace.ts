import { VexilError } from "@vexil/plugin-api/errors";
import type { NamespaceHeader } from "../read/document.js";
import type { FilesView, PutMode } from "./change.js";
import { appendDocument, newDocument, newFile, putHeader, removeDocument } from "./edit-documents.js";
import type { EditableFile } from "./editable-file.js";
import { newFilePath } from "./namespace-files.js";
import { documentsOf, type WorkFiles } from "./work-files.js";
import { emptyKey, namespaceExists, namespaceMissing, namespaceProtected } from "./write-errors.js";

const KEY = /^[-_,A-Za-z0-9]+$/;
/** As files are read: a file with another name would be faulty at its next reading. */
const NAME = /^[^\n]*$/;
/** A namespace becomes a directory: file systems take 255 bytes for a name. */
const KEY_LENGTH = 255;

export interface NamespacePut {
  readonly mode: PutMode;
  readonly key: string;
  readonly name: string | undefined;
  readonly description: string | undefined;
}

/** @returns what it came to */
export async function putNamespace(put: NamespacePut, view: FilesView, work: WorkFiles): Promise<"create" | "update"> {
  const { key } = put;
  if (key === "") throw emptyKey();
  const exists = work.has(key);
  const mode = put.mode === "put" ? (exists ? "update" : "create") : put.mode;
  if (mode === "create" && exists) throw namespaceExists(key);
  if (mode === "update" && !exists) throw namespaceMissing(key);
  if (!KEY.test(key)) {
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `${mode} namespace "${key}": key: invalid value ${JSON.stringify(key)} (out of bound =~"${KEY.source}")`,
    );
  }
  if (key.length > KEY_LENGTH) {
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `${mode} namespace: key: longer than ${KEY_LENGTH} characters, which no checkout could hold as a folder's name`,
    );
  }
  if (put.name !== undefined && !NAME.test(put.name)) {
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `${mode} namespace "${key}": name: invalid value ${JSON.stringify(put.name)} (out of bound =~"${NAME.source}")`,
    );
  }
  const header = { name: put.name === "" ? undefined : put.name, description: put.description || undefined };
  const files = work.filesOf(key);
  if (files.length === 0) await createNamespace(key, header, view, work);
  else await updateHeaders(key, header, files, work);
  return mode;
}

interface Names {
  readonly name: string | undefined;
  readonly description: string | undefined;
}

async function createNamespace(key: string, names: Names, view: FilesView, work: WorkFiles): Promise<void> {
  const path = newFilePath(view, key);
  const header: NamespaceHeader = {
    key,
    ...(names.name === undefined ? {} : { name: names.name }),
    ...(names.description === undefined ? {} : { description: names.description }),
    form: "object",
  };
  const existing = await work.open(path);
  const document = newDocument(header);
  work.put(path, existing === undefined ? newFile(path, document) : appendDocument(existing, document));
}

/**
 * The first document gets the names. A later one would show through where the first has none (the first that has a
 * name gives it), so names that stand there are taken out.
 */
async function updateHeaders(key: string, names: Names, files: readonly string[], work: WorkFiles): Promise<void> {
  let first = true;
  for (const path of files) {
    const opened = await work.open(path);
    if (opened === undefined) continue;
    let file: EditableFile = opened;
    for (const index of documentsOf(opened.documents, key)) {
      const { name, description } = file.documents[index]!.namespace;
      const wanted = first
        ? names
        : {
            name: names.name === undefined ? undefined : name,
            description: names.description === undefined ? undefined : description,
          };
      if (first || wanted.name !== name || wanted.description !== description) file = putHeader(file, index, wanted);
      first = false;
    }
    if (file !== opened) work.put(path, file);
  }
}

/** Removes the namespace's own documents, everywhere. */
export async function deleteNamespace(key: string, work: WorkFiles): Promise<void> {
  if (key === "") throw emptyKey();
  if (key === "default") throw namespaceProtected(key);
  for (const path of work.filesOf(key)) {
    let file = await work.open(path);
    if (file === undefined) continue;
    for (;;) {
      const index: number | undefined = documentsOf(file.documents, key)[0];
      if (index === undefined) break;
      file = removeDocument(file, index);
      if (file === undefined) break;
    }
    work.put(path, file);
  }
}
