import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { previewNamespaceDeletion } from "../api/previews.js";
import { flagsQuery, segmentsQuery } from "../api/queries.js";
import { deleteNamespace } from "../api/save-namespace.js";
import type { Namespace, Place } from "../api/types.js";
import { CommitFields } from "../edit/commit-fields.js";
import { ConfirmDialog } from "../edit/confirm-dialog.js";
import { draftName } from "../edit/kept-draft.js";
import { useKept } from "../edit/use-kept.js";
import { TextField } from "../ui/field.js";
import { useToast } from "../ui/toasts.js";

interface DeleteNamespaceProps {
  /** Where the page is. */
  readonly place: Place;
  readonly namespace: Namespace;
  readonly revision: string;
  readonly onClose: () => void;
}

/** Asks for the key before a namespace goes with all that is in it. */
export function DeleteNamespace({ place, namespace: { key }, revision, onClose }: DeleteNamespaceProps) {
  const { environment } = place;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const target = { environment, namespace: key };
  const { data: flags } = useQuery(flagsQuery(target));
  const { data: segments } = useQuery(segmentsQuery(target));
  const [typed, setTyped] = useState("");
  const {
    value: message,
    change: setMessage,
    forget,
  } = useKept<string>(draftName(environment, "delete namespace", key), "");
  const [upon] = useState(revision);
  const [fault, setFault] = useState<string>();
  const run = async (): Promise<boolean> => {
    setFault(undefined);
    try {
      await deleteNamespace(queries, environment, key, upon, message);
      forget();
      toast({ text: `${key.slice(0, 60)} is deleted.` });
      onClose();
      if (place.namespace === key) {
        const params = { environment, namespace: "default" };
        void navigate({ to: "/environments/$environment/namespaces/$namespace/settings", params });
      }
      return true;
    } catch (error) {
      setFault(wordsOf(error));
      return false;
    }
  };
  return (
    <ConfirmDialog
      title={`Delete ${key.slice(0, 100)}?`}
      action="Delete it with all that is in it"
      disabled={typed !== key}
      fault={fault}
      run={run}
      onClose={onClose}
    >
      <p>
        {flags === undefined || segments === undefined
          ? "What is in it is being counted…"
          : `${counted(flags.flags.length, "flag")} and ${counted(segments.segments.length, "segment")} go with it.`}{" "}
        Applications that ask for them get an error from then on. The history keeps it.
      </p>
      <TextField
        label={`Type ${key.slice(0, 100)} to be sure`}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
      <CommitFields
        of={["delete", environment, key, upon]}
        preview={() => previewNamespaceDeletion(environment, key, upon)}
        message={message}
        onMessage={setMessage}
      />
    </ConfirmDialog>
  );
}

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
