/** All vendors, by the name that the configuration has for them. A new one is a file or folder, and a line here. */

import { dialects } from "../dialects/dialects.js";
import { anthropic } from "./anthropic.js";
import { azure } from "./azure.js";
import { type BedrockSettings, bedrockAt } from "./bedrock.js";
import { cohere } from "./cohere.js";
import { gemini } from "./gemini.js";
import { type OllamaOptions, ollamaItself } from "./ollama.js";
import { openai } from "./openai.js";
import { openaiCompatible } from "./openaiCompatible.js";
import type { Provider } from "./provider.js";
import { servers } from "./servers.js";
import { vendors } from "./vendors.js";
import { vertex } from "./vertex/index.js";
import { whispercpp } from "./whispercpp.js";

export const providers: ReadonlyMap<string, Provider> = new Map(
	[
		openaiCompatible,
		openai,
		anthropic,
		gemini,
		azure,
		cohere,
		bedrockAt({}),
		vertex,
		whispercpp,
		...vendors,
		...servers,
	].map((provider) => [provider.name, provider]),
);

export interface ProviderSettings extends BedrockSettings {
	/** A name of the configuration's; without one, or with one that nobody knows, whoever follows OpenAI. */
	readonly provider?: string | undefined;
	/** Names of the dialects that an upstream speaks, where they are not its vendor's. */
	readonly dialects?: readonly string[] | undefined;
	/** Ollama is asked in its own wire format. */
	readonly ollama?: OllamaOptions | undefined;
}

export function providerOf(settings: ProviderSettings): Provider {
	const { provider: name, dialects: spoken, ollama } = settings;
	if (ollama !== undefined && spoken === undefined) return ollamaItself(ollama);
	const provider = name === "bedrock" ? bedrockAt(settings) : (providers.get(name ?? "") ?? openaiCompatible);
	if (spoken === undefined) return provider;
	const known = spoken.map((one) => dialects.get(one)).filter((dialect) => dialect !== undefined);
	// What the configuration says is true of all its models.
	const { dialectsOf: _ofModels, ...others } = provider;
	return { ...others, dialects: known };
}

/** What an upstream has said about itself. Plain data, which is sent to the workers as it is. */
export interface FoundServer {
	/** The name of its provider; undefined if it is nobody whom the gateway knows. */
	readonly provider: string | undefined;
	/** Names of dialects that it turned out not to speak. */
	readonly lacks: readonly string[];
}

/** It may be asked who it is: the configuration does not say. */
export function isToBeFound({ provider }: ProviderSettings): boolean {
	return provider === undefined || provider === "auto";
}

/** The provider of an upstream that has been asked. What the configuration says of it stands. */
export function foundProvider(settings: ProviderSettings, server: FoundServer | undefined): Provider {
	if (server === undefined) return providerOf(settings);
	const name = isToBeFound(settings) ? server.provider : settings.provider;
	const provider = providerOf({ ...settings, provider: name });
	if (settings.dialects !== undefined) return provider;
	return { ...provider, dialects: provider.dialects.filter((dialect) => !server.lacks.includes(dialect.name)) };
}
