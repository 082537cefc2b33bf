import { join, relative } from "node:path";

/** What the quickstart prints once it serves: one command a line, to copy. */
export function whatToTry(at: { url: string; directory: string; remote: string; log: string }): string {
  const clone = quote(short(join(at.directory, "clone")));
  const remote = quote(short(at.remote));
  return `
Vexil serves ${at.url}
  environment "default", namespaces "default" (checkout-page, dark-mode) and "operations" (read-only, log-level)

Evaluate a flag:
  curl -s ${at.url}/evaluate/v1/boolean -d '{"namespaceKey":"default","flagKey":"dark-mode","entityId":"ada","context":{"plan":"beta"}}'
  curl -s ${at.url}/evaluate/v1/variant -d '{"namespaceKey":"default","flagKey":"checkout-page","entityId":"ada","context":{}}'

Change it with git (served within 5 seconds):
  git clone ${remote} ${clone}
  sed -i 's/percentage: 50/percentage: 100/' ${clone}/default/features.yaml
  git -C ${clone} -c user.name=me -c user.email=me@localhost commit --all --message "Dark mode for everybody"
  git -C ${clone} push

Change it by API (a commit on the remote):
  curl -s -X PUT ${at.url}/api/v2/environments/default/namespaces/operations/resources -d '{"key":"read-only","payload":{"@type":"flipt.core.Flag","key":"read-only","name":"Read-only mode","type":"BOOLEAN_FLAG_TYPE","enabled":true}}'

See how it is, and watch its log:
  curl -s ${at.url}/api/status
  tail -f ${quote(short(at.log))}

Ctrl-C stops it; the next start goes on with what is there.
`;
}

function short(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith("..") ? path : inside;
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
