import { useMemo } from "react";
import type { Flag } from "../api/types.js";
import { Select, TextField } from "../ui/field.js";
import { type FlagFilter, ownerOf, readFilter, tagsOf } from "./flag-filter.js";
import styles from "./flags-page.module.css";

const MOST_OPTIONS = 500;

interface FlagFiltersProps {
  readonly flags: readonly Flag[];
  readonly filter: FlagFilter;
  readonly onChange: (filter: FlagFilter) => void;
}

export function FlagFilters({ flags, filter, onChange }: FlagFiltersProps) {
  const tags = useMemo(() => options(flags.flatMap(tagsOf)), [flags]);
  const owners = useMemo(() => options(flags.flatMap((flag) => ownerOf(flag) ?? [])), [flags]);
  const set = (name: keyof FlagFilter, value: string): void => onChange(readFilter({ ...filter, [name]: value }));
  const chooser = (
    name: keyof FlagFilter,
    label: string,
    any: string,
    entries: readonly (readonly [string, string])[],
  ) => (
    <Select bare label={label} value={filter[name] ?? ""} onChange={({ target }) => set(name, target.value)}>
      <option value="">{any}</option>
      {entries.map(([value, words]) => (
        <option key={value} value={value}>
          {words.slice(0, 80)}
        </option>
      ))}
    </Select>
  );
  return (
    <search className={styles.filters}>
      <TextField
        bare
        type="search"
        label="Search flags"
        placeholder="Search by key, name or description"
        value={filter.q ?? ""}
        onChange={({ target }) => set("q", target.value)}
      />
      {chooser("type", "Type", "Any type", [
        ["boolean", "Boolean"],
        ["variant", "Variant"],
      ])}
      {chooser("state", "State", "On and off", [
        ["on", "On"],
        ["off", "Off"],
      ])}
      {chooser("tag", "Metadata", "Any metadata", chosen(tags, filter.tag))}
      {chooser("owner", "Owner", "Any owner", chosen(owners, filter.owner))}
      {chooser("sort", "Order", "In file order", [
        ["key", "By key"],
        ["name", "By name"],
        ["state", "On first"],
        ["changed", "Last changed first"],
        ["evaluations", "Most evaluated first"],
      ])}
    </search>
  );
}

function options(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort().slice(0, MOST_OPTIONS);
}

/** With the value of the address, which may be no longer there. */
function chosen(values: readonly string[], current: string | undefined): readonly (readonly [string, string])[] {
  const all = current === undefined || values.includes(current) ? values : [current, ...values];
  return all.map((value) => [value, value]);
}
