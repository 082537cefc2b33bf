import { useState } from "react";
import { useRefusal } from "../../api/rights.js";
import type { Flag, Place } from "../../api/types.js";
import { Button, IconButton } from "../../ui/button.js";
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
  const [open, setOpen] = useState<"copy" | "delete">();
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Button icon="copy" onClick={() => setOpen("copy")}>
        Copy to…
      </Button>
      <Button icon="edit" reason={useRefusal(place, "update")} onClick={onEdit}>
        Edit
      </Button>
      <IconButton
        icon="trash"
        label="Delete this flag…"
        reason={useRefusal(place, "delete")}
        onClick={() => setOpen("delete")}
      />
      {open === "copy" && <CopyDialog place={place} flag={flag} onClose={close} />}
      {open === "delete" && <DeleteDialog place={place} flag={flag} revision={revision} onClose={close} />}
    </>
  );
}
