import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Place } from "../api/types.js";
import { TextField } from "../ui/field.js";
import styles from "./all-answers.module.css";
import type { OneOfAll } from "./all-answers-query.js";
import { attachmentOf, reasonWords, valueText } from "./answer-words.js";
import type { Question } from "./question.js";

interface AllAnswersProps {
  readonly place: Place;
  readonly question: Question;
  readonly answers: readonly OneOfAll[];
}

const MOST_ROWS = 200;

/** Answers of every flag of a namespace; each leads to why. */
export function AllAnswers({ place, question, answers }: AllAnswersProps) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const found = answers.filter(({ key, evaluation }) =>
    `${key}\n${evaluation === undefined ? "" : valueText(evaluation)}`.toLowerCase().includes(wanted),
  );
  const { all: _, ...rest } = question;
  return (
    <>
      <div className={styles.head}>
        <TextField
          bare
          type="search"
          label="Search answers"
          placeholder="Search by flag or answer"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <span className="soft small" role="status">
          {shownOf(Math.min(found.length, MOST_ROWS), answers.length)}
        </span>
      </div>
      <div className={styles.box}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Flag</th>
              <th scope="col">Answer</th>
              <th scope="col">Because</th>
              <th scope="col">Segments</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MOST_ROWS).map(({ key, evaluation }) => (
              <tr key={key}>
                <td>
                  <Link
                    to="/environments/$environment/namespaces/$namespace/playground"
                    params={{ ...place }}
                    search={{ ...rest, flag: key }}
                  >
                    <bdi className="mono">{key.slice(0, 200)}</bdi>
                  </Link>
                </td>
                {evaluation === undefined ? (
                  <td colSpan={3}>It could not be evaluated.</td>
                ) : (
                  <>
                    <td title={attachmentOf(evaluation).slice(0, 500)}>
                      {valueText(evaluation) === "" ? (
                        <span className="soft">no variant</span>
                      ) : (
                        <code>
                          <bdi>{valueText(evaluation)}</bdi>
                        </code>
                      )}
                    </td>
                    <td>{reasonWords(evaluation)}</td>
                    <td>
                      <bdi>{evaluation.segmentKeys.join(", ").slice(0, 200)}</bdi>
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const shownOf = (shown: number, all: number): string =>
  shown === all
    ? `${all.toLocaleString("en")} flags`
    : `${shown.toLocaleString("en")} of ${all.toLocaleString("en")} flags`;
