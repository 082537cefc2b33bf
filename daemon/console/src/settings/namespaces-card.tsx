import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { namespacesQuery } from "../api/queries.js";
import { useRefusal } from "../api/rights.js";
import type { Namespace, Place } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { Button, IconButton } from "../ui/button.js";
import { Card, Hint } from "../ui/card.js";
import { useOpened } from "../ui/use-opened.js";
import { DeleteNamespace } from "./delete-namespace.js";
import { NamespaceDialog } from "./namespace-dialog.js";
import styles from "./settings.module.css";
import type { SettingsSearch } from "./settings-search.js";

const HERE = "/shell/environments/$environment/namespaces/$namespace/settings";

/** Namespaces of an environment: to make, name and delete. */
export function NamespacesCard({ place }: { readonly place: Place }) {
  const { environment } = place;
  const { data, error } = useQuery(namespacesQuery(environment));
  const { new: isNew, rename } = useSearch({ from: HERE });
  const opened = useOpened<SettingsSearch>();
  const [toDelete, setToDelete] = useState<Namespace>();
  const renamed = data?.items.find(({ key }) => key === rename);
  return (
    <Card
      title={`Namespaces of ${environment.slice(0, 100)}`}
      {...(data && { count: data.items.length })}
      bare
      actions={
        <Button icon="plus" disabled={data === undefined} onClick={() => opened.open({ new: true })}>
          New namespace
        </Button>
      }
    >
      {data === undefined && <Hint>{error ? wordsOf(error) : "Loading…"}</Hint>}
      <ul className={styles.list}>
        {data?.items.map((namespace) => (
          <li key={namespace.key}>
            <NamespaceWords environment={environment} namespace={namespace} />
            <NamespaceTools
              environment={environment}
              namespace={namespace}
              onRename={() => opened.open({ rename: namespace.key })}
              onDelete={() => setToDelete(namespace)}
            />
          </li>
        ))}
      </ul>
      {data && toDelete && (
        <DeleteNamespace
          place={place}
          namespace={toDelete}
          revision={data.revision}
          onClose={() => setToDelete(undefined)}
        />
      )}
      {data && (isNew || renamed) && (
        <NamespaceDialog
          environment={environment}
          namespace={renamed}
          keys={data.items.map(({ key }) => key)}
          revision={data.revision}
          onClose={() => opened.close({})}
        />
      )}
    </Card>
  );
}

interface NamespaceToolsProps {
  readonly environment: string;
  readonly namespace: Namespace;
  readonly onRename: () => void;
  readonly onDelete: () => void;
}

function NamespaceTools({ environment, namespace, onRename, onDelete }: NamespaceToolsProps) {
  const { key } = namespace;
  const place = { environment, namespace: key };
  return (
    <span className={styles.tools}>
      <IconButton
        icon="edit"
        label={`Rename ${key.slice(0, 100)}`}
        reason={useRefusal(place, "update")}
        onClick={onRename}
      />
      <IconButton
        icon="trash"
        label={namespace.protected ? "The default namespace stays" : `Delete ${key.slice(0, 100)}`}
        disabled={namespace.protected === true}
        reason={useRefusal(place, "delete")}
        onClick={onDelete}
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
