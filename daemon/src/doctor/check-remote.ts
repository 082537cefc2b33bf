import type { StorageConfig } from "@vexil/config/config";
import { branchesOf, missingBranch } from "@vexil/engine/storage/fetch/missing-branch";
import type { ScopedStorage } from "@vexil/engine/storage/open-storage";
import { RemoteSyncToken } from "@vexil/engine/storage/storage-tokens";
import { type FailureStep, toVexilError } from "@vexil/plugin-api/errors";
import { type Endpoint, endpointOf } from "./endpoint.js";
import { resolveHost, tryConnect } from "./probe.js";
import { failedStep, type StepResult } from "./report.js";
import type { ScratchStore } from "./scratch-store.js";

/** Outcome of a look at a remote. */
export interface RemoteCheck {
  readonly steps: readonly StepResult[];
  /** The commit of the storage's branch, which is fetched; undefined: there is none, or a step failed. */
  readonly commit: string | undefined;
}

export interface RemoteCheckOptions {
  readonly storage: StorageConfig;
  /** Where the remote's objects go. */
  readonly store: ScratchStore;
  /** Opens the storage over that store; what it throws is a failed step. */
  readonly open: () => Promise<ScopedStorage>;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Goes all the way to the files of a remote's branch. Names and connections are tried by themselves; what comes after is
 * told by how far a download gets, which is that of a poll.
 */
export async function checkRemote(remoteUrl: string, options: RemoteCheckOptions): Promise<RemoteCheck> {
  const endpoint = endpointOf(remoteUrl, options.env);
  const done: StepResult[] = [];
  const probeFailure = await probe(endpoint, options.storage.timeouts.connectMs, done);
  if (probeFailure !== undefined) return { steps: [...done, probeFailure], commit: undefined };
  let opened: ScopedStorage;
  try {
    opened = await options.open();
  } catch (error) {
    // The credential itself, before anything was sent: how far that would have got is not known.
    return { steps: [...done, failedStep("auth", error)], commit: undefined };
  }
  try {
    const { commit, steps } = await download(opened, options);
    return { steps: [...passed(endpoint, "ref", done), ...steps], commit };
  } catch (error) {
    const step = toVexilError(error).details.step ?? "http";
    return { steps: [...passed(endpoint, step, done), failedStep(step, error)], commit: undefined };
  } finally {
    await opened.scope.end();
  }
}

async function download({ storage: { remote }, scope }: ScopedStorage, { storage, store }: RemoteCheckOptions) {
  const sync = await scope.get(RemoteSyncToken);
  if (remote === undefined || sync === undefined) return { steps: [], commit: undefined };
  const { signal } = new AbortController();
  const { heads, bytes } = await sync.download(signal);
  const commit = heads.get(storage.branch);
  if (commit === undefined) {
    const { existing, empty } = await branchesOf(remote, signal);
    if (!empty || storage.readOnly) throw missingBranch({ storage, existing, had: false });
    const message = `the remote is empty; vexil serve makes ${storage.branch}`;
    return { steps: [{ step: "ref", ok: true, message }] as const, commit };
  }
  const steps: readonly StepResult[] = [
    { step: "ref", ok: true, message: `${storage.branch} is at ${commit}` },
    { step: "pack", ok: true, message: `${store.size} objects in ${bytes} bytes` },
  ];
  return { steps, commit };
}

async function probe({ server }: Endpoint, deadlineMs: number, done: StepResult[]): Promise<StepResult | undefined> {
  if (server === undefined) return undefined;
  const { host, port } = server;
  const attempts = [
    ["dns", () => resolveHost(host, deadlineMs)],
    ["connect", () => tryConnect(host, port, deadlineMs)],
  ] as const;
  for (const [step, attempt] of attempts) {
    try {
      done.push({ step, ok: true, message: await attempt() });
    } catch (error) {
      return failedStep(step, error);
    }
  }
  return undefined;
}

/** The steps before `step`: an exchange that got there has passed them. */
function passed({ steps }: Endpoint, step: FailureStep, done: readonly StepResult[]): readonly StepResult[] {
  const until = steps.indexOf(step);
  if (until === -1) return done;
  return steps.slice(0, until).map((name) => done.find((result) => result.step === name) ?? { step: name, ok: true });
}
