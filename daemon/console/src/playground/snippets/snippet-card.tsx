import { useState } from "react";
import { Card, Hint } from "../../ui/card.js";
import { CopyText } from "../../ui/copy-text.js";
import { Select } from "../../ui/field.js";
import type { Asked } from "./asked.js";
import { SNIPPET_KINDS } from "./kinds.js";
import styles from "./snippet-card.module.css";

const KEY = "vexil.snippet";

/** The question once more, for a shell or an application. */
export function SnippetCard({ asked }: { readonly asked: Asked }) {
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY) ?? "curl");
  const kind = SNIPPET_KINDS.find(({ key }) => key === chosen) ?? SNIPPET_KINDS[0];
  const snippet = kind?.write(asked) ?? { reason: "" };
  const choose = (key: string): void => {
    setChosen(key);
    localStorage.setItem(KEY, key);
  };
  return (
    <Card
      title="Ask the same elsewhere"
      bare
      actions={
        <span className="row">
          <Select bare label="As" value={kind?.key} onChange={({ target }) => choose(target.value)}>
            {SNIPPET_KINDS.map(({ key, name }) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </Select>
          {typeof snippet === "string" && <CopyText text={snippet} label="Copy this" />}
        </span>
      }
    >
      {typeof snippet === "string" ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard
        // biome-ignore lint/a11y/useSemanticElements: a group of form elements is something else
        <pre className={styles.code} tabIndex={0} role="group" aria-label={`As ${kind?.name}`}>
          {snippet}
        </pre>
      ) : (
        <Hint>{snippet.reason}</Hint>
      )}
    </Card>
  );
}
