/** The data of a prompt's page. */
import type { Prompt, PromptVersion } from "./contract.js";

export interface PromptWithVersions {
	prompt: Prompt;
	/** Newest first. */
	versions: PromptVersion[];
}
