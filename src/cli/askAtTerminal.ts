/** Questions to the person at the terminal. */
import { createInterface } from "node:readline/promises";

/** Undefined if nobody is there to answer. A question goes to stderr, so that stdout is what was asked for. */
export function askAtTerminal(): ((question: string) => Promise<string>) | undefined {
	if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
	return async (question) => {
		const terminal = createInterface({ input: process.stdin, output: process.stderr });
		try {
			const ended = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
			return await Promise.race([terminal.question(question), ended]);
		} finally {
			terminal.close();
		}
	};
}
