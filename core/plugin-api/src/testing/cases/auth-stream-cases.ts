import assert from "node:assert/strict";
import type { Channel } from "../../authenticator.js";
import { type AuthRun, AuthSession } from "../auth-session.js";
import { CALL_MS, CLOSE_MS } from "../backend-session.js";
import { type ConformanceCase, within } from "../conformance-case.js";

/** Git services over byte streams. They need a remote that the credential reaches. */
export function authStreamCases(run: AuthRun): readonly ConformanceCase[] {
  const never = new AbortController().signal;
  return [
    AuthSession.case(run, "opens both services and hears their greetings", async (session) => {
      const { authenticator, remote } = await session.stream();
      for (const service of ["git-upload-pack", "git-receive-pack"] as const) {
        const channel = await within(CALL_MS, "open", () => authenticator.open(remote, service, {}, never));
        assert.match(await greeting(channel), /^[0-9a-f]{4}/, `${service} greets in packets`);
        channel.close();
      }
    }),
    AuthSession.case(run, "ends a service by the end of its input, with status 0", async (session) => {
      const { authenticator, remote } = await session.stream();
      const channel = await authenticator.open(remote, "git-upload-pack", {}, never);
      const writer = channel.stdin.getWriter();
      await writer.write(Buffer.from("0000"));
      await writer.close();
      const text = await within(CALL_MS, "reading", () => readAll(channel));
      assert.ok(text.endsWith("0000"), "the whole greeting came");
      assert.equal(await within(CALL_MS, "exit", () => channel.exit), 0);
      channel.close();
    }),
    AuthSession.case(run, "carries six talks at once", async (session) => {
      const { authenticator, remote } = await session.stream();
      const texts = await within(4 * CALL_MS, "six talks", () =>
        Promise.all(
          Array.from({ length: 6 }, async () => {
            const channel = await authenticator.open(remote, "git-upload-pack", {}, never);
            const text = await greeting(channel);
            channel.close();
            await channel.exit;
            return text;
          }),
        ),
      );
      for (const text of texts) assert.match(text, /^[0-9a-f]{4}/);
    }),
    AuthSession.case(run, "ends everything of a channel that is closed, twice if need be", async (session) => {
      const { authenticator, remote } = await session.stream();
      const channel = await authenticator.open(remote, "git-upload-pack", {}, never);
      channel.close();
      channel.close();
      const endings = (): Promise<unknown> =>
        Promise.allSettled([readAll(channel), channel.exit, channel.stdin.getWriter().write(Buffer.from("0000"))]);
      await within(CLOSE_MS, "a closed channel", endings);
    }),
    AuthSession.case(run, "rejects what it cannot open: by an Error, in time", async (session) => {
      const { authenticator } = await session.stream();
      const error = await session.outcome(CLOSE_MS, "open", async () =>
        authenticator.open("ssh://127.0.0.1:1/nowhere.git", "git-upload-pack", {}, never),
      );
      assert.ok(error instanceof Error && error.message !== "");
    }),
    AuthSession.case(run, "settles when it is aborted, before and meanwhile, and works on", async (session) => {
      const { authenticator, remote } = await session.stream();
      const open = (signal: AbortSignal): Promise<Channel> => authenticator.open(remote, "git-upload-pack", {}, signal);
      const before = await session.outcome(CLOSE_MS, "open", () => open(AbortSignal.abort(new Error("not wanted"))));
      assert.ok(before instanceof Error);
      const controller = new AbortController();
      const opening = session.outcome(CLOSE_MS, "open", async () => (await open(controller.signal)).close());
      controller.abort(new Error("not wanted any more"));
      await opening;
      const channel = await within(CALL_MS, "open", () => open(never));
      assert.match(await greeting(channel), /^[0-9a-f]{4}/);
      channel.close();
    }),
    AuthSession.case(run, "ends its channels when it is closed", async (session) => {
      const { authenticator, remote } = await session.stream();
      const channel = await authenticator.open(remote, "git-upload-pack", {}, never);
      await within(CLOSE_MS, "close", () => authenticator.close());
      await within(CLOSE_MS, "its channel", () => Promise.allSettled([channel.exit, readAll(channel)]));
    }),
  ];
}

/** The first bytes that a service sends. */
async function greeting(channel: Channel): Promise<string> {
  const reader = channel.stdout.getReader();
  const { value } = await within(CALL_MS, "the greeting", () => reader.read());
  reader.releaseLock();
  return Buffer.from(value ?? []).toString("latin1");
}

async function readAll(channel: Channel): Promise<string> {
  let text = "";
  for await (const chunk of channel.stdout) text += Buffer.from(chunk).toString("latin1");
  return text;
}
