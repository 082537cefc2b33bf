import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import writeFileAtomic from "write-file-atomic";
import { writeOut } from "../client/write-out.js";
import { isSealed, sealUnit } from "../systemd/sealed-unit.js";
import { systemdVersion } from "../systemd/systemd-version.js";
import { hiddenPrograms, type UnitKind, type UnitOptions, unitFile } from "../systemd/unit-files.js";

interface Options {
  readonly systemdVersion?: number;
  readonly exec: string;
  readonly listen: string;
}

interface InstallOptions extends Options {
  readonly dir: string;
  readonly force?: true;
}

const UNITS = "/etc/systemd/system";
/** Where services look for programs by themselves. */
const USUAL = new Set(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);

export function registerSystemd(program: Command): void {
  const systemd = program
    .command("systemd")
    .description("Print or install the units that run the daemon as a service.");
  withOptions(systemd.command("print"))
    .description("Print a unit.")
    .argument("[unit]", "service or socket", readKind, "service")
    .addHelpText("after", "\nExamples:\n  vexil systemd print\n  vexil systemd print socket --listen 127.0.0.1:8080")
    .action(async (kind: UnitKind, options: Options) => writeOut(sealUnit(unitFile(kind, await unitOptions(options)))));
  withOptions(systemd.command("install"))
    .description("Write a unit where systemd looks; one that was changed by hand is kept.")
    .argument("[unit]", "service or socket", readKind, "service")
    .option("--dir <dir>", "where to", UNITS)
    .option("--force", "replace a unit that was changed by hand")
    .addHelpText(
      "after",
      "\nExamples:\n  sudo vexil systemd install\n  sudo vexil systemd install socket --listen 8080",
    )
    .action(async (kind: UnitKind, options: InstallOptions) => {
      try {
        await install(kind, options);
      } catch (error) {
        process.stderr.write(`Error: ${(error as Error).message}\n`);
        process.exitCode = 1;
      }
    });
}

function withOptions(command: Command): Command {
  return command
    .option("--systemd-version <n>", "write for that version (default: the one installed here)", readVersion)
    .option("--exec <path>", "the vexil to start", resolve(process.argv[1] ?? "vexil"))
    .option("--listen <address>", "socket: port, address:port or path to listen on", "8080");
}

async function unitOptions(options: Options): Promise<UnitOptions> {
  const node = dirname(process.execPath);
  const isFound = USUAL.has(node) || !(await asksForNode(options.exec));
  return {
    command: resolve(options.exec),
    nodeDirectory: isFound ? undefined : node,
    systemd: options.systemdVersion ?? (await systemdVersion()),
    listen: options.listen,
  };
}

/** Tells whether a vexil looks for node on PATH, as npm installs it. That of the Debian package brings its own. */
async function asksForNode(command: string): Promise<boolean> {
  const text = await readFile(command, "utf8").catch(() => undefined);
  return text === undefined || /^#!.*\benv node/.test(text);
}

async function install(kind: UnitKind, options: InstallOptions): Promise<void> {
  const file = join(options.dir, `vexil.${kind}`);
  const existing = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (existing !== undefined && !isSealed(existing) && options.force !== true) {
    throw new Error(`${file} was changed by hand and is kept; --force replaces it`);
  }
  const unit = await unitOptions(options);
  const text = sealUnit(unitFile(kind, unit));
  if (existing !== text) {
    await writeFileAtomic(file, text, { mode: 0o644 }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT" ? new Error(`there is no directory ${options.dir}`) : error;
    });
  }
  writeOut(`${file} ${existing === text ? "is up to date" : "written"}. Next:\n${next(kind)}`);
  if (kind !== "service") return;
  for (const program of hiddenPrograms(unit)) {
    process.stderr.write(
      `Warning: the service cannot see ${program}: the unit hides home directories and has a /tmp of its own. Install it elsewhere, such as below /opt, or use the package.\n`,
    );
  }
}

function next(kind: UnitKind): string {
  if (kind === "socket") {
    return `  systemctl daemon-reload
  systemctl stop vexil.service   # if it runs: it holds the port itself
  systemctl enable --now vexil.socket vexil.service
`;
  }
  return `  useradd --system --home-dir /var/lib/vexil --shell /usr/sbin/nologin vexil   # unless it exists
  systemctl daemon-reload
  systemctl enable --now vexil.service
`;
}

function readKind(text: string): UnitKind {
  if (text === "service" || text === "socket") return text;
  throw new InvalidArgumentError("It is service or socket.");
}

function readVersion(text: string): number {
  const version = Number(text);
  if (Number.isInteger(version) && version > 0) return version;
  throw new InvalidArgumentError("It is a whole number, such as 252.");
}
