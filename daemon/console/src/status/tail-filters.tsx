import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { environmentsQuery } from "../api/queries.js";
import { Select, TextField } from "../ui/field.js";
import styles from "./tail.module.css";
import { readTailFilter, TAIL_KINDS, type TailFilter } from "./tail-filter.js";

interface TailFiltersProps {
  readonly filter: TailFilter;
  readonly onChange: (filter: TailFilter) => void;
}

/** Letters of namespaces, and the star of any. */
const NAMESPACE = /^[-_,A-Za-z0-9*]*$/;

export function TailFilters({ filter, onChange }: TailFiltersProps) {
  const { data: environments = [] } = useQuery(environmentsQuery);
  const [namespace, setNamespace] = useState(filter.namespace ?? "");
  const set = (name: keyof TailFilter, value: string): void => onChange(readTailFilter({ ...filter, [name]: value }));
  const keys = environments.map(({ key }) => key);
  const all =
    filter.environment === undefined || keys.includes(filter.environment) ? keys : [...keys, filter.environment];
  return (
    <search className={styles.filters}>
      <Select
        label="Environment of events"
        value={filter.environment ?? ""}
        onChange={({ target }) => set("environment", target.value)}
      >
        <option value="">Any</option>
        {all.map((key) => (
          <option key={key} value={key}>
            {key.slice(0, 80)}
          </option>
        ))}
      </Select>
      <TextField
        label="Namespace of events"
        placeholder="Any"
        value={namespace}
        error={NAMESPACE.test(namespace) ? undefined : "Letters, digits, - _ , and * only."}
        onChange={({ target }) => {
          setNamespace(target.value);
          if (NAMESPACE.test(target.value)) set("namespace", target.value);
        }}
      />
      <Select label="Kind of events" value={filter.kind ?? ""} onChange={({ target }) => set("kind", target.value)}>
        <option value="">Any</option>
        {Object.entries(TAIL_KINDS).map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </Select>
      <TextField
        type="search"
        label="Words of events"
        placeholder="Any"
        value={filter.text ?? ""}
        onChange={({ target }) => set("text", target.value)}
      />
    </search>
  );
}
