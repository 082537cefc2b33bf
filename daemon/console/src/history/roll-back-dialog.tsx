import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { comparisonQuery, rollBack, SERVED } from "../api/comparison.js";
import { useFeatures } from "../api/features.js";
import type { Scope } from "../api/history.js";
import { previewRollBack } from "../api/previews.js";
import type { Commit, Place } from "../api/types.js";
import { CommitFields } from "../edit/commit-fields.js";
import { ConfirmDialog } from "../edit/confirm-dialog.js";
import { draftName } from "../edit/kept-draft.js";
import { useKept } from "../edit/use-kept.js";
import { useToast } from "../ui/toasts.js";
import { ComparedItems } from "./compared-items.js";

interface RollBackDialogProps {
  readonly place: Place;
  readonly scope: Scope;
  /** A commit's id, or what else names a revision. */
  readonly to: string;
  /** Undefined: it is none of those that are listed. */
  readonly commit: Commit | undefined;
  /** Reason why the caller may not go back. */
  readonly refusal: string | undefined;
  readonly onClose: () => void;
}

/** Shows what going back would change, and does it by a new commit. */
export function RollBackDialog({ place, scope, to, commit, refusal, onClose }: RollBackDialogProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const [fault, setFault] = useState<string>();
  const kept = useKept<string>(
    draftName(place.environment, place.namespace, "roll back", JSON.stringify(scope), to),
    "",
  );
  const { data, error, refetch } = useQuery(comparisonQuery(place, scope, { base: SERVED, head: to }));
  // What a name such as main~1 stands for is another commit after the next one.
  const target = data?.head ?? to;
  const short = target.slice(0, /^[\da-f]{40}/.test(target) ? 8 : 60);
  const name = (scope.flag ?? scope.segment ?? (scope.all ? place.environment : place.namespace)).slice(0, 60);
  // Files may differ where items do not: in comments.
  const { previews } = useFeatures();
  const isSame = data?.changes.length === 0;
  const run = async (): Promise<boolean> => {
    if (data === undefined) return false;
    setFault(undefined);
    try {
      await rollBack(queries, place, scope, { to: target, upon: data.base, message: kept.value });
      kept.forget();
      toast({ text: `${name} is as it was at ${short}.` });
      onClose();
      return true;
    } catch (failure) {
      if (hasStatus(failure, 409)) void refetch();
      setFault(wordsOf(failure));
      return false;
    }
  };
  return (
    <ConfirmDialog
      title={`Roll ${name} back?`}
      action="Roll back"
      look="primary"
      reason={refusal}
      disabled={data === undefined || (isSame && !previews)}
      fault={fault ?? (error ? wordsOf(error) : undefined)}
      run={run}
      onClose={onClose}
    >
      <p>
        A new commit makes it what it was at <code>{short}</code>
        {commit && (
          <>
            , “<bdi>{commit.message.split("\n", 1)[0]?.slice(0, 200)}</bdi>”
          </>
        )}
        . Nothing of the history is lost.
      </p>
      {data === undefined && !error && <p className="soft">What would change is being compared…</p>}
      {isSame && <p className="soft">Flags and segments are the same now.</p>}
      {data && (
        <>
          {!isSame && (
            <ComparedItems place={place} comparison={data} asText={false} withNamespace={scope.all === true} />
          )}
          <CommitFields
            of={["rollback", place, scope, target, data.base]}
            preview={() => previewRollBack(place, scope, target, data.base)}
            message={kept.value}
            onMessage={kept.change}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
