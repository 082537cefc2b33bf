import { type SinkEvent, VexilError } from "@vexil/plugin-api";
import {
  parseTemplate,
  type TemplateObject,
  type TemplateOptions,
  type TemplateValue,
  templateJson,
  toTemplateData,
  toText,
} from "@vexil/plugin-api/template";
import { slackEscaped } from "./slack-text.js";

/** Characters of one message: many events may be in it, each with a whole flag. */
const MOST_TEXT = 1_048_576;
/** Of text that is JSON already. */
const RAW = "json";

type MakeText = (events: readonly SinkEvent[]) => string;

/** The body of a request. Values are escaped as within the quotes of a text; `json` prints one with its own. */
export function jsonMaker(template: string): MakeText {
  const make = maker(template, {
    show: (value) => (isRaw(value) ? toText(value) : JSON.stringify(toText(value)).slice(1, -1)),
    functions: { json: (value) => ({ type: RAW, fields: {}, text: templateJson(value) }) },
  });
  return (events) => {
    const body = make(events);
    try {
      JSON.parse(body);
    } catch (cause) {
      throw refused(`makes no JSON: ${(cause as Error).message}`, cause);
    }
    return body;
  };
}

/** The text of a message. Values are text there, and never markup. */
export function slackMaker(template: string): MakeText {
  return maker(template, { show: (value) => slackEscaped(toText(value)) });
}

function maker(template: string, options: TemplateOptions): MakeText {
  const parsed = parseTemplate(template, { ...options, mostText: MOST_TEXT });
  return (events) => {
    try {
      return parsed.render(toTemplateData({ events }));
    } catch (cause) {
      throw refused(`fails: ${(cause as Error).message}`, cause);
    }
  };
}

function isRaw(value: TemplateValue): boolean {
  return typeof value === "object" && (value as TemplateObject).type === RAW;
}

/** It would be no other the next time. */
function refused(what: string, cause: unknown): VexilError {
  return new VexilError("VEXIL_REFUSED_EVENT", `the template of the webhook ${what}`, { cause });
}
