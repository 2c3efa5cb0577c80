/** Adds up what the lines of a batch's results have used, as they pass. */
import type { TokenCounts } from "../chat/tokenCounts.js";
import { sumOfTokens } from "../chat/tokenCounts.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { isObject } from "../json/isObject.js";
import { LineSplitter } from "../json/lineSplitter.js";
import { parseObject } from "../json/parseObject.js";

/** What the lines of one model have used together. */
export interface ModelUsage {
	/** As its answers name it; undefined if they don't. */
	readonly model: string | undefined;
	readonly tokens: TokenCounts;
}

export class LineUsage {
	readonly #lines = new LineSplitter();
	readonly #byModel = new Map<string | undefined, TokenCounts>();

	push(piece: Buffer): void {
		for (const line of this.#lines.push(piece)) this.#add(line);
	}

	/** To be called when all has passed. @returns what each model has used, by its name */
	end(): ModelUsage[] {
		this.#add(this.#lines.rest());
		return [...this.#byModel]
			.map(([model, tokens]) => ({ model, tokens }))
			.sort((one, other) => ((one.model ?? "") < (other.model ?? "") ? -1 : 1));
	}

	#add(line: Buffer): void {
		const answer = answerIn(parseObject(line.toString()));
		const tokens = answer && isObject(answer.usage) ? tokensOf(answer.usage) : undefined;
		if (tokens === undefined) return;
		const model = typeof answer?.model === "string" ? answer.model : undefined;
		const before = this.#byModel.get(model);
		this.#byModel.set(model, before === undefined ? tokens : (sumOfTokens([{ tokens: before }, { tokens }]) ?? tokens));
	}
}

/** `response.body` in OpenAI's files, `result.message` in Anthropic's results. */
function answerIn(line: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> | undefined {
	const { response, result } = line ?? {};
	if (isObject(response) && isObject(response.body)) return response.body;
	return isObject(result) && isObject(result.message) ? result.message : undefined;
}
