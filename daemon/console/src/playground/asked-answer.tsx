import { useQuery } from "@tanstack/react-query";
import { hasStatus } from "../api/api-error.js";
import { useFeatures } from "../api/features.js";
import type { Place } from "../api/types.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { AllAnswers } from "./all-answers.js";
import { allAnswersQuery } from "./all-answers-query.js";
import { Answer } from "./answer.js";
import { answerQuery } from "./answer-query.js";
import { contextFault } from "./context-text.js";
import { isAsked, type Question } from "./question.js";
import { RefusedQuestion } from "./refused-question.js";

/** The answer to a question, or why there is none. */
export function AskedAnswer({ place, question }: { readonly place: Place; readonly question: Question }) {
  const { explain, isKnown } = useFeatures();
  const one = useQuery({ ...answerQuery(place, question, explain), ...(isKnown ? {} : { enabled: false }) });
  const all = useQuery(allAnswersQuery(place, question));
  if (!isAsked(question)) {
    return (
      <Empty icon="play" title="Nothing asked yet">
        <p>Choose a flag, or all of them, and say who asks.</p>
      </Empty>
    );
  }
  if (contextFault(question.context) !== undefined) {
    return (
      <Empty icon="alert" title="The context is no JSON object">
        <p>Nothing was asked. The question says what is wrong with it.</p>
      </Empty>
    );
  }
  const { error, refetch } = question.all ? all : one;
  if (hasStatus(error, 403)) return <RefusedQuestion place={place} />;
  if (error) return <Failed error={error} again={() => void refetch()} />;
  if (question.all && all.data) return <AllAnswers place={place} question={question} answers={all.data} />;
  if (!question.all && one.data) return <Answer place={place} answer={one.data} />;
  return <Loading />;
}
