/** git's formats, in one copy: what reads and writes them elsewhere imports this. It loads no library. */
export { applyDelta } from "./delta.js";
export { ENTRY_HEADER_BYTES, type EntryHeader, parseEntryHeader, serialiseEntryHeader } from "./entry-header.js";
export {
  directoryEntry,
  isDirectory,
  isSubmodule,
  nameOf,
  parseTree,
  serialiseTree,
  type TreeEntry,
  textOfName,
} from "./tree-codec.js";
