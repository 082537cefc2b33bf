import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { wordsOf } from "../api/api-error.js";
import { deleteBranch } from "../api/branches.js";
import { Button } from "../ui/button.js";
import { Dialog, DialogFoot } from "../ui/dialog.js";
import { useToast } from "../ui/toasts.js";
import { comparisonQuery } from "./compare-branch.js";

interface DeleteBranchProps {
  readonly base: string;
  readonly branch: string;
  /** The git branch that it is. */
  readonly gitBranch: string;
  readonly onClose: () => void;
}

/** Says what is lost with a branch before it is deleted. */
export function DeleteBranch({ base, branch, gitBranch, onClose }: DeleteBranchProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const { data: changes } = useQuery(comparisonQuery(queries, base, branch));
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => deleteBranch(queries, base, branch),
    onSuccess: () => {
      toast({ text: `Branch ${branch.slice(0, 60)} is deleted.` });
      onClose();
    },
  });
  return (
    <Dialog title={`Delete branch ${branch.slice(0, 60)}?`} onClose={onClose}>
      <div className="stack">
        {error && <p role="alert">{wordsOf(error).slice(0, 1_000)}</p>}
        <p>
          The git branch <bdi className="mono">{gitBranch.slice(0, 200)}</bdi> is deleted on the remote as well, and
          programs that ask for this environment get an error from then on.
        </p>
        {changes !== undefined && (
          <p>
            {changes.length === 0
              ? `Nothing is lost: all is as in ${base}.`
              : `What it has otherwise than ${base} goes with it: ${listed(changes.map(({ key }) => key))}.`}
          </p>
        )}
      </div>
      <DialogFoot>
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" icon="trash" disabled={isPending} onClick={() => mutate()}>
          {isPending ? "Deleting…" : "Delete this branch"}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

const MOST = 10;

function listed(keys: readonly string[]): string {
  const some = keys.slice(0, MOST).map((key) => key.slice(0, 60));
  return `${some.join(", ")}${keys.length > MOST ? ` and ${keys.length - MOST} more` : ""}`;
}
