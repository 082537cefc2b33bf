import { useQuery } from "@tanstack/react-query";
import { useFeatures } from "../../api/features.js";
import { usageQuery } from "../../api/flag-facts.js";
import type { Place } from "../../api/types.js";
import { Ago } from "../../ui/ago.js";

/** Says who would miss a flag: how often it was evaluated of late, and when last. Nothing where nobody counts. */
export function FlagUse({ place, flag }: { readonly place: Place; readonly flag: string }) {
  const { usage } = useFeatures();
  const { data } = useQuery({ ...usageQuery(place), enabled: usage, staleTime: 0 });
  const used = data?.flags.find(({ key }) => key === flag);
  if (!data || !used) return null;
  if (used.evaluations === 0) return <p>Nobody is known to have asked for it in the last {data.days} days.</p>;
  return (
    <p>
      <strong>It is in use:</strong> evaluated {used.evaluations.toLocaleString("en")}{" "}
      {used.evaluations === 1 ? "time" : "times"} in the last {data.days} days
      {used.lastEvaluated !== undefined && (
        <>
          , last <Ago time={used.lastEvaluated} />
        </>
      )}
      .
    </p>
  );
}
