import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { placeWords } from "../../api/place-words.js";
import { flagsQuery } from "../../api/queries.js";
import { useRefusal } from "../../api/rights.js";
import { FLAG, type Flag } from "../../api/types.js";
import styles from "../../edit/edit.module.css";
import { keyFault } from "../../edit/faults.js";
import { draftName } from "../../edit/kept-draft.js";
import { KeptNote } from "../../edit/kept-note.js";
import { ReviewDialog } from "../../edit/review-dialog.js";
import { isSame } from "../../edit/same.js";
import { useKept } from "../../edit/use-kept.js";
import { Button } from "../../ui/button.js";
import { ButtonLink } from "../../ui/button-link.js";
import { Card } from "../../ui/card.js";
import { Select, TextArea, TextField } from "../../ui/field.js";
import { LeaveGuard } from "../../ui/leave-guard.js";
import { Switch } from "../../ui/switch.js";
import { useToast } from "../../ui/toasts.js";
import { useTitle } from "../../ui/use-title.js";
import { flagWrites } from "../edit/flag-writes.js";
import { NO_FLAG } from "../edit/newest-flag.js";
import { keyOfName } from "./flag-key.js";

const FLAGS = "/environments/$environment/namespaces/$namespace/flags";

/** Makes a flag of what every flag needs; what it answers to whom is edited when it is there. */
export function NewFlagPage() {
  const place = useParams({ from: "/shell/environments/$environment/namespaces/$namespace/new-flag" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const toast = useToast();
  useTitle("New flag");
  const { data } = useQuery(flagsQuery(place));
  const draft = draftName(place.environment, place.namespace, "flag", "");
  const { value: typed, isKept, change: setTyped, discard, forget } = useKept<Typed>(draft, NOTHING);
  const isOver = useRef(false);
  const [reviewed, setReviewed] = useState<Flag>();
  const key = typed.key === "" ? keyOfName(typed.name) : typed.key;
  const taken = data?.flags.some((flag) => flag.key === key) === true;
  const fault = key === "" ? undefined : taken ? `There is a flag ${key} here already.` : keyFault(key);
  const refusal = useRefusal(place, "create");
  const missing = typed.name.trim() === "" ? "A flag needs a name." : key === "" ? "A flag needs a key." : fault;
  const change = (patch: Partial<typeof typed>): void => setTyped({ ...typed, ...patch });
  return (
    <div className="page">
      <div>
        <h1>New flag</h1>
        <p className="soft">In {placeWords(place)}. It becomes one commit.</p>
      </div>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === undefined) setReviewed(flagOf({ ...typed, key }));
        }}
      >
        <LeaveGuard active={() => !isSame(typed, NOTHING) && !isOver.current} onLeave={forget} />
        {isKept && <KeptNote onDiscard={discard} />}
        <Card
          title="About"
          actions={
            <span className="row">
              <span className="soft">{typed.enabled ? "On" : "Off"}</span>
              <Switch on={typed.enabled} label="The flag is on" onChange={(enabled) => change({ enabled })} />
            </span>
          }
        >
          <div className="stack">
            <TextField label="Name" value={typed.name} onChange={({ target }) => change({ name: target.value })} />
            <TextField
              label="Key, which programs ask for"
              value={key}
              error={fault}
              onChange={({ target }) => change({ key: target.value })}
            />
            <Select
              label="Type"
              value={typed.isBoolean ? "boolean" : "variant"}
              onChange={({ target }) => change({ isBoolean: target.value === "boolean" })}
            >
              <option value="boolean">Boolean: true or false</option>
              <option value="variant">Variant: one of several, each with its data</option>
            </Select>
            <TextArea
              label="Description"
              rows={3}
              value={typed.description}
              onChange={({ target }) => change({ description: target.value })}
            />
          </div>
        </Card>
        <div className={styles.bar}>
          <span className="soft" role="status">
            {refusal ?? missing ?? "Not created yet"}
          </span>
          <ButtonLink to={FLAGS} params={place}>
            Cancel
          </ButtonLink>
          <Button type="submit" look="primary" reason={refusal ?? missing}>
            Review and create
          </Button>
        </div>
      </form>
      {reviewed && (
        <ReviewDialog
          base={NO_FLAG}
          next={reviewed}
          writes={flagWrites(queries, place)}
          draft={draft}
          onSaved={(flag, { value }) => {
            isOver.current = true;
            forget();
            toast({ text: `${flag.key.slice(0, 60)} is ${value ? "saved" : "created"}.` });
            const edit = flag.type === "VARIANT_FLAG_TYPE" ? { edit: true as const } : {};
            const params = { ...place, flag: flag.key };
            void navigate({ to: `${FLAGS}/$flag`, params, search: edit, replace: true });
          }}
          onRebase={({ value }) => value && void queries.invalidateQueries({ queryKey: flagsQuery(place).queryKey })}
          onClose={() => setReviewed(undefined)}
        />
      )}
    </div>
  );
}

const NOTHING: Typed = { name: "", key: "", description: "", isBoolean: true, enabled: false };

interface Typed {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly isBoolean: boolean;
}

function flagOf({ key, name, description, enabled, isBoolean }: Typed): Flag {
  const type = isBoolean ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE";
  return { "@type": FLAG, key, name: name.trim(), type, description, enabled, variants: [], rules: [], rollouts: [] };
}
