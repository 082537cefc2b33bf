import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { flagsQuery } from "../api/queries.js";
import { saveFlag } from "../api/save-flag.js";
import type { Flag, Place } from "../api/types.js";
import { isSame } from "../edit/same.js";
import { saveUpon } from "../edit/save-upon.js";
import { shorten } from "../ui/shorten.js";
import { useToast } from "../ui/toasts.js";
import { newestFlag } from "./edit/newest-flag.js";

/** Switches flags of a place on and off, one click each, and back within ten seconds. */
export function useToggle(place: Place): { busy: string | undefined; toggle: (flag: Flag, revision: string) => void } {
  const queries = useQueryClient();
  const toast = useToast();
  const [busy, setBusy] = useState<string>();

  const changed = async ({ key }: Flag): Promise<undefined> => {
    const text = `Somebody else has changed ${short(key)} meanwhile. What is shown now is the newest: look, and try again.`;
    toast({ bad: true, text });
    await queries.invalidateQueries({ queryKey: flagsQuery(place).queryKey });
  };

  const write = async (flag: Flag, revision: string, enabled: boolean): Promise<string | undefined> => {
    setBusy(flag.key);
    try {
      // A page that reads flags anew knows that what it shows may be old.
      const isReading = queries.isFetching({ queryKey: flagsQuery(place).queryKey }) > 0;
      const upon = isReading ? await newestFlag(queries, place, flag.key) : { value: flag, revision };
      if (upon.value === undefined || !isSame(upon.value, flag)) return await changed(flag);
      return await saveUpon(
        upon,
        (at) => saveFlag(queries, place, { ...flag, enabled }, at.revision),
        () => newestFlag(queries, place, flag.key),
      );
    } catch (error) {
      if (hasStatus(error, 409)) return await changed(flag);
      toast({ bad: true, text: `${short(flag.key)} was not changed: ${wordsOf(error).slice(0, 300)}` });
      return undefined;
    } finally {
      setBusy(undefined);
    }
  };

  const toggle = async (flag: Flag, revision: string): Promise<void> => {
    const after = await write(flag, revision, !flag.enabled);
    if (after === undefined) return;
    toast({
      text: `${short(flag.key)} is ${flag.enabled ? "off" : "on"}.`,
      action: { label: "Undo", run: () => void write({ ...flag, enabled: !flag.enabled }, after, flag.enabled) },
    });
  };
  return { busy, toggle: (flag, revision) => void toggle(flag, revision) };
}

const short = (key: string): string => shorten(key, 60);
