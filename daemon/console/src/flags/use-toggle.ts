import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { flagsQuery } from "../api/queries.js";
import { saveFlag } from "../api/save-flag.js";
import type { Flag, Place } from "../api/types.js";
import { saveUpon } from "../edit/save-upon.js";
import { newestFlag } from "../flag/edit/newest-flag.js";
import { useToast } from "../ui/toasts.js";

/** Switches flags of a place on and off, one click each, and back within ten seconds. */
export function useToggle(place: Place): { busy: string | undefined; toggle: (flag: Flag, revision: string) => void } {
  const queries = useQueryClient();
  const toast = useToast();
  const [busy, setBusy] = useState<string>();

  const write = async (flag: Flag, revision: string, enabled: boolean): Promise<string | undefined> => {
    setBusy(flag.key);
    try {
      return await saveUpon(
        { value: flag, revision },
        (upon) => saveFlag(queries, place, { ...flag, enabled }, upon.revision),
        () => newestFlag(queries, place, flag.key),
      );
    } catch (error) {
      const isOld = hasStatus(error, 409);
      toast({
        bad: true,
        text: isOld
          ? `Somebody else has changed ${short(flag.key)} meanwhile. What is shown now is the newest: look, and try again.`
          : `${short(flag.key)} was not changed: ${wordsOf(error).slice(0, 300)}`,
      });
      if (isOld) await queries.invalidateQueries({ queryKey: flagsQuery(place).queryKey });
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

const short = (key: string): string => (key.length > 60 ? `${key.slice(0, 60)}…` : key);
