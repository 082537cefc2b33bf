import type { Preview } from "../api/types.js";
import { Badge, type Tone } from "../ui/badge.js";
import { Patch } from "../ui/patch.js";
import styles from "./commit-files.module.css";

/** So many are opened from the beginning. */
const OPEN = 3;
const MOST = 100;
const LOOKS: Readonly<Record<"add" | "modify" | "delete", readonly [string, Tone]>> = {
  add: ["new file", "good"],
  modify: ["changed", "accent"],
  delete: ["removed", "bad"],
};
const UNTOLD = {
  size: "Its diff is too long to be shown.",
  rights: "It holds namespaces that you may not read.",
  encoding: "It is no UTF-8, which no diff can show.",
} as const;

/** Files of a commit that is not made yet. */
export function CommitFiles({ preview: { revision, commit, files, moreFiles } }: { readonly preview: Preview }) {
  const more = moreFiles + Math.max(files.length - MOST, 0);
  return (
    <section className={styles.files} aria-label="What will be committed">
      <p className="soft small">
        {commit === undefined ? "Nothing to commit" : files.length === 0 ? "An empty commit" : "One commit"} upon{" "}
        <code title={revision}>{revision.slice(0, 8)}</code>
        {commit && (
          <>
            {" "}
            by{" "}
            <bdi>
              {commit.authorName.slice(0, 100)} &lt;{commit.authorEmail.slice(0, 100)}&gt;
            </bdi>
          </>
        )}
      </p>
      {files.slice(0, MOST).map(({ path, change, diff, omitted }, index) => (
        <details key={path} open={index < OPEN} className={styles.file}>
          <summary>
            <bdi className="mono">{path.slice(0, 300)}</bdi> <Badge text={LOOKS[change][0]} tone={LOOKS[change][1]} />
          </summary>
          {diff === undefined ? (
            <p className="soft">{UNTOLD[omitted ?? "size"]}</p>
          ) : (
            <Patch diff={diff} label={`Diff of ${path.slice(0, 100)}`} />
          )}
        </details>
      ))}
      {more > 0 && <p className="soft">and {more} more files</p>}
    </section>
  );
}
