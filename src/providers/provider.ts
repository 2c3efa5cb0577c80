/** Who an upstream's vendor is: which dialects its API speaks, where, and how it is shown a credential. */
import type { Dialect } from "../dialects/dialect.js";

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
}

export interface Provider {
	/** As the configuration names it. */
	readonly name: string;
	/** Those that requests reach without translation; of them the first that can be translated is what others become. */
	readonly dialects: readonly Dialect[];
	/** Below the upstream's base URL. */
	path(request: ProviderRequest): string;
	/** Headers that show the gateway's own credential, names in lower case. */
	authorize(key: string): readonly (readonly [name: string, value: string])[];
	/** Its API refuses `reasoning_content` in a chat's history, which most others read. */
	readonly refusesReasoning?: boolean;
	/** In chats it takes the role `developer`, and instructions in the middle, which templates of others' models don't know. */
	readonly takesInstructions?: boolean;
	/** Headers that every request has, where the client names none of its own; names in lower case. */
	readonly headers?: readonly (readonly [name: string, value: string])[];
}
