/** Something wrong in a file or a setting, with the place for the person who has to fix it. */
export interface Problem {
	/** File path, flag (`--bindport`) or environment variable (`LLMW_BINDPORT`). */
	where: string;
	message: string;
	/** Of the answer in which a server says so. */
	status?: number;
}

/** One or more problems that prevent the gateway from starting; the command line prints a line for each. */
export class Problems extends Error {
	readonly problems: readonly Problem[];

	constructor(problems: readonly Problem[]) {
		super(problems.map(describeProblem).join("\n"));
		this.name = "Problems";
		this.problems = problems;
	}
}

/** Runs `attempt` and appends the `Problems` it throws to `problems`. */
export async function collect(problems: Problem[], attempt: () => unknown): Promise<void> {
	try {
		await attempt();
	} catch (error) {
		if (!(error instanceof Problems)) throw error;
		problems.push(...error.problems);
	}
}

export function describeProblem(problem: Problem): string {
	return `${problem.where}: ${problem.message}`;
}

/** @returns the message of any thrown value */
export function messageOf(thrown: unknown): string {
	return thrown instanceof Error ? thrown.message : String(thrown);
}

/** @returns the first line of a library's message, which says what is wrong */
export function firstLine(text: string): string {
	return text.split("\n", 1)[0] ?? text;
}
