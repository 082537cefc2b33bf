import { Group } from "../ui/group.js";
import type { MergeConflict } from "./merge.js";
import styles from "./merge-choices.module.css";

interface MergeChoicesProps {
  readonly conflicts: readonly MergeConflict[];
  readonly isMine: (id: string) => boolean;
  readonly onChoose: (id: string, mine: boolean) => void;
}

/** Parts that both have changed, side by side, and which of the two is taken. */
export function MergeChoices({ conflicts, isMine, onChoose }: MergeChoicesProps) {
  if (conflicts.length === 0) {
    return <p>You changed nothing that they changed: saving keeps what both of you did.</p>;
  }
  return (
    <div className="stack">
      <p>Both of you changed these. Choose what is saved; all else is kept as either of you has it.</p>
      {conflicts.map(({ id, words, mine, theirs }) => (
        <Group key={id} title={<bdi>{words.slice(0, 200)}</bdi>}>
          <div className={styles.sides}>
            {([true, false] as const).map((own) => (
              <label key={String(own)} className={styles.side}>
                <span className="row">
                  <input type="radio" name={id} checked={isMine(id) === own} onChange={() => onChoose(id, own)} />
                  {own ? "Mine" : "Theirs"}
                </span>
                <code className={styles.value}>{shown(own ? mine : theirs)}</code>
              </label>
            ))}
          </div>
        </Group>
      ))}
    </div>
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "(removed)";
  return (typeof value === "string" ? value : JSON.stringify(value, undefined, 2)).slice(0, 5_000);
}
