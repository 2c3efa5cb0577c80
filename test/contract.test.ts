/** Every operation and every documented status of openapi.yaml, each with a real response held against the contract. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { text as bodyText } from "node:stream/consumers";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { readBaseDocument } from "../src/contract/baseDocument.js";
import { LocalFiles } from "../src/files/localFiles.js";
import { hashedSecret, newSecret } from "../src/keys/secret.js";
import { serveSessions } from "../src/mockHosts/realtime/serveSessions.js";
import { sessionIdOf } from "../src/sessions/sessionId.js";
import type { Routing, UpstreamSettings } from "../src/settings/routes.js";
import { defaultRetry, singleUpstreamName } from "../src/settings/singleUpstream.js";
import { type WebhookSettings, webhookEvents } from "../src/settings/webhookSettings.js";
import { anonymous } from "../src/store/anonymousOwner.js";
import type { BatchKind } from "../src/store/batchTypes.js";
import type { NewKey } from "../src/store/keyTypes.js";
import { type Store, StoreError, type StoreProblem } from "../src/store/store.js";
import { type Lesson, lessonOf } from "../src/upstream/lessons/lesson.js";
import { completion, type HostAnswer, sendJson, startAiHost } from "./kit/aiHost.js";
import { validatorAt } from "./kit/contract.js";
import { hello, shortBackoff, startGateway, temporaryFile } from "./kit/gateway.js";
import { addKey, newKey } from "./kit/keys.js";
import { route, target, upstream } from "./kit/routing.js";
import { aResponse } from "./kit/storeRecords.js";
import { usageRecord } from "./kit/usage.js";

/** Once set, the store's answer to everything. */
const failing: { problem: StoreProblem | undefined } = vi.hoisted(() => ({ problem: undefined }));

vi.mock("../src/store/open.js", async (original) => {
	const { openStore } = await original<{ openStore(...given: unknown[]): Promise<Store> }>();
	return {
		async openStore(...given: unknown[]): Promise<Store> {
			const store = await openStore(...given);
			const failsWhenSet = {
				get(target: object, name: string, receiver: unknown) {
					const { problem } = failing;
					if (!problem) return Reflect.get(target, name, receiver);
					return async () => Promise.reject(new StoreError(problem, "x"));
				},
			};
			return {
				prompts: new Proxy(store.prompts, failsWhenSet as ProxyHandler<Store["prompts"]>),
				completions: new Proxy(store.completions, failsWhenSet as ProxyHandler<Store["completions"]>),
				responses: new Proxy(store.responses, failsWhenSet as ProxyHandler<Store["responses"]>),
				keys: new Proxy(store.keys, failsWhenSet as ProxyHandler<Store["keys"]>),
				usage: new Proxy(store.usage, failsWhenSet as ProxyHandler<Store["usage"]>),
				cache: new Proxy(store.cache, failsWhenSet as ProxyHandler<Store["cache"]>),
				sessions: new Proxy(store.sessions, failsWhenSet as ProxyHandler<Store["sessions"]>),
				conversations: new Proxy(store.conversations, failsWhenSet as ProxyHandler<Store["conversations"]>),
				secrets: new Proxy(store.secrets, failsWhenSet as ProxyHandler<Store["secrets"]>),
				background: new Proxy(store.background, failsWhenSet as ProxyHandler<Store["background"]>),
				batches: new Proxy(store.batches, failsWhenSet as ProxyHandler<Store["batches"]>),
				webhooks: new Proxy(store.webhooks, failsWhenSet as ProxyHandler<Store["webhooks"]>),
				files: new Proxy(store.files, failsWhenSet as ProxyHandler<Store["files"]>),
				calls: new Proxy(store.calls, failsWhenSet as ProxyHandler<Store["calls"]>),
				audit: new Proxy(store.audit, failsWhenSet as ProxyHandler<Store["audit"]>),
				settle: () => store.settle(),
				close: () => store.close(),
			};
		},
	};
});
beforeEach(() => {
	failing.problem = undefined;
});

interface DocumentedResponse {
	$ref?: string;
	headers?: Record<string, unknown>;
	content?: Record<string, { schema?: unknown }>;
}

interface DocumentedOperation {
	operationId: string;
	responses: Record<string, DocumentedResponse>;
}

