import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { previewDeletion } from "../api/previews.js";
import { deleteSegment } from "../api/save-segment.js";
import { type Place, SEGMENT } from "../api/types.js";
import { CommitFields } from "../edit/commit-fields.js";
import { ConfirmDialog } from "../edit/confirm-dialog.js";
import { draftName } from "../edit/kept-draft.js";
import { useKept } from "../edit/use-kept.js";
import { useToast } from "../ui/toasts.js";
import { SegmentUsers, type Users } from "./segment-users.js";

interface DeleteSegmentProps {
  readonly place: Place;
  readonly segment: string;
  readonly revision: string;
  readonly users: Users | undefined;
  readonly onClose: () => void;
}

/** Asks before a segment goes; with one that flags use it says which. */
export function DeleteSegment({ place, segment, revision, users, onClose }: DeleteSegmentProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const [fault, setFault] = useState<string>();
  const {
    value: message,
    change: setMessage,
    forget,
  } = useKept<string>(draftName(place.environment, place.namespace, "delete segment", segment), "");
  const isUsed = users !== undefined && users.length > 0;
  return (
    <ConfirmDialog
      title={`Delete ${segment.slice(0, 100)}?`}
      action="Delete"
      disabled={isUsed}
      fault={fault}
      run={async () => {
        setFault(undefined);
        try {
          await deleteSegment(queries, place, segment, revision, message);
          forget();
          toast({ text: `${segment.slice(0, 60)} is deleted.` });
          onClose();
          return true;
        } catch (error) {
          setFault(wordsOf(error));
          return false;
        }
      }}
      onClose={onClose}
    >
      {isUsed ? (
        <>
          <p>Flags use it. Take it out of their rules and rollouts first:</p>
          <SegmentUsers place={place} users={users} />
        </>
      ) : (
        <>
          <p>One commit takes it out of its file. The history keeps it: it can be rolled back.</p>
          <CommitFields
            of={["delete", place, segment, revision]}
            preview={() => previewDeletion(place, SEGMENT, segment, revision)}
            message={message}
            onMessage={setMessage}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
