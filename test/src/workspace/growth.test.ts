import test from "ava";
import { grown, type Held } from "../soak/growth.js";

const MEGABYTE = 2 ** 20;
const held = (megabytes: number, nodes: number, listeners: number): Held => ({
  ...{ heapBytes: megabytes * MEGABYTE, nodes, listeners },
});

test("a page that is as large at the end as at the beginning does not grow, whatever it was between", (t) => {
  t.deepEqual(grown([held(5, 1_000, 200), held(9, 4_000, 900), held(5.4, 1_020, 205)]), []);
});

test("each of heap, nodes and listeners grows by itself", (t) => {
  t.deepEqual(grown([held(5, 1_000, 200), held(7, 1_000, 200)]), ["heapBytes"]);
  t.deepEqual(grown([held(5, 1_000, 200), held(5, 1_450, 200)]), ["nodes"]);
  t.deepEqual(grown([held(5, 1_000, 200), held(5, 1_000, 300)]), ["listeners"]);
});

test("one sample alone says nothing", (t) => {
  t.throws(() => grown([held(5, 1_000, 200)]), { message: /two samples/ });
});
