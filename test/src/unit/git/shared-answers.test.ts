import { SharedAnswers } from "@vexil/git/serve/shared-answers";
import test from "ava";

const REQUEST = Buffer.from("want");
const signalOf = (): AbortSignal => new AbortController().signal;

async function text(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

/** An answer that ends when it is let. */
function slow(): {
  readonly make: () => AsyncIterable<Uint8Array>;
  readonly made: () => number;
  readonly end: () => void;
} {
  let made = 0;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    make: async function* () {
      made += 1;
      yield Buffer.from("pa");
      await ended;
      yield Buffer.from("ck");
    },
    made: () => made,
    end,
  };
}

test("what many ask for at once is made once, and given to whoever comes later", async (t) => {
  const answers = new SharedAnswers();
  const { make, made, end } = slow();
  const asked = Array.from({ length: 50 }, () => text(answers.of(REQUEST, make, signalOf())));
  await new Promise(setImmediate);
  end();
  t.deepEqual(new Set(await Promise.all(asked)), new Set(["pack"]));
  t.is(await text(answers.of(Buffer.from("want"), make, signalOf())), "pack");
  t.is(made(), 1);
  t.is(await text(answers.of(Buffer.from("other"), make, signalOf())), "pack");
  t.is(made(), 2);
});

test("a client that does not read what it asked for keeps nobody waiting", async (t) => {
  const answers = new SharedAnswers();
  const { make, end } = slow();
  end();
  const first = answers.of(REQUEST, make, signalOf());
  await first.next();
  t.is(await text(answers.of(REQUEST, make, signalOf())), "pack");
});

test("a client that goes while it waits for another's answer waits no longer, and the others get it", async (t) => {
  const answers = new SharedAnswers();
  const { make, made, end } = slow();
  const gone = new AbortController();
  const maker = text(answers.of(REQUEST, make, signalOf()));
  const leaving = text(answers.of(REQUEST, make, gone.signal));
  const staying = text(answers.of(REQUEST, make, signalOf()));
  await new Promise(setImmediate);
  gone.abort(new Error("gone"));
  await t.throwsAsync(leaving, { message: "gone" });
  end();
  t.deepEqual(await Promise.all([maker, staying]), ["pack", "pack"]);
  t.is(made(), 1);
});

test("where making an answer fails, its asker alone is told, and one of those that wait tries again", async (t) => {
  const answers = new SharedAnswers();
  const { make, made, end } = slow();
  let tries = 0;
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    tries += 1;
    await new Promise(setImmediate);
    if (tries === 1) throw new Error("its client has gone");
    yield* make();
  };
  end();
  const asked = Array.from({ length: 5 }, () => text(answers.of(REQUEST, failing, signalOf())));
  await t.throwsAsync(asked[0] as Promise<string>, { message: "its client has gone" });
  t.deepEqual(await Promise.all(asked.slice(1)), Array(4).fill("pack"));
  t.is(made(), 1);
});

test("large answers, and those to large requests, are each made for themselves, whole", async (t) => {
  const answers = new SharedAnswers();
  let made = 0;
  const make = async function* (): AsyncGenerator<Uint8Array> {
    made += 1;
    for (let piece = 0; piece < 10; piece += 1) yield Buffer.alloc(20_000, `${piece}`);
  };
  const both = await Promise.all([
    text(answers.of(REQUEST, make, signalOf())),
    text(answers.of(REQUEST, make, signalOf())),
  ]);
  t.deepEqual(
    both.map(({ length }) => length),
    [200_000, 200_000],
  );
  t.is(both[0], both[1]);
  const large = Buffer.alloc(5_000, "have");
  t.is((await text(answers.of(large, make, signalOf()))).length, 200_000);
  t.is(made, 3);
});
