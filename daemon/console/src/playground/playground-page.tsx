import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { BASE } from "../api/base.js";
import { useFeatures } from "../api/features.js";
import { useLive } from "../api/live.js";
import { flagsQuery, infoQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";
import { Card } from "../ui/card.js";
import { CopyText } from "../ui/copy-text.js";
import { useTitle } from "../ui/use-title.js";
import { AskedAnswer } from "./asked-answer.js";
import { contextFault, readContext } from "./context-text.js";
import styles from "./playground-page.module.css";
import { isAsked, type Question } from "./question.js";
import { QuestionForm } from "./question-form.js";
import { SavedCard } from "./saved-card.js";
import type { Asked } from "./snippets/asked.js";
import { SnippetCard } from "./snippets/snippet-card.js";

const HERE = "/shell/environments/$environment/namespaces/$namespace/playground";

/** Asks flags for an entity and a context, and shows how answers come about. The address is the question. */
export function PlaygroundPage() {
  const place = useParams({ from: HERE });
  const question = useSearch({ from: HERE });
  const navigate = useNavigate({ from: "/environments/$environment/namespaces/$namespace/playground" });
  useTitle("Playground");
  useLive(place.environment);
  const { explain } = useFeatures();
  const asked = useAsked(place, question);
  const key = JSON.stringify([place, question]);
  return (
    <div className="page">
      <div>
        <span className="row">
          <h1>Playground</h1>
          {isAsked(question) && <CopyText text={location.href} label="Copy the address of this question" />}
        </span>
        <p className="soft">What flags answer, and why. The address of this page is the question: share it.</p>
      </div>
      <div className={styles.columns}>
        <div className={styles.question}>
          <Card title="Question">
            <QuestionForm
              key={key}
              place={place}
              question={question}
              hasPast={explain}
              onAsk={(search) => void navigate({ search })}
            />
          </Card>
        </div>
        <div className={styles.answers}>
          <Card title="Answer" bare>
            <AskedAnswer place={place} question={question} />
          </Card>
          {asked && <SnippetCard asked={asked} />}
        </div>
        <div className={styles.savedBox}>
          <SavedCard place={place} question={question} />
        </div>
      </div>
    </div>
  );
}

/** The question as code has to ask it; undefined while there is none. */
function useAsked(place: Place, question: Question): Asked | undefined {
  const { data: known } = useQuery(flagsQuery(place));
  const { data: info } = useQuery(infoQuery);
  const { flag, entity = "", context, at } = question;
  if (!isAsked(question) || contextFault(context) !== undefined) return undefined;
  const type = known?.flags.find(({ key }) => key === flag)?.type ?? "BOOLEAN_FLAG_TYPE";
  return {
    ...place,
    url: location.origin + BASE.slice(0, -1),
    flag,
    type,
    entity,
    context: readContext(context),
    at,
    secured: info?.authentication.required === true,
  };
}
