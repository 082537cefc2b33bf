import { RefusedError } from "../../client/client-errors.js";
import { Draft } from "../model/draft.js";
import type { SourceValue } from "../model/source-value.js";
import { chosenEnvironment } from "./chosen-environment.js";
import type { Converter } from "./import-source.js";
import { LaunchDarklyFlags } from "./launchdarkly-flag.js";
import { LaunchDarklySegments } from "./launchdarkly-segments.js";

/**
 * LaunchDarkly's lists of flags and segments as its REST API gives them (`/api/v2/flags/…`, `/api/v2/segments/…`),
 * and both together as its SDKs read them from files. Any number of files makes one whole.
 */
export const fromLaunchDarkly: Converter = (documents, settings) => {
  const flags: SourceValue[] = [];
  const segments: SourceValue[] = [];
  for (const document of documents) {
    const both = document.isMap && (document.get("flags").isMap || document.get("segments").isMap);
    if (both) {
      flags.push(
        ...document
          .get("flags")
          .entries()
          .map(([, one]) => one),
      );
      segments.push(
        ...document
          .get("segments")
          .entries()
          .map(([, one]) => one),
      );
      continue;
    }
    const items = document.isList
      ? document.items()
      : document.get("items").isList
        ? document.get("items").items()
        : [document];
    for (const item of items) {
      if (!item.isMap || item.get("key").isAbsent) {
        throw new RefusedError(
          `${item.file}: ${item.where || "the file"} is no flag or segment, as LaunchDarkly has them`,
        );
      }
      (item.get("variations").isAbsent ? segments : flags).push(item);
    }
  }
  const { report, entity = "key" } = settings;
  const draft = new Draft(settings.namespace ?? "default", report);
  const known = new LaunchDarklySegments(segments, entity);
  for (const segment of segments) {
    const key = segment.get("key").text();
    if (segment.get("deleted").flagOr(false)) continue;
    draft.addSegment(key, segment.get("name").textOr(key), segment.where, () => known.segment(key));
  }
  const read = new LaunchDarklyFlags(flags, known, environmentOf(flags, settings.sourceEnvironment), report);
  for (const flag of read.all()) draft.addFlag(flag);
  return [draft.finish()];
};

/** The environment that is read; undefined where flags are not of several. */
function environmentOf(flags: readonly SourceValue[], wanted: string | undefined): string | undefined {
  const names = flags.flatMap((flag) =>
    flag
      .get("environments")
      .entries()
      .map(([name]) => name),
  );
  const [flag] = flags;
  return names.length === 0 || flag === undefined ? undefined : chosenEnvironment(flag.file, names, wanted);
}
