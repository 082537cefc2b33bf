import { spawn } from "node:child_process";
import { tmpdir } from "node:os";

/** Environment of native git in tests: nobody's configuration, no prompts, a fixed identity. */
export const GIT_ENV: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  HOME: tmpdir(),
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

export interface NativeGitOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs native git; resolves to its standard output, rejects with its standard error. */
export async function nativeGitBytes(args: readonly string[], options: NativeGitOptions = {}): Promise<Buffer> {
  const child = spawn("git", args, { cwd: options.cwd, env: { ...GIT_ENV, ...options.env } });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`git ${args.join(" ")}: exit ${code}: ${Buffer.concat(stderr).toString()}`);
  return Buffer.concat(stdout);
}

/** As {@link nativeGitBytes}, as text without the last line break. */
export async function nativeGit(args: readonly string[], options: NativeGitOptions = {}): Promise<string> {
  return (await nativeGitBytes(args, options)).toString("utf8").replace(/\n$/, "");
}
