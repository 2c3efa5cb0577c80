/** Who an upstream's vendor is: which dialects its API speaks, where, and how it is shown a credential. */
import type { Dialect } from "../dialects/dialect.js";
import type { UpstreamSettings } from "../settings/routes.js";
import type { ChatQuirks } from "./chatQuirks.js";

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
}

export interface Provider {
	/** As the configuration names it. */
	readonly name: string;
	/** Those that requests reach without translation; of them the first that can be translated is what others become. */
	readonly dialects: readonly Dialect[];
	/** Below the upstream's base URL. */
	path(request: ProviderRequest): string;
	/** Headers that show the gateway's own credential, names in lower case. */
	authorize(key: string): HeaderList;
	/** The shape of its list of models; as OpenAI has it where this is missing. */
	readonly modelShape?: "anthropic" | "google";
	/** Undefined where the key is all there is. */
	signer?(upstream: UpstreamSettings): Signer | undefined;
	/** Its API refuses `reasoning_content` in a chat's history, which most others read. */
	readonly refusesReasoning?: boolean;
	/** In chats it takes the role `developer`, and instructions in the middle, which templates of others' models don't know. */
	readonly takesInstructions?: boolean;
	/** Headers that every request has, where the client names none of its own; names in lower case. */
	readonly headers?: HeaderList;
	/** Where it lists its models, below the base URL; `/models` by default. */
	readonly modelsPath?: (upstream: { readonly url: string }) => string;
	/** How its chat completions differ from OpenAI's. */
	readonly quirks?: ChatQuirks;
	/** A stream's token counts come unasked, and to ask for them is refused. */
	readonly countsUnasked?: boolean;
}
