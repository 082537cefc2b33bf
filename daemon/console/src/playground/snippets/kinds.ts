import type { Asked } from "./asked.js";
import { goCode } from "./go.js";
import { javaCode } from "./java.js";
import { nodeCode } from "./node.js";
import { openFeatureCode } from "./openfeature.js";
import { pythonCode } from "./python.js";
import { commandLine, curlLine } from "./shell.js";

/** Words or code that ask the same, or why there are none. */
type Snippet = string | { readonly reason: string };

interface SnippetKind {
  readonly key: string;
  readonly name: string;
  readonly write: (asked: Asked) => Snippet;
}

/** SDKs ask one flag, of what is served. */
function sdk(write: (asked: Asked) => string): (asked: Asked) => Snippet {
  return (asked) => {
    if (asked.flag === undefined) return { reason: "Choose one flag for this." };
    if (asked.at !== undefined)
      return { reason: "SDKs ask what is served now: they cannot name a revision or a time." };
    return write(asked);
  };
}

export const SNIPPET_KINDS: readonly SnippetKind[] = [
  { key: "curl", name: "curl", write: curl },
  { key: "explain", name: "vexil explain", write: (asked) => commandLine("explain", asked) },
  { key: "evaluate", name: "vexil evaluate", write: (asked) => commandLine("evaluate", asked) },
  { key: "node", name: "Node.js", write: sdk(nodeCode) },
  { key: "python", name: "Python", write: sdk(pythonCode) },
  { key: "go", name: "Go", write: sdk(goCode) },
  { key: "java", name: "Java", write: sdk(javaCode) },
  { key: "openfeature", name: "OpenFeature (Node.js)", write: sdk(openFeatureCode) },
];

function curl(asked: Asked): Snippet {
  const isPast = asked.flag === undefined && asked.at !== undefined;
  return isPast ? { reason: "All flags at once are told of what is served now alone." } : curlLine(asked);
}
