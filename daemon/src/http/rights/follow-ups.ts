interface UnderWay<T> {
  /** State that it was asked about. */
  readonly state: number;
  readonly answer: Promise<T>;
  /** Answer about a later state. */
  next: Promise<T> | undefined;
}

/**
 * Questions under way. However often what one is about changes before it is answered: whoever asks after that waits for
 * one more, which is asked when it has been.
 */
export class FollowUps<T> {
  readonly #underWay = new Map<string, UnderWay<T>>();

  /**
   * @param key two questions of the same key are the same
   * @param state number of the newest state, which an answer has to be about
   */
  ask(key: string, state: () => number, question: () => Promise<T>): Promise<T> {
    const running = this.#underWay.get(key);
    if (running === undefined) return this.#begin(key, state(), question);
    if (running.state === state()) return running.answer;
    const again = (): Promise<T> => this.ask(key, state, question);
    running.next ??= running.answer.then(again, again);
    return running.next;
  }

  #begin(key: string, state: number, question: () => Promise<T>): Promise<T> {
    const answer = question().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { state, answer, next: undefined });
    return answer;
  }
}
