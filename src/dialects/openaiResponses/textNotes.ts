/** What a stream says about a text as it grows: where it comes from, and how probable its tokens were. */
import { CitedBlocks } from "../../chat/citedBlocks.js";
import type { TokenProbability } from "../../chat/logProbabilities.js";
import type { Json } from "../dialect.js";
import { writeAnnotations } from "../openai/annotations.js";
import { writeTokens } from "../openai/logProbabilities.js";

export class TextNotes {
	cited = new CitedBlocks();
	#tokens: TokenProbability[] = [];
	/** How many of the tokens have been sent with a piece of the text. */
	#sent = 0;

	addTokens(tokens: readonly TokenProbability[]): void {
		this.#tokens.push(...tokens);
	}

	/** Those of the next piece. */
	takeTokens(): Json[] {
		if (this.#sent === this.#tokens.length) return [];
		const tokens = writeTokens(this.#tokens.slice(this.#sent));
		this.#sent = this.#tokens.length;
		return tokens;
	}

	/** What is to be said of the whole text. What follows is of the next one. */
	end(text: string): { readonly annotations: Json[]; readonly logprobs: Json[] } {
		const annotations = writeAnnotations(this.cited.placed(text));
		const logprobs = writeTokens(this.#tokens);
		this.cited = new CitedBlocks();
		this.#tokens = [];
		this.#sent = 0;
		return { annotations, logprobs };
	}
}
