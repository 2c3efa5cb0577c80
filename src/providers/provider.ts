/** Who an upstream's vendor is: which dialects its API speaks, where, and how it is shown a credential. */
import type { Dialect, ErrorFormat, Json } from "../dialects/dialect.js";
import type { UpstreamSettings } from "../settings/routes.js";
import type { Carriage } from "./carriage.js";
import type { ChatQuirks, RequestEdits } from "./chatQuirks.js";
import type { FetchToken } from "./expiringToken.js";
import type { Issuers } from "./tokenEndpoint.js";

export interface ProviderRequest {
	/** The dialect in which the upstream is asked; undefined for operations that have none. */
	readonly dialect: Dialect | undefined;
	/** The operation's `x-upstream`, with its path parameters filled in. */
	readonly path: string;
	/** As the upstream names it. */
	readonly model: string | undefined;
	readonly isStream: boolean;
	/** The path is that of another dialect's operation. */
	readonly isTranslated: boolean;
	/** The path of the upstream's base URL, empty if it has none. */
	readonly basePath: string;
}

/** A request's body on its way to the upstream. */
export interface ProviderBody {
	readonly dialect: Dialect | undefined;
	/** The operation's `x-upstream`, with its path parameters filled in. */
	readonly path: string;
	/** As the upstream names it. */
	readonly model: string;
	readonly json: Json;
}

/** Names in lower case, and values. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** A path that begins with it stands beside the upstream's base URL, not below it. */
export const fromRoot = "//";

export interface RequestToSign {
	readonly method: string;
	/** With the query. */
	readonly url: URL;
	/** The body's pieces, in order. */
	readonly body: readonly Buffer[];
}

/** Shows a credential that is no fixed text: a token that expires, or a signature of the request. */
export interface Signer {
	/** Rejects, or throws, if the credential can't be had. */
	headersFor(request: RequestToSign): HeaderList | Promise<HeaderList>;
	/** The upstream has refused what it was shown. @returns whether it may be shown something else */
	renew?(shown: HeaderList): boolean;
}

/** An API that stands before a model's own, and refuses in words of its own. */
export interface Front {
	readonly errors: ErrorFormat;
	/** These are its words, and the dialect has others. */
	isForeign(json: Json, dialect: Dialect): boolean;
}

/** A place at which an upstream describes its models, below its base URL. */
export interface ModelDetails {
	readonly path: string;
	/** A list of them all, the only one that it has, or each that it is asked for by its name. */
	readonly of: "list" | "only" | "each";
}

/** Lists of models that make one. */
export interface ModelListing {
	urls(upstream: { readonly url: string }): readonly string[];
	/** @param answers in the order of the URLs, parsed @returns the list as OpenAI has it */
	read(answers: readonly unknown[]): Json;
}

export interface Provider {
	/** As the configuration names it. */
	readonly name: string;
	/** Those that requests reach without translation; of them the first that can be translated is what others become. */
	readonly dialects: readonly Dialect[];
	/** Those of one model, where they depend on it; of `dialects`. */
	dialectsOf?(model: string): readonly Dialect[];
	/** Where the vendor carries the dialect in a form of its own. */
	carriage?(dialect: Dialect | undefined): Carriage | undefined;
	/** Below the upstream's base URL. */
	path(request: ProviderRequest): string;
	/** Headers that show the gateway's own credential, names in lower case. */
	authorize(key: string): HeaderList;
	/** The query of a client's own dialect means nothing to it. */
	dropsQuery?(dialect: Dialect | undefined): boolean;
	/** Members of a body that it has otherwise, by name; undefined for those to leave out. */
	edits?(body: ProviderBody): RequestEdits;
	/** What the first frame of a session calls the model, where that is not its own name. */
	modelInSession?(model: string, basePath: string): string;
	/** Where not all refusals are in the words of the model's own API. */
	readonly front?: Front;
	/** The shape of its list of models; as OpenAI has it where this is missing. */
	readonly modelShape?: "anthropic" | "google";
	/** Undefined where a key, or a token, is all there is. */
	signer?(upstream: UpstreamSettings): Signer | undefined;
	/** Gets the bearer token that it is shown; undefined where that is not what it is shown. */
	fetchToken?(upstream: UpstreamSettings, issuers: Issuers): FetchToken | undefined;
	/** It keeps responses, unless it is asked not to. */
	readonly keepsResponses?: boolean;
	/** It keeps files, at `/files`: as Anthropic has them where its lists of models are Anthropic's, else as OpenAI has them. */
	readonly keepsFiles?: boolean;
	/** It runs batches of messages, as Anthropic does. */
	readonly keepsBatches?: boolean;
	/** It serves responses over WebSockets. */
	readonly servesWebSocket?: boolean;
	/** Its API takes `prompt_cache_key` in chats and responses. */
	readonly takesCacheKey?: boolean;
	/** Its API refuses `reasoning_content` in a chat's history, which most others read. */
	readonly refusesReasoning?: boolean;
	/** In chats it takes the role `developer`, and instructions in the middle, which templates of others' models don't know. */
	readonly takesInstructions?: boolean;
	/** Headers that every request has, where the client names none of its own; names in lower case. */
	readonly headers?: HeaderList;
	/** Where it lists its models: below the base URL, or a whole URL; `/models` by default. */
	readonly modelsPath?: (upstream: { readonly url: string }) => string;
	/** Where it says more of its models than there. */
	readonly modelDetails?: ModelDetails;
	/** Whose way of counting a prompt's tokens it has, at `/tokenize`. */
	readonly tokenize?: "vllm" | "llama.cpp";
	/** In place of `modelsPath`, where other hosts list them, in a form of their own. */
	readonly listing?: ModelListing;
	/** Whose prices apply, as @pydantic/genai-prices names it. */
	readonly priceList?: string;
	/** How its chat completions differ from OpenAI's. */
	readonly quirks?: ChatQuirks;
	/** The same for one model, where that is another vendor's. */
	quirksOf?(model: string): ChatQuirks | undefined;
	/** How its embeddings differ from OpenAI's. */
	readonly embeddingQuirks?: Pick<ChatQuirks, "refuses" | "renames">;
}

/** How a model's chat completions differ from OpenAI's. */
export function quirksFor(provider: Provider, model: string): ChatQuirks | undefined {
	return provider.quirksOf?.(model) ?? provider.quirks;
}

/** Those in which a model is asked, as the upstream names it; undefined for requests that name none. */
export function dialectsFor({ dialects, dialectsOf }: Provider, model: string | undefined): readonly Dialect[] {
	return model === undefined || dialectsOf === undefined ? dialects : dialectsOf(model);
}
