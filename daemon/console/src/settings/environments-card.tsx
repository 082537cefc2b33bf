import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { wordsOf } from "../api/api-error.js";
import { environmentsQuery } from "../api/queries.js";
import type { Environment, Place } from "../api/types.js";
import { useStatus } from "../api/use-status.js";
import { Badge } from "../ui/badge.js";
import { Card, Hint } from "../ui/card.js";
import styles from "./settings.module.css";

/** Environments, and where each is kept; the server's configuration says which there are. */
export function EnvironmentsCard({ place }: { readonly place: Place }) {
  const { data, error } = useQuery(environmentsQuery);
  const { data: status } = useStatus();
  const storageOf = (key: string): string | undefined =>
    status?.storages.find(({ environments }) => environments.includes(key))?.id;
  return (
    <Card title="Environments" {...(data && { count: data.length })} bare>
      {data === undefined && <Hint>{error ? wordsOf(error) : "Loading…"}</Hint>}
      <ul className={styles.list}>
        {data?.map((environment) => (
          <EnvironmentItem
            key={environment.key}
            environment={environment}
            storage={storageOf(environment.configuration.base ?? environment.key)}
            namespace={place.namespace}
          />
        ))}
      </ul>
    </Card>
  );
}

interface EnvironmentItemProps {
  readonly environment: Environment;
  readonly storage: string | undefined;
  readonly namespace: string;
}

function EnvironmentItem({ environment, storage, namespace }: EnvironmentItemProps) {
  const { key, default: isDefault, configuration } = environment;
  const { ref, directory, remote, base } = configuration;
  return (
    <li>
      <span className={styles.words}>
        <span className="row">
          <Link
            to="/environments/$environment/namespaces/$namespace/flags"
            params={{ environment: key, namespace }}
            search={{}}
          >
            <bdi>{key.slice(0, 300)}</bdi>
          </Link>
          {isDefault && <Badge text="Default" tone="accent" />}
          {base !== undefined && <Badge text={`Branch of ${base}`} />}
        </span>
        <span className={styles.facts}>
          {storage !== undefined && <Fact name="Storage" value={storage} />}
          <Fact name="Branch" value={ref} />
          <Fact name="Directory" value={directory ?? "/"} />
          {remote !== undefined && <Fact name="Remote" value={remote} />}
        </span>
      </span>
    </li>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <span>
      {name} <bdi className="mono">{value.slice(0, 300)}</bdi>
    </span>
  );
}
