/** Whose model one is, by the name that Bedrock has for it: an id, an inference profile's, or an ARN. */

/** `anthropic.claude-…`, `us.anthropic.claude-…`, `arn:aws:bedrock:…/global.anthropic.claude-…`. */
export function isClaude(model: string): boolean {
	return /(?:^|[./:])anthropic\.|claude/i.test(model);
}

/** An ARN that tells nobody's name, as those of application inference profiles, prompt routers and imported models. */
export function isUnnamed(model: string): boolean {
	return /^arn:[^/]*\/[a-z0-9-]+$/i.test(model);
}
