import { useQuery } from "@tanstack/react-query";
import { useFeatures } from "../api/features.js";
import { environmentsQuery, flagsQuery, namespacesQuery, segmentsQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";
import type { IconName } from "../ui/icons.js";
import { chooseTheme, THEMES } from "../ui/theme.js";
import { usePlace } from "./use-place.js";

export interface PaletteEntry {
  readonly id: string;
  readonly icon: IconName;
  readonly words: string;
  readonly kind: string;
  /** Where it leads, or what it does. */
  readonly to?: { readonly path: string; readonly params: object; readonly search?: object };
  readonly run?: () => void;
}

const MOST = 50;
const NOWHERE: Place = { environment: "", namespace: "" };
const named = (key: string, name: string): string => (name === "" || name === key ? key : `${name} · ${key}`);
const PLACES = "/environments/$environment/namespaces/$namespace";

/** Entries that have all words of a text: pages, themes, environments, namespaces, segments, flags. */
export function usePaletteEntries(text: string): readonly PaletteEntry[] {
  const place = usePlace();
  const { status, history, branches } = useFeatures();
  const { data: environments = [] } = useQuery(environmentsQuery);
  const { data: known } = useQuery({
    ...flagsQuery(place ?? NOWHERE),
    enabled: place !== undefined,
    staleTime: 60_000,
  });
  const { data: kept } = useQuery({
    ...segmentsQuery(place ?? NOWHERE),
    enabled: place !== undefined,
    staleTime: 60_000,
  });
  const { data: listed } = useQuery({
    ...namespacesQuery(place?.environment ?? ""),
    enabled: place !== undefined,
    staleTime: 60_000,
  });
  const page = (words: string, icon: IconName, path: string, params: object, search = {}): PaletteEntry => ({
    id: `page ${words}`,
    icon,
    words,
    kind: "page",
    to: { path, params, search },
  });
  const pages =
    place === undefined
      ? []
      : [
          page("Flags", "flag", `${PLACES}/flags`, place),
          page("New flag", "plus", `${PLACES}/new-flag`, place),
          page("Segments", "segment", `${PLACES}/segments`, place),
          page("Playground", "play", `${PLACES}/playground`, place),
          ...(history ? [page("History", "history", `${PLACES}/history`, place)] : []),
          ...(branches ? [page("Branches", "branch", `${PLACES}/branches`, place)] : []),
          page("New segment", "plus", `${PLACES}/new-segment`, place),
          ...(branches ? [page("New branch", "plus", `${PLACES}/branches`, place, { new: "" })] : []),
          page("New namespace", "plus", `${PLACES}/settings`, place, { new: true }),
          page("Settings", "settings", `${PLACES}/settings`, place),
        ];
  const all: readonly PaletteEntry[] = [
    ...pages,
    ...(status ? [page("Status", "status", "/status", {})] : []),
    ...THEMES.map((theme) => ({
      id: `theme ${theme}`,
      icon: "sun" as const,
      words: `Theme: ${theme}`,
      kind: "setting",
      run: () => chooseTheme(theme),
    })),
    ...environments.map(({ key }) => ({
      id: `environment ${key}`,
      icon: "right" as const,
      words: key,
      kind: "environment",
      to: { path: `${PLACES}/flags`, params: { environment: key, namespace: place?.namespace ?? "default" } },
    })),
    ...(listed?.items ?? []).map(({ key, name }) => ({
      id: `namespace ${key}`,
      icon: "right" as const,
      words: named(key, name),
      kind: "namespace",
      to: { path: `${PLACES}/flags`, params: { ...place, namespace: key } },
    })),
    ...(kept?.segments ?? []).map(({ key, name }) => ({
      id: `segment ${key}`,
      icon: "segment" as const,
      words: named(key, name),
      kind: "segment",
      to: { path: `${PLACES}/segments/$segment`, params: { ...place, segment: key } },
    })),
    ...(known?.flags ?? []).map(({ key, name }) => ({
      id: `flag ${key}`,
      icon: "flag" as const,
      words: named(key, name),
      kind: "flag",
      to: { path: `${PLACES}/flags/$flag`, params: { ...place, flag: key } },
    })),
  ];
  const wanted = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const fitting: PaletteEntry[] = [];
  for (const entry of all) {
    const own = `${entry.words} ${entry.kind}`.toLowerCase();
    if (wanted.every((word) => own.includes(word))) fitting.push(entry);
    if (fitting.length === MOST) break;
  }
  return fitting;
}
