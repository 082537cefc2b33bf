/** Variables that a worker may need; the rest may hold secrets of the configuration, which it is not to see. */
const PASSED_ON = /^(PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR|NODE_[A-Z0-9_]+)$/;

/** The changes that `cluster.fork()` is to make to the environment it hands down: undefined leaves a variable out. */
export function workerEnvironment(environment: NodeJS.ProcessEnv): Readonly<Record<string, undefined>> {
  const names = Object.keys(environment).filter((name) => !PASSED_ON.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
