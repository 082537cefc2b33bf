import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useRefusal } from "../../api/rights.js";
import type { Flag, Place } from "../../api/types.js";
import { Button, IconButton } from "../../ui/button.js";
import { useOpened } from "../../ui/use-opened.js";
import type { FlagSearch } from "../flag-search.js";
import { CopyDialog } from "./copy-dialog.js";
import { DeleteDialog } from "./delete-dialog.js";

interface FlagActionsProps {
  readonly place: Place;
  readonly flag: Flag;
  readonly revision: string;
  readonly onEdit: () => void;
}

/** Buttons for all that can be done with a flag. */
export function FlagActions({ place, flag, revision, onEdit }: FlagActionsProps) {
  const { copy, toEnvironment, toNamespace } = useSearch({
    from: "/shell/environments/$environment/namespaces/$namespace/flags/$flag",
  });
  const opened = useOpened<FlagSearch>();
  const [asksToDelete, setAsksToDelete] = useState(false);
  const to = { environment: toEnvironment ?? place.environment, namespace: toNamespace ?? place.namespace };
  return (
    <>
      <Button icon="copy" onClick={() => opened.open({ copy: true })}>
        Copy to…
      </Button>
      <Button icon="edit" reason={useRefusal(place, "update")} onClick={onEdit}>
        Edit
      </Button>
      <IconButton
        icon="trash"
        label="Delete this flag…"
        reason={useRefusal(place, "delete")}
        onClick={() => setAsksToDelete(true)}
      />
      {copy && (
        <CopyDialog
          place={place}
          flag={flag}
          to={to}
          onTo={({ environment, namespace }) =>
            opened.change({ copy, toEnvironment: environment, toNamespace: namespace })
          }
          onClose={() => opened.close({})}
        />
      )}
      {asksToDelete && (
        <DeleteDialog place={place} flag={flag} revision={revision} onClose={() => setAsksToDelete(false)} />
      )}
    </>
  );
}
