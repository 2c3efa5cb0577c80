/** Ollama's chat, generate and embeddings: forwarded; and requests that only load a model, answered here where no upstream loads any. */
import type { Dialect } from "../dialects/dialect.js";
import { ollamaChat } from "../dialects/ollamaChat/index.js";
import { ollamaGenerate } from "../dialects/ollamaGenerate/index.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import type { TokenCounter } from "./tokenCounter.js";

type OllamaHandlers = Pick<
	Handlers,
	"createOllamaChat" | "createOllamaGeneration" | "createOllamaEmbeddings" | "createOllamaEmbedding"
>;

type Json = Readonly<Record<string, unknown>>;

export function ollamaHandlers(gateway: GatewayServices, counter: TokenCounter): OllamaHandlers {
	const forwarded = (ctx: GatewayContext) => forward(gateway, ctx);
	/** @param said what such an answer has in place of text */
	const loading = <Said>(
		ctx: GatewayContext,
		dialect: Dialect,
		said: Said,
	): Promise<ResponseStream> | (Said & Loaded) => {
		const isServedBy = (spoken: Dialect) => spoken === dialect;
		return counter.someSpeak(ctx, isServedBy)
			? forward(gateway, ctx, { isServedBy })
			: { ...loadedAnswer(bodyOf(ctx)), ...said };
	};
	return {
		createOllamaChat: (ctx) =>
			isEmpty(bodyOf(ctx).messages)
				? loading(ctx, ollamaChat, { message: { role: "assistant", content: "" } })
				: forwarded(ctx),
		createOllamaGeneration: (ctx) =>
			isEmpty(bodyOf(ctx).prompt) && isEmpty(bodyOf(ctx).suffix)
				? loading(ctx, ollamaGenerate, { response: "" })
				: forwarded(ctx),
		createOllamaEmbeddings: forwarded,
		createOllamaEmbedding: forwarded,
	};
}

interface Loaded {
	readonly model: string;
	readonly created_at: string;
	readonly done: true;
	readonly done_reason: "load" | "unload";
}

function loadedAnswer({ model, keep_alive: keepAlive }: Json): Loaded {
	const isUnload = /^0+(\.0+)?[a-z]*$/.test(String(keepAlive ?? ""));
	return {
		model: String(model),
		created_at: new Date().toISOString(),
		done: true,
		done_reason: isUnload ? "unload" : "load",
	};
}

function bodyOf({ state: { exchange } }: GatewayContext): Json {
	return exchange.body?.json ?? {};
}

function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
