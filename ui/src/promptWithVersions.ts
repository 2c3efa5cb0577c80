/** A prompt as its page shows it. */
import type { Prompt, PromptVersion } from "./contract.js";

export interface PromptWithVersions {
	prompt: Prompt;
	/** Newest first. */
	versions: PromptVersion[];
}
