/** A name server in a test's hand: each question for a name gets the next of its answers, the last one for ever. */

export type Names = {
  /** The answers of a name, in the order they are given. */
  set(name: string, ...answers: readonly (readonly string[])[]): void;
  /** How often a name was asked for. */
  asked(name: string): number;
  readonly resolve: (name: string) => Promise<readonly string[]>;
};

export function createNames(): Names {
  const answers = new Map<string, readonly (readonly string[])[]>();
  const questions = new Map<string, number>();
  return {
    set: (name, ...given) => {
      answers.set(name, given);
      questions.delete(name);
    },
    asked: (name) => questions.get(name) ?? 0,
    resolve: async (name) => {
      const before = questions.get(name) ?? 0;
      questions.set(name, before + 1);
      const known = answers.get(name) ?? [];
      const answer = known[Math.min(before, known.length - 1)];
      if (answer === undefined) throw new Error(`nobody knows ${name}`);
      return answer;
    },
  };
}
