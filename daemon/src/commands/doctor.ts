import type { Config } from "@vexil/config/config";
import { loadConfig } from "@vexil/config/load-config";
import type { Command } from "commander";
import { writeOut } from "../client/write-out.js";
import type { DoctorReport } from "../doctor/report.js";
import { loadingFault } from "../loading-fault.js";

interface Options {
  readonly config?: string;
  readonly json?: true;
}

export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description(
      "Find out what keeps a storage from being served, users from logging in, or events from going out; needs no daemon, writes nothing.",
    )
    .option("-c, --config <file>", "the configuration file (else it is searched for, as by serve)")
    .option("--json", "one JSON object, for programs")
    .addHelpText(
      "after",
      `
Steps: dns, connect, tls, host-key, http, auth, ref, pack, parse; backend for a local directory, signature where commits
are signed, policies where rights are kept in the repository. It stops at the first one that fails. Of each provider of
logins: provider. Of each sink: sink, to which nothing is delivered. Of counts of evaluations: counts, prometheus. Run
it as the daemon's user. Exit code 0 if all of them are well, else 1.

Examples:
  vexil doctor
  sudo -u vexil vexil doctor --config /etc/vexil/vexil.yaml
  vexil doctor --json`,
    )
    .action(async ({ config: file, json }: Options) => {
      try {
        const source = { ...(file === undefined ? {} : { file }), env: process.env, cwd: process.cwd() };
        const config = await loadConfig(source);
        if (config.file === undefined) {
          process.stderr.write(
            "no configuration file was found here: this is about the defaults, a storage in memory\n",
          );
        }
        const report = await examineWithProgress(config);
        writeOut(json ? `${JSON.stringify(report, null, 2)}\n` : shown(report));
        process.exitCode = report.ok ? 0 : 1;
      } catch (error) {
        process.stderr.write(loadingFault(error));
        process.exitCode = 1;
      }
    });
}

async function examineWithProgress(config: Config): Promise<DoctorReport> {
  const { examine } = await import("../doctor/doctor.js");
  if (process.stderr.isTTY !== true) return examine(config, { env: process.env });
  let shownAt = 0;
  const onProgress = (bytes: number): void => {
    if (performance.now() - shownAt < 200) return;
    shownAt = performance.now();
    process.stderr.write(`\rfetching: ${(bytes / 1e6).toFixed(1)} MB `);
  };
  const report = await examine(config, { env: process.env, onProgress });
  if (shownAt > 0) process.stderr.write("\r\u001b[K");
  return report;
}

function shown({ storages, logins = [], sinks = [], analytics }: DoctorReport): string {
  const named = [
    ...storages.map((report) => ({ what: `storage ${report.id}`, ...report })),
    ...logins.map((report) => ({ what: `logins by ${report.id}`, ...report })),
    ...sinks.map((report) => ({ what: `sink ${report.id}`, ...report })),
    ...(analytics === undefined ? [] : [{ what: "counts of evaluations", ...analytics }]),
  ];
  const lines = named.flatMap(({ what, ok, steps }) => [
    `${what}: ${ok ? "ok" : "not well"}`,
    ...steps.flatMap(({ step, ok: passed, message = "", advice, warnings = [] }) => [
      `  ${passed ? "ok  " : "FAIL"} ${step.padEnd(8)} ${message}`.trimEnd(),
      ...warnings.map((warning) => `       ${" ".repeat(8)} warning: ${warning}`),
      ...(advice === undefined ? [] : [`       ${" ".repeat(8)} ${advice}`]),
    ]),
  ]);
  return `${lines.join("\n")}\n`;
}
