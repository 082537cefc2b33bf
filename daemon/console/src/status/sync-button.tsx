import { useMutation, useQueryClient } from "@tanstack/react-query";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { bodyOf, client } from "../api/client.js";
import type { StorageStatus } from "../api/types.js";
import { Button } from "../ui/button.js";
import { useToast } from "../ui/toasts.js";
import { presentError } from "./present-error.js";

/** Has a storage's remote looked at now, and waits for what comes of it. */
export function SyncButton({ storage }: { readonly storage: string }) {
  const queries = useQueryClient();
  const toast = useToast();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => {
      const params = { path: { storage }, query: { wait: "true" } };
      return bodyOf(client.POST("/api/storages/{storage}/sync", { params }));
    },
    // A poll that fails is an answer as well: it says so itself.
    onSuccess: (after) => {
      const lastError = presentError(after as Partial<StorageStatus>);
      if (lastError === undefined) toast({ text: `Storage ${storage} was synced.` });
      else toast({ bad: true, text: `Storage ${storage} was not synced: ${lastError.message.slice(0, 300)}` });
    },
    onError: (error) =>
      toast({ bad: true, text: `Storage ${storage} was not synced: ${wordsOf(error).slice(0, 300)}` }),
    onSettled: () => queries.invalidateQueries(),
  });
  // No route tells of this right: whoever was refused once is asked no more.
  const reason = hasStatus(error, 403) ? `You have no right to sync ${storage}.` : undefined;
  return (
    <Button icon="sync" disabled={isPending} reason={reason} onClick={() => mutate()}>
      {isPending ? "Syncing…" : "Sync now"}
    </Button>
  );
}
