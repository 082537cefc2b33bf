import { NotCarried } from "../model/not-carried.js";
import type { Report } from "../model/report.js";
import { type Share, sharesOf } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";

/**
 * The parts of a rollout that grows with time, where it has come to its end.
 * @throws NotCarried while it has not
 */
export function progressiveShares(rollout: SourceValue, now: number): readonly Share[] {
  const { initial, end } = { initial: rollout.get("initial"), end: rollout.get("end") };
  if (timeOf(end.get("date")) > now) throw new NotCarried("a rollout that still grows with time");
  const given = end.get("percentage").numberOr(0);
  const percent = given <= 0 || given > 100 ? 100 : given;
  return sharesOf([
    { variant: end.get("variation").text(), weight: percent },
    { variant: initial.get("variation").text(), weight: 100 - percent },
  ]);
}

interface Schedule {
  /** Its experiment does not run now: applications get their own default. */
  readonly isOver: boolean;
  /** Steps have been made already, and its state would have to be put together of them. */
  readonly isUnknown: boolean;
}

/** The meaning of a flag's dates for it now; that for later is reported. */
export function scheduleOf(
  flag: SourceValue,
  { key, now, report }: { readonly key: string; readonly now: number; readonly report: Report },
): Schedule {
  const why = "flags do not change by themselves";
  const experiment = flag.get("experimentation");
  const start = experiment.get("start").isAbsent ? Number.NEGATIVE_INFINITY : timeOf(experiment.get("start"));
  const end = experiment.get("end").isAbsent ? Number.POSITIVE_INFINITY : timeOf(experiment.get("end"));
  const isOver = now < start || now > end;
  if (now < start || (now <= end && end !== Number.POSITIVE_INFINITY)) {
    const done = now < start ? "it was left off: switch it on when it begins" : "it is on: switch it off when it ends";
    report.add({ kind: "lost", where: experiment.where, what: `dates of ${key}`, why, done });
  }
  const steps = flag.get("scheduledRollout").items();
  if (steps.length === 0) return { isOver, isUnknown: false };
  const isUnknown = steps.some((step) => timeOf(step.get("date")) <= now);
  const done = isUnknown ? "some have been made: the flag was left off" : "it stays as it is today";
  report.add({ kind: "lost", where: flag.get("scheduledRollout").where, what: `scheduled steps of ${key}`, why, done });
  return { isOver, isUnknown };
}

function timeOf(value: SourceValue): number {
  const time = Date.parse(value.text());
  if (Number.isNaN(time)) throw value.wrong("a time");
  return time;
}
