/**
 * Consequence of tests beside flags that fail: none, since they are not run; they are told of; or the namespaces that
 * they are about stay at the last state whose tests pass.
 */
export const TESTS_MODES = ["off", "warn", "enforce"] as const;
export type TestsMode = (typeof TESTS_MODES)[number];
