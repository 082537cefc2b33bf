import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { wordsOf } from "../../api/api-error.js";
import { placeWords } from "../../api/place-words.js";
import { environmentsQuery, namespacesQuery } from "../../api/queries.js";
import { useRefusal } from "../../api/rights.js";
import type { Flag, Place } from "../../api/types.js";
import { Button } from "../../ui/button.js";
import { Dialog, DialogFoot } from "../../ui/dialog.js";
import { Diff } from "../../ui/diff.js";
import { Select } from "../../ui/field.js";
import { useToast } from "../../ui/toasts.js";
import { CopiedSegments } from "./copied-segments.js";
import { copyFlag, planCopy } from "./copy-flag.js";

interface CopyDialogProps {
  readonly place: Place;
  readonly flag: Flag;
  /** Where it is copied to; its own place as long as none is chosen. */
  readonly to: Place;
  readonly onTo: (to: Place) => void;
  readonly onClose: () => void;
}

/** Copies a flag to another environment or namespace, with the segments that are missing there. */
export function CopyDialog({ place, flag, to, onTo, onClose }: CopyDialogProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [replaced, setReplaced] = useState<ReadonlySet<string>>(new Set());
  const setTo = (next: Place): void => {
    onTo(next);
    setReplaced(new Set());
  };
  const { data: environments = [] } = useQuery(environmentsQuery);
  const { data: known } = useQuery(namespacesQuery(to.environment));
  const isHere = to.environment === place.environment && to.namespace === place.namespace;
  const plan = useQuery({
    queryKey: ["copy", place, flag, to],
    queryFn: () => planCopy(queries, place, flag, to),
    enabled: !isHere,
    retry: false,
    gcTime: 0,
  });
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: async () => plan.data && (await copyFlag(queries, plan.data, (key) => replaced.has(key))),
    onError: () => void plan.refetch(),
    onSuccess: () => {
      const action = {
        label: "Show it",
        run: () =>
          void navigate({
            to: "/environments/$environment/namespaces/$namespace/flags/$flag",
            params: { ...to, flag: flag.key },
            search: {},
          }),
      };
      toast({ text: `${flag.key.slice(0, 60)} is copied to ${placeWords(to)}.`, action });
      onClose();
    },
  });
  const fault = error ?? plan.error;
  const refused = { create: useRefusal(to, "create"), update: useRefusal(to, "update") };
  return (
    <Dialog title={`Copy ${flag.key.slice(0, 60)}`} onClose={onClose}>
      <div className="stack">
        <Select
          label="To environment"
          value={to.environment}
          onChange={({ target }) => setTo({ ...to, environment: target.value })}
        >
          {[...new Set([to.environment, ...environments.map(({ key }) => key)])].map((key) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </Select>
        <Select
          label="To namespace"
          value={to.namespace}
          onChange={({ target }) => setTo({ ...to, namespace: target.value })}
        >
          {[...new Set([to.namespace, ...(known?.items ?? []).map(({ key }) => key)])].map((key) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </Select>
        {isHere && <p className="soft">This is where it is. Choose another environment or namespace.</p>}
        {fault && <p role="alert">{wordsOf(fault).slice(0, 1_000)}</p>}
        {plan.data && (
          <>
            <CopiedSegments
              segments={plan.data.segments}
              isReplaced={(key) => replaced.has(key)}
              onReplace={(key, on) =>
                setReplaced(new Set(on ? [...replaced, key] : [...replaced].filter((one) => one !== key)))
              }
            />
            <h3>{plan.data.there ? "There is one already; this would change of it" : "This will be added"}</h3>
            <Diff before={plan.data.there?.flag} after={flag} label="What copying changes" />
          </>
        )}
      </div>
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="primary"
          icon="copy"
          disabled={!plan.data || isPending || isSuccess || isHere}
          reason={plan.data?.there ? refused.update : refused.create}
          onClick={() => mutate()}
        >
          {isPending ? "Copying…" : plan.data?.there ? "Replace it there" : "Copy"}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
