import { join, relative } from "node:path";

/** Text that the quickstart prints once it serves: one command a line, to copy. */
export function whatToTry(at: { url: string; directory: string; remote: string; log: string }): string {
  const clone = quote(short(join(at.directory, "clone")));
  const remote = quote(short(at.remote));
  return `
Vexil serves ${at.url}, with its web console: open ${at.url}/ in a browser
  environment "default", namespaces "default" (checkout-page, dark-mode) and "operations" (read-only, log-level)

Evaluate a flag. For bob dark-mode is off ("enabled":false), as a beta tester he has it ("enabled":true), and the
checkout on one page either way ("variantKey":"one-page"):
  curl -s ${at.url}/evaluate/v1/boolean -d '{"namespaceKey":"default","flagKey":"dark-mode","entityId":"bob","context":{}}'
  curl -s ${at.url}/evaluate/v1/boolean -d '{"namespaceKey":"default","flagKey":"dark-mode","entityId":"bob","context":{"plan":"beta"}}'
  curl -s ${at.url}/evaluate/v1/variant -d '{"namespaceKey":"default","flagKey":"checkout-page","entityId":"bob","context":{}}'

Change it with git. Within 5 seconds the first command above answers "enabled":true:
  git clone ${remote} ${clone}
  sed -i 's/percentage: 50/percentage: 100/' ${clone}/default/features.yaml
  git -C ${clone} -c user.name=me -c user.email=me@localhost commit --all --message "Dark mode for everybody"
  git -C ${clone} push

Change it by API (a commit on the remote). Before it the flag's answer is "enabled":false, after it "enabled":true:
  curl -s -X PUT ${at.url}/api/v2/environments/default/namespaces/operations/resources -d '{"key":"read-only","payload":{"@type":"flipt.core.Flag","key":"read-only","name":"Read-only mode","description":"Refuse changes while the database is being moved","type":"BOOLEAN_FLAG_TYPE","enabled":true}}'
  curl -s ${at.url}/evaluate/v1/boolean -d '{"namespaceKey":"operations","flagKey":"read-only","entityId":"bob"}'

See how it is, and watch its log:
  curl -s ${at.url}/api/status
  tail -f ${quote(short(at.log))}

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
