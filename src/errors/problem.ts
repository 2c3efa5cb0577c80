/** Something wrong in a file or a setting, said so that the person who can mend it finds the place. */
export interface Problem {
	/** File path, flag (`--bindport`) or environment variable (`LLMW_BINDPORT`). */
	where: string;
	message: string;
}

/** One or more problems that keep the gateway from starting; the command line prints a line for each. */
export class Problems extends Error {
	readonly problems: readonly Problem[];

	constructor(problems: readonly Problem[]) {
		super(problems.map(describeProblem).join("\n"));
		this.name = "Problems";
		this.problems = problems;
	}
}

/** Runs an attempt and adds the problems that it throws to those there are. */
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

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
	return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Of a library's message, the part that says what is wrong. */
export function firstLine(text: string): string {
	return text.split("\n", 1)[0] ?? text;
}
