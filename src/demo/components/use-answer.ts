import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../state/page-model.ts';

/** What a question to the engine has come to so far. While a new answer is on its way the last one stays. */
export interface Answer<Value> {
  readonly value: Value | null;
  readonly problem: string | null;
}

/** Asks whenever one of `inputs` changes; an answer that comes after the next question is dropped. */
export function useAnswer<Value>(ask: () => Promise<Value>, inputs: readonly unknown[]): Answer<Value> {
  const [answer, setAnswer] = useState<Answer<Value>>({ value: null, problem: null });
  useEffect(() => {
    let isCurrent = true;
    const run = async () => {
      let next: Answer<Value>;
      try {
        next = { value: await ask(), problem: null };
      } catch (error) {
        next = { value: null, problem: messageOf(error) };
      }
      if (isCurrent) setAnswer(next);
    };
    void run();
    return () => {
      isCurrent = false;
    };
  }, inputs);
  return answer;
}
