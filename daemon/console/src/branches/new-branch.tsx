import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { createBranch } from "../api/branches.js";
import { useRefusal } from "../api/rights.js";
import type { Place } from "../api/types.js";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { TextField } from "../ui/field.js";
import { useToast } from "../ui/toasts.js";
import styles from "./branches-page.module.css";

const KEY = /^[-_,A-Za-z0-9]{0,200}$/;

interface NewBranchProps {
  readonly place: Place;
  /** Key that somebody has proposed, maybe an empty one; undefined: nobody has come here to branch. */
  readonly wanted: string | undefined;
}

/** Branches an environment as it is now. */
export function NewBranch({ place, wanted }: NewBranchProps) {
  const base = place.environment;
  const queries = useQueryClient();
  const toast = useToast();
  const [key, setKey] = useState(wanted ?? "");
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => createBranch(queries, base, key),
    onSuccess: (created) => {
      toast({ text: `Branch ${created} is there.` });
      setKey("");
    },
  });
  const fault = KEY.test(key) ? error && wordsOf(error).slice(0, 300) : "A key has letters, digits, - and _ only.";
  return (
    <Card title="New branch">
      <form
        className={styles.create}
        onSubmit={(event) => {
          event.preventDefault();
          if (KEY.test(key)) mutate();
        }}
      >
        <TextField
          label="Key of the branch"
          placeholder="Empty: a name is made up"
          autoFocus={wanted !== undefined}
          value={key}
          error={fault ?? undefined}
          onChange={({ target }) => {
            setKey(target.value);
            reset();
          }}
        />
        <Button
          type="submit"
          look="primary"
          icon="branch"
          disabled={isPending || !KEY.test(key)}
          reason={useRefusal(place, "branch")}
        >
          {isPending ? "Branching…" : `Branch ${base}`}
        </Button>
      </form>
    </Card>
  );
}
