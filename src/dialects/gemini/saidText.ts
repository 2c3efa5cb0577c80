/** What a stream has said, and what the event at its end tells of it: where it comes from, how probable it was. */
import { CitedBlocks } from "../../chat/citedBlocks.js";
import type { TokenProbability } from "../../chat/logProbabilities.js";
import type { Json } from "../dialect.js";
import { writeGrounding } from "./grounding.js";
import { writeTokens } from "./logProbabilities.js";

export class SaidText {
	text = "";
	readonly cited = new CitedBlocks();
	readonly tokens: TokenProbability[] = [];

	/** Members of the candidate. */
	get members(): Json {
		const citations = this.cited.placed(this.text);
		return { ...writeGrounding([{ index: 0, text: this.text, citations }]), ...writeTokens(this.tokens) };
	}
}
