import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Json } from "../daemon/daemon.js";
import { type Scope, temporaryDirectory } from "./temporary-directory.js";

const TSC = fileURLToPath(new URL("../../../../node_modules/typescript/bin/tsc", import.meta.url));
const OWN: Readonly<Record<string, string>> = { "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator" };

/**
 * Finds in objects what Kubernetes' schemas refuse: values, and fields that there are not.
 * @param models the folder node_modules that has the schemas
 * @returns a line for each fault
 */
export async function faultsOf(scope: Scope, models: string, objects: readonly Json[]): Promise<readonly string[]> {
  const directory = await temporaryDirectory(scope);
  await symlink(models, join(directory, "node_modules"));
  const faults: string[] = [];
  const lines: string[] = [];
  for (const [at, object] of objects.entries()) {
    const { apiVersion, kind } = object as { apiVersion: string; kind: string };
    const module = `${OWN[apiVersion] ?? "kubernetes-models"}/${apiVersion}`;
    const loaded = (await import(pathToFileURL(join(models, module, "index.js")).href)) as Json;
    const Model = loaded[kind] ?? loaded.default?.[kind];
    if (Model === undefined) throw new Error(`${apiVersion} has no ${kind}`);
    try {
      new Model(object).validate();
    } catch (error) {
      faults.push(`${kind}: ${(error as Error).message}`);
    }
    // The compiler tells of fields that there are not, which a schema of Kubernetes lets pass.
    lines.push(`import type { I${kind} as I${at} } from "${module}";`);
    lines.push(`export const o${at}: I${at} = ${JSON.stringify(object)};`);
  }
  await writeFile(join(directory, "objects.ts"), `${lines.join("\n")}\n`);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", ""];
  await promisify(execFile)(process.execPath, [TSC, ...options, "objects.ts"], { cwd: directory }).catch(
    ({ stdout }: { readonly stdout: string }) => faults.push(...stdout.trim().split("\n")),
  );
  return faults;
}
