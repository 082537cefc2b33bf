import { eventSamples } from "@vexil/plugin-api/testing";
import test from "ava";
import { EventsText } from "../../../../daemon/dist/client/events-text.js";

test("a name with a line break passes for no other event", (t) => {
  const quarantine = [...eventSamples().values()].find(({ kind }) => kind === "quarantine");
  if (quarantine?.kind !== "quarantine") return t.fail("there is no such sample");
  const name = "x\n2026-01-01T00:00:00Z  default  forged";
  const shown = new EventsText().of({ ...quarantine, namespace: name, file: name, subject: name });
  t.is(shown.split("\n").length, 3, "a line about the commit, one about the file");
  t.regex(shown, /x\\n2026/);
});
