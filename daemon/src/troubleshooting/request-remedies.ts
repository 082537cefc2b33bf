import type { RemediesOf } from "./remedy.js";

/** Codes of what callers ask for, and of what they may. */
export const REQUEST_REMEDIES = {
  VEXIL_CONFLICT_FILE_CHANGED: [
    "Somebody else committed to the file after the state that the write was decided on.",
    "Read the flag again, decide again, and send the write anew.",
  ],
  VEXIL_CONFLICT_REVISION: [
    "The write names a revision that is not the newest of its file, or that nobody knows.",
    "Read again, and send the revision that the answer gives, or none.",
  ],
  VEXIL_CONFLICT_UNCOMMITTED: [
    "Somebody has edited the file in the work tree of the clone and has not committed it.",
    "Commit or discard the edit there: `git status` shows it.",
  ],
  VEXIL_CONFLICT_HEAD_MOVED: [
    "Others pushed to the branch again and again while the write was made.",
    "Send it again; if it happens often, let fewer programs write to the branch.",
  ],
  VEXIL_CONFLICT_FILE_FAULTY: [
    "The file cannot be read as it is, so it is not rewritten either.",
    "`vexil validate` names every fault; mend it with git.",
  ],
  VEXIL_EXISTS: ["There is one with that key already.", "Update it, or choose another key."],
  VEXIL_NOT_FOUND: [
    "The key, namespace, environment or revision is mistyped, is not on this branch, or the caller may not see it.",
    "List what there is, with `vexil flag list` or `vexil namespace list`; `vexil history` shows what was deleted.",
  ],
  VEXIL_VALIDATION_REQUEST: [
    "A field is missing, has a value that it cannot have, or the result could not be served.",
    "The message names the field; the HTTP API's page and /openapi.json say what is accepted.",
  ],
  VEXIL_VALIDATION_BODY_SIZE: ["The body has more bytes than the daemon takes.", "Send several smaller requests."],
  VEXIL_VALIDATION_ITEMS: [
    "A batch asks for more evaluations, or flags, than one request may.",
    "Send several requests.",
  ],
  VEXIL_VALIDATION_ANSWER_SIZE: [
    "All that was asked for would be a longer answer than the daemon makes.",
    "Ask for less at once: a page, a namespace, fewer flags.",
  ],
  VEXIL_VALIDATION_CONFIG: [
    "A key is unknown or has a value that it cannot have, or two keys contradict each other.",
    "The message names key, place and what is accepted; `vexil config` and `vexil schema` show more. A reload keeps the old one.",
  ],
  VEXIL_VALIDATION_TEMPLATE: [
    "A template of commit messages or of a sink names something that there is not, or is not closed.",
    "Correct it: the message gives the place.",
  ],
  VEXIL_VALIDATION_FEATURES: [
    "A features file is no YAML or JSON, or a field of it is wrong. Its namespaces keep their last good state.",
    "`vexil validate` shows every fault as file:line:column; run it before pushing.",
  ],
  VEXIL_VALIDATION_LIMIT: [
    "A file is too long, too deep, or has too many aliases, or there are too many files.",
    "Split the file, or raise the storage's limits.",
  ],
  VEXIL_VALIDATION_TESTS: [
    "The tests beside the flags are enforced, and some would fail with the change.",
    "The message names the cases; change the flag or the case, and try with `vexil test`.",
  ],
  VEXIL_REFUSED_PUSH: [
    "The remote refused the commit: a protected branch, a hook, or a credential that may only read.",
    "Let the daemon's account push to the branch, or name a branch that it may push to.",
  ],
  VEXIL_REFUSED_READ_ONLY: [
    "The storage is configured with read_only: true, or its directory may not be written.",
    "Write where the flags come from, or change the configuration.",
  ],
  VEXIL_REFUSED_EDGE: [
    "This daemon is an edge that refuses writes.",
    "Write at its upstream, or let the edge forward writes (writes: forward).",
  ],
  VEXIL_REFUSED_LOOP: [
    "The upstream of an edge is, perhaps by way of others, the edge itself.",
    "Give another upstream: one of them has to have the flags.",
  ],
  VEXIL_REFUSED_LIMIT: [
    "As many environments, branches or other things as the configuration allows are there already.",
    "Remove what is not needed, or raise the limit that the message names.",
  ],
  VEXIL_REFUSED_ORIGIN: [
    "A page of another origin sent a request that would change something, with the user's session.",
    "If the page is meant to, name its origin in the configuration of CORS; else somebody tried something.",
  ],
  VEXIL_REFUSED_HOST: [
    "The Host of the request is no name of this daemon: a proxy that is not known, or a page that plays tricks with names.",
    "Name it in server.allowed_hosts.",
  ],
  VEXIL_REFUSED_UNAUTHENTICATED: [
    "There is no credential, or it is wrong, has expired, or its session was ended.",
    "Send a token (`Authorization: Bearer …`), or log in with `vexil login`.",
  ],
  VEXIL_REFUSED_PERMISSION: [
    "The caller is known, and no role or policy lets it do this here.",
    "Ask who manages rights; `authorization` in the configuration names the rules.",
  ],
  VEXIL_REFUSED_EVENT: [
    "The receiver of a sink answered that it will not take this event, now or later.",
    "Look at the receiver's log; the sink goes on with the next event.",
  ],
  VEXIL_REFUSED_UNIMPLEMENTED: [
    "There is no such method or route, or what it needs is switched off.",
    "See the HTTP API's page, and the configuration of the feature.",
  ],
  VEXIL_OVERLOADED_QUEUE: [
    "More writes wait for the storage than server.write_queue allows.",
    "Send them again after Retry-After; put many changes into fewer commits.",
  ],
  VEXIL_OVERLOADED_STREAMS: [
    "As many streams are open as the daemon or one client may have.",
    "Close those that nobody reads, raise the limit, or add an edge or a replica.",
  ],
  VEXIL_OVERLOADED_CONNECTIONS: [
    "One address holds more connections than it may.",
    "Let the client keep connections alive and share them; name proxies in server.trusted_proxies.",
  ],
  VEXIL_OVERLOADED_REQUESTS: [
    "One client sends more requests a second than it may.",
    "Use batches, or an SDK that evaluates by itself; name proxies in server.trusted_proxies, so that clients are told apart.",
  ],
  VEXIL_OVERLOADED_BODIES: [
    "Bodies of many requests together are more than the daemon keeps in memory.",
    "Send them again a little later, fewer at once.",
  ],
  VEXIL_OVERLOADED_ANSWERS: [
    "Clients read their answers more slowly than they ask.",
    "Let them read, or ask for less; it passes when they have read.",
  ],
  VEXIL_OVERLOADED_WORK: [
    "The client has several long searches (comparison, bisect, history) waiting.",
    "Wait for them, or narrow what is searched.",
  ],
  VEXIL_OVERLOADED_PACKS: [
    "As many git clients fetch from the daemon as it serves at once.",
    "Fetch again a little later; git and edges do so by themselves.",
  ],
} as const satisfies Partial<RemediesOf>;
