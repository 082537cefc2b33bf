import { type PointerEvent, useRef } from "react";

/** Tells of a drag by finger or pen. */
interface TouchDrag {
  readonly onFrom: (index: number) => void;
  readonly onOver: (index: number | undefined) => void;
  /** @param to the place to drop at; undefined: it goes nowhere */
  readonly onEnd: (from: number, to: number | undefined) => void;
}

/** So close to the edge of what scrolls it scrolls, and so far with each move. */
const EDGE = { within: 48, by: 16 };

/** Handles of a list's items for fingers and pens, for which browsers have no dragging of their own that is the same. */
export function useTouchDrag({ onFrom, onOver, onEnd }: TouchDrag): (index: number) => object {
  const over = useRef<number | undefined>(undefined);
  const end = (from: number, to: number | undefined): void => {
    over.current = undefined;
    onEnd(from, to);
  };
  return (index) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.pointerType === "mouse") return;
      // A long touch would begin the browser's own.
      event.currentTarget.draggable = false;
      event.currentTarget.setPointerCapture(event.pointerId);
      onFrom(index);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!isHeld(event)) return;
      over.current = placeAt(event);
      onOver(over.current);
      scrollAt(event);
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (isHeld(event)) end(index, over.current);
    },
    onPointerCancel: (event: PointerEvent<HTMLElement>) => {
      if (isHeld(event)) end(index, undefined);
    },
    onLostPointerCapture: ({ currentTarget }: PointerEvent<HTMLElement>) => {
      currentTarget.draggable = true;
    },
  });
}

function isHeld({ currentTarget, pointerId }: PointerEvent<HTMLElement>): boolean {
  return currentTarget.hasPointerCapture(pointerId);
}

/** Place of the item of the handle's list that a pointer is above. */
function placeAt({ currentTarget, clientX, clientY }: PointerEvent<HTMLElement>): number | undefined {
  const items = [...(currentTarget.closest("ol")?.children ?? [])];
  const there = document.elementFromPoint(clientX, clientY);
  const index = items.findIndex((item) => item.contains(there));
  return index < 0 ? undefined : index;
}

function scrollAt({ currentTarget, clientY }: PointerEvent<HTMLElement>): void {
  const scrolled = currentTarget.closest("main");
  if (scrolled === null) return;
  const { top, bottom } = scrolled.getBoundingClientRect();
  if (clientY < top + EDGE.within) scrolled.scrollBy(0, -EDGE.by);
  if (clientY > bottom - EDGE.within) scrolled.scrollBy(0, EDGE.by);
}
