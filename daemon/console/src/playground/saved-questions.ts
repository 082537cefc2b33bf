import { useSyncExternalStore } from "react";
import { type Question, readQuestion } from "./question.js";

/** A question that somebody named, with where it is asked. */
export interface SavedQuestion {
  readonly name: string;
  readonly environment: string;
  readonly namespace: string;
  readonly question: Question;
}

export const NAME_CHARACTERS = 80;
const MOST = 50;
const MOST_CHARACTERS = 200_000;
const KEY = "vexil.questions";
const listeners = new Set<() => void>();
let current: readonly SavedQuestion[] | undefined;

/** Those of this browser; what it holds that is no question counts as not there. */
function saved(): readonly SavedQuestion[] {
  current ??= readSaved(localStorage.getItem(KEY));
  return current;
}

function readSaved(text: string | null): readonly SavedQuestion[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.flatMap(readOne).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function readOne(value: unknown): readonly SavedQuestion[] {
  const { name, environment, namespace, question } = (value ?? {}) as Record<string, unknown>;
  const isPlace = typeof environment === "string" && typeof namespace === "string";
  if (typeof name !== "string" || !isPlace || typeof question !== "object" || question === null) return [];
  return [{ name, environment, namespace, question: readQuestion(question as Record<string, unknown>) }];
}

/** Keeps a question, in place of one with its name. @returns why it could not be kept */
export function saveQuestion(one: SavedQuestion): string | undefined {
  const next = [...saved().filter(({ name }) => name !== one.name), one];
  if (next.length > MOST) return `${MOST} questions are kept at most: delete one first.`;
  return keep(next);
}

export function forgetQuestion(name: string): void {
  keep(saved().filter((one) => one.name !== name));
}

function keep(next: readonly SavedQuestion[]): string | undefined {
  const text = JSON.stringify(next);
  if (text.length > MOST_CHARACTERS) return "What is kept here would get too large: delete a question first.";
  try {
    localStorage.setItem(KEY, text);
  } catch {
    return "This browser keeps nothing more.";
  }
  current = next;
  for (const listener of listeners) listener();
  return undefined;
}

export function useSavedQuestions(): readonly SavedQuestion[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, saved);
}
