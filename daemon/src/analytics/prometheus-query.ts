/** Evaluations of some flags within the time before each point, by flag. */
export function evaluationsQuery(
  [environment, namespace]: readonly [string, string],
  flags: readonly string[],
  stepMs: number,
): string {
  const labels = [
    `flipt_environment=${quoted(environment)}`,
    `flipt_namespace=${quoted(namespace)}`,
    `flipt_flag=~${quoted(flags.map(literal).join("|"))}`,
  ];
  const counted = `increase(flipt_evaluations_requests_total{${labels.join(",")}}[${stepMs / 60_000}m])`;
  return `sum by (flipt_flag) (${counted})`;
}

/** A text of PromQL, in which nothing of what callers send means anything. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`))}"`;
}

/** A regular expression of RE2 that matches a text alone. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
