import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useLive } from "../api/live.js";
import { flagsQuery } from "../api/queries.js";
import { useTitle } from "../app/use-title.js";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { Select, TextArea, TextField } from "../ui/field.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { Answer } from "./answer.js";
import { contextFault, explainQuery } from "./explain-query.js";
import styles from "./playground-page.module.css";

const HERE = "/shell/environments/$environment/namespaces/$namespace/playground";

/** Asks a flag for an entity and a context, and shows how the answer came about. The address is the question. */
export function PlaygroundPage() {
  const place = useParams({ from: HERE });
  const search = useSearch({ from: HERE });
  const navigate = useNavigate({ from: "/environments/$environment/namespaces/$namespace/playground" });
  useTitle("Playground");
  useLive(place.environment);
  const { data: known } = useQuery(flagsQuery(place));
  const question = { flag: search.flag ?? "", entity: search.entity ?? "", context: search.context ?? "" };
  const [typed, setTyped] = useState(question);
  const answer = useQuery(explainQuery(place, question));
  const fault = contextFault(typed.context);
  const keys = [...new Set([...(known?.flags.map(({ key }) => key) ?? []), typed.flag])].filter((key) => key !== "");
  return (
    <div className="page">
      <div>
        <h1>Playground</h1>
        <p className="soft">What a flag answers, and why. The address of this page is the question: share it.</p>
      </div>
      <div className={styles.columns}>
        <Card title="Question">
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              if (fault === undefined) void navigate({ search: typed });
              if (fault === undefined) void answer.refetch();
            }}
          >
            <Select
              label="Flag"
              value={typed.flag}
              required
              onChange={({ target }) => setTyped({ ...typed, flag: target.value })}
            >
              <option value="">Choose a flag…</option>
              {keys.map((key) => (
                <option key={key} value={key}>
                  {key.slice(0, 100)}
                </option>
              ))}
            </Select>
            <TextField
              label="Entity id"
              placeholder="ada@example.com"
              value={typed.entity}
              onChange={({ target }) => setTyped({ ...typed, entity: target.value })}
            />
            <TextArea
              label="Context (JSON object)"
              className={styles.json ?? ""}
              rows={8}
              placeholder={'{\n  "country": "de"\n}'}
              value={typed.context}
              error={fault}
              onChange={({ target }) => setTyped({ ...typed, context: target.value })}
            />
            <Button type="submit" look="primary" icon="play" disabled={fault !== undefined || typed.flag === ""}>
              Evaluate
            </Button>
          </form>
        </Card>
        <Card title="Answer" bare>
          {question.flag === "" ? (
            <Empty icon="play" title="Nothing asked yet">
              <p>Choose a flag and say who asks.</p>
            </Empty>
          ) : answer.data ? (
            <Answer explanation={answer.data} />
          ) : answer.error ? (
            <Failed error={answer.error} />
          ) : (
            <Loading />
          )}
        </Card>
      </div>
    </div>
  );
}
