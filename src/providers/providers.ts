/** All vendors, by the name that the configuration has for them. A new one is a file or folder, and a line here. */

import { dialects } from "../dialects/dialects.js";
import { anthropic } from "./anthropic.js";
import { gemini } from "./gemini.js";
import { openai } from "./openai.js";
import { openaiCompatible } from "./openaiCompatible.js";
import type { Provider } from "./provider.js";

export const providers: ReadonlyMap<string, Provider> = new Map(
	[openaiCompatible, openai, anthropic, gemini].map((provider) => [provider.name, provider]),
);

export interface ProviderSettings {
	/** A name of the configuration's; without one, or with one that nobody knows, whoever follows OpenAI. */
	readonly provider?: string | undefined;
	/** Names of the dialects that an upstream speaks, where they are not its vendor's. */
	readonly dialects?: readonly string[] | undefined;
}

export function providerOf({ provider: name, dialects: spoken }: ProviderSettings): Provider {
	const provider = (name === undefined ? undefined : providers.get(name)) ?? openaiCompatible;
	if (spoken === undefined) return provider;
	const known = spoken.map((one) => dialects.get(one)).filter((dialect) => dialect !== undefined);
	return { ...provider, dialects: known };
}
