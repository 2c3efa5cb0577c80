/** Where the API of each provider is, for upstreams whose `url` is not given. Whole base URLs, with the port. */
export const providerUrls: ReadonlyMap<string, string> = new Map([
	["openai", "https://api.openai.com:443/v1"],
	["anthropic", "https://api.anthropic.com:443/v1"],
	["gemini", "https://generativelanguage.googleapis.com:443/v1beta"],
	["cohere", "https://api.cohere.com:443/v2"],
	["mistral", "https://api.mistral.ai:443/v1"],
	["deepseek", "https://api.deepseek.com:443/v1"],
	["xai", "https://api.x.ai:443/v1"],
	["groq", "https://api.groq.com:443/openai/v1"],
	["together", "https://api.together.xyz:443/v1"],
	["openrouter", "https://openrouter.ai:443/api/v1"],
	["perplexity", "https://api.perplexity.ai:443"],
	["moonshot", "https://api.moonshot.ai:443/v1"],
	["alibaba", "https://dashscope-intl.aliyuncs.com:443/compatible-mode/v1"],
	["cerebras", "https://api.cerebras.ai:443/v1"],
	["fireworks", "https://api.fireworks.ai:443/inference/v1"],
	["jina", "https://api.jina.ai:443/v1"],
	["voyage", "https://api.voyageai.com:443/v1"],
	// Servers of one's own, on this machine and at the port that they listen at by themselves.
	["vllm", "http://127.0.0.1:8000/v1"],
	["sglang", "http://127.0.0.1:30000/v1"],
	["llamacpp", "http://127.0.0.1:8080/v1"],
	["tgi", "http://127.0.0.1:3000/v1"],
	["tei", "http://127.0.0.1:8080/v1"],
	["whispercpp", "http://127.0.0.1:8080"],
	["lmstudio", "http://127.0.0.1:1234/v1"],
	["ollama", "http://127.0.0.1:11434/v1"],
]);

/** The path of a URL that has none, where it is not `/v1`. */
export const usualPaths: ReadonlyMap<string, string> = new Map([
	["azure", "/openai/v1"],
	["cohere", "/v2"],
	["gemini", "/v1beta"],
	["bedrock", ""],
	["vertex", "/v1beta1"],
	["whispercpp", ""],
]);

/** @param region of AWS @param api of Bedrock's, as the configuration names it */
export function bedrockUrl(region: string, api: string | undefined): string {
	if (api === "mantle") return `https://bedrock-mantle.${region}.api.aws:443/v1`;
	const path = api === "openai" || api === "anthropic" ? `/${api}/v1` : "";
	return `https://bedrock-runtime.${region}.amazonaws.com:443${path}`;
}

/** A location of Vertex AI. */
export const usualLocation = "global";

/** Where a location of Vertex AI is. */
export function vertexUrl(location: string): string {
	const host =
		location === "global"
			? "aiplatform.googleapis.com"
			: /^(us|eu)$/.test(location)
				? `aiplatform.${location}.rep.googleapis.com`
				: `${location}-aiplatform.googleapis.com`;
	return `https://${host}:443/v1beta1`;
}
