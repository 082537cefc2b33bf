import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { previewNamespace } from "../api/previews.js";
import { useRefusal } from "../api/rights.js";
import { saveNamespace } from "../api/save-namespace.js";
import type { Namespace } from "../api/types.js";
import { CommitFields } from "../edit/commit-fields.js";
import { ConfirmDialog } from "../edit/confirm-dialog.js";
import { keyFault } from "../edit/faults.js";
import { draftName, messageName } from "../edit/kept-draft.js";
import { KeptNote } from "../edit/kept-note.js";
import { useKept } from "../edit/use-kept.js";
import { TextArea, TextField } from "../ui/field.js";
import { useToast } from "../ui/toasts.js";

interface NamespaceDialogProps {
  readonly environment: string;
  /** None: a new one. */
  readonly namespace: Namespace | undefined;
  readonly keys: readonly string[];
  readonly revision: string;
  readonly onClose: () => void;
}

/** Makes a namespace, or changes its name and description. */
export function NamespaceDialog({ environment, namespace, keys, revision, onClose }: NamespaceDialogProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const draft = draftName(environment, "namespace", namespace?.key ?? "");
  const { value, isKept, change, discard, forget } = useKept(draft, {
    key: namespace?.key ?? "",
    name: namespace?.name ?? "",
    description: namespace?.description ?? "",
  });
  const { value: message, change: setMessage } = useKept<string>(messageName(draft), "");
  const [upon] = useState(revision);
  const [fault, setFault] = useState<string>();
  const { key, name, description } = value;
  const isNew = namespace === undefined;
  const odd = !isNew || key === "" ? undefined : faultOf(key, keys);
  const isReady = key !== "" && name.trim() !== "" && odd === undefined;
  const refusal = useRefusal({ environment, namespace: key }, isNew ? "create" : "update");
  const run = async (): Promise<boolean> => {
    setFault(undefined);
    try {
      await saveNamespace(queries, environment, value, { revision: upon, isNew, message });
      forget();
      toast({ text: isNew ? `${key.slice(0, 60)} is made.` : `${key.slice(0, 60)} is saved.` });
      onClose();
      return true;
    } catch (error) {
      setFault(wordsOf(error));
      return false;
    }
  };
  return (
    <ConfirmDialog
      title={isNew ? "New namespace" : `Rename ${key.slice(0, 100)}`}
      action={isNew ? "Make it" : "Save"}
      look="primary"
      disabled={!isReady}
      reason={refusal}
      fault={fault}
      run={run}
      onClose={onClose}
    >
      {isKept && <KeptNote onDiscard={discard} />}
      {refusal !== undefined && key !== "" && <p role="status">{refusal}</p>}
      {isNew && (
        <TextField
          label="Key"
          placeholder="payments"
          value={key}
          error={odd}
          onChange={({ target }) => change({ ...value, key: target.value })}
        />
      )}
      <TextField label="Name" value={name} onChange={({ target }) => change({ ...value, name: target.value })} />
      <TextArea
        label="Description"
        rows={2}
        value={description}
        onChange={({ target }) => change({ ...value, description: target.value })}
      />
      {isReady && (
        <CommitFields
          of={["namespace", environment, value, upon]}
          preview={() => previewNamespace(environment, value, { revision: upon, isNew })}
          message={message}
          onMessage={setMessage}
        />
      )}
      {isNew && (
        <p className="soft small">One commit makes its directory and file. Its key stays; its name may change.</p>
      )}
    </ConfirmDialog>
  );
}

function faultOf(key: string, keys: readonly string[]): string | undefined {
  return keyFault(key) ?? (keys.includes(key) ? "There is a namespace with this key." : undefined);
}
