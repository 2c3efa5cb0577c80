/** All vendors, by the name that the configuration has for them. A new one is a file or folder, and a line here. */
import { anthropic } from "./anthropic.js";
import { openai } from "./openai.js";
import { openaiCompatible } from "./openaiCompatible.js";
import type { Provider } from "./provider.js";

export const providers: ReadonlyMap<string, Provider> = new Map(
	[openaiCompatible, openai, anthropic].map((provider) => [provider.name, provider]),
);

/** @param provider a name of the configuration's; without one, or with one that nobody knows, whoever follows OpenAI */
export function providerOf({ provider }: { readonly provider?: string | undefined }): Provider {
	return (provider === undefined ? undefined : providers.get(provider)) ?? openaiCompatible;
}
