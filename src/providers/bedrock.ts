/** AWS Bedrock: its APIs, each model in the one that serves it best, with an API key or signed requests. */
import { anthropicMessages, anthropicTokenCounts } from "../dialects/anthropicMessages/index.js";
import { bedrockConverse } from "../dialects/bedrockConverse/index.js";
import { isClaude, isUnnamed } from "../dialects/bedrockConverse/modelName.js";
import { cohereEmbeddings, titanEmbeddings } from "../dialects/bedrockEmbeddings/index.js";
import { amazonImages, stabilityImages } from "../dialects/bedrockImages/index.js";
import { bedrockRerank } from "../dialects/bedrockRerank/index.js";
import type { Dialect } from "../dialects/dialect.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { modelSegment } from "../dialects/pathSegment.js";
import type { AwsSettings } from "../settings/routes.js";
import { anthropic } from "./anthropic.js";
import { awsSigner } from "./bedrock/credentials.js";
import { countCarriage, invokeCarriage, refusedAs } from "./bedrock/invoke.js";
import { bedrockListing } from "./bedrock/models.js";
import type { Carriage } from "./carriage.js";
import { openai } from "./openai.js";
import { fromRoot, type Provider, type ProviderRequest } from "./provider.js";

type Api = NonNullable<AwsSettings["api"]>;

const messages = [anthropicMessages, anthropicTokenCounts] as const;
const openais = [openaiChat, openaiResponses] as const;
const converse = [bedrockConverse] as const;
const invoked = [titanEmbeddings, cohereEmbeddings, bedrockRerank, amazonImages, stabilityImages] as const;
/** Messages' own clients get them; all others are translated into the first, Converse. */
const claude = [bedrockConverse, ...messages] as const;

/** Models that make vectors, rankings or pictures, which both of Bedrock's own APIs reach by InvokeModel. */
const invokedModels: readonly (readonly [names: RegExp, dialect: Dialect])[] = [
	[/titan-embed/, titanEmbeddings],
	[/cohere\.embed/, cohereEmbeddings],
	[/(?:cohere|amazon)\.rerank/, bedrockRerank],
	[/titan-image|nova-canvas/, amazonImages],
	[/stability\./, stabilityImages],
];

function invokedOf(model: string): readonly Dialect[] | undefined {
	const [, dialect] = invokedModels.find(([names]) => names.test(model)) ?? [];
	return dialect && [dialect];
}

/** What each API serves, and for which models. */
const dialectsOfApi: Readonly<Record<Api, Pick<Provider, "dialects" | "dialectsOf">>> = {
	auto: {
		dialects: [...claude, ...invoked],
		dialectsOf: (model) => (isClaude(model) ? claude : (invokedOf(model) ?? converse)),
	},
	converse: { dialects: [...converse, ...invoked], dialectsOf: (model) => invokedOf(model) ?? converse },
	invoke: {
		dialects: [...messages, ...converse, ...invoked],
		dialectsOf: (model) => (isClaude(model) || isUnnamed(model) ? messages : (invokedOf(model) ?? converse)),
	},
	openai: { dialects: openais },
	anthropic: { dialects: messages },
	mantle: { dialects: [...openais, ...messages], dialectsOf: (model) => (isClaude(model) ? messages : openais) },
};

/** Bedrock's own, at which the model stands in the path. */
const ownApis: ReadonlySet<Api> = new Set<Api>(["auto", "converse", "invoke"]);

export interface BedrockSettings {
	readonly url?: string | undefined;
	readonly aws?: AwsSettings | undefined;
}

/** The provider of one upstream. */
export function bedrockAt({ url = "", aws = {} }: BedrockSettings): Provider {
	const api = aws.api ?? apiAt(url);
	const carriages = carriagesOf(api, aws.betas ?? []);
	const isOpenAi = api === "openai" || api === "mantle";
	return {
		name: "bedrock",
		priceList: "aws",
		...dialectsOfApi[api],
		path: (request) => pathAt(api, request),
		carriage: (dialect) => dialect && carriages.get(dialect),
		authorize: (key) => [["authorization", `Bearer ${key}`]],
		signer: (upstream) =>
			upstream.key === undefined ? awsSigner(upstream, api === "mantle" ? "bedrock-mantle" : "bedrock") : undefined,
		...(isOpenAi
			? { modelsPath: (upstream) => atBase(api, openaiChat, new URL(upstream.url).pathname, "/models") }
			: { listing: bedrockListing, modelsPath: (upstream) => bedrockListing.urls(upstream)[0] as string }),
		...(api === "anthropic" || api === "mantle" ? { headers: anthropic.headers } : {}),
	};
}

/** By the host and the path of a URL. */
export function apiAt(url: string): Api {
	if (/^https?:\/\/bedrock-mantle[.-]/.test(url)) return "mantle";
	if (/\/anthropic(?:\/v1)?\/?$/.test(url)) return "anthropic";
	return /\/openai(?:\/v1)?\/?$/.test(url) ? "openai" : "auto";
}

/** Where dialects come in a form of Bedrock's own; elsewhere only what AWS's front refuses does. */
function carriagesOf(api: Api, betas: readonly string[]): ReadonlyMap<Dialect, Carriage> {
	if (ownApis.has(api))
		return new Map([
			[anthropicMessages, invokeCarriage(betas)],
			[anthropicTokenCounts, countCarriage(betas)],
		]);
	return new Map([...openais, ...messages].map((dialect) => [dialect, { refused: refusedAs(dialect.errors) }]));
}

function pathAt(api: Api, request: ProviderRequest): string {
	const { dialect, model = "", path, isStream, basePath } = request;
	if (!ownApis.has(api)) return dialect === undefined ? path : atBase(api, dialect, basePath, openai.path(request));
	const operation = operations.get(dialect)?.[isStream ? 1 : 0];
	return operation === undefined ? path : `/model/${modelSegment(model)}/${operation}`;
}

/** Whole, and streamed. */
const operations: ReadonlyMap<Dialect | undefined, readonly [string, string]> = new Map([
	[bedrockConverse, ["converse", "converse-stream"]],
	[anthropicMessages, ["invoke", "invoke-with-response-stream"]],
	[anthropicTokenCounts, ["count-tokens", "count-tokens"]],
	[titanEmbeddings, ["invoke", "invoke"]],
	[cohereEmbeddings, ["invoke", "invoke"]],
	[bedrockRerank, ["invoke", "invoke"]],
	[amazonImages, ["invoke", "invoke"]],
	[stabilityImages, ["invoke", "invoke"]],
]);

/** The URL may name the host alone, either of the APIs that stand beside each other there, or one without its version. */
function atBase(api: Api, dialect: Dialect, basePath: string, path: string): string {
	const [found = ""] = /(?:\/openai|\/anthropic)?(?:\/v1)?\/?$/.exec(basePath) ?? [];
	const before = basePath.slice(0, basePath.length - found.length);
	const isPlain = api === "mantle" && !found.startsWith("/openai");
	const root = messages.some((own) => own === dialect) ? "/anthropic/v1" : isPlain ? "/v1" : "/openai/v1";
	return `${fromRoot}${before}${root}${path}`;
}
