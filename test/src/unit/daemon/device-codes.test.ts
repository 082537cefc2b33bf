import test from "ava";
import { DeviceCodes } from "../../../../daemon/dist/access/device-codes.js";

const place = { method: "oidc", provider: "corp" };

function start(most?: number) {
  let now = 0;
  const codes = new DeviceCodes({ now: () => now, ...(most !== undefined && { most }) });
  const wait = (seconds: number): void => {
    now += seconds * 1000;
  };
  return { codes, wait };
}

test("the provider is asked about a code no sooner than after the interval that it has named", (t) => {
  const { codes, wait } = start();
  codes.begun(place, { deviceCode: "secret", intervalS: 8 });
  t.true(codes.mayAsk(place, "secret"));
  t.false(codes.mayAsk(place, "secret"));
  t.true(codes.mayAsk({ ...place, provider: "other" }, "secret"), "another provider's");
  wait(7.9);
  t.false(codes.mayAsk(place, "secret"));
  wait(0.1);
  t.true(codes.mayAsk(place, "secret"), "whoever has asked too soon does not wait longer");
});

test("a code that another daemon has given has the usual interval, and none is without limits", (t) => {
  const { codes, wait } = start();
  t.true(codes.mayAsk(place, "theirs"));
  wait(4.9);
  t.false(codes.mayAsk(place, "theirs"));
  wait(0.1);
  t.true(codes.mayAsk(place, "theirs"));
  codes.begun(place, { deviceCode: "fast", intervalS: 0.001 });
  codes.begun(place, { deviceCode: "slow", intervalS: 1e9 });
  t.true(codes.mayAsk(place, "fast") && codes.mayAsk(place, "slow"));
  wait(0.9);
  t.false(codes.mayAsk(place, "fast"));
  wait(3600);
  t.true(codes.mayAsk(place, "fast") && codes.mayAsk(place, "slow"));
});

test("a provider that finds this too often is asked less often from then on", (t) => {
  const { codes, wait } = start();
  t.true(codes.mayAsk(place, "code"));
  codes.slowDown(place, "code");
  for (const _ of ["first", "second"]) {
    wait(9.9);
    t.false(codes.mayAsk(place, "code"));
    wait(0.1);
    t.true(codes.mayAsk(place, "code"));
  }
});

test("of more codes than are looked after, those asked about longest ago are forgotten", (t) => {
  const { codes } = start(3);
  for (const code of ["one", "two", "three"]) t.true(codes.mayAsk(place, code));
  t.true(codes.mayAsk(place, "four"));
  for (const code of ["two", "three", "four"]) t.false(codes.mayAsk(place, code), code);
  t.true(codes.mayAsk(place, "one"));
});
