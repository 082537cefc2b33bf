import type { Event } from "js-yaml";
import type { FeatureLimits } from "./document.js";
import { EVENT_ID } from "./js-yaml.js";
import { type SyntaxFault, tooDeep } from "./source-document.js";

const ANCHOR = /^[-_A-Za-z0-9]+$/;

interface Size {
  nodes: number;
  depth: number;
  bytes: number;
}

interface Open extends Size {
  readonly anchor: string | undefined;
}

/** Bytes that a node takes where it is written out, besides its text. */
export const NODE_BYTES = 2;

/** Why a file whose aliases stand for more than a file may hold is refused. */
export function tooManyAliasBytes({ fileBytes }: FeatureLimits): string {
  return `aliases expand to more than ${fileBytes} bytes, the limit of a file (limits.file_bytes)`;
}

/**
 * Counts what aliases would expand to, before anything is expanded: nodes and bytes that aliases add, and nesting. Directives
 * other than `%YAML 1.1` are faults too, and anchors that only YAML 1.2 allows.
 */
export function checkEvents(text: string, events: readonly Event[], limits: FeatureLimits): SyntaxFault | undefined {
  let anchors = new Map<string, Size | undefined>();
  const open: Open[] = [];
  let expanded = 0;
  let bytes = text.length;
  let badName: number | undefined;
  const anchorOf = (event: { anchorStart: number; anchorEnd: number }): string | undefined => {
    if (event.anchorStart < 0) return undefined;
    const name = text.slice(event.anchorStart, event.anchorEnd);
    if (!ANCHOR.test(name)) badName ??= event.anchorStart;
    anchors.set(name, undefined);
    return name;
  };
  const add = (size: Size): void => {
    const parent = open.at(-1);
    if (parent === undefined) return;
    parent.nodes += size.nodes;
    parent.bytes += size.bytes;
    parent.depth = Math.max(parent.depth, size.depth + 1);
  };
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      const version = event.directives.find((directive) => directive.kind === "yaml")?.version;
      if (version !== undefined && version !== "1.1") {
        return { reason: `unsupported %YAML version ${version}`, offset: Math.max(0, text.indexOf("%YAML")) };
      }
      anchors = new Map();
      open.push({ nodes: 0, depth: 0, bytes: 0, anchor: undefined });
    } else if (event.type === EVENT_ID.SCALAR) {
      const anchor = anchorOf(event);
      const size = { nodes: 1, depth: 0, bytes: event.valueEnd - event.valueStart + NODE_BYTES };
      if (anchor !== undefined) anchors.set(anchor, size);
      add(size);
    } else if (event.type === EVENT_ID.ALIAS) {
      const name = text.slice(event.anchorStart, event.anchorEnd);
      const size = anchors.get(name);
      if (size === undefined) {
        const reason = anchors.has(name) ? `alias *${name} contains itself` : `alias *${name} is not defined`;
        return { reason, offset: event.anchorStart };
      }
      expanded += size.nodes;
      bytes += size.bytes;
      add(size);
      if (expanded > limits.aliases) {
        return {
          reason: `aliases expand to more than ${limits.aliases} nodes (limits.aliases)`,
          offset: event.anchorStart,
        };
      }
      if (bytes > limits.fileBytes) return { reason: tooManyAliasBytes(limits), offset: event.anchorStart };
      if (open.length + size.depth > limits.depth) return tooDeep(limits, event.anchorStart);
    } else if (event.type === EVENT_ID.POP) {
      const closed = open.pop();
      if (closed === undefined) continue;
      const size = { nodes: closed.nodes + 1, depth: closed.depth, bytes: closed.bytes + NODE_BYTES };
      if (closed.anchor !== undefined) anchors.set(closed.anchor, size);
      add(size);
    } else {
      open.push({ nodes: 0, depth: 0, bytes: 0, anchor: anchorOf(event) });
    }
  }
  if (badName === undefined) return undefined;
  return { reason: "names of anchors are made of letters, digits, - and _", offset: badName };
}
