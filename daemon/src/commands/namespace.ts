import type { Command } from "commander";
import type { ApiClient } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { writeOut } from "../client/write-out.js";
import { confirm } from "../items/confirm.js";
import { namespacesPath } from "../items/item-paths.js";
import { writeQuery } from "../items/item-requests.js";
import { itemText, tellWritten } from "../items/item-text.js";
import { textTable } from "../items/text-table.js";
import {
  changed,
  type ItemOptions,
  notMade,
  type WriteOptions,
  withDaemon,
  withItemOptions,
  withWayOn,
  withWriteOptions,
} from "../items/write-options.js";

interface Namespace {
  readonly key: string;
  readonly name: string;
  readonly description?: string;
}

interface NamespaceOptions extends WriteOptions {
  readonly name?: string;
  readonly description?: string;
}

const EXAMPLES = `
A write is a commit; its id is printed. Exit code 1 if it is refused, 2 if no daemon answers.

Examples:
  vexil namespace list
  vexil namespace create payments --name Payments
  vexil namespace delete payments --yes --message "Payments have a repository of their own"`;

export function registerNamespace(program: Command): void {
  const namespace = program.command("namespace").description("List, show, make, name and delete namespaces.");
  const within = { hasNamespace: false };
  withItemOptions(namespace.command("list").description("List the namespaces of an environment."), within).action(
    (options: ItemOptions) =>
      withDaemon(options, async (client) => {
        const { items } = (await client.ask("GET", await namespacesPath(client, options))) as { items: Namespace[] };
        if (options.json) return writeOut(`${JSON.stringify(items, null, 2)}\n`);
        writeOut(
          textTable(
            ["key", "name", "description"],
            items.map(({ key, name, description = "" }) => [key, name, description]),
          ),
        );
      }),
  );
  withItemOptions(
    namespace.command("show").description("Show a namespace.").argument("<namespace>", "its key"),
    within,
  ).action((key: string, options: ItemOptions) =>
    withDaemon(options, async (client) => {
      const { namespace: found } = await read(client, key, options);
      writeOut(options.json ? `${JSON.stringify(found, null, 2)}\n` : itemText(found));
    }),
  );
  withNames(namespace.command("create").description("Make a namespace.")).action(
    (key: string, options: NamespaceOptions) =>
      withDaemon(options, async (client) => {
        const { name = key, description, revision } = options;
        tellWritten(
          `${key} was made`,
          await put(client, "POST", { key, name, description, revision }, options),
          options,
        );
      }),
  );
  withNames(namespace.command("set").description("Name or describe a namespace.")).action(
    (key: string, options: NamespaceOptions) =>
      withDaemon(options, async (client) => {
        const { namespace: before, revision: seen } = await read(client, key, options);
        const { name = before.name, description = before.description, revision = seen } = options;
        tellWritten(
          `${key} was changed`,
          await put(client, "PUT", { key, name, description, revision }, options),
          options,
        );
      }),
  );
  withWriteOptions(
    namespace
      .command("delete")
      .description("Delete a namespace with all that is in it.")
      .argument("<namespace>", "its key"),
    within,
  )
    .option("-y, --yes", "do not ask")
    .action((key: string, options: WriteOptions & { readonly yes?: true }) =>
      withDaemon(options, async (client) => {
        await read(client, key, options);
        await confirm(`Delete the namespace ${key} with all that is in it?`, options.yes === true);
        const path = `${await namespacesPath(client, options)}/${encodeURIComponent(key)}${writeQuery(options)}`;
        const { revision } = (await client.ask("DELETE", path).catch((error: unknown) => {
          throw withWayOn(error, changed(`vexil namespace show ${key}`));
        })) as { revision: string };
        tellWritten(`${key} was deleted`, revision, options);
      }),
    );
  for (const command of [namespace, ...namespace.commands]) command.addHelpText("after", EXAMPLES);
}

function withNames(command: Command): Command {
  return withWriteOptions(command.argument("<namespace>", "its key"), { hasNamespace: false })
    .option("--name <text>", "its name")
    .option("--description <text>", "its description");
}

async function read(
  client: ApiClient,
  key: string,
  options: ItemOptions,
): Promise<{ readonly namespace: Namespace; readonly revision: string }> {
  try {
    const path = `${await namespacesPath(client, options)}/${encodeURIComponent(key)}`;
    return (await client.ask("GET", path)) as { namespace: Namespace; revision: string };
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    throw new RefusedError(`there is no namespace ${key}; "vexil namespace list" shows what there is`, 404);
  }
}

async function put(
  client: ApiClient,
  method: "POST" | "PUT",
  body: { readonly key: string } & Readonly<Record<string, unknown>>,
  options: WriteOptions,
): Promise<string> {
  const { message } = options;
  try {
    const asked = { ...body, ...(message === undefined ? {} : { message }) };
    return ((await client.ask(method, await namespacesPath(client, options), asked)) as { revision: string }).revision;
  } catch (error) {
    const list = "vexil namespace list";
    if (method === "PUT") throw withWayOn(error, changed(list));
    throw notMade(error, `the namespace ${body.key}`, { set: `vexil namespace set ${body.key}`, list });
  }
}
