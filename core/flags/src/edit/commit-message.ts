import { VexilError } from "@vexil/plugin-api/errors";
import { parseTemplate, type Template, type TemplateObject } from "@vexil/plugin-api/template";
import type { EnvironmentInfo } from "../compile/environment.js";
import type { ChangeSummary } from "./change.js";

/** Facts that a commit message tells of. */
export interface CommitSubject {
  readonly environment: Pick<EnvironmentInfo, "key" | "default" | "storage" | "directory">;
  readonly changes: readonly ChangeSummary[];
}

const parsed = new Map<string, Template>();
const PARSED_KEPT = 32;

/**
 * The message of a commit: by the template, or `create flag default/foo`.
 * @throws VexilError VEXIL_VALIDATION_TEMPLATE
 */
export function commitMessage(template: string | undefined, subject: CommitSubject): string {
  const plain = defaultMessage(subject.changes);
  if (template === undefined || template.trim() === "") return plain;
  const message = render(template, subject);
  return message.trim() === "" ? plain : message;
}

function render(template: string, subject: CommitSubject): string {
  try {
    let found = parsed.get(template);
    if (found === undefined) {
      found = parseTemplate(template);
      if (parsed.size >= PARSED_KEPT) parsed.clear();
      parsed.set(template, found);
    }
    return found.render(templateData(subject));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new VexilError("VEXIL_VALIDATION_TEMPLATE", `the commit_message template fails: ${reason}`, { cause: error });
  }
}

/** Digits of an id that users read. */
const SHORT_ID = 12;

/** `create flag default/foo`, `roll back flag default/foo to 2f1c0e4b7a9d` */
export function describeChange(change: ChangeSummary): string {
  const { type, namespace, key, rolledBackTo } = change;
  const name = type === "namespace" || type === "environment" ? key : `${namespace}/${key}`;
  const to = rolledBackTo === undefined ? "" : ` to ${rolledBackTo.slice(0, SHORT_ID)}`;
  return `${verbOf(change)} ${type} ${name}${to}`;
}

function verbOf({ verb, rolledBackTo }: ChangeSummary): string {
  return rolledBackTo === undefined ? verb : "roll back";
}

/** The same of any number: `create flag default/foo`, `change 12 resources` */
export function describeChanges(changes: readonly ChangeSummary[]): string {
  return changes.length === 1 ? describeChange(changes[0]!) : `change ${changes.length} resources`;
}

/** Lines about changes of one commit, beyond which nobody reads on. */
const NAMED = 200;

function defaultMessage(changes: readonly ChangeSummary[]): string {
  if (changes.length === 1) return describeChange(changes[0]!);
  const lines = changes.slice(0, NAMED).map(describeChange);
  if (changes.length > NAMED) lines.push(`and ${changes.length - NAMED} more`);
  return `updated multiple resources\n\n${lines.map((line) => `${line}\n`).join("")}`;
}

const TYPE_NAMES: Readonly<Record<ChangeSummary["type"], readonly [string, string]>> = {
  flag: ["flipt.core", "Flag"],
  segment: ["flipt.core", "Segment"],
  namespace: ["flipt.core", "Namespace"],
  environment: ["flipt.core", "Environment"],
};

function templateData({ environment, changes }: CommitSubject): TemplateObject {
  return {
    type: "commit",
    fields: {
      Environment: {
        type: "environment",
        fields: {
          Name: environment.key,
          Default: environment.default,
          Storage: environment.storage,
          Directory: environment.directory,
        },
      },
      Changes: changes.map(changeData),
    },
  };
}

function changeData(change: ChangeSummary): TemplateObject {
  const [packageName, name] = TYPE_NAMES[change.type];
  const type: TemplateObject = {
    type: "resource type",
    fields: { Package: packageName, Name: name },
    text: `${packageName}.${name}`,
  };
  return {
    type: "change",
    text: describeChange(change),
    fields: {
      Verb: verbOf(change),
      Resource: {
        type: "resource",
        fields: { Type: type, Namespace: change.namespace, Key: change.key },
      },
    },
  };
}
