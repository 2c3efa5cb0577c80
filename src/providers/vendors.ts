/** Vendors whose chat completions are OpenAI's but for some differences, which are data. */
import { anthropicMessages } from "../dialects/anthropicMessages/index.js";
import { jinaRerank } from "../dialects/jinaRerank/index.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiCompletions } from "../dialects/openaiCompletions/index.js";
import { openaiEmbeddings } from "../dialects/openaiEmbeddings/index.js";
import { openaiImages } from "../dialects/openaiImages/index.js";
import { openaiModerations } from "../dialects/openaiModerations/index.js";
import { openaiRealtime } from "../dialects/openaiRealtime/index.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { openaiSpeech } from "../dialects/openaiSpeech/index.js";
import { openaiTranscriptions } from "../dialects/openaiTranscriptions/index.js";
import { voyageRerank } from "../dialects/voyageRerank/index.js";
import { openaiCompatible } from "./openaiCompatible.js";
import type { Provider } from "./provider.js";

type Vendor = Pick<Provider, "name" | "dialects"> & Partial<Provider>;

const olderTokenLimit = { max_completion_tokens: "max_tokens" };
const olderRoles = { developer: "system" };

const given: readonly Vendor[] = [
	{
		name: "mistral",
		priceList: "mistral",
		keepsFiles: true,
		dialects: [openaiChat, openaiEmbeddings, openaiTranscriptions, openaiModerations],
		embeddingQuirks: { refuses: ["user"], renames: { dimensions: "output_dimension" } },
		quirks: {
			// It refuses what it does not know, with a 422.
			refuses: ["stream_options", "user", "logit_bias", "logprobs", "top_logprobs", "store", "service_tier"],
			renames: { ...olderTokenLimit, seed: "random_seed" },
			roles: olderRoles,
			toolChoices: { required: "any" },
			reasoningMember: undefined,
			hasShortIds: true,
		},
	},
	{
		name: "deepseek",
		priceList: "deepseek",
		dialects: [openaiChat, openaiCompletions, openaiResponses],
		quirks: {
			refuses: ["store", "service_tier"],
			renames: olderTokenLimit,
			roles: olderRoles,
			formats: { json_schema: "json_object" },
			reasoningMember: "reasoning_content",
		},
	},
	{
		name: "xai",
		priceList: "x-ai",
		keepsResponses: true,
		servesWebSocket: true,
		dialects: [
			openaiChat,
			openaiCompletions,
			openaiResponses,
			anthropicMessages,
			openaiEmbeddings,
			openaiImages,
			openaiRealtime,
		],
		modelDetails: { path: "/language-models", of: "list" },
		quirks: {
			refuses: ["logit_bias"],
			refusesFor: [
				{
					models: /^grok-(?!.*non-reasoning)(?:[4-9]|3-mini|code)/,
					members: ["presence_penalty", "frequency_penalty", "stop"],
				},
			],
			reasoningMember: "reasoning_content",
		},
	},
	{
		name: "groq",
		priceList: "groq",
		dialects: [openaiChat, openaiResponses, openaiSpeech, openaiTranscriptions],
		quirks: {
			refuses: ["logit_bias", "logprobs", "top_logprobs", "store"],
			reasoningMember: "reasoning",
		},
	},
	{
		name: "together",
		priceList: "together",
		dialects: [
			openaiChat,
			openaiCompletions,
			openaiEmbeddings,
			jinaRerank,
			openaiSpeech,
			openaiTranscriptions,
			openaiImages,
		],
	},
	{
		name: "openrouter",
		priceList: "openrouter",
		dialects: [openaiChat, openaiCompletions, openaiResponses, anthropicMessages, openaiEmbeddings, openaiImages],
	},
	{
		name: "perplexity",
		priceList: "perplexity",
		dialects: [openaiChat, openaiEmbeddings],
		// Chat completions stand beside its `/v1`, all else below it.
		path: (request) => {
			const path = openaiCompatible.path(request);
			return request.basePath === "" && path !== "/chat/completions" ? `/v1${path}` : path;
		},
		modelsPath: ({ url }) => (new URL(url).pathname === "/" ? "/v1/models" : "/models"),
		quirks: {
			refuses: ["store", "service_tier", "parallel_tool_calls"],
			renames: olderTokenLimit,
			roles: olderRoles,
			reasoningMember: undefined,
		},
	},
	{
		name: "moonshot",
		priceList: "moonshotai",
		dialects: [openaiChat],
		quirks: {
			roles: olderRoles,
			toolChoices: { required: undefined },
			reasoningMember: "reasoning_content",
		},
	},
	{
		name: "alibaba",
		dialects: [openaiChat, openaiCompletions, openaiEmbeddings],
		quirks: {
			renames: olderTokenLimit,
			roles: olderRoles,
			toolChoices: { required: undefined },
			reasoningMember: "reasoning_content",
		},
	},
	{
		name: "cerebras",
		priceList: "cerebras",
		dialects: [openaiChat, openaiCompletions],
		quirks: {
			refuses: ["frequency_penalty", "presence_penalty", "logit_bias", "store"],
			roles: olderRoles,
			reasoningMember: "reasoning",
		},
	},
	{
		name: "fireworks",
		priceList: "fireworks",
		dialects: [
			openaiChat,
			openaiCompletions,
			openaiResponses,
			anthropicMessages,
			openaiEmbeddings,
			openaiTranscriptions,
		],
		quirks: { renames: olderTokenLimit, roles: olderRoles, reasoningMember: "reasoning_content" },
	},
	{ name: "jina", dialects: [jinaRerank, openaiEmbeddings] },
	{
		name: "voyage",
		dialects: [voyageRerank, openaiEmbeddings],
		embeddingQuirks: { refuses: ["user"], renames: { dimensions: "output_dimension" } },
	},
];

export const vendors: readonly Provider[] = given.map((vendor) => ({ ...openaiCompatible, ...vendor }));
