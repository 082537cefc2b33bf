import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { eventually } from "./daemon.js";

const SYSTEMD = "/lib/systemd/systemd";
const SCRIPTS = fileURLToPath(new URL("../../../../.scripts/", import.meta.url));
const NAMESPACES = ["--fork", "--kill-child", "--pid", "--mount-proc", "--mount", "--ipc", "--uts", "--cgroup"];
const DEADLINE_MS = 60_000;

/**
 * As PID 1 of its namespaces: whatever it mounts is gone with it, and of what is not its own it can write nothing. Its
 * units are the test's alone.
 */
const INIT = `
dir=$1
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --rbind /dev /dev
mount --bind /dev/null /dev/console
mount --bind "$dir/opt/messages" /dev/kmsg
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /var/tmp
mount --rbind /proc/sys /proc/sys
for place in /proc/sys /dev /; do mount -o remount,bind,ro "$place"; done
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=other \\
  SYSTEMD_UNIT_PATH=/opt/units SYSTEMD_GENERATOR_PATH=/nowhere \\
  ${SYSTEMD} --system --unit=vexil.service --log-target=kmsg --show-status=no </dev/null
`;

/**
 * Runs systemd in a control group of its own until the standard input ends, as it does when the test's process dies. Where
 * the system has control groups of version 1, those of version 2 lie beside them.
 */
const OUTER = `
dir=$1 node=$2
mount -t cgroup2 cgroup2 "$dir/cgroup"
group=$dir/cgroup/vexil-test-$$
mkdir "$group"
leave() {
  echo $$ >"$dir/cgroup/cgroup.procs"
  # What was killed may take a moment to end.
  for try in $(seq 300); do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && return
    sleep 0.1
  done
}
trap leave EXIT
echo $$ >"$group/cgroup.procs"
mount --bind "$node" "$dir/opt/node"
mount --rbind "$dir/opt" /opt
mount --bind "$dir/lib" /var/lib
mount --bind "$dir/passwd" /etc/passwd
mount --bind "$dir/group" /etc/group
unshare ${NAMESPACES.join(" ")} sh -euc "$3" sh "$dir" &
cat >/dev/null
kill -KILL $!
wait || :
`;

/** The reason why no systemd of the test's own can run here; undefined when one can. */
export function missingForService(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "systemd is started by root alone, on Linux";
  if (!existsSync(SYSTEMD)) return "not installed: systemd";
  const mounts = "mount -t tmpfs tmpfs /run && mount -t cgroup2 cgroup2 /sys/fs/cgroup && unshare --user true";
  const probe = spawnSync("unshare", [...NAMESPACES, "sh", "-c", mounts], { timeout: 20_000 });
  return probe.status === 0 ? undefined : `no namespaces for a systemd (${probe.error ?? probe.stderr.toString()})`;
}

/** The service as a package installs it, run by a systemd. */
export interface PackagedService {
  readonly url: string;
  /** The text of a file below /var/lib/vexil; empty while there is no such file. */
  state(name: string): Promise<string>;
  /** The log so far, one line of JSON for each event. */
  log(): Promise<string>;
}

/**
 * Starts the unit that packages bring, as it is, with the program that they bring, on the test's Node. The service sees
 * the files given as /opt/<name>; `vexil.json` among them is its configuration. The directory /var/lib/open is for
 * everybody to write, were it not for the sandbox.
 * @throws Error with what the service and systemd said, when it is not ready after a minute
 */
export async function startPackagedService(
  scope: Scope,
  files: Readonly<Record<string, string>>,
): Promise<PackagedService> {
  const directory = await temporaryDirectory(scope);
  const opt = join(directory, "opt");
  await fill(directory, files);
  const args = ["--mount", "bash", "-euc", OUTER, "bash", directory, process.execPath, INIT];
  const outer = spawn("unshare", args, { stdio: ["pipe", "ignore", "pipe"] });
  const closed = once(outer, "close");
  scope.teardown(async () => {
    outer.stdin.end();
    await closed;
  });
  let stderr = "";
  outer.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const log = () => readFile(join(opt, "log"), "utf8");
  const ready = /"event":"daemon\.ready","url":"([^"]+)"/;
  const isOver = () => outer.exitCode !== null;
  await eventually(log, (text) => ready.test(text) || isOver(), DEADLINE_MS).catch(() => undefined);
  const url = ready.exec(await log())?.[1];
  if (url === undefined) {
    throw new Error(`not ready:\n${await log()}\n${await readFile(join(opt, "messages"), "utf8")}\n${stderr}`);
  }
  return { url, log, state: (name) => readFile(join(directory, "lib", "vexil", name), "utf8").catch(() => "") };
}

async function fill(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  const opt = join(directory, "opt");
  const { packagedUnit } = await import(join(SCRIPTS, "packages", "system-tree.mjs"));
  const { copyProgram } = await import(join(SCRIPTS, "copy-program.mjs"));
  for (const place of ["cgroup", "lib/open", "opt/units/vexil.service.d"]) {
    await mkdir(join(directory, place), { recursive: true });
  }
  copyProgram(join(opt, "node_modules"));
  const contents = {
    ...files,
    "units/vexil.service": packagedUnit("service"),
    "units/vexil.service.d/test.conf": DROP_IN,
    log: "",
    messages: "",
    node: "",
  };
  for (const [name, text] of Object.entries(contents)) await writeFile(join(opt, name), text, { mode: 0o755 });
  // Packages make the user; here it is there for this systemd alone.
  for (const [name, fields] of [
    ["passwd", "64001:64001::/var/lib/vexil:/usr/sbin/nologin"],
    ["group", "64001:"],
  ] as const) {
    const own = (await readFile(join("/etc", name), "utf8")).replace(/^vexil:.*\n/m, "");
    await writeFile(join(directory, name), `vexil:x:${fields}\n${own}`, { mode: 0o644 });
  }
  for (const place of ["lib", "opt", "opt/units"]) await chmod(join(directory, place), 0o755);
  await chmod(join(directory, "lib", "open"), 0o777);
}

/** Where the program is and what it says, which a test reads; the sandbox is the unit's. */
const DROP_IN = `[Unit]
DefaultDependencies=no
[Service]
ExecStart=
ExecStart=/opt/node /opt/node_modules/@vexil/daemon/bin/vexil.js serve --config /opt/vexil.json
StandardOutput=append:/opt/log
StandardError=append:/opt/log
`;
