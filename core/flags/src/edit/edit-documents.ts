import type { FeaturesDocument, Flag, NamespaceHeader, Segment } from "../read/document.js";
import { readLayout } from "../read/file-layout.js";
import { itemTree, putEntry } from "./edit-items.js";
import { type EditableFile, EMPTY_LAYOUT, entryOf, moveLayout } from "./editable-file.js";
import { KEY_ORDER, namespaceTree, type Tree } from "./item-tree.js";
import { valueNode } from "./layout-nodes.js";
import { patchNode } from "./patch-node.js";
import { printBlock, WIDE } from "./print-tree.js";
import { NAMESPACE_SHAPE } from "./shapes.js";
import { applyEdits, type TextEdit } from "./text-edit.js";

/** Gives a document's namespace a name and a description: it then has the object form. */
export function putHeader(
  file: EditableFile,
  index: number,
  header: { readonly name: string | undefined; readonly description: string | undefined },
): EditableFile {
  const { namespace } = file.documents[index]!;
  const after: NamespaceHeader = {
    key: namespace.key,
    ...(header.name === undefined ? {} : { name: header.name }),
    ...(header.description === undefined ? {} : { description: header.description }),
    form: "object",
  };
  const documents = file.documents.map((document, at) => (at === index ? { ...document, namespace: after } : document));
  const edits = headerEdits(file, index, namespaceTree(namespace), namespaceTree(after));
  const text = applyEdits(file.text, edits);
  return { ...file, text, documents, layout: readLayout(text) };
}

function headerEdits(file: EditableFile, index: number, before: Tree, after: Tree): readonly TextEdit[] {
  const layout = file.layout.documents[index]!;
  const entry = entryOf(layout, "namespace");
  const node = entry === undefined ? undefined : valueNode(file.text, entry, layout.root === "flow");
  const patch = node?.kind === "mapping" ? patchNode(node, NAMESPACE_SHAPE, before, after, file) : undefined;
  return patch ?? putEntry(file, index, "namespace", after);
}

/** Takes a document out, with its marker. undefined: nothing of the file is left. */
export function removeDocument(file: EditableFile, index: number): EditableFile | undefined {
  const { start, end } = file.layout.documents[index]!;
  const documents = file.documents.filter((_, at) => at !== index);
  if (documents.length === 0) return undefined;
  const edits = [{ start, end, text: "" }];
  const layout = moveLayout(file.layout, edits);
  return {
    ...file,
    text: applyEdits(file.text, edits),
    documents,
    layout: { ...layout, documents: layout.documents.filter((_, at) => at !== index) },
  };
}

/** A document of a namespace that no file has yet. */
export function newDocument(header: NamespaceHeader): FeaturesDocument {
  return { version: "1.6", namespace: header, flags: [], segments: [] };
}

/** A file of its own for a document. */
export function newFile(path: string, document: FeaturesDocument): EditableFile {
  const style = { json: false, eol: "\n", indent: "", step: 2, listStep: 2, gaps: WIDE };
  const file: EditableFile = { path, text: "", encoding: "utf-8", documents: [], layout: EMPTY_LAYOUT, style };
  return appendDocument(file, document);
}

/** Adds a document after those that a YAML file has. */
export function appendDocument(file: EditableFile, document: FeaturesDocument): EditableFile {
  const { eol } = file.style;
  const gap = file.text === "" || /[\r\n]$/.test(file.text) ? "" : eol;
  const marker = file.documents.length === 0 ? "" : `---${eol}`;
  const lines = printDocument(document, file.style);
  const text = `${file.text}${gap}${marker}${lines.join(eol)}${eol}`;
  return { ...file, text, documents: [...file.documents, document], layout: readLayout(text) };
}

function printDocument(document: FeaturesDocument, style: EditableFile["style"]): readonly string[] {
  const { namespace, version, flags, segments } = document;
  const trees: Record<(typeof KEY_ORDER.document)[number], Tree> = {
    version: version ?? "",
    namespace: namespace.form === "string" ? namespace.key : namespaceTree(namespace),
    flags: flags.map((flag: Flag) => itemTree(flag, "flags", version)),
    segments: segments.map((segment: Segment) => itemTree(segment, "segments", version)),
  };
  const entries = KEY_ORDER.document.map((key): [string, Tree] => [key, trees[key]]);
  return printBlock(
    new Map(entries.filter(([, tree]) => tree !== "" && !(Array.isArray(tree) && tree.length === 0))),
    style,
  );
}
