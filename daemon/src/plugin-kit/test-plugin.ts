import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@vexil/engine/model/clock";
import { PLUGIN_DEADLINES } from "@vexil/engine/plugins/deadlines";
import { type LoadedPlugin, loadPlugin } from "@vexil/engine/plugins/load-plugin";
import { type PluginFault, runInScope } from "@vexil/engine/plugins/plugin-context";
import { guardProcess, rememberScope } from "@vexil/engine/plugins/process-guard";
import { type PluginKind, resolvePlugin } from "@vexil/engine/plugins/resolve-plugin";
import {
  authConformance,
  authenticationConformance,
  authorizationConformance,
  backendConformance,
  type ConformanceCase,
  openingFault,
  sinkConformance,
} from "@vexil/plugin-api/testing";
import { buildPackage } from "./build-package.js";
import { inspectBuild, packageFolder } from "./inspect-build.js";

export interface TestPluginOptions {
  /** Seen from `directory`; `.` is the package in it. */
  readonly specifier: string;
  readonly kind: PluginKind;
  readonly directory: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** True if a package that is not up to date is built first. */
  readonly build: boolean;
  /** Called with what is to be known of the build. */
  readonly onNotice: (text: string) => void;
  /** Called with each case as it ends. */
  readonly onResult: (result: CaseResult) => void;
}

export interface CaseResult {
  readonly title: string;
  readonly outcome: "passed" | "skipped" | "failed";
  /** Why it was skipped, or what is wrong. */
  readonly reason: string | undefined;
}

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Loads a plugin as the daemon does and runs the conformance cases on it, in an empty working directory, so that relative
 * paths of its settings lead nowhere that matters.
 */
export async function testPlugin(options: TestPluginOptions): Promise<TestSummary> {
  const { specifier, kind, directory, settings, onResult } = options;
  const places = { configDirectory: directory, pluginDirectory: undefined, bundledFrom: new URL(import.meta.url) };
  // A package that was never built cannot be found by its main file.
  const folder = packageFolder(specifier, directory);
  await bringUpToDate(folder ?? resolvePlugin(kind, specifier, places).directory, options);
  const source = resolvePlugin(kind, specifier, places);
  const faults: PluginFault[] = [];
  const escaped = (fault: PluginFault): void => void faults.push(fault);
  const identity = { plugin: specifier, package: source.package };
  const scope = { identity, step: "use", directory: source.directory, escaped } as const;
  const undo = [guardProcess(), rememberScope(scope)];
  const empty = await mkdtemp(join(tmpdir(), "vexil-plugin-test-"));
  const before = process.cwd();
  const summary = { passed: 0, failed: 0, skipped: 0 };
  try {
    const loaded = await loadPlugin(source, {
      type: specifier,
      kind: undefined,
      escaped,
      deadlines: PLUGIN_DEADLINES,
      clock: systemClock,
    });
    await checkSettings(loaded, settings);
    process.chdir(empty);
    await checkReachable(loaded, settings);
    for (const one of casesOf(loaded, settings)) {
      const result = await runInScope(scope, () => perform(one, faults));
      summary[result.outcome] += 1;
      onResult(result);
    }
  } finally {
    process.chdir(before);
    await rm(empty, { recursive: true, force: true });
    for (const one of undo) one();
  }
  return summary;
}

/** Builds a package whose sources are newer than what it runs, or warns that what is tested is old. */
async function bringUpToDate(folder: string, { build, onNotice }: TestPluginOptions): Promise<void> {
  const found = await inspectBuild(folder);
  if (found?.staleness === undefined) return;
  const { name, staleness, canBuild } = found;
  if (build && canBuild) {
    onNotice(`building ${name}: ${staleness}`);
    await buildPackage(found);
    return;
  }
  const why = canBuild ? "" : ", and package.json has no build script";
  onNotice(`warning: ${staleness}${why}: what is tested may be older than the sources`);
}

/** One word about settings that are refused, in place of every case that fails for them. */
async function checkSettings({ plugin }: LoadedPlugin, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const { issues } = await plugin.schema["~standard"].validate(settings);
  if (issues === undefined) return;
  const reasons = issues.map(({ path, message }) => [path?.map(keyOf).join("."), message].filter(Boolean).join(": "));
  throw new Error(
    `the plugin refuses its settings: ${reasons.join("; ")}; give them with --settings '{"key": "value"}'`,
  );
}

/** One line about a store that cannot be opened, in place of every case that fails for it. */
async function checkReachable({ plugin }: LoadedPlugin, settings: Readonly<Record<string, unknown>>): Promise<void> {
  if (plugin.kind !== "backend") return;
  const reason = await openingFault(plugin, settings);
  if (reason !== undefined) throw new Error(`the backend cannot be opened with these settings: ${reason}`);
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === "object" ? part.key : part);
}

function casesOf(loaded: LoadedPlugin, settings: Readonly<Record<string, unknown>>): readonly ConformanceCase[] {
  const { plugin, source } = loaded;
  switch (plugin.kind) {
    case "auth":
      return authConformance(plugin, settings);
    case "backend":
      return backendConformance(plugin, settings, { module: source.url });
    case "authentication":
      return authenticationConformance(plugin, settings);
    case "authorization":
      return authorizationConformance(plugin, settings);
    case "sink":
      return sinkConformance(plugin, settings);
  }
}

async function perform(one: ConformanceCase, faults: PluginFault[]): Promise<CaseResult> {
  const { title } = one;
  try {
    const outcome = await one.run();
    // What the plugin leaks shows up a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    const fault = faults.splice(0)[0];
    if (fault !== undefined) return { title, outcome: "failed", reason: fault.reason };
    if (outcome === "passed") return { title, outcome, reason: undefined };
    return { title, outcome: "skipped", reason: outcome.replace(/^skipped: /, "") };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { title, outcome: "failed", reason: text.replaceAll(/\s+/g, " ").trim() };
  }
}
