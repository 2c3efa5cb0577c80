/** Reloads: a whole new generation is started with settings read anew, and takes over when all of it is ready. */
import { describeProblem, type Problem, Problems } from "../errors/problem.js";
import type { Settings } from "../settings/settings.js";

/** What came of a reload: how many new workers there are, or what keeps the old ones. */
export type ReloadOutcome = { workers: number } | { problems: readonly Problem[] };

export interface ReloadOptions {
	/** @throws Problems when the settings can't be used */
	readSettings(): Promise<Settings> | Settings;
	/** Starts a generation, and resolves when it has taken over. @throws Problems when one of its workers can't start */
	bringUp(settings: Settings): Promise<void>;
	isStopping(): boolean;
	print(line: string): void;
	complain(line: string): void;
}

/** Settings of the start, which a reload can't change. */
export type FixedSettings = Pick<Settings, "bindip" | "bindport" | "redisUrl">;

export class Reloads {
	readonly #options: ReloadOptions;
	/** As they were when the gateway started. */
	readonly #fixed: FixedSettings;
	/** The port that is listened on. */
	readonly #port: number;
	#running: Promise<ReloadOutcome> | undefined;
	#isAskedAgain = false;

	constructor(options: ReloadOptions, fixed: FixedSettings, port: number) {
		this.#options = options;
		this.#fixed = fixed;
		this.#port = port;
	}

	/** Settings that can't be used change nothing. */
	reload(): Promise<ReloadOutcome> {
		this.#isAskedAgain = true;
		this.#running ??= this.#reloadWhileAsked();
		return this.#running;
	}

	/** A request to reload that comes during a reload may be about settings that were changed after they were read. */
	async #reloadWhileAsked(): Promise<ReloadOutcome> {
		let outcome = notReloaded("the gateway is stopping");
		while (this.#isAskedAgain && !this.#options.isStopping()) {
			this.#isAskedAgain = false;
			outcome = await this.#replaceAll();
		}
		this.#running = undefined;
		return outcome;
	}

	/**
	 * The whole new generation is ready before the first old worker drains. That takes memory for both for a moment, but
	 * old workers that were gone could not be started again if the file of a plugin has changed.
	 */
	async #replaceAll(): Promise<ReloadOutcome> {
		const { readSettings, bringUp, isStopping, print, complain } = this.#options;
		try {
			const settings = await readSettings();
			await bringUp(settings);
			if (isStopping()) return notReloaded("the gateway is stopping");
			print(describeReload(settings.workers));
			this.#complainOfFixed(settings);
			return { workers: settings.workers };
		} catch (error) {
			if (isStopping()) return notReloaded("the gateway is stopping");
			const problems = error instanceof Problems ? error.problems : [{ where: "reload", message: String(error) }];
			for (const problem of problems) complain(`not reloaded: ${describeProblem(problem)}`);
			return { problems };
		}
	}

	#complainOfFixed({ bindip, bindport, redisUrl }: Settings): void {
		const { complain } = this.#options;
		const fixed = this.#fixed;
		if (bindip !== fixed.bindip || bindport !== fixed.bindport)
			complain(`a reload can't change bindip and bindport: still listening on ${fixed.bindip} port ${this.#port}`);
		if (redisUrl !== fixed.redisUrl)
			complain("a reload can't change redis: limits are counted where they were until a restart");
	}
}

/** For the operator, wherever the reload was asked for. */
export function describeReload(workers: number): string {
	return `reloaded: ${workers} new worker${workers === 1 ? "" : "s"}`;
}

export function notReloaded(message: string): ReloadOutcome {
	return { problems: [{ where: "reload", message }] };
}
