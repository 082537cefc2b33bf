import { join, relative } from "node:path";
import { EXAMPLE_DIRECTORY } from "../client/example-directory.js";

/** How the commands that are printed are called, and what they ask. */
export interface QuickstartPlace {
  readonly url: string;
  readonly directory: string;
  readonly remote: string;
  readonly log: string;
  /** Begun by npm in a clone, where the command is not installed. */
  readonly isClone: boolean;
}

/** Text that the quickstart prints once it serves: the commands of the README's first flag, one a line, to copy. */
export function whatToTry({ url, directory, remote, log, isClone }: QuickstartPlace): string {
  const shown = (path: string): string => quote(short(path));
  const clone = shown(join(directory, "clone"));
  const vexil = isClone ? "npx vexil" : "vexil";
  // Commands find the example of their folder by themselves.
  const config = short(directory) === EXAMPLE_DIRECTORY ? "" : ` --config ${shown(join(directory, "vexil.yaml"))}`;
  return `
Vexil serves ${url}, with its web console: open ${url}/ in a browser
  environment "default", namespaces "default" (checkout-page, dark-mode) and "operations" (read-only, log-level)

Ask for a flag, in a second terminal in this folder. bob has no dark mode (false), as a beta tester he has it (true):
  ${vexil} evaluate dark-mode --entity bob${config}
  ${vexil} evaluate dark-mode --entity bob --context plan=beta${config}
  curl -s ${url}/evaluate/v1/boolean -d '{"flagKey":"dark-mode","entityId":"bob"}'

Give it to everybody, with git. Within 5 seconds the first command above answers true:
  git clone ${shown(remote)} ${clone}
  sed -i.old 's/percentage: 50/percentage: 100/' ${clone}/default/features.yaml
  git -C ${clone} -c user.name=me -c user.email=me@localhost commit --all --message "Dark mode for everybody"
  git -C ${clone} push

Change a flag without git (it becomes a commit all the same), and see who did what, and why:
  ${vexil} flag toggle read-only --namespace operations${config}
  ${vexil} history --limit 2${config}
  ${vexil} explain dark-mode --entity bob${config}

Watch its log:
  ${vexil} logs --follow ${shown(log)}

Ctrl-C stops it; a restart goes on with what is there, and --reset begins anew, without ${clone} too.
`;
}

function short(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith("..") ? path : inside;
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
