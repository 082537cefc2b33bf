import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { hasStatus, wordsOf } from "../../api/api-error.js";
import { createFlag, deleteFlag } from "../../api/create-and-delete.js";
import { placeWords } from "../../api/place-words.js";
import { previewDeletion } from "../../api/previews.js";
import { flagQuery, flagsQuery } from "../../api/queries.js";
import { FLAG, type Flag, type Place } from "../../api/types.js";
import { CommitFields } from "../../edit/commit-fields.js";
import { draftName } from "../../edit/kept-draft.js";
import { useKept } from "../../edit/use-kept.js";
import { Writing } from "../../edit/writing.js";
import { Button } from "../../ui/button.js";
import { Dialog, DialogFoot } from "../../ui/dialog.js";
import { useToast } from "../../ui/toasts.js";
import { counted, segmentsOf } from "./flag-parts.js";
import { FlagUse } from "./flag-use.js";

interface DeleteDialogProps {
  readonly place: Place;
  readonly flag: Flag;
  readonly revision: string;
  readonly onClose: () => void;
}

/** Says what goes with a flag and what stays without it, and deletes it. It can be brought back for a while. */
export function DeleteDialog({ place, flag, revision, onClose }: DeleteDialogProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const { data } = useQuery(flagsQuery(place));
  const {
    value: message,
    change: setMessage,
    forget,
  } = useKept<string>(draftName(place.environment, place.namespace, "delete flag", flag.key), "");
  const others = data?.flags.filter(({ key }) => key !== flag.key) ?? [];
  const orphans = segmentsOf(flag).filter((key) => !others.some((other) => segmentsOf(other).includes(key)));
  const short = flag.key.slice(0, 60);
  const bringBack = async (): Promise<void> => {
    try {
      await createFlag(queries, place, flag);
      toast({ text: `${short} is there again.` });
    } catch (error) {
      toast({ bad: true, text: `${short} was not created again: ${wordsOf(error).slice(0, 300)}` });
    }
  };
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: () => deleteFlag(queries, place, flag.key, revision, message),
    onError: (fault) => {
      if (hasStatus(fault, 409)) void queries.invalidateQueries({ queryKey: flagQuery(place, flag.key).queryKey });
    },
    onSuccess: () => {
      forget();
      toast({ text: `${short} is deleted.`, action: { label: "Undo", run: () => void bringBack() } });
      void navigate({ to: "/environments/$environment/namespaces/$namespace/flags", params: place, search: {} });
    },
  });
  return (
    <Dialog title={`Delete ${short}?`} onClose={onClose}>
      <div className="stack">
        {error && <p role="alert">{wordsOf(error).slice(0, 1_000)}</p>}
        <p>
          One commit removes it from {placeWords(place)}, with {partsOf(flag)}. Programs that ask for it get an error
          from then on, and so their own default.
        </p>
        <FlagUse place={place} flag={flag.key} />
        {flag.enabled && (
          <p>
            <strong>It is on.</strong> Switch it off first to see who misses it.
          </p>
        )}
        {orphans.length > 0 && (
          <>
            <p>No other flag uses these segments; they stay:</p>
            <ul>
              {orphans.map((key) => (
                <li key={key}>
                  <bdi className="mono">{key.slice(0, 100)}</bdi>
                </li>
              ))}
            </ul>
          </>
        )}
        <Writing value={isPending || isSuccess}>
          <CommitFields
            of={["delete", place, flag.key, revision]}
            preview={() => previewDeletion(place, FLAG, flag.key, revision)}
            message={message}
            onMessage={setMessage}
          />
        </Writing>
      </div>
      <DialogFoot>
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" icon="trash" disabled={isPending} onClick={() => mutate()}>
          {isPending ? "Deleting…" : "Delete this flag"}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

function partsOf({ type, variants, rules, rollouts }: Flag): string {
  if (type === "BOOLEAN_FLAG_TYPE") return counted(rollouts.length, "rollout");
  return `${counted(variants.length, "variant")} and ${counted(rules.length, "rule")}`;
}
