import { type DragEvent, useState } from "react";
import { useTouchDrag } from "./use-touch-drag.js";

interface Drag {
  /** Place of the item that is dragged, and of the one that it is above. */
  readonly from: number | undefined;
  readonly over: number | undefined;
  readonly handle: (index: number) => object;
  readonly target: (index: number) => object;
}

/**
 * Items of a list that are dragged by a handle and dropped on each other: with a mouse by the browser's own dragging,
 * which scrolls as well.
 */
export function useDrag(move: (from: number, to: number) => void): Drag {
  const [from, setFrom] = useState<number>();
  const [over, setOver] = useState<number>();
  const end = (): void => {
    setFrom(undefined);
    setOver(undefined);
  };
  const touched = useTouchDrag({
    onFrom: setFrom,
    onOver: setOver,
    onEnd: (source, to) => {
      if (to !== undefined && to !== source) move(source, to);
      end();
    },
  });
  return {
    from,
    over,
    handle: (index) => ({
      ...touched(index),
      draggable: true,
      onDragStart: ({ dataTransfer, currentTarget }: DragEvent<HTMLElement>) => {
        dataTransfer.effectAllowed = "move";
        // Firefox drags nothing without.
        dataTransfer.setData("text/plain", String(index + 1));
        const item = currentTarget.closest("li");
        if (item) dataTransfer.setDragImage(item, 12, 12);
        setFrom(index);
      },
      onDragEnd: end,
    }),
    target: (index) => ({
      onDragOver: (event: DragEvent) => {
        if (from === undefined) return;
        event.preventDefault();
        setOver(index);
      },
      onDrop: (event: DragEvent) => {
        if (from === undefined) return;
        event.preventDefault();
        if (from !== index) move(from, index);
        end();
      },
    }),
  };
}
