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
import { useToast } from "../ui/toasts.js";
import { ComparedItems } from "./compared-items.js";

interface RollBackDialogProps {
  readonly place: Place;
  readonly scope: Scope;
  readonly commit: Commit;
  readonly onClose: () => void;
}

/** Shows what going back would change, and does it by a new commit. */
export function RollBackDialog({ place, scope, commit, onClose }: RollBackDialogProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const [fault, setFault] = useState<string>();
  const [said, setSaid] = useState("");
  const { revision: to, message } = commit;
  const { data, error, refetch } = useQuery(comparisonQuery(place, scope, { base: SERVED, head: to }));
  const name = (scope.flag ?? scope.segment ?? (scope.all ? place.environment : place.namespace)).slice(0, 60);
  // Files may differ where items do not: in comments.
  const { previews } = useFeatures();
  const isSame = data?.changes.length === 0;
  const run = async (): Promise<void> => {
    if (data === undefined) return;
    setFault(undefined);
    try {
      await rollBack(queries, place, scope, { to, upon: data.base, message: said });
      toast({ text: `${name} is as it was at ${to.slice(0, 8)}.` });
      onClose();
    } catch (failure) {
      if (hasStatus(failure, 409)) void refetch();
      setFault(wordsOf(failure));
    }
  };
  return (
    <ConfirmDialog
      title={`Roll ${name} back?`}
      action="Roll back"
      look="primary"
      disabled={data === undefined || (isSame && !previews)}
      fault={fault ?? (error ? wordsOf(error) : undefined)}
      run={run}
      onClose={onClose}
    >
      <p>
        A new commit makes it what it was at <code>{to.slice(0, 8)}</code>, “
        <bdi>{message.split("\n", 1)[0]?.slice(0, 200)}</bdi>”. Nothing of the history is lost.
      </p>
      {data === undefined && !error && <p className="soft">What would change is being compared…</p>}
      {isSame && <p className="soft">Flags and segments are the same now.</p>}
      {data && (
        <>
          {!isSame && (
            <ComparedItems place={place} comparison={data} asText={false} withNamespace={scope.all === true} />
          )}
          <CommitFields
            of={["rollback", place, scope, to, data.base]}
            preview={() => previewRollBack(place, scope, to, data.base)}
            message={said}
            onMessage={setSaid}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
