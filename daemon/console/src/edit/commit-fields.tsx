import { useQuery } from "@tanstack/react-query";
import { useContext } from "react";
import { ApiError, wordsOf } from "../api/api-error.js";
import { useFeatures } from "../api/features.js";
import type { Preview } from "../api/types.js";
import { TextArea } from "../ui/field.js";
import { useSettled } from "../ui/use-settled.js";
import { CommitFiles } from "./commit-files.js";
import styles from "./edit.module.css";
import { Writing } from "./writing.js";

const TYPING_MS = 300;

interface CommitFieldsProps {
  /** Tells one preview from another. */
  readonly of: readonly unknown[];
  readonly preview: () => Promise<Preview>;
  readonly message: string;
  readonly onMessage: (message: string) => void;
}

/** The commit before it is made: its message, which may be one's own, its author and the exact diff of each file. */
export function CommitFields({ of, preview, message, onMessage }: CommitFieldsProps) {
  const { previews } = useFeatures();
  const wanted = JSON.stringify(of);
  const isSettled = useSettled(wanted, TYPING_MS) === wanted;
  // It would be refused, since what is there has changed by then.
  const isWriting = useContext(Writing);
  const { data, error } = useQuery({
    queryKey: ["preview", wanted],
    queryFn: preview,
    enabled: previews && isSettled && !isWriting,
    retry: false,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  if (!previews) return null;
  const [subject] = data?.commit?.message.split("\n", 1) ?? [];
  return (
    <>
      <TextArea
        label="Commit message (optional)"
        rows={2}
        maxLength={10_000}
        placeholder={subject?.slice(0, 300) ?? ""}
        value={message}
        onChange={({ target }) => onMessage(target.value)}
      />
      {error && (
        <p role="alert" className={styles.fault}>
          {isRefusal(error) ? "It would be refused now" : "The commit cannot be shown now"}:{" "}
          {wordsOf(error).slice(0, 1_000)}
        </p>
      )}
      {data === undefined && !error && <p className="soft">What will be committed is being prepared…</p>}
      {data && <CommitFiles preview={data} />}
    </>
  );
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500;
}
