/** All vendors, by the name that the configuration has for them. A new one is a file or folder, and a line here. */

import { dialects } from "../dialects/dialects.js";
import type { OllamaOptions } from "../dialects/ollamaChat/request.js";
import { anthropic } from "./anthropic.js";
import { azure } from "./azure.js";
import { bedrock } from "./bedrock.js";
import { cohere } from "./cohere.js";
import { gemini } from "./gemini.js";
import { ollamaItself } from "./ollama.js";
import { openai } from "./openai.js";
import { openaiCompatible } from "./openaiCompatible.js";
import type { Provider } from "./provider.js";
import { servers } from "./servers.js";
import { vendors } from "./vendors.js";

export const providers: ReadonlyMap<string, Provider> = new Map(
	[openaiCompatible, openai, anthropic, gemini, azure, cohere, bedrock, ...vendors, ...servers].map((provider) => [
		provider.name,
		provider,
	]),
);

export interface ProviderSettings {
	/** A name of the configuration's; without one, or with one that nobody knows, whoever follows OpenAI. */
	readonly provider?: string | undefined;
	/** Names of the dialects that an upstream speaks, where they are not its vendor's. */
	readonly dialects?: readonly string[] | undefined;
	/** Ollama is asked in its own wire format. */
	readonly ollama?: OllamaOptions | undefined;
}

export function providerOf({ provider: name, dialects: spoken, ollama }: ProviderSettings): Provider {
	if (ollama !== undefined && spoken === undefined) return ollamaItself(ollama);
	const provider = (name === undefined ? undefined : providers.get(name)) ?? openaiCompatible;
	if (spoken === undefined) return provider;
	const known = spoken.map((one) => dialects.get(one)).filter((dialect) => dialect !== undefined);
	return { ...provider, dialects: known };
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
