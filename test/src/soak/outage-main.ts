import { outage } from "../helpers/sinks/outage.js";

/** Lets many commits come while a sink is away, and prints what was told afterwards and what memory it took. */
export async function outageMain({ commits, pauseMs }: { readonly commits: number; readonly pauseMs: number }) {
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  const found = await outage(scope, { commits, atOnce: 250, pauseMs, deadlineMs: 1_800_000 });
  for (const step of undo.reverse()) await step();
  const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
  console.log(`${commits} commits while the sink was away for ${Math.round(found.downSeconds)} s`);
  console.log(
    `${found.came} events came, ${found.repeats} of them repeated, within ${Math.round(found.deliverySeconds)} s`,
  );
  const [idle, down, delivery] = [found.idleBytes, found.peakDownBytes, found.peakDeliveryBytes].map(megabytes);
  console.log(`memory: ${idle} idle, ${down} at most while it was away, ${delivery} at most while all was delivered`);
  for (const problem of found.problems) console.log(problem);
  process.exitCode = found.problems.length === 0 ? 0 : 1;
}
