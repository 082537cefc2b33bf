import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { namespacesQuery } from "../api/queries.js";
import { useRefusal } from "../api/rights.js";
import type { Namespace, Place } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { Button, IconButton } from "../ui/button.js";
import { Card, Hint } from "../ui/card.js";
import { DeleteNamespace } from "./delete-namespace.js";
import { NamespaceDialog } from "./namespace-dialog.js";
import styles from "./settings.module.css";

type Asked = { readonly what: "edit" | "delete"; readonly namespace: Namespace } | { readonly what: "create" };

/** Namespaces of an environment: to make, name and delete. */
export function NamespacesCard({ place }: { readonly place: Place }) {
  const { environment } = place;
  const { data, error } = useQuery(namespacesQuery(environment));
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  return (
    <Card
      title={`Namespaces of ${environment.slice(0, 100)}`}
      {...(data && { count: data.items.length })}
      bare
      actions={
        <Button icon="plus" disabled={data === undefined} onClick={() => setAsked({ what: "create" })}>
          New namespace
        </Button>
      }
    >
      {data === undefined && <Hint>{error ? wordsOf(error) : "Loading…"}</Hint>}
      <ul className={styles.list}>
        {data?.items.map((namespace) => (
          <li key={namespace.key}>
            <NamespaceWords environment={environment} namespace={namespace} />
            <NamespaceTools environment={environment} namespace={namespace} onAsk={setAsked} />
          </li>
        ))}
      </ul>
      {data && asked?.what === "delete" && (
        <DeleteNamespace place={place} namespace={asked.namespace} revision={data.revision} onClose={close} />
      )}
      {data && asked && asked.what !== "delete" && (
        <NamespaceDialog
          environment={environment}
          namespace={asked.what === "edit" ? asked.namespace : undefined}
          keys={data.items.map(({ key }) => key)}
          revision={data.revision}
          onClose={close}
        />
      )}
    </Card>
  );
}

interface NamespaceToolsProps {
  readonly environment: string;
  readonly namespace: Namespace;
  readonly onAsk: (asked: Asked) => void;
}

function NamespaceTools({ environment, namespace, onAsk }: NamespaceToolsProps) {
  const { key } = namespace;
  const place = { environment, namespace: key };
  return (
    <span className={styles.tools}>
      <IconButton
        icon="edit"
        label={`Rename ${key.slice(0, 100)}`}
        reason={useRefusal(place, "update")}
        onClick={() => onAsk({ what: "edit", namespace })}
      />
      <IconButton
        icon="trash"
        label={namespace.protected ? "The default namespace stays" : `Delete ${key.slice(0, 100)}`}
        disabled={namespace.protected === true}
        reason={useRefusal(place, "delete")}
        onClick={() => onAsk({ what: "delete", namespace })}
      />
    </span>
  );
}

interface NamespaceWordsProps {
  readonly environment: string;
  readonly namespace: Namespace;
}

function NamespaceWords({ environment, namespace: { key, name, description, protected: stays } }: NamespaceWordsProps) {
  return (
    <span className={styles.words}>
      <span className="row">
        <Link
          to="/environments/$environment/namespaces/$namespace/flags"
          params={{ environment, namespace: key }}
          search={{}}
        >
          <bdi>{(name || key).slice(0, 300)}</bdi>
        </Link>
        {stays && <Badge text="Protected" />}
      </span>
      <span className={styles.facts}>
        <bdi className="mono">{key.slice(0, 300)}</bdi>
        {description && <bdi>{description.slice(0, 500)}</bdi>}
      </span>
    </span>
  );
}
