import test from "ava";
import { historyText } from "../../../../daemon/dist/client/history-text.js";

const NOTHING = { environment: "production", namespace: "default", commits: [], nextPageToken: "" };

test("a history without commits says so, unless it goes on elsewhere", (t) => {
  t.is(historyText(NOTHING), "nothing to show: no commit that is known, or no further one, changed it\n");
  t.is(historyText({ ...NOTHING, nextPageToken: "abc" }), "More: --page-token abc\n");
});
