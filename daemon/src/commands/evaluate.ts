import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, RefusedError, withClientOptions } from "../client/api-client.js";
import { revisionText } from "../client/revision-text.js";
import { contextProperty } from "./context-property.js";
import { writeOut } from "./write-out.js";

interface Options extends ClientOptions {
  readonly environment?: string;
  readonly namespace: string;
  readonly entity: string;
  readonly context: Readonly<Record<string, string>>;
  readonly at?: string;
  readonly json?: true;
}

interface Response extends State {
  readonly booleanResponse?: { readonly enabled: boolean } & Common;
  readonly variantResponse?: {
    readonly match: boolean;
    readonly variantKey: string;
    readonly variantAttachment: string;
  } & Common;
  readonly errorResponse?: { readonly reason: string };
}

interface Answer extends State {
  readonly responses: readonly Response[];
}

/** Past state that an answer is of. */
interface State {
  readonly revision?: string | undefined;
  readonly at?: { readonly kind: string; readonly time?: string; readonly daemon?: string } | undefined;
}

interface Common {
  readonly reason: string;
  readonly segmentKeys: readonly string[];
}

export function registerEvaluate(program: Command): void {
  const command = program
    .command("evaluate")
    .description("Ask a daemon what a flag gives for an entity.")
    .argument("<flag>", "the flag's key")
    .option("--namespace <key>", "the flag's namespace", "default")
    .option("--entity <id>", "the entity's id", "")
    .option("--context <property=value>", "a property of the context; may be repeated", contextProperty, {})
    .option("--at <revision>", 'the state at a commit, a tag, a branch, main~3 or a time ("2 hours ago")')
    .option("-e, --environment <key>", "the environment (else the default one)")
    .option("--json", "the whole answer as JSON, for programs");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Prints true or false for a boolean flag, the variant's key for a variant flag, then why. Exit code 1 if there is no such
flag, 2 if no daemon answers.

Examples:
  vexil evaluate checkout --entity user-1
  vexil evaluate theme --entity user-3 --context country=de --context age=30 --json
  vexil evaluate checkout --entity user-1 --at "2 hours ago"`,
    )
    .action(async (flag: string, options: Options) => {
      try {
        const client = await ApiClient.open(options);
        const response = await evaluate(client, flag, options);
        writeOut(options.json ? `${JSON.stringify(response, null, 2)}\n` : shown(response));
      } catch (error) {
        failed(error);
      }
    });
}

/** A batch of one takes flags of both types. */
async function evaluate(client: ApiClient, flagKey: string, options: Options): Promise<Response> {
  const { namespace: namespaceKey, entity: entityId, context, environment, at } = options;
  const item = { flagKey, namespaceKey, entityId, context };
  // In the header an environment that is not there is an error; in the body it would be the default one.
  const headers = environment === undefined ? {} : { "x-flipt-environment": environment };
  const body = { requests: [item], ...(at === undefined ? {} : { at: revisionText(at) }) };
  const { responses, ...state } = (await client.ask("POST", "/evaluate/v1/batch", body, headers)) as Answer;
  const [response] = responses;
  if (response === undefined) throw new RefusedError("the daemon gave no answer");
  if (response.errorResponse === undefined) {
    return state.at === undefined ? response : { ...response, revision: state.revision, at: state.at };
  }
  throw new RefusedError(
    response.errorResponse.reason.startsWith("NOT_FOUND")
      ? `flag "${namespaceKey}/${flagKey}" not found`
      : `flag "${namespaceKey}/${flagKey}" cannot be evaluated`,
  );
}

function shown({ booleanResponse, variantResponse, revision, at }: Response): string {
  const common = booleanResponse ?? variantResponse;
  const reason = common?.reason.replace("_EVALUATION_REASON", "").toLowerCase().replaceAll("_", " ") ?? "";
  const segments =
    common === undefined || common.segmentKeys.length === 0 ? "" : `, segments ${common.segmentKeys.join(", ")}`;
  const attachment = variantResponse?.variantAttachment ?? "";
  const lines = [
    booleanResponse === undefined
      ? (variantResponse?.variantKey ?? "") || "(no variant)"
      : String(booleanResponse.enabled),
    `  reason ${reason}${segments}`,
    ...(at === undefined ? [] : [`  state ${revision}${originOf(at)}`]),
    ...(attachment === "" || attachment === "null" ? [] : [`  attachment ${attachment}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** How the state of a time was found. */
function originOf({ kind, time, daemon }: NonNullable<State["at"]>): string {
  if (kind === "revision") return "";
  return kind === "served" ? `, served since ${time} by ${daemon}` : `, the branch's commit of ${time}`;
}
