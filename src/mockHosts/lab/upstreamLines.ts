/** The lab's wire formats, as a gateway's configuration names them: lines to copy. */

export interface LabUpstream {
	readonly name: string;
	readonly provider: string;
	/** Below the lab's address. */
	readonly path: string;
	/** Members that it needs beside them. */
	readonly more?: string;
	/** What is served there. */
	readonly speaks: string;
}

export const labUpstreams: readonly LabUpstream[] = [
	{
		name: "lab-openai",
		provider: "openai",
		path: "/v1",
		speaks: "all of OpenAI's that the lab has, realtime sessions too",
	},
	{
		name: "lab-anthropic",
		provider: "anthropic",
		path: "/v1",
		speaks: "Messages, their token counts, batches and files",
	},
	{
		name: "lab-gemini",
		provider: "gemini",
		path: "/v1beta",
		speaks: "generateContent, token counts, embeddings, pictures, the Live API",
	},
	{
		name: "lab-azure",
		provider: "azure",
		path: "/openai?api-version=2024-10-21",
		speaks: "deployments",
	},
	{ name: "lab-cohere", provider: "cohere", path: "/v2", speaks: "Cohere's chat, embeddings and rerankings" },
	{ name: "lab-ollama", provider: "ollama", path: "/v1", more: "ollama: {}", speaks: "Ollama's own chat" },
	{
		name: "lab-bedrock",
		provider: "bedrock",
		path: "",
		// Without a key requests are signed.
		more: 'key: "${LAB_KEY}"',
		speaks: "Converse and its streams, InvokeModel for Claude and pictures",
	},
];

/** @param url of the lab, without a path. @returns lines of YAML */
export function upstreamLines(url: string): string {
	const entries = labUpstreams.map(({ name, provider, path, more }) => {
		const members = [`provider: ${provider}`, `url: "${url}${path}"`, ...(more === undefined ? [] : [more])];
		return `  ${name}: {${members.join(", ")}}`;
	});
	const width = Math.max(...entries.map(({ length }) => length));
	const lines = entries.map((entry, at) => `${entry.padEnd(width)}  # ${labUpstreams[at]?.speaks}`);
	return ["upstreams:", ...lines].join("\n");
}
