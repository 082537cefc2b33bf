import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useMemo } from "react";
import { flagsQuery, segmentsQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";
import { draftName } from "../edit/kept-draft.js";
import { KeptNote } from "../edit/kept-note.js";
import { useKept } from "../edit/use-kept.js";
import { Button } from "../ui/button.js";
import { Select, TextField } from "../ui/field.js";
import { ContextInput } from "./context-input.js";
import { contextFault } from "./context-text.js";
import { isAsked, type Question, readQuestion } from "./question.js";
import { StateInput } from "./state-input.js";

interface QuestionFormProps {
  readonly place: Place;
  readonly question: Question;
  /** The server can be asked of the past. */
  readonly hasPast: boolean;
  readonly onAsk: (question: Question) => void;
}

const MOST_KNOWN = 200;

/** The question as it is being typed; it is asked when it is sent. */
export function QuestionForm({ place, question, hasPast, onAsk }: QuestionFormProps) {
  const { data: known } = useQuery(flagsQuery(place));
  const { data: segments } = useQuery(segmentsQuery(place));
  // It belongs to the address: whoever comes back there, or is sent there, finds nothing of another one.
  const name = draftName(place.environment, place.namespace, "question", JSON.stringify(question));
  const { value: typed, isKept, change: setTyped, discard, forget } = useKept<Question>(name, question);
  const patch = (part: Partial<Record<keyof Question, unknown>>): void => setTyped(readQuestion({ ...typed, ...part }));
  const properties = useMemo(() => {
    const all = segments?.segments.flatMap(({ constraints }) => constraints.map(({ property }) => property)) ?? [];
    return [...new Set(all)]
      .filter((name) => name !== "")
      .sort()
      .slice(0, MOST_KNOWN);
  }, [segments]);
  const options = useMemo(() => {
    const keys = new Set(known?.flags.map(({ key }) => key));
    if (typed.flag !== undefined) keys.add(typed.flag);
    return [...keys].map((key) => (
      <option key={key} value={`flag ${key}`}>
        {key.slice(0, 100)}
      </option>
    ));
  }, [known, typed.flag]);
  const isReady = isAsked(typed) && contextFault(typed.context) === undefined;
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    if (!isReady) return;
    forget();
    onAsk(typed);
  };
  return (
    <form key={isKept ? "kept" : "own"} className="stack" onSubmit={ask}>
      {isKept && <KeptNote undone="asked" onDiscard={discard} />}
      <Select
        label="Flag"
        value={typed.all ? "all" : typed.flag === undefined ? "" : `flag ${typed.flag}`}
        onChange={({ target: { value } }) =>
          patch(value === "all" ? { all: true } : { all: undefined, flag: value.replace(/^flag /, "") })
        }
      >
        <option value="">Choose a flag…</option>
        <option value="all">All flags of {place.namespace.slice(0, 100)}</option>
        {options}
      </Select>
      <TextField
        label="Entity id"
        placeholder="ada@example.com"
        value={typed.entity ?? ""}
        onChange={({ target }) => patch({ entity: target.value })}
      />
      <ContextInput value={typed.context ?? ""} known={properties} onChange={(context) => patch({ context })} />
      {hasPast && <StateInput value={typed.at ?? ""} onChange={(at) => patch({ at })} />}
      <Button type="submit" look="primary" icon="play" disabled={!isReady}>
        Evaluate
      </Button>
    </form>
  );
}
