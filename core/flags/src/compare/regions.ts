import { thresholdBucket, variantBucket } from "../evaluate/bucket.js";
import type { Cell } from "./cells.js";
import { type CombinedPiece, hasChanged, type Interval, shareOf } from "./combined.js";
import { type Assigned, conditionOf } from "./condition.js";
import { listText } from "./condition-text.js";
import type { Decision, Leaf } from "./decision-tree.js";
import type { Effort } from "./effort.js";
import { exampleOf, narrow, type Possibilities, possible } from "./possibilities.js";
import type { Region } from "./region.js";
import { clausesOf, type UsedSegment, type UsedSegments } from "./used-segments.js";

export interface RegionsInput {
  readonly flag: string;
  readonly used: UsedSegments;
  readonly start: Possibilities;
  /** Lists what does not change, too. */
  readonly all: boolean;
  readonly effort: Effort;
  /** Steps that may be spent on short conditions. */
  readonly wording: Effort;
}

/** Regions of one combination of segments. */
export interface FoundRegions {
  readonly regions: readonly Region[];
  /** Changed part of those in these segments; undefined where they are only named ones. */
  readonly changed: number | undefined;
  /** It is not known that anybody can be there. */
  readonly isSupposed: boolean;
}

/** Steps that a region takes to be shown, and those of one segment in it. */
const OF_REGION = 50;
const OF_SEGMENT = 5;

/**
 * Goes through a decision's combinations of segments, and gives the regions of each; undefined where others may have
 * their turn.
 */
export function* regionsOf(
  decision: Decision,
  input: RegionsInput,
  left: Possibilities = input.start,
  assigned: Assigned = [],
): Generator<FoundRegions | undefined> {
  if (decision.type === "leaf") {
    if (!input.effort.isSpent) yield yield* regionsOfLeaf(decision, left, assigned, input);
    return;
  }
  for (const match of [true, false]) {
    const clauses = clausesOf(input.used.segments[decision.segment] as UsedSegment, match);
    const rest = yield* turns(narrow(left, clauses, input.effort));
    if (rest === undefined) continue;
    input.effort.spend(assigned.length);
    yield* regionsOf(match ? decision.yes : decision.no, input, rest, [...assigned, [decision.segment, match]]);
  }
}

/** Turns of work whose result is not a region. */
function turns<T>(work: Generator<void, T>): Generator<undefined, T> {
  return work as Generator<undefined, T>;
}

function* regionsOfLeaf(
  { pieces }: Leaf,
  left: Possibilities,
  assigned: Assigned,
  input: RegionsInput,
): Generator<undefined, FoundRegions | undefined> {
  const { used, start, all, effort } = input;
  if (effort.turn(OF_REGION * pieces.length)) yield;
  const changed = pieces.filter(hasChanged).reduce((sum, piece) => sum + shareOf(piece), 0);
  const shown = all ? pieces : pieces.filter(hasChanged);
  const others = withEntity(left, used.entity, ({ isNamed }) => !isNamed);
  const certainty = possible(others, effort);
  if (certainty === "no") return yield* namedRegions(pieces, left, assigned, input);
  const isSupposed = certainty === "supposed";
  if (shown.length === 0) return { regions: [], changed, isSupposed };
  const common = { ...segmentsShown(assigned, used), ...example(others, input) };
  if (effort.turn(OF_SEGMENT * assigned.length)) yield;
  const when = yield* turns(conditionOf(assigned, used, start, input.wording));
  return { regions: shown.map((piece) => ({ when, ...common, ...pieceShown(piece) })), changed, isSupposed };
}

