import { readdir, readFile } from "node:fs/promises";

/** The forms in which a secret may get out: as it is, in a URL, in JSON, and in base64 wherever it begins. */
export function canaryForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // the first and last characters depend on what stands beside the secret
    const inner = encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6));
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64])];
}

/** Names of the canaries that are in a text in any form. */
export function canariesIn(text: string, canaries: ReadonlyMap<string, string>): readonly string[] {
  return [...canaries]
    .filter(([, secret]) => canaryForms(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}

/** Command line and environment of a process and all processes below it, by process id. */
export async function processTexts(root: number): Promise<ReadonlyMap<number, { cmdline: string; environ: string }>> {
  const parents = new Map<number, number>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const family = (pid: number): boolean => pid === root || (parents.has(pid) && family(parents.get(pid) ?? 0));
  const texts = new Map<number, { cmdline: string; environ: string }>();
  for (const pid of parents.keys()) {
    if (!family(pid)) continue;
    const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, "latin1").catch(() => "");
    texts.set(pid, { cmdline: await read("cmdline"), environ: await read("environ") });
  }
  return texts;
}
