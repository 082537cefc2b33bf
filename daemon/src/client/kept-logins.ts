import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";

/** A login of this user at one daemon. */
export interface KeptLogin {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

type KeptLogins = Readonly<Record<string, KeptLogin>>;

/** File with the logins of `vexil login`, by daemon's address; for its user alone. */
export function loginsFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "vexil", "logins.json");
}

/** Token of this user's login at a daemon, if there is one that holds. It is for that address alone. */
export async function keptToken(url: string): Promise<string | undefined> {
  const login = (await readLogins())[addressOf(url)];
  return login !== undefined && login.expiresAt > Date.now() ? login.token : undefined;
}

export async function keepLogin(url: string, login: KeptLogin): Promise<void> {
  await writeLogins({ ...(await readLogins()), [addressOf(url)]: login });
}

/** @returns false if there was none */
export async function forgetLogin(url: string): Promise<boolean> {
  const { [addressOf(url)]: gone, ...others } = await readLogins();
  if (gone !== undefined) await writeLogins(others);
  return gone !== undefined;
}

/** A login that is kept for one server never goes to another: scheme, host, port and path are all looked at. */
function addressOf(url: string): string {
  return new URL(url).href.replace(/\/+$/, "");
}

async function readLogins(): Promise<KeptLogins> {
  let text: string;
  try {
    text = await readFile(loginsFile(), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    const kept = JSON.parse(text) as unknown;
    return Object.fromEntries(Object.entries(kept ?? {}).filter(([, login]) => isLogin(login)));
  } catch {
    throw new Error(`${loginsFile()} is no JSON: remove it, and log in again`);
  }
}

async function writeLogins(logins: KeptLogins): Promise<void> {
  const current = Object.entries(logins).filter(([, { expiresAt }]) => expiresAt > Date.now());
  await mkdir(dirname(loginsFile()), { recursive: true, mode: 0o700 });
  await writeFileAtomic(loginsFile(), `${JSON.stringify(Object.fromEntries(current), undefined, 2)}\n`, {
    mode: 0o600,
  });
}

function isLogin(value: unknown): value is KeptLogin {
  const { token, expiresAt } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof token === "string" && typeof expiresAt === "number";
}