/** Where only named entities can be, each has its bucket. */
function* namedRegions(
  pieces: readonly CombinedPiece[],
  left: Possibilities,
  assigned: Assigned,
  input: RegionsInput,
): Generator<undefined, FoundRegions | undefined> {
  const { used, all, effort } = input;
  const ids: string[] = [];
  let isSupposed = false;
  for (const cell of left.cells[used.entity] ?? []) {
    if (effort.turn(1)) yield;
    if (!cell.isNamed) continue;
    const certainty = possible({ ...left, cells: left.cells.with(used.entity, [cell]) }, effort);
    if (certainty === "no") continue;
    isSupposed ||= certainty === "supposed";
    effort.spend(cell.texts.length);
    for (const text of cell.texts) ids.push(text);
  }
  if (ids.length === 0) return undefined;
  const groups = new Map<string, { readonly piece: CombinedPiece; readonly ids: string[] }>();
  const keys = new Map<CombinedPiece, string>();
  const pieceOf = pieceFinder(pieces, input.flag);
  for (const id of ids) {
    if (effort.turn(OF_REGION + id.length)) yield;
    const piece = pieceOf(id);
    if (piece === undefined || (!all && !hasChanged(piece))) continue;
    // Attachments make these long: each is made once.
    const key = keys.get(piece) ?? `${piece.answers.base.key}\n${piece.answers.head.key}`;
    keys.set(piece, key);
    const group = groups.get(key) ?? { piece, ids: [] };
    group.ids.push(id);
    groups.set(key, group);
  }
  const regions: Region[] = [];
  for (const { piece, ids: own } of groups.values()) {
    if (effort.turn(ids.length)) yield;
    const { grid } = piece;
    const [first = ""] = own;
    const known = new Set(own);
    const who = own.length === 1 ? `entity = ${listText(known).slice(1, -1)}` : `entity in ${listText(known)}`;
    const those = withEntity(input.start, used.entity, ({ texts }) => texts.some((text) => known.has(text)));
    const rest = yield* turns(conditionOf(assigned, used, those, input.wording));
    regions.push({
      when: rest === "everybody" ? who : `${who} and ${rest}`,
      ...segmentsShown(assigned, used),
      ...pieceShown(piece),
      grid,
      bucket: [0, grid],
      entities: own,
      share: own.length / ids.length,
      ...example(
        withEntity(left, used.entity, ({ texts }) => texts.includes(first)),
        input,
        own[0],
      ),
    });
  }
  return { regions, changed: undefined, isSupposed };
}

/** Finds the piece that an entity is in. */
function pieceFinder(pieces: readonly CombinedPiece[], flag: string): (id: string) => CombinedPiece | undefined {
  // There are as many places as buckets, however many entities.
  const known = new Map<number, CombinedPiece | undefined>();
  return (id) => {
    const [rough, fine] = [thresholdBucket(flag, id), variantBucket(flag, id)];
    const key = 1_000 * rough + fine;
    if (known.has(key)) return known.get(key);
    const within = ([from, to]: Interval, grid: number): boolean => {
      const own = grid === 100 ? rough : fine;
      return own >= from && own < to;
    };
    const found = pieces.find(
      ({ grid, bucket, before }) =>
        within(bucket, grid) && (before === undefined || within(before.bucket, before.grid)),
    );
    known.set(key, found);
    return found;
  };
}

function withEntity(left: Possibilities, entity: number, wanted: (cell: Cell) => boolean): Possibilities {
  const own = left.cells[entity];
  return own === undefined ? left : { ...left, cells: left.cells.with(entity, own.filter(wanted)) };
}

function pieceShown(piece: CombinedPiece): Pick<Region, "bucket" | "grid" | "share" | "before" | "after"> {
  const { grid, bucket, before, answers } = piece;
  return {
    bucket,
    grid,
    ...(before === undefined ? {} : { bucketBefore: before }),
    share: shareOf(piece),
    before: answers.base.answer,
    after: answers.head.answer,
  };
}

function segmentsShown(assigned: Assigned, used: UsedSegments): Pick<Region, "segments" | "segmentsBefore"> {
  const own = assigned.flatMap(([index, match]) => {
    const segment = used.segments[index];
    return segment === undefined ? [] : [{ ...segment, match }];
  });
  const entriesOf = (some: typeof own): Record<string, boolean> =>
    Object.fromEntries(some.map(({ key, match }) => [key, match]));
  const before = own.filter(({ inHead }) => !inHead);
  return {
    segments: entriesOf(own.filter(({ inHead }) => inHead)),
    ...(before.length === 0 ? {} : { segmentsBefore: entriesOf(before) }),
  };
}

/** Somebody for whom it is so; properties that may be anything are left out. */
function example(left: Possibilities, { used, start, effort }: RegionsInput, id?: string): Pick<Region, "example"> {
  const texts = exampleOf(left, effort);
  if (texts === undefined) return {};
  const involved = new Set(left.open.flatMap((clause) => clause.map(({ property }) => property)));
  const context: [string, string][] = [];
  for (const [index, text] of texts.entries()) {
    const isFree = left.cells[index]?.length === start.cells[index]?.length && !involved.has(index);
    const property = used.constraints[index]?.[0]?.property;
    if (index !== used.entity && !isFree && property !== undefined && text !== "") context.push([property, text]);
  }
  const entity = id ?? texts[used.entity];
  return { example: { ...(entity === undefined ? {} : { entityId: entity }), context: Object.fromEntries(context) } };
}
