import { thresholdBucket, variantBucket } from "../evaluate/bucket.js";
import type { Cell } from "./cells.js";
import { type CombinedPiece, hasChanged, shareOf } from "./combined.js";
import { type Assigned, conditionOf } from "./condition.js";
import { listText } from "./condition-text.js";
import type { Decision, Leaf } from "./decision-tree.js";
import { exampleOf, narrow, type Possibilities, possible } from "./possibilities.js";
import type { Region } from "./region.js";
import { clausesOf, type UsedSegment, type UsedSegments } from "./used-segments.js";

export interface RegionsInput {
  readonly flag: string;
  readonly used: UsedSegments;
  readonly start: Possibilities;
  /** Lists what does not change, too. */
  readonly all: boolean;
}

/** Regions of one combination of segments. */
export interface FoundRegions {
  readonly regions: readonly Region[];
  /** Changed part of those in these segments; undefined where they are only named ones. */
  readonly changed: number | undefined;
  /** It is not known that anybody can be there. */
  readonly isSupposed: boolean;
}

/** Goes through a decision's combinations of segments, and gives the regions of each. */
export function* regionsOf(
  decision: Decision,
  input: RegionsInput,
  left: Possibilities = input.start,
  assigned: Assigned = [],
): Generator<FoundRegions | undefined> {
  if (decision.type === "leaf") {
    yield regionsOfLeaf(decision, left, assigned, input);
    return;
  }
  for (const match of [true, false]) {
    const rest = narrow(left, clausesOf(input.used.segments[decision.segment] as UsedSegment, match));
    if (rest === undefined) continue;
    yield* regionsOf(match ? decision.yes : decision.no, input, rest, [...assigned, [decision.segment, match]]);
  }
}

function regionsOfLeaf(
  { pieces }: Leaf,
  left: Possibilities,
  assigned: Assigned,
  input: RegionsInput,
): FoundRegions | undefined {
  const { used, start, all } = input;
  const changed = pieces.filter(hasChanged).reduce((sum, piece) => sum + shareOf(piece), 0);
  const shown = all ? pieces : pieces.filter(hasChanged);
  const others = withEntity(left, used.entity, ({ isNamed }) => !isNamed);
  const certainty = possible(others);
  if (certainty === "no") return namedRegions(pieces, left, assigned, input);
  const isSupposed = certainty === "supposed";
  if (shown.length === 0) return { regions: [], changed, isSupposed };
  const common = { ...segmentsShown(assigned, used), ...example(others, input) };
  const when = conditionOf(assigned, used, start);
  return { regions: shown.map((piece) => ({ when, ...common, ...pieceShown(piece) })), changed, isSupposed };
}

/** Where only named entities can be, each has its bucket. */
function namedRegions(
  pieces: readonly CombinedPiece[],
  left: Possibilities,
  assigned: Assigned,
  input: RegionsInput,
): FoundRegions | undefined {
  const { used, all } = input;
  const cells = (left.cells[used.entity] ?? []).filter(
    (cell) => cell.isNamed && possible(withEntity(left, used.entity, (other) => other === cell)) !== "no",
  );
  const ids = cells.flatMap(({ texts }) => texts);
  if (ids.length === 0) return undefined;
  const groups = new Map<string, { readonly piece: CombinedPiece; readonly ids: string[] }>();
  for (const id of ids) {
    const piece = pieces.find((one) => isIn(one, input.flag, id));
    if (piece === undefined || (!all && !hasChanged(piece))) continue;
    const key = `${piece.answers.base.key}\n${piece.answers.head.key}`;
    const group = groups.get(key) ?? { piece, ids: [] };
    group.ids.push(id);
    groups.set(key, group);
  }
  const regions = [...groups.values()].map(({ piece, ids: own }): Region => {
    const { grid } = piece;
    const who = own.length === 1 ? `entity = ${listText(own).slice(1, -1)}` : `entity in ${listText(own)}`;
    const rest = conditionOf(
      assigned,
      used,
      withEntity(input.start, used.entity, ({ texts }) => includesAny(texts, own)),
    );
    return {
      when: rest === "everybody" ? who : `${who} and ${rest}`,
      ...segmentsShown(assigned, used),
      ...pieceShown(piece),
      grid,
      bucket: [0, grid],
      entities: own,
      share: own.length / ids.length,
      ...example(
        withEntity(left, used.entity, ({ texts }) => texts.includes(own[0] ?? "")),
        input,
        own[0],
      ),
    };
  });
  return { regions, changed: undefined, isSupposed: false };
}

function includesAny(texts: readonly string[], ids: readonly string[]): boolean {
  const known = new Set(texts);
  return ids.some((id) => known.has(id));
}

function isIn({ grid, bucket, before }: CombinedPiece, flag: string, id: string): boolean {
  const bucketOf = (size: number): number => (size === 100 ? thresholdBucket(flag, id) : variantBucket(flag, id));
  const within = ([from, to]: readonly [number, number], size: number): boolean => {
    const own = bucketOf(size);
    return own >= from && own < to;
  };
  return within(bucket, grid) && (before === undefined || within(before.bucket, before.grid));
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
function example(left: Possibilities, { used, start }: RegionsInput, id?: string): Pick<Region, "example"> {
  const texts = exampleOf(left);
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