const document = readBaseDocument() as unknown as {
	paths: Record<string, Record<string, DocumentedOperation>>;
	components: { responses: Record<string, DocumentedResponse> };
};
const pointer = (...steps: string[]) =>
	steps.map((step) => `/${encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");

/** Where a documented response stands, through its `$ref` if it has one. */
function locate(path: string, method: string, status: string): { response: DocumentedResponse; at: string } {
	const response = document.paths[path]?.[method]?.responses[status] as DocumentedResponse;
	const name = response.$ref?.split("/").at(-1);
	if (name === undefined) return { response, at: pointer("paths", path, method, "responses", status) };
	return {
		response: document.components.responses[name] as DocumentedResponse,
		at: pointer("components", "responses", name),
	};
}

/** How to bring a documented response about. */
interface Case {
	answer?: HostAnswer;
	flags?: Record<string, unknown>;
	aihost?: string;
	path?: string;
	body?: unknown;
	/** The body is `multipart/form-data`. */
	isForm?: true;
	/** It is a WebSocket's handshake, with these headers. */
	handshake?: Record<string, string>;
	/** The upstream takes sessions over WebSockets. */
	takesSessions?: true;
	/** Its body is a link of the gateway's. */
	hasLink?: true;
	headers?: Record<string, string>;
	/** Requests made before, for limits. */
	before?: number;
	/** The body of another request that is made before, with the same headers. */
	earlier?: unknown;
	/** The status that `default` stands for. */
	status?: number;
	/** Prepares the store. The id it returns replaces `{id}` in the path. */
	stored?: (store: Store) => Promise<string>;
	/** What a model has been found to refuse. */
	learned?: Lesson;
	/** How the store fails. */
	storeProblem?: StoreProblem;
	/** A key that has to be there before, and that the request brings. */
	key?: Partial<NewKey>;
	/** Settings of the upstream, and the models that are routed to it, where those are not all. */
	upstream?: Partial<UpstreamSettings>;
	models?: string[];
	webhooks?: WebhookSettings[];
}

/** Documented headers that come where there is something to say. */
const onlySometimes = new Set([
	...["x-llmgw-attempts", "x-llmgw-dropped", "x-llmgw-truncated", "x-llmgw-replay", "x-should-retry"],
	...["cache-status", "age", "x-llmgw-estimated"],
]);

const json = { "content-type": "application/json" };
const oneRequest = temporaryFile(
	"one.yaml",
	"overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {x-rate-limit: {max: 1, window: 1m}}}, {target: '$.paths[*][?@[\"x-rate-limit\"].max]', update: {x-rate-limit: {max: 1, window: 1m}}}]",
);
/** One request of a client, and tokens of many. */
const limitedClients = temporaryFile(
	"limits.yaml",
	"overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {x-limits: {requestsPerMinute: 1, tokensPerMinute: 1000000}}}]",
);
/** Cases whose 200 says how the limits stand. */
function withLimits(cases: Record<string, Case>): Record<string, Case> {
	const good = cases["200"] as Case;
	return { ...cases, "200": { ...good, flags: { ...good.flags, overlay: [limitedClients] } } };
}
const broken = (stage = "upstream") =>
	temporaryFile(
		"broken.mjs",
		`export default { name: "broken", stage: "${stage}", middleware: () => () => { throw new Error("x"); } }`,
	);
/** A plugin that takes no more, as the gateway does whose memory for bodies is used up. */
const busy = temporaryFile(
	"busy.mjs",
	`export default { name: "busy", stage: "upstream", middleware: () => () => {
		throw Object.assign(new Error("Busy"), { status: 503, expose: true, headers: { "retry-after": "1" } });
	} }`,
);

const anyForwarded: Record<string, Case> = {
	"429": { flags: { overlay: [oneRequest] }, before: 1 },
	"500": { flags: { plugin: [broken()] } },
	"502": { aihost: "http://127.0.0.1:1" },
	"504": { answer: () => {}, flags: { timeout: "50ms" } },
	default: {
		answer: (_request, response) => sendJson(response, { error: { message: "I'm a teapot" } }, 418),
		status: 418,
	},
};

/** A model that no route knows, and an upstream that never has a place. */
function routed(body: object): Record<string, Case> {
	return {
		...withBody(body),
		"404": { body, headers: json, models: ["another"] },
		"503": {
			body,
			headers: json,
			upstream: { maxConcurrency: 0 },
		},
	};
}

function withBody(body: object): Record<string, Case> {
	const cases = Object.fromEntries(
		Object.entries(anyForwarded).map(([status, made]) => [status, { body, headers: json, ...made }]),
	);
	return {
		...cases,
		"200": { body, headers: json, flags: { overlay: [limitedClients] } },
		"429": { body, headers: json, flags: { overlay: [limitedClients] }, before: 1 },
		"400": { body: {}, headers: json },
		"413": { body: { ...body, padding: "x".repeat(2000) }, headers: json, flags: { "max-body": "1kb" } },
		"415": { body, headers: { "content-type": "text/plain" } },
		"422": { body, headers: { ...json, "idempotency-key": "k" }, earlier: { ...body, user: "another" } },
	};
}

/** A stream that nobody keeps. */
const notKept = (body: object): Record<string, Case> => ({
	"410": { body: { ...body, stream: true }, headers: { ...json, "last-event-id": `answer_${"x".repeat(24)}-1` } },
});

const embedding = {
	object: "list",
	data: [{ object: "embedding", index: 0, embedding: [0.1] }],
	model: "m",
	usage: { prompt_tokens: 1, total_tokens: 1 },
};
const judged = {
	id: "modr-1",
	model: "m",
	results: [{ flagged: false, categories: { hate: false }, category_scores: { hate: 0.01 } }],
};
const ranking = {
	object: "list",
	model: "m",
	results: [{ index: 0, relevance_score: 0.5 }],
	usage: { prompt_tokens: 1, total_tokens: 1 },
};
const imageList = { created: 1, data: [{ b64_json: "aGk=" }], output_format: "png" };
const aPicture = { model: "m", prompt: "A lighthouse" };
const textCompletion = {
	...completion,
	object: "text_completion",
	choices: [{ index: 0, text: "Hi", logprobs: null, finish_reason: "stop" }],
};

function answering(value: unknown, cases: Record<string, Case>): Record<string, Case> {
	const answer: HostAnswer = (_request, response) => sendJson(response, value);
	return { ...cases, "200": { ...cases["200"], answer }, "422": { ...cases["422"], answer } };
}

/** Fields that are files. */
const fileNames = ["file", "image", "data"];
const uploaded = (form: Record<string, string>): Record<string, Case> => ({
	...Object.fromEntries(
		Object.entries(routed(form)).map(([status, { headers: { "content-type": _type, ...headers } = {}, ...made }]) => [
			status,
			{ ...made, headers, isForm: true as const },
		]),
	),
	"413": { body: { ...form, padding: "x".repeat(2000) }, isForm: true, flags: { "max-upload": "1kb" } },
	"415": { body: form, headers: json },
});
const recording = uploaded({ model: "m", file: "sound" });
const imageEdit = { model: "m", prompt: "At night", images: [{ image_url: "data:image/png;base64,aGk=" }] };
const speaking: Record<string, Case> = Object.fromEntries(
	Object.entries(routed({ model: "m", input: "Hello" })).map(([status, made]) => [
		status,
		["200", "422"].includes(status)
			? { ...made, answer: (_request, response) => response.setHeader("content-type", "audio/mpeg").end("sound") }
			: made,
	]),
);

const responding: Record<string, Case> = {
	...routed({ model: "m", input: "Hello" }),
	"400": { body: { model: "m", input: 5 }, headers: json },
};

/** Over an upstream that counts itself; no limit of a client holds. */
function counting(cases: Record<string, Case>, provider: "openai" | "vllm"): Record<string, Case> {
	const limited = { ...cases, "429": { ...cases["429"], ...anyForwarded["429"] } as Case };
	return Object.fromEntries(
		Object.entries(limited).map(([status, made]) => [status, { ...made, upstream: { provider, ...made.upstream } }]),
	);
}

const countingResponses = counting(responding, "openai");
const onVllm = (body: object) => counting(routed(body), "vllm");

/** A prompt `greeting` with two versions and the label `production`, at revision 3. */
async function greeting({ prompts }: Store): Promise<string> {
	const content = { messages: hello.messages, variables: {}, parameters: {} };
	const made = { name: "greeting", description: "", metadata: {}, version: { content, comment: "" } };
	const { id } = await prompts.create(anonymous, made);
	await prompts.addVersion(anonymous, id, { content: { ...content, parameters: { seed: 1 } }, comment: "" });
	await prompts.setLabel(anonymous, id, "production", 1);
	return id;
}

/** A second `greeting`, in the place of the first, which is deleted. */
async function greetingTwice(store: Store): Promise<string> {
	const id = await greeting(store);
	await store.prompts.remove(anonymous, id);
	await greeting(store);
	return id;
}

async function otherThanGreeting(store: Store): Promise<string> {
	await greeting(store);
	const content = { messages: hello.messages, variables: {}, parameters: {} };
	const made = { name: "other", description: "", metadata: {}, version: { content, comment: "" } };
	return (await store.prompts.create(anonymous, made)).id;
}

/** One operation on the prompt `greeting`, in all the ways that openapi.yaml documents for it. */
function onPrompt(id: string, path: string, made: Case, more: Record<string, Case> = {}): Record<string, Case> {
	const base: Case = { stored: greeting, path, ...(made.body ? { headers: json } : {}), ...made };
	const headers = (added: Record<string, string>) => ({ ...base, headers: { ...base.headers, ...added } });
	const all: Record<string, Case> = {
		"200": base,
		"304": headers({ "if-none-match": '"3"' }),
		"400": headers({ "if-match": "3" }),
		"404": { ...base, path: path.replace("greeting", "nothing") },
		"412": headers({ "if-match": '"2"' }),
		"413": { ...base, body: { ...(made.body as object), padding: "x".repeat(2000) }, flags: { "max-body": "1kb" } },
		"415": headers({ "content-type": "text/plain" }),
		"429": { ...base, ...anyForwarded["429"] },
		"500": { ...base, ...anyForwarded["500"] },
		"503": { ...base, storeProblem: "unavailable" },
		"507": { ...base, storeProblem: "full" },
		...more,
	};
	const { statuses = [] } = operations.find((operation) => operation.id === id) ?? {};
	return Object.fromEntries(Object.entries(all).filter(([status]) => statuses.includes(status)));
}

/** What takes a primary and a store that hangs is held against the contract in test/keys/outage.test.ts. */
const shownElsewhere: ReadonlySet<string> = new Set(["revokeKey 202"]);

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
	Object.entries(item)
		.filter(([method]) => ["get", "put", "post", "delete", "patch"].includes(method))
		.map(([method, operation]) => ({
			path,
			method,
			id: operation.operationId,
			statuses: Object.keys(operation.responses).filter(
				(status) => !shownElsewhere.has(`${operation.operationId} ${status}`),
			),
		})),
);

/** The failures of an operation on the store that is well asked. */
function onStore(good: Case): Record<string, Case> {
	return {
		"200": good,
		"429": { ...good, flags: { overlay: [oneRequest] }, before: 1 },
		"500": { ...good, flags: { plugin: [broken("validated")] } },
		"503": { ...good, storeProblem: "unavailable" },
	};
}

/** An operation of Anthropic's Messages, at an upstream that answers with this. */
function onMessages(path: string, answered: object): Record<string, Case> {
	const body = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "Hello" }] };
	const asked: Case = { path, body, headers: json, models: ["m"], upstream: { provider: "anthropic" } };
	const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
	return {
		"200": {
			...asked,
			flags: { overlay: [limitedClients] },
			answer: (_request, response) => sendJson(response, answered),
		},
		"400": { ...asked, body: { ...body, messages: [] } },
		default: {
			...asked,
			status: 529,
			answer: (_request, response) => sendJson(response, error, 529, { "retry-after": "1" }),
		},
	};
}

/** An operation of Google's API, at an upstream that answers with this. */
function onGemini(path: string, body: object | undefined, answered: object, refused: Case): Record<string, Case> {
	const headers = body === undefined ? {} : json;
	const asked: Case = { path: `/v1beta/${path}`, body, headers, models: ["*"], upstream: { provider: "gemini" } };
	const error = { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } };
	return {
		"200": {
			...asked,
			flags: { overlay: [limitedClients] },
			answer: (_request, response) => sendJson(response, answered),
		},
		"400": { ...asked, ...refused },
		default: {
			...asked,
			status: 503,
			answer: (_request, response) => sendJson(response, error, 503, { "retry-after": "1" }),
		},
	};
}

/** An operation of Ollama's API, at an upstream that answers with this. */
function onOllama(path: string, body: object | undefined, answered: object): Record<string, Case> {
	const headers = body === undefined ? {} : json;
	const asked: Case = { path: `/api/${path}`, body, headers, models: ["*"], upstream: { provider: "ollama" } };
	return {
		"200": {
			...asked,
			flags: { overlay: [limitedClients] },
			answer: (_request, response) => sendJson(response, answered),
		},
		...(body === undefined ? {} : { "400": { ...asked, body: {} } }),
		default: {
			...asked,
			status: 503,
			answer: (_request, response) => sendJson(response, { error: "server busy" }, 503, { "retry-after": "1" }),
		},
	};
}

const ended = { model: "m", created_at: "2026-11-29T12:00:00Z", done: true, done_reason: "stop", eval_count: 1 };

const contents = [{ parts: [{ text: "Hello" }] }];
const content = { candidates: [{ content: { parts: [{ text: "Hello" }], role: "model" }, finishReason: "STOP" }] };
const noContents = { body: { contents: [] } };

const storedPath = "/v1/chat/completions/{id}";
const unknownPath = "/v1/chat/completions/chatcmpl-unknown";
const notes = { body: { metadata: { team: "blue" } }, headers: json };

/** Operations on a conversation that is there, and on one that isn't. */
function onConversation(within: string, body?: object, changesIt = body !== undefined): Record<string, Case> {
	const sent = body === undefined ? {} : { body, headers: json };
	const path = `/v1/conversations/{id}${within}`;
	const unknown = `/v1/conversations/conv_unknown${within}`;
	const large: Case = { path, ...sent, stored: aConversation, flags: { "max-body": "1kb" } };
	return {
		...onStore({ stored: aConversation, path, ...sent }),
		"400": { path: `/v1/conversations/%E0%A4%A${within}`, ...sent },
		"404": { path: unknown, ...sent },
		...(body === undefined
			? {}
			: {
					"413": { ...large, body: { ...body, padding: "x".repeat(2000) } },
					"415": { path: unknown, body, headers: { "content-type": "text/plain" } },
				}),
		...(changesIt ? { "507": { stored: aConversation, path, ...sent, storeProblem: "full" } as const } : {}),
	};
}

/** A conversation of an anonymous caller's, with the item `msg_1`. */
async function aConversation({ conversations }: Store): Promise<string> {
	const name = { owner: anonymous, id: "conv_1" };
	await conversations.create(name, {}, [{ id: "msg_1", item: '{"id":"msg_1","type":"message"}' }]);
	return name.id;
}

/** An operation on files that the gateway answers itself, or an upstream that keeps them. */
function onFiles(good: Case, more: Record<string, Case> = {}): Record<string, Case> {
	const forwarded = Object.fromEntries(
		(["502", "504", "default"] as const).map((status) => {
			const made = anyForwarded[status] as Case;
			return [status, { ...good, ...more[""], ...made, flags: { files: singleUpstreamName, ...made.flags } }];
		}),
	);
	const { "": _atUpstream, ...others } = more;
	return { ...onStore(good), ...forwarded, ...others };
}

const anUpload = { bytes: 1, filename: "a.txt", mime_type: "text/plain", purpose: "user_data" };

/** A file of an anonymous caller's. */
async function aFile(store: Store): Promise<string> {
	const settings = { storeUrl: "", dataFolder: undefined, filesQuotaBytes: 100, fileMaxAgeMs: undefined };
	async function* content() {
		yield Buffer.from("x");
	}
	return (await new LocalFiles(settings, store).create(anonymous, { filename: "a", purpose: "user_data" }, content()))
		.id;
}

/** An upload of an anonymous caller's with one part, `part_1`. */
function keptUpload(upstream?: string) {
	return async ({ files }: Store): Promise<string> => {
		const { filename, purpose, bytes, mime_type: mediaType } = anUpload;
		await files.addUpload(anonymous, {
			...{ id: "upload_1", upstream, filename, purpose, bytes, mediaType, status: "pending", file: undefined },
			...{ expiresAfter: undefined, createdAt: 1_700_000_000, expiresAt: 4_000_000_000 },
		});
		await files.addPart("upload_1", { id: "part_1", content: "content", bytes: 1, createdAt: 1_700_000_000 });
		await files.addChunk("content", 0, Buffer.from("x"));
		return "upload_1";
	};
}

/** An operation on an upload that is there, and on one that isn't. */
function onUpload(action: string, sent: Case, more: Record<string, Case> = {}): Record<string, Case> {
	const good = { path: `/v1/uploads/{id}/${action}`, stored: keptUpload(), ...sent };
	return onFiles(good, {
		"": { stored: keptUpload(singleUpstreamName) },
		"400": { path: `/v1/uploads/%E0%A4%A/${action}`, ...sent },
		"404": { path: `/v1/uploads/upload_unknown/${action}`, ...sent },
		"507": { ...good, storeProblem: "full" },
		...more,
	});
}

const aBatchRequest = {
	headers: json,
	body: { input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" },
};

const someRequests = {
	headers: json,
	body: { requests: [{ custom_id: "a", params: { model: "m", max_tokens: 1, messages: [] } }] },
};

/** The file that the request names. */
async function aBatchFile({ files }: Store): Promise<string> {
	const content = { content: "none", sha256: "0".repeat(64), bytes: 0, upstream: undefined };
	const facts = { filename: "in.jsonl", mediaType: "application/jsonl", purpose: "batch", expiresAt: undefined };
	await files.add(anonymous, { id: "file-1", createdAt: 1_700_000_000, ...content, ...facts });
	return "file-1";
}

/** A batch of an anonymous caller's that is over. */
function aBatch(kind: BatchKind, id = "batch_1") {
	return async ({ batches }: Store): Promise<string> => {
		const times = { createdAt: 1_700_000_000, expiresAt: 1_700_086_400, window: "24h", leaseUntil: 1 };
		const facts = { metadata: { of: "tests" }, inputFile: "file-1", keyName: "bot", team: undefined, task: "{}" };
		const endpoint = "/v1/chat/completions";
		const batch = { id, owner: anonymous, kind, endpoint, holder: "worker_1", ...times, ...facts };
		const sequence = (await batches.add(batch, 1)) as number;
		await batches.addLines(sequence, [{ number: 1, customId: "a", request: "{}" }]);
		await batches.begin(sequence, { total: 1, model: "m" });
		await batches.end(sequence, { status: "expired" }, []);
		return id;
	};
}

function onBatch(within: string, changesIt = false): Record<string, Case> {
	const path = `/v1/batches/{id}${within}`;
	const stored = aBatch("openai");
	return {
		...onStore({ path, stored }),
		"400": { path: `/v1/batches/%E0%A4%A${within}` },
		"404": { path: `/v1/batches/batch_unknown${within}` },
		...(changesIt
			? {
					"415": { path, stored, headers: { "content-type": "text/plain" } },
					"507": { path, stored, storeProblem: "full" as const },
				}
			: {}),
	};
}

function onMessageBatch(within: string): Record<string, Case> {
	return {
		"200": { path: `/v1/messages/batches/{id}${within}`, stored: aBatch("messages", "msgbatch_1") },
		"400": { path: `/v1/messages/batches/%E0%A4%A${within}` },
		default: { path: `/v1/messages/batches/msgbatch_1${within}`, storeProblem: "unavailable", status: 503 },
	};
}

/** Client secrets as the beta had them. */
const makingBetaSecrets: Record<string, Case> = {
	"200": { headers: json, body: { instructions: "Hi" } },
	"400": { headers: json, body: { client_secret: { expires_after: { seconds: 1 } } } },
	"413": { headers: json, body: { instructions: "x".repeat(2000) }, flags: { "max-body": "1kb" } },
	"415": { body: {}, headers: { "content-type": "text/plain" } },
	"429": { headers: json, body: {}, flags: { overlay: [oneRequest] }, before: 1 },
	"500": { headers: json, body: {}, flags: { plugin: [broken("validated")] } },
	"503": { headers: json, body: {}, flags: { plugin: [busy] } },
};

/** An upstream's answer to an offer. */
const callBegun: HostAnswer = (_request, response) =>
	response.writeHead(201, { "content-type": "application/sdp", location: "/v1/realtime/calls/rtc_1" }).end("v=0");
const withOffer = (made: Record<string, Case>): Record<string, Case> =>
	Object.fromEntries(
		Object.entries(made).map(([status, one]) => [status, { path: "/v1/realtime/calls?model=m", ...one }]),
	);
const { "200": offered, "422": _never, ...offers } = uploaded({ sdp: "v=0" });
const creatingCalls = withOffer({
	...offers,
	"201": { ...offered, answer: callBegun },
	"401": { ...offered, flags: { "require-keys": true } },
	"403": { ...offered, key: { addresses: ["10.0.0.0/8"] } },
	"507": { ...offered, answer: callBegun, storeProblem: "full" },
});

/** A call of an anonymous caller's. */
async function aCall({ calls }: Store, owner = anonymous): Promise<string> {
	await calls.add({ id: "rtc_1", owner, upstream: singleUpstreamName, model: "m" });
	return "rtc_1";
}

function onCall(word: string, made: Case = {}, more: Record<string, Case> = {}): Record<string, Case> {
	const base: Case = { ...made, path: `/v1/realtime/calls/{id}/${word}`, stored: aCall };
	const forwarded = Object.entries(anyForwarded).map(([status, one]) => [status, { ...base, ...one }]);
	return {
		...Object.fromEntries(forwarded),
		"200": { ...base, answer: (_request, response) => response.writeHead(200).end() },
		"400": { ...base, path: `/v1/realtime/calls/%E0%A4%A/${word}` },
		"404": { ...base, stored: (store) => aCall(store, "team:/others") },
		"415": { ...base, headers: { "content-type": "text/plain" } },
		"503": { ...base, storeProblem: "unavailable" },
		...more,
	};
}

function changingCall(word: string, body: object, more: Record<string, Case> = {}): Record<string, Case> {
	const padded = { ...body, padding: "x".repeat(2000) };
	const path = `/v1/realtime/calls/rtc_1/${word}`;
	const tooLarge = { path, body: padded, headers: json, flags: { "max-body": "1kb" } };
	return onCall(word, { body, headers: json }, { "413": tooLarge, ...more });
}

/** A kept response of an anonymous caller's. */
async function aResponseOfOneTurn({ responses }: Store): Promise<string> {
	await responses.add(anonymous, aResponse("resp_1"));
	return "resp_1";
}

/** A stored completion of an anonymous caller's. */
async function aCompletion({ completions }: Store): Promise<string> {
	const { id } = completion;
	await completions.add(anonymous, {
		id,
		model: completion.model,
		status: "completed",
		metadata: { team: "red" },
		createdAt: completion.created,
		request: JSON.stringify(hello),
		response: JSON.stringify(completion),
		promptTokens: 1,
		completionTokens: 1,
		durationMs: 5,
	});
	return id;
}

const aPrompt = "/v1/prompts/greeting";
const withPrompt = { body: { prompt: { id: "greeting" } }, headers: json, stored: greeting };

const adminKey = "an-administrator-of-tests";
const asAdmin = { flags: { "admin-key": adminKey }, headers: { authorization: `Bearer ${adminKey}` } };
const by = { name: "tests", address: undefined, requestId: undefined };

async function aKey({ keys }: Store): Promise<string> {
	return (await keys.create(newKey({ name: "bot" }), hashedSecret(newSecret()), by)).id;
}

async function aUsage({ usage }: Store): Promise<string> {
	const tags = { feature: "search" };
	const record = usageRecord({ keyId: "key_1", keyName: "bot", tags, summedTags: tags });
	await usage.add([record]);
	return record.id;
}

async function aSession({ usage }: Store): Promise<string> {
	const session = { id: sessionIdOf("key_1", "bot"), name: "bot" };
	await usage.add([usageRecord({ keyId: "key_1", keyName: "bot", session, agent: "codex" })]);
	return session.id;
}

async function aDelivery({ webhooks }: Store): Promise<string> {
	const about = { eventId: "evt_1", type: "response.completed", subject: "resp_1", createdAt: 1_795_960_000 };
	await webhooks.add([{ id: "bot", endpoint: "app", ...about }]);
	return "bot";
}

/** Nobody listens there. */
const aWebhook: WebhookSettings = {
	...{ name: "bot", url: "http://127.0.0.1:1/", secret: "secret", events: webhookEvents },
	...{ routes: undefined, keys: undefined, teams: undefined },
};

async function twoSessions({ usage }: Store): Promise<string> {
	const sessions = ["key_1", "key_2"].map((keyId) => ({ id: sessionIdOf(keyId, "bot"), name: "bot" }));
	await usage.add(sessions.map((session) => usageRecord({ session, agent: "codex" })));
	return "bot";
}

/** One operation of administrators, in all the ways that openapi.yaml documents for it. */
function onKeys(id: string, path: string, made: Case, more: Record<string, Case> = {}): Record<string, Case> {
	const base: Case = { ...asAdmin, stored: aKey, path, ...made };
	base.headers = { ...asAdmin.headers, ...(made.body ? json : {}) };
	const all: Record<string, Case> = {
		"200": base,
		"400": { ...base, path: path.replace("bot", "%E0%A4%A") },
		"401": { ...base, headers: { ...base.headers, authorization: "Bearer another" } },
		"404": { ...base, path: path.replace("bot", "nothing") },
		"413": {
			...base,
			body: { ...(made.body as object), padding: "x".repeat(2000) },
			flags: { ...base.flags, "max-body": "1kb" },
		},
		"415": { ...base, headers: { ...base.headers, "content-type": "text/plain" } },
		"429": { ...base, flags: { ...base.flags, overlay: [oneRequest] }, before: 1 },
		"500": { ...base, flags: { ...base.flags, plugin: [broken("validated")] } },
		"503": { ...base, storeProblem: "unavailable" },
		"507": { ...base, storeProblem: "full" },
		...Object.fromEntries(Object.entries(more).map(([status, other]) => [status, { ...base, ...other }])),
	};
	const { statuses = [] } = operations.find((operation) => operation.id === id) ?? {};
	return Object.fromEntries(Object.entries(all).filter(([status]) => statuses.includes(status)));
}

const refusedSeed = { kind: "member", name: "seed" } as const;
const aLesson = lessonOf(refusedSeed, { upstream: "a", model: "m" }, Date.now(), 86_400_000);

const aFailure: Case = { flags: { plugin: [broken("authenticated")] } };

const cases: Record<string, Record<string, Case>> = {
	createKey: onKeys(
		"createKey",
		"/v1/admin/keys",
		{ body: { name: "another", team: "blue", addresses: ["10.0.0.0/8"] } },
		{ "400": { body: { name: "another", addresses: ["10.0.0.0/99"] } }, "409": { body: { name: "bot" } } },
	),
	listKeys: onKeys(
		"listKeys",
		"/v1/admin/keys?limit=1",
		{},
		{ "400": { path: "/v1/admin/keys?limit=0" }, "404": { path: "/v1/admin/keys?after=key_nothing" } },
	),
	retrieveKey: onKeys("retrieveKey", "/v1/admin/keys/bot", {}),
	updateKey: onKeys(
		"updateKey",
		"/v1/admin/keys/bot",
		{ body: { team: "red", expires_at: null } },
		{
			"400": { body: { models: [] } },
			"409": {
				body: { name: "taken" },
				async stored(store) {
					await store.keys.create(newKey({ name: "taken" }), hashedSecret(newSecret()), by);
					return aKey(store);
				},
			},
		},
	),
	revokeKey: onKeys("revokeKey", "/v1/admin/keys/bot", {}),
	rotateKey: onKeys(
		"rotateKey",
		"/v1/admin/keys/bot/rotate",
		{ body: { grace_seconds: 60 } },
		{ "400": { body: { grace_seconds: -1 } } },
	),
	listWebhookDeliveries: onKeys(
		"listWebhookDeliveries",
		"/v1/admin/webhooks/deliveries",
		{ stored: aDelivery },
		{
			"400": { path: "/v1/admin/webhooks/deliveries?state=lost" },
			"404": { path: "/v1/admin/webhooks/deliveries?after=wh_nothing" },
		},
	),
	retryWebhookDelivery: onKeys("retryWebhookDelivery", "/v1/admin/webhooks/deliveries/bot/retry", {
		stored: aDelivery,
	}),
	testWebhook: onKeys("testWebhook", "/v1/admin/webhooks/bot/test", { webhooks: [aWebhook] }),
	listAgentSessions: onKeys(
		"listAgentSessions",
		"/v1/admin/sessions?agent=codex",
		{ stored: aSession },
		{ "400": { path: "/v1/admin/sessions?active=maybe" }, "404": { path: "/v1/admin/sessions?after=session_nothing" } },
	),
	retrieveAgentSession: onKeys(
		"retrieveAgentSession",
		"/v1/admin/sessions/bot",
		{ stored: aSession },
		{ "409": { stored: twoSessions } },
	),
	stopAgentSession: onKeys(
		"stopAgentSession",
		"/v1/admin/sessions/bot/stop",
		{ stored: aSession, body: { for_seconds: 60, reason: "Wrong branch" } },
		{ "400": { body: { for_seconds: 0 } }, "409": { stored: twoSessions } },
	),
	resumeAgentSession: onKeys(
		"resumeAgentSession",
		"/v1/admin/sessions/bot/stop",
		{ stored: aSession },
		{ "409": { stored: twoSessions } },
	),
	listCatalogue: onKeys("listCatalogue", "/v1/admin/models", {}),
	showCache: onKeys("showCache", "/v1/admin/cache", {}),
	clearCache: onKeys(
		"clearCache",
		"/v1/admin/cache?model=gpt&key=bot&tag=faq",
		{},
		{ "400": { path: "/v1/admin/cache?tag=a&tag=b" } },
	),
	listLessons: onKeys("listLessons", "/v1/admin/lessons", { learned: aLesson }),
	forgetLessons: onKeys("forgetLessons", "/v1/admin/lessons", { learned: aLesson }),
	forgetLesson: onKeys(
		"forgetLesson",
		`/v1/admin/lessons/${aLesson.id}`,
		{ learned: aLesson },
		{ "400": { path: "/v1/admin/lessons/%E0%A4%A" }, "404": { path: "/v1/admin/lessons/nothing" } },
	),
	createSession: {
		"200": { headers: json, hasLink: true },
		"400": { headers: json, body: {} },
		"401": { headers: json, body: { link: "llmw-pass-none" } },
		"413": { headers: json, body: { link: "x".repeat(2000) }, flags: { "max-body": "1kb" } },
		"415": { headers: { "content-type": "text/plain" }, body: {} },
		"429": { headers: json, hasLink: true, flags: { overlay: [oneRequest] }, before: 1 },
		"500": { headers: json, hasLink: true, flags: { plugin: [broken("validated")] } },
	},
	listAudit: onKeys(
		"listAudit",
		"/v1/admin/audit",
		{},
		{ "400": { path: "/v1/admin/audit?order=up" }, "404": { path: "/v1/admin/audit?after=audit_nothing" } },
	),
	listRequests: onKeys(
		"listRequests",
		"/v1/admin/requests?outcome=completed&created_after=1",
		{ stored: aUsage },
		{
			"400": { path: "/v1/admin/requests?outcome=good" },
			"404": { path: "/v1/admin/requests?after=usage_nothing" },
		},
	),
	getUsage: {
		"200": {
			stored: aUsage,
			path: "/v1/usage?limit=1&group_by=key,team,organisation,model,route,upstream&group_by=operation,tag:feature",
		},
		"400": { path: "/v1/usage?group_by=session,tag:feature" },
		"429": { flags: { overlay: [oneRequest] }, before: 1 },
		"500": { flags: { plugin: [broken("validated")] } },
		"503": { storeProblem: "unavailable" },
	},
	createChatCompletion: answering(completion, {
		...withBody(hello),
		...notKept(hello),
		"200": { ...withPrompt, flags: { overlay: [limitedClients] } },
		"404": { ...withPrompt, body: { prompt: { id: "nothing" } } },
		"503": { ...withPrompt, storeProblem: "unavailable" },
		"507": { body: { ...hello, store: true }, headers: json, storeProblem: "full" },
	}),
	listStoredCompletions: {
		...onStore({
			stored: aCompletion,
			path: "/v1/chat/completions?metadata[team]=red&order=desc&limit=1&include=request",
		}),
		"400": { path: "/v1/chat/completions?limit=0" },
		"404": { path: "/v1/chat/completions?after=chatcmpl-unknown" },
	},
	retrieveStoredCompletion: {
		...onStore({ stored: aCompletion, path: storedPath }),
		"400": { path: "/v1/chat/completions/%E0%A4%A" },
		"404": { path: unknownPath },
	},
	updateStoredCompletion: {
		...onStore({ stored: aCompletion, path: storedPath, ...notes }),
		"400": { path: unknownPath, body: { metadata: { team: 7 } }, headers: json },
		"404": { path: unknownPath, ...notes },
		"413": {
			path: unknownPath,
			...notes,
			body: { ...notes.body, padding: "x".repeat(2000) },
			flags: { "max-body": "1kb" },
		},
		"415": { path: unknownPath, ...notes, headers: { "content-type": "text/plain" } },
		"507": { stored: aCompletion, path: storedPath, ...notes, storeProblem: "full" },
	},
	deleteStoredCompletion: {
		...onStore({ stored: aCompletion, path: storedPath }),
		"400": { path: "/v1/chat/completions/%E0%A4%A" },
		"404": { path: unknownPath },
		"507": { stored: aCompletion, path: storedPath, storeProblem: "full" },
	},
	listStoredCompletionMessages: {
		...onStore({ stored: aCompletion, path: `${storedPath}/messages` }),
		"400": { path: `${unknownPath}/messages?order=sideways` },
		"404": { path: `${unknownPath}/messages` },
	},
	createFile: withLimits(
		onFiles(
			{ body: { purpose: "user_data", file: "x" }, isForm: true },
			{
				"400": { body: { file: "x" }, isForm: true },
				"413": { body: { purpose: "user_data", file: "x".repeat(2000) }, isForm: true, flags: { "max-upload": "1kb" } },
				"415": { body: { file: "x" }, headers: json },
				"507": { body: { purpose: "user_data", file: "x" }, isForm: true, storeProblem: "full" },
			},
		),
	),
	listFiles: {
		...onStore({ path: "/v1/files", stored: aFile }),
		"400": { path: "/v1/files?limit=0" },
		"404": { path: "/v1/files?after=file-unknown" },
	},
	retrieveFile: onFiles(
		{ path: "/v1/files/{id}", stored: aFile },
		{
			"": { path: "/v1/files/file-unknown" },
			"400": { path: "/v1/files/%E0%A4%A" },
			"404": { path: "/v1/files/file-unknown" },
		},
	),
	deleteFile: onFiles(
		{ path: "/v1/files/{id}", stored: aFile },
		{
			"": { path: "/v1/files/file-unknown" },
			"400": { path: "/v1/files/%E0%A4%A" },
			"404": { path: "/v1/files/file-unknown" },
			"507": { path: "/v1/files/{id}", stored: aFile, storeProblem: "full" },
		},
	),
	retrieveFileContent: onFiles(
		{ path: "/v1/files/{id}/content", stored: aFile },
		{
			"": { path: "/v1/files/file-unknown/content" },
			"200": {
				path: "/v1/files/file-unknown/content",
				flags: { files: singleUpstreamName },
				answer: (_request, response) => response.setHeader("content-type", "application/octet-stream").end("x"),
			},
			"400": { path: "/v1/files/%E0%A4%A/content" },
			"404": { path: "/v1/files/file-unknown/content" },
		},
	),
	createUpload: withLimits(
		onFiles(
			{ body: anUpload, headers: json },
			{
				"400": { body: {}, headers: json },
				"413": { body: { ...anUpload, padding: "x".repeat(2000) }, headers: json, flags: { "max-body": "1kb" } },
				"415": { body: anUpload, headers: { "content-type": "text/plain" } },
				"507": { body: anUpload, headers: json, storeProblem: "full" },
			},
		),
	),
	createUploadPart: withLimits(
		onUpload(
			"parts",
			{ body: { data: "x" }, isForm: true },
			{
				"413": {
					path: "/v1/uploads/u/parts",
					body: { data: "x".repeat(2000) },
					isForm: true,
					flags: { "max-upload": "1kb" },
				},
				"415": { path: "/v1/uploads/u/parts", body: { data: "x" }, headers: json },
			},
		),
	),
	completeUpload: withLimits(
		onUpload(
			"complete",
			{ body: { part_ids: ["part_1"] }, headers: json },
			{
				"200": {
					path: "/v1/uploads/{id}/complete",
					...{ body: { part_ids: ["part_1"] }, headers: json, stored: keptUpload(singleUpstreamName) },
					answer: (_request, response) => sendJson(response, { id: "upload_1", object: "upload", status: "completed" }),
				},
				"413": {
					path: "/v1/uploads/u/complete",
					...{ body: { part_ids: ["x".repeat(2000)] }, headers: json, flags: { "max-body": "1kb" } },
				},
				"415": { path: "/v1/uploads/u/complete", body: { part_ids: ["x"] }, headers: { "content-type": "text/plain" } },
			},
		),
	),
	cancelUpload: onUpload("cancel", {}),
	createConversation: {
		...onStore({ path: "/v1/conversations", ...notes }),
		"400": { path: "/v1/conversations", body: { items: "x" }, headers: json },
		"413": {
			path: "/v1/conversations",
			body: { padding: "x".repeat(2000) },
			headers: json,
			flags: { "max-body": "1kb" },
		},
		"415": { path: "/v1/conversations", ...notes, headers: { "content-type": "text/plain" } },
		"507": { path: "/v1/conversations", ...notes, storeProblem: "full" },
	},
	listKeptConversations: {
		...onStore({ path: "/v1/conversations/kept" }),
		"400": { path: "/v1/conversations/kept?limit=0" },
		"404": { path: "/v1/conversations/kept?after=conv_unknown" },
	},
	retrieveConversation: onConversation(""),
	updateConversation: onConversation("", notes.body),
	deleteConversation: onConversation("", undefined, true),
	listConversationItems: onConversation("/items"),
	createConversationItems: onConversation("/items", { items: [{ role: "user", content: "Hello" }] }),
	retrieveConversationItem: onConversation("/items/msg_1"),
	deleteConversationItem: onConversation("/items/msg_1", undefined, true),
	createBatch: withLimits({
		...onStore({ path: "/v1/batches", stored: aBatchFile, ...aBatchRequest }),
		"400": { path: "/v1/batches", body: {}, headers: json },
		"404": { path: "/v1/batches", ...aBatchRequest },
		"413": { path: "/v1/batches", body: { padding: "x".repeat(2000) }, headers: json, flags: { "max-body": "1kb" } },
		"415": { path: "/v1/batches", ...aBatchRequest, headers: { "content-type": "text/plain" } },
		"507": { path: "/v1/batches", ...aBatchRequest, storeProblem: "full" },
	}),
	listBatches: {
		...onStore({ path: "/v1/batches", stored: aBatch("openai") }),
		"400": { path: "/v1/batches?limit=0" },
		"404": { path: "/v1/batches?after=batch_unknown" },
	},
	retrieveBatch: onBatch(""),
	cancelBatch: onBatch("/cancel", true),
	listAllBatches: onKeys(
		"listAllBatches",
		"/v1/admin/batches",
		{ stored: aBatch("messages") },
		{ "400": { path: "/v1/admin/batches?limit=0" }, "404": { path: "/v1/admin/batches?after=batch_unknown" } },
	),
	retrieveAnyBatch: onKeys("retrieveAnyBatch", "/v1/admin/batches/bot", { stored: aBatch("openai", "bot") }),
	cancelAnyBatch: onKeys("cancelAnyBatch", "/v1/admin/batches/bot/cancel", { stored: aBatch("openai", "bot") }),
	createMessageBatch: withLimits({
		"200": { path: "/v1/messages/batches", ...someRequests },
		"400": { path: "/v1/messages/batches", body: { requests: [] }, headers: json },
		default: { path: "/v1/messages/batches", ...someRequests, storeProblem: "unavailable", status: 503 },
	}),
	listMessageBatches: {
		"200": { path: "/v1/messages/batches", stored: aBatch("messages") },
		"400": { path: "/v1/messages/batches?limit=0" },
		default: { path: "/v1/messages/batches", storeProblem: "unavailable", status: 503 },
	},
	retrieveMessageBatch: onMessageBatch(""),
	deleteMessageBatch: onMessageBatch(""),
	cancelMessageBatch: onMessageBatch("/cancel"),
	listMessageBatchResults: onMessageBatch("/results"),
	createPrompt: onPrompt(
		"createPrompt",
		"/v1/prompts",
		{ body: { name: "farewell", ...hello } },
		{
			"400": { path: "/v1/prompts", body: { name: "farewell" }, headers: json },
			"409": { path: "/v1/prompts", body: { name: "greeting", ...hello }, headers: json, stored: greeting },
		},
	),
	listPrompts: onPrompt(
		"listPrompts",
		"/v1/prompts",
		{},
		{
			"400": { path: "/v1/prompts?limit=0" },
			"404": { path: "/v1/prompts?after=prompt_nothing" },
		},
	),
	retrievePrompt: onPrompt("retrievePrompt", aPrompt, {}, { "400": { path: "/v1/prompts/%E0%A4%A" } }),
	updatePrompt: onPrompt(
		"updatePrompt",
		aPrompt,
		{ body: { description: "Hello" } },
		{
			"409": { path: "/v1/prompts/{id}", body: { name: "greeting" }, headers: json, stored: otherThanGreeting },
		},
	),
	deletePrompt: onPrompt("deletePrompt", aPrompt, {}),
	restorePrompt: onPrompt(
		"restorePrompt",
		`${aPrompt}/restore`,
		{},
		{ "409": { path: "/v1/prompts/{id}/restore", stored: greetingTwice } },
	),
	createPromptVersion: onPrompt("createPromptVersion", `${aPrompt}/versions`, {
		body: hello,
		headers: { ...json, "if-match": '"3"' },
	}),
	listPromptVersions: onPrompt(
		"listPromptVersions",
		`${aPrompt}/versions`,
		{},
		{ "400": { path: `${aPrompt}/versions?order=up`, stored: greeting } },
	),
	retrievePromptVersion: onPrompt(
		"retrievePromptVersion",
		`${aPrompt}/versions/1`,
		{},
		{ "400": { path: `${aPrompt}/versions/first` } },
	),
	diffPromptVersions: onPrompt(
		"diffPromptVersions",
		`${aPrompt}/diff?from=1&to=2`,
		{},
		{ "400": { path: `${aPrompt}/diff?from=-` } },
	),
	setPromptLabel: onPrompt("setPromptLabel", `${aPrompt}/labels/staging`, { body: { version: 2 } }),
	deletePromptLabel: onPrompt("deletePromptLabel", `${aPrompt}/labels/production`, {}),
	renderPrompt: onPrompt(
		"renderPrompt",
		`${aPrompt}/render`,
		{ body: { label: "production" } },
		{ "400": { path: `${aPrompt}/render`, body: { variables: { who: "you" } }, headers: json, stored: greeting } },
	),
	createCompletion: answering(textCompletion, {
		...routed({ model: "m", prompt: "Hello" }),
		...notKept({ model: "m", prompt: "Hello" }),
	}),
	createEmbedding: answering(embedding, routed({ model: "m", input: "Hello" })),
	tokenize: answering({ count: 1, max_model_len: 9, tokens: [7] }, onVllm({ model: "m", prompt: "Hello" })),
	detokenize: answering({ prompt: "Hello" }, onVllm({ model: "m", tokens: [7] })),
	createModeration: answering(judged, routed({ model: "m", input: "Hello" })),
	createRerank: answering(ranking, routed({ model: "m", query: "Hello", documents: ["Good day"] })),
	createTranscription: answering({ text: "Hi" }, recording),
	createTranslation: answering({ text: "Hi" }, recording),
	createSpeech: speaking,
	createImage: answering(imageList, { ...routed(aPicture), ...notKept(aPicture) }),
	createImageEdit: answering(imageList, { ...routed(imageEdit), ...notKept(imageEdit) }),
	createImageVariation: answering(imageList, uploaded({ model: "m", image: "a picture" })),
	createMessage: onMessages("/v1/messages", { content: [{ type: "text", text: "Hello" }], stop_reason: "end_turn" }),
	countMessageTokens: onMessages("/v1/messages/count_tokens", { input_tokens: 9 }),
	listGeminiModels: onGemini(
		"models",
		undefined,
		{ models: [{ name: "models/m" }] },
		{ path: "/v1beta/models?pageSize=-1" },
	),
	retrieveGeminiModel: onGemini("models/m", undefined, { name: "models/m" }, { path: "/v1beta/models/%E0%A4%A" }),
	generateContent: onGemini("models/m:generateContent", { contents }, content, noContents),
	streamGenerateContent: onGemini("models/m:streamGenerateContent", { contents }, content, noContents),
	countContentTokens: onGemini("models/m:countTokens", { contents }, { totalTokens: 2 }, { body: { contents: 1 } }),
	embedContent: onGemini(
		"models/m:embedContent",
		{ content: contents[0] },
		{ embedding: { values: [1] } },
		{ body: {} },
	),
	batchEmbedContents: onGemini(
		"models/m:batchEmbedContents",
		{ requests: [{ content: contents[0] }] },
		{ embeddings: [{ values: [1] }] },
		{ body: { requests: [] } },
	),
	createOllamaChat: onOllama(
		"chat",
		{ model: "m", messages: [{ role: "user", content: "Hello" }], stream: false },
		{ ...ended, message: { role: "assistant", content: "Hello" } },
	),
	createOllamaGeneration: onOllama(
		"generate",
		{ model: "m", prompt: "Hello", stream: false },
		{ ...ended, response: "Hello" },
	),
	createOllamaEmbeddings: onOllama("embed", { model: "m", input: "Hello" }, { model: "m", embeddings: [[1]] }),
	createOllamaEmbedding: onOllama("embeddings", { model: "m", prompt: "Hello" }, { embedding: [1] }),
	listOllamaModels: onOllama("tags", undefined, { models: [{ name: "m", model: "m" }] }),
	listRunningOllamaModels: onOllama("ps", undefined, { models: [] }),
	showOllamaModel: onOllama("show", { model: "m" }, { capabilities: ["completion"], model_info: {} }),
	getOllamaVersion: { "200": { path: "/api/version" } },
	createResponse: answering(completion, { ...responding, ...notKept({ model: "m", input: "Hello" }) }),
	listKeptResponses: {
		...onStore({ path: "/v1/responses/kept" }),
		"400": { path: "/v1/responses/kept?limit=0" },
		"404": { path: "/v1/responses/kept?after=resp_unknown" },
	},
	listResponseTurns: {
		...onStore({ stored: aResponseOfOneTurn, path: "/v1/responses/{id}/turns" }),
		"400": { path: "/v1/responses/resp_1/turns?limit=0" },
		"404": { path: "/v1/responses/resp_unknown/turns" },
	},
	retrieveResponse: {
		...ofResponsesUpstream(anyForwarded),
		"200": {
			upstream: { provider: "openai" },
			answer: (_request, response) => sendJson(response, { id: "resp_1", object: "response", output: [] }),
		},
		"400": { path: "/v1/responses/resp_1?starting_after=-1" },
		"404": {},
		"503": ofResponsesUpstream(routed({}))["503"] as Case,
	},
	deleteResponse: {
		...ofResponsesUpstream(anyForwarded),
		"200": {
			upstream: { provider: "openai" },
			answer: (_request, response) => sendJson(response, { id: "resp_1", object: "response", deleted: true }),
		},
		"400": { path: "/v1/responses/%E0%A4%A" },
		"404": {},
		"503": ofResponsesUpstream(routed({}))["503"] as Case,
	},
	listResponseItems: {
		...ofResponsesUpstream(anyForwarded),
		"200": {
			upstream: { provider: "openai" },
			answer: (_request, response) =>
				sendJson(response, {
					object: "list",
					data: [{ id: "msg_1" }],
					first_id: "msg_1",
					last_id: "msg_1",
					has_more: false,
				}),
		},
		"400": { path: "/v1/responses/resp_1/input_items?limit=0" },
		"404": {},
		"503": ofResponsesUpstream(routed({}))["503"] as Case,
	},
	cancelResponse: {
		...ofResponsesUpstream(anyForwarded),
		"200": {
			upstream: { provider: "openai" },
			answer: (_request, response) => sendJson(response, { id: "resp_1", object: "response", status: "cancelled" }),
		},
		"400": { path: "/v1/responses/%E0%A4%A/cancel" },
		"404": {},
		"503": ofResponsesUpstream(routed({}))["503"] as Case,
	},
	connectResponses: {
		"101": { handshake: {} },
		"400": { handshake: { "sec-websocket-key": "short" } },
		"401": { handshake: {}, flags: { "require-keys": true } },
		"403": { handshake: {}, key: { addresses: ["10.0.0.0/8"] } },
		"426": {},
		"429": { handshake: {}, flags: { overlay: [oneRequest] }, before: 1 },
		"500": aFailure,
		"503": { handshake: {}, flags: { "max-websockets": "1" }, before: 1 },
	},
	connectRealtime: {
		...Object.fromEntries(Object.entries(anyForwarded).map(([status, one]) => [status, { ...one, handshake: {} }])),
		"101": { handshake: {}, takesSessions: true },
		"400": { handshake: { "sec-websocket-key": "short" } },
		"401": { handshake: {}, flags: { "require-keys": true } },
		"403": { handshake: {}, key: { addresses: ["10.0.0.0/8"] } },
		"404": { handshake: {}, path: "/v1/realtime?model=unknown", models: ["known"] },
		"426": {},
		"429": { handshake: {}, flags: { overlay: [limitedClients] }, before: 1, takesSessions: true },
		"503": { handshake: {}, flags: { "max-websockets": "1" }, before: 1, takesSessions: true },
	},
	createRealtimeClientSecret: {
		"200": { headers: json, body: { session: { type: "realtime", model: "test-model" } } },
		"400": { headers: json, body: { expires_after: { seconds: 1 } } },
		"401": { headers: json, body: {}, flags: { "require-keys": true } },
		"403": { headers: json, body: {}, key: { addresses: ["10.0.0.0/8"] } },
		"404": { headers: json, body: { session: { model: "unknown" } }, models: ["known"] },
		"413": { headers: json, body: { session: { instructions: "x".repeat(2000) } }, flags: { "max-body": "1kb" } },
		"415": { body: {}, headers: { "content-type": "text/plain" } },
		"429": { headers: json, body: {}, flags: { overlay: [oneRequest] }, before: 1 },
		"500": { headers: json, body: {}, ...aFailure },
		"503": { headers: json, body: {}, flags: { plugin: [busy] } },
	},
	createRealtimeCall: creatingCalls,
	acceptRealtimeCall: changingCall(
		"accept",
		{ type: "realtime", model: "m" },
		{
			"429": {
				path: "/v1/realtime/calls/rtc_1/accept",
				body: { type: "realtime", model: "m" },
				headers: json,
				flags: { overlay: [limitedClients] },
				before: 1,
			},
			"507": {
				path: "/v1/realtime/calls/rtc_1/accept",
				body: { type: "realtime", model: "m" },
				headers: json,
				storeProblem: "full",
			},
		},
	),
	rejectRealtimeCall: changingCall("reject", { status_code: 486 }),
	referRealtimeCall: changingCall("refer", { target_uri: "tel:+14155550123" }),
	hangUpRealtimeCall: onCall("hangup"),
	createRealtimeSession: {
		...makingBetaSecrets,
		"404": { headers: json, body: { model: "unknown" }, models: ["known"] },
	},
	createRealtimeTranscriptionSession: makingBetaSecrets,
	connectGeminiLive: {
		"101": { handshake: {} },
		"400": { handshake: { "sec-websocket-key": "short" } },
		default: { handshake: {}, flags: { overlay: [oneRequest] }, before: 1, status: 429 },
	},
	countResponseTokens: answering({ object: "response.input_tokens", input_tokens: 2 }, countingResponses),
	compactResponse: answering(completion, responding),
	listModels: { ...anyForwarded, "200": {} },
	retrieveModel: {
		...anyForwarded,
		"200": { path: "/v1/models/test-model" },
		"400": { path: "/v1/models/%E0%A4%A" },
		"404": { path: "/v1/models/unknown" },
		default: { ...anyForwarded.default, path: "/v1/models/x" },
	},
	getMetrics: { "200": {}, "404": { flags: { metrics: "false" } } },
	getOverview: {
		"200": asAdmin,
		"401": { flags: asAdmin.flags },
		"404": { ...asAdmin, flags: { ...asAdmin.flags, metrics: "false" } },
		"500": { ...asAdmin, flags: { ...asAdmin.flags, plugin: [broken("authenticated")] } },
	},
	getGreeting: { "200": { path: "/" }, "500": { path: "/", ...aFailure } },
	getHello: { "200": {} },
	getHealth: { "200": {} },
	getReadiness: { "200": {}, "503": { aihost: "http://127.0.0.1:1" } },
	getOpenApiJson: { "200": {}, "500": aFailure },
	getOpenApiYaml: { "200": {}, "500": aFailure },
};

/** With an upstream that speaks the Responses API. */
function ofResponsesUpstream(made: Record<string, Case>): Record<string, Case> {
	const entries = Object.entries(made).map(([status, { body: _body, ...one }]): [string, Case] => [
		status,
		{ ...one, upstream: { ...one.upstream, provider: "openai" } },
	]);
	return Object.fromEntries(entries);
}

/** What each operation that needs a key answers without one, and to one that is for other addresses. */
function refused(id: string, status: string): Case | undefined {
	const made = cases[id]?.["200"];
	if (status === "401") return { ...made, flags: { "require-keys": true } };
	return status === "403" ? { ...made, key: { addresses: ["10.0.0.0/8"] } } : undefined;
}

function routingOf(url: string, { upstream: more, models = ["*"], flags }: Case): Routing {
	const retry = { ...defaultRetry, ...shortBackoff, maxWaitMs: 100 };
	const targets = [target("a", { timeouts: flags?.timeout === undefined ? {} : { firstByteMs: 50 } })];
	return { upstreams: [upstream("a", `${url}/v1`, more)], routes: [route(targets, { models, retry })] };
}

describe.each(operations)("$id", ({ path, method, id, statuses }) => {
	test.each(statuses)("%s is as documented", async (status) => {
		const made = cases[id]?.[status] ?? refused(id, status);
		expect(made, `openapi.yaml documents ${status} of ${id}; this file has no case for it`).toBeDefined();
		if (made === undefined) return;
		const host = await startAiHost(made.answer);
		onTestFinished(() => host.close());
		if (made.takesSessions) serveSessions(host.server, { wordMs: 0 });
		const url = made.aihost ?? host.url;
		const routing = made.upstream || made.models ? routingOf(url, made) : undefined;
		const more = made.webhooks === undefined ? {} : { webhooks: made.webhooks };
		const gateway = await startGateway(url, made.flags, routing, more);
		onTestFinished(() => gateway.stop());
		if (made.learned !== undefined) gateway.gateway.services.upstreams.lessons.add(made.learned);
		const stored = (await made.stored?.(gateway.gateway.services.store)) ?? "none";
		const secret = made.key && (await addKey(gateway, made.key)).secret;
		failing.problem = made.storeProblem;
		const call = (body = made.body) => {
			const asked = gateway.url + (made.path?.replace("{id}", stored) ?? path.replace(/\{[^}]+\}/g, "test-model"));
			const headers = { ...made.headers, ...(secret === undefined ? {} : { "x-api-key": secret }) };
			if (made.handshake !== undefined) return shakeHands(asked, { ...headers, ...made.handshake });
			return fetch(asked, {
				method: method.toUpperCase(),
				headers,
				...sentBody(made, body),
				...(made.hasLink ? { body: JSON.stringify({ link: gateway.passes.issue("link") }) } : {}),
			});
		};
		if (made.earlier !== undefined) await (await call(made.earlier)).text();
		for (let count = 0; count < (made.before ?? 0); count += 1) await (await call()).text();
		const response = await call();
		expect(response.status).toBe(made.status ?? Number(status));
		await expectDocumented(response, path, method, status);
	});
});

test("this file has no cases for what openapi.yaml does not document", () => {
	const documented = operations.flatMap(({ id, statuses }) => statuses.map((status) => `${id} ${status}`));
	const described = Object.entries(cases).flatMap(([id, of]) => Object.keys(of).map((status) => `${id} ${status}`));
	expect(described.filter((name) => !documented.includes(name) && !name.endsWith(" 500"))).toEqual([]);
});

/** They change nothing in the store. */
const readers = new Set(["renderPrompt", "rejectRealtimeCall", "referRealtimeCall", "hangUpRealtimeCall"]);

/** What may go wrong with any operation: a gateway for each, which all operations are asked of. */
const faults: Record<string, Case & { asked?: (init: RequestInit) => RequestInit }> = {
	"nothing goes wrong": {},
	"no key": { flags: { "require-keys": true } },
	"a key for other addresses": { key: { addresses: ["10.0.0.0/8"] } },
	"a body that is no JSON": { asked: (init) => ({ ...init, ...(init.body === undefined ? {} : { body: "{" }) }) },
	"a body of another type": {
		asked: (init) => ({ ...init, headers: { ...init.headers, "content-type": "text/plain" } }),
	},
	"a body that is too large": {
		flags: { "max-body": "1kb" },
		asked: (init) => ({
			...init,
			...(init.body === undefined ? {} : { body: JSON.stringify({ padding: "x".repeat(2000) }) }),
		}),
	},
	"an upstream that nobody reaches": { aihost: "http://127.0.0.1:1" },
	"an upstream that is silent": { answer: () => {}, flags: { timeout: "50ms" } },
	"an upstream that breaks off": { answer: (_request, response) => void response.destroy() },
	"an upstream that refuses": {
		answer: (_request, response) => sendJson(response, { error: { message: "I'm a teapot" } }, 418),
	},
	"an upstream that answers nonsense": {
		answer: (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>Hi"),
	},
	"a model that no route takes": { models: ["another"] },
	"an upstream without a place": { upstream: { maxConcurrency: 0 } },
	"a plugin that fails": { flags: { plugin: [broken("authenticated")] } },
	"a store that is away": { storeProblem: "unavailable" },
	"a store that is full": { storeProblem: "full" },
	"a limit that is used up": { flags: { overlay: [oneRequest] }, before: 1 },
};

test.each(Object.entries(faults))(
	"no status comes that openapi.yaml does not document: %s",
	async (_name, fault) => {
		const host = await startAiHost(fault.answer);
		onTestFinished(() => host.close());
		const url = fault.aihost ?? host.url;
		const routing = fault.upstream || fault.models ? routingOf(url, fault) : undefined;
		const gateway = await startGateway(url, { "admin-key": adminKey, ...fault.flags }, routing);
		onTestFinished(() => gateway.stop());
		const secret = fault.key && (await addKey(gateway, fault.key)).secret;
		failing.problem = fault.storeProblem;
		const undocumented: string[] = [];
		// Whoever only reads needs no place in the store.
		const isReading = (method: string, id: string) => method === "get" || readers.has(id);
		const askFor = async ({ id, path, method }: (typeof operations)[number]) => {
			if (fault.storeProblem === "full" && isReading(method, id)) return;
			const { path: asked = path, headers = {}, ...made } = cases[id]?.["200"] ?? {};
			const init = {
				method: method.toUpperCase(),
				headers: { ...headers, ...(secret === undefined ? {} : { "x-api-key": secret }) },
				...sentBody(made, made.body),
			};
			for (let count = 0; count <= (fault.before ?? 0); count += 1) {
				const response = await fetch(
					gateway.url + asked.replace(/\{[^}]+\}/g, "test-model"),
					fault.asked?.(init) ?? init,
				);
				await response.arrayBuffer();
				// Shown elsewhere or not, it is documented.
				const documented = Object.keys(document.paths[path]?.[method]?.responses ?? {});
				if (![String(response.status), "default"].some((status) => documented.includes(status)))
					undocumented.push(`${id} ${response.status}`);
			}
		};
		await Promise.all(operations.map(askFor));
		expect([...new Set(undocumented)]).toEqual([]);
	},
	60_000,
);

function sentBody({ isForm }: Case, body: unknown): { body?: string | FormData } {
	if (body === undefined) return {};
	if (!isForm) return { body: JSON.stringify(body) };
	const form = new FormData();
	for (const [name, value] of Object.entries(body as Record<string, string>))
		form.append(name, fileNames.includes(name) ? new Blob([value]) : value);
	return { body: form };
}

type Answer = Pick<Response, "status" | "text" | "json"> & { readonly headers: Pick<Headers, "get" | "has"> };

/** A handshake, which `fetch` does not send. */
async function shakeHands(url: string, more: Record<string, string>): Promise<Answer> {
	const headers = {
		connection: "upgrade",
		upgrade: "websocket",
		"sec-websocket-version": "13",
		"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
		...more,
	};
	const asking = request(url, { headers }).end();
	const [message, socket] = (await Promise.race([once(asking, "response"), once(asking, "upgrade")])) as [
		IncomingMessage,
		Socket | undefined,
	];
	if (socket !== undefined) onTestFinished(() => void socket.destroy());
	const text = socket === undefined ? await bodyText(message) : "";
	return {
		status: message.statusCode ?? 0,
		headers: {
			get: (name) => message.headers[name]?.toString() ?? null,
			has: (name) => message.headers[name] !== undefined,
		},
		text: async () => text,
		json: async () => JSON.parse(text),
	};
}

async function expectDocumented(response: Answer, path: string, method: string, status: string): Promise<void> {
	const { response: documented, at } = locate(path, method, status);
	const type = response.headers.get("content-type")?.split(";")[0] ?? "";
	const types = Object.keys(documented.content ?? { "": {} });
	expect(types).toContain(types.includes(type) ? type : type.replace(/\/.*/, "/*"));
	const missing = Object.keys(documented.headers ?? {}).filter(
		(name) => !onlySometimes.has(name) && !response.headers.has(name),
	);
	expect(missing).toEqual([]);
	expect(response.headers.get("x-content-type-options")).toBe("nosniff");
	expect(response.headers.get("x-request-id")).toMatch(/\S/);
	if (type !== "application/json") return;
	const validate = validatorAt(`${at}${pointer("content", type, "schema")}`);
	const body = await response.json();
	expect({ valid: validate(body), errors: validate.errors, body }).toMatchObject({ valid: true });
}
