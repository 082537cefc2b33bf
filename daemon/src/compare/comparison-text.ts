import { describeChange } from "../client/describe-change.js";
import type { ShownChange, ShownComparison } from "../http/past/shown-comparison.js";
import { answerText, percent, revisionWord, shareText, who } from "./comparison-words.js";
import type { CountedContexts } from "./count-contexts.js";

const TYPES = { namespace: "flipt.core.Namespace", flag: "flipt.core.Flag", segment: "flipt.core.Segment" };

/** A comparison for users at a terminal. */
export function comparisonText(comparison: ShownComparison, counted?: CountedContexts): string {
  const { base, head, changes, affected } = comparison;
  const lines = changes.flatMap(changeLines);
  const flags = affected.flatMap((found) => {
    const name = `${found.namespace}/${found.flag}`;
    const own = counted?.changed.get(name) ?? 0;
    const among = counted === undefined ? "" : `; ${own} of ${counted.total} contexts`;
    const regions = found.regions.map(
      (region) =>
        `    ${percent(region.share)} of ${who(region)}: ${answerText(region.before)} → ${answerText(region.after)}`,
    );
    return [`${name}: ${shareText(found)}${among}`, ...regions];
  });
  const nobody = affected.length === 0 ? ["Nobody gets another answer."] : ["Who gets another answer:", ...flags];
  if (changes.length === 0) return `${revisionWord(base)}..${revisionWord(head)}: nothing differs\n`;
  return `${[`${revisionWord(base)}..${revisionWord(head)}`, ...lines, "", ...nobody].join("\n")}\n`;
}

function changeLines({ namespace, type, key, before, after }: ShownChange): readonly string[] {
  return describeChange({
    namespaceKey: namespace,
    typeUrl: TYPES[type],
    key,
    ...(before === null ? {} : { before }),
    ...(after === null ? {} : { after }),
  });
}
