import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import type { Place } from "../api/types.js";
import { Button, IconButton } from "../ui/button.js";
import { Card, Hint } from "../ui/card.js";
import { TextField } from "../ui/field.js";
import styles from "./playground-page.module.css";
import { isAsked, type Question } from "./question.js";
import { forgetQuestion, NAME_CHARACTERS, saveQuestion, useSavedQuestions } from "./saved-questions.js";

/** Questions that were named, in this browser. */
export function SavedCard({ place, question }: { readonly place: Place; readonly question: Question }) {
  const saved = useSavedQuestions();
  const [name, setName] = useState("");
  const [fault, setFault] = useState<string>();
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const { environment, namespace } = place;
    const reason = saveQuestion({ name: name.trim(), environment, namespace, question });
    setFault(reason);
    if (reason === undefined) setName("");
  };
  return (
    <Card title="Saved questions" {...(saved.length > 0 && { count: saved.length })} bare>
      {isAsked(question) ? (
        <form className={styles.save} onSubmit={save}>
          <TextField
            label="Name of this question"
            maxLength={NAME_CHARACTERS}
            value={name}
            error={fault}
            onChange={({ target }) => setName(target.value)}
          />
          <Button type="submit" disabled={name.trim() === ""}>
            Save
          </Button>
        </form>
      ) : (
        saved.length === 0 && <Hint>Ask something, and give it a name to find it here again.</Hint>
      )}
      <ul>
        {saved.map(({ name: one, environment, namespace, question: kept }) => (
          <li key={one} className={styles.saved}>
            <Link
              to="/environments/$environment/namespaces/$namespace/playground"
              params={{ environment, namespace }}
              search={kept}
            >
              <bdi>{one}</bdi>
              <span className="soft small">
                <bdi>{`${environment} / ${namespace}`.slice(0, 120)}</bdi>
              </span>
            </Link>
            <IconButton icon="trash" label={`Forget ${one}`} onClick={() => forgetQuestion(one)} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
