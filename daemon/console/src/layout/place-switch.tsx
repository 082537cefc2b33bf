import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { environmentsQuery, namespacesQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";
import { Select } from "../ui/field.js";
import styles from "./sidebar.module.css";

/** Environment and namespace that pages are about. A branch of an environment stands below it. */
export function PlaceSwitch({ place }: { readonly place: Place }) {
  const { data: environments = [] } = useQuery(environmentsQuery);
  const { data: known } = useQuery(namespacesQuery(place.environment));
  const navigate = useNavigate();
  const go = (next: Place): void => {
    void navigate({ to: "/environments/$environment/namespaces/$namespace/flags", params: { ...next }, search: {} });
  };
  const namespaces = known?.items ?? [];
  return (
    <div className={styles.switches}>
      <Select
        label="Environment"
        value={place.environment}
        onChange={({ target }) => go({ ...place, environment: target.value })}
      >
        {withCurrent(environments, place.environment).map(({ key, base }) => (
          <option key={key} value={key}>
            {base === undefined ? key : `${key} (branch of ${base})`}
          </option>
        ))}
      </Select>
      <Select
        label="Namespace"
        value={place.namespace}
        onChange={({ target }) => go({ ...place, namespace: target.value })}
      >
        {[...new Set([place.namespace, ...namespaces.map(({ key }) => key)])].sort().map((key) => (
          <option key={key} value={key}>
            {nameOf(namespaces, key)}
          </option>
        ))}
      </Select>
    </div>
  );
}

interface Listed {
  readonly key: string;
  readonly base?: string | undefined;
}

function withCurrent(
  environments: readonly { readonly key: string; readonly configuration: { readonly base?: string } }[],
  current: string,
): readonly Listed[] {
  const listed = environments.map(({ key, configuration }) => ({ key, base: configuration.base }));
  const all = listed.some(({ key }) => key === current) ? listed : [...listed, { key: current, base: undefined }];
  return all.sort((a, b) => (a.base ?? a.key).localeCompare(b.base ?? b.key) || a.key.localeCompare(b.key));
}

function nameOf(namespaces: readonly { readonly key: string; readonly name: string }[], key: string): string {
  const name = namespaces.find((one) => one.key === key)?.name ?? key;
  return name === key || name === "" ? key : `${name} (${key})`;
}
