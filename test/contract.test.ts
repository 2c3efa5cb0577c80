/** Every operation and every documented status of openapi.yaml, each with a real response held against the contract. */
import { describe, expect, onTestFinished, test } from "vitest";
import { readBaseDocument } from "../src/contract/document.js";
import { StoreError, type StoreProblem } from "../src/store/store.js";
import { completion, type HostAnswer, sendJson, startAiHost } from "./kit/aiHost.js";
import { validatorAt } from "./kit/contract.js";
import { gatewayFor, hello, jsonOf, postChat, type TestGateway, temporaryFile } from "./kit/gateway.js";

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
	headers?: Record<string, string>;
	/** Requests made before, for limits. */
	before?: number;
	/** The status that `default` stands for. */
	status?: number;
	/** Has a chat completion stored before; where the path has an `{id}`, it is that one's. */
	stored?: boolean;
	/** What the store says to whatever it is asked. */
	storeProblem?: StoreProblem;
}

const json = { "content-type": "application/json" };
const oneRequest = () =>
	temporaryFile(
		"one.yaml",
		"overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {x-rate-limit: {max: 1, window: 1m}}}]",
	);
const broken = (stage = "upstream") =>
	temporaryFile(
		"broken.mjs",
		`export default { name: "broken", stage: "${stage}", middleware: () => () => { throw new Error("x"); } }`,
	);

const anyForwarded: Record<string, Case> = {
	"429": { flags: { overlay: [oneRequest()] }, before: 1 },
	"500": { flags: { plugin: [broken()] } },
	"502": { aihost: "http://127.0.0.1:1" },
	"504": { answer: () => {}, flags: { timeout: "200ms" } },
	default: {
		answer: (_request, response) => sendJson(response, { error: { message: "I'm a teapot" } }, 418),
		status: 418,
	},
};

function withBody(body: object): Record<string, Case> {
	const cases = Object.fromEntries(
		Object.entries(anyForwarded).map(([status, made]) => [status, { body, headers: json, ...made }]),
	);
	return {
		...cases,
		"200": { body, headers: json },
		"400": { body: {}, headers: json },
		"413": { body: { ...body, padding: "x".repeat(2000) }, headers: json, flags: { "max-body": "1kb" } },
		"415": { body, headers: { "content-type": "text/plain" } },
	};
}

const embedding = {
	object: "list",
	data: [{ object: "embedding", index: 0, embedding: [0.1] }],
	model: "m",
	usage: { prompt_tokens: 1, total_tokens: 1 },
};
const textCompletion = {
	...completion,
	object: "text_completion",
	choices: [{ index: 0, text: "Hi", logprobs: null, finish_reason: "stop" }],
};

function answering(value: unknown, cases: Record<string, Case>): Record<string, Case> {
	return { ...cases, "200": { ...cases["200"], answer: (_request, response) => sendJson(response, value) } };
}

/** The failures of an operation on the store that is well asked. */
function onStore(good: Case): Record<string, Case> {
	return {
		"200": good,
		"429": { ...good, stored: false, flags: { overlay: [oneRequest()] }, before: 1 },
		"500": { ...good, flags: { plugin: [broken("validated")] }, stored: false },
		"503": { ...good, storeProblem: "unavailable" },
	};
}

const storedPath = "/v1/chat/completions/{id}";
const unknownPath = "/v1/chat/completions/chatcmpl-unknown";
const notes = { body: { metadata: { team: "blue" } }, headers: json };

const cases: Record<string, Record<string, Case>> = {
	createChatCompletion: {
		...answering(completion, withBody(hello)),
		"503": { body: { ...hello, store: true }, headers: json, storeProblem: "unavailable" },
		"507": { body: { ...hello, store: true }, headers: json, storeProblem: "full" },
	},
	listStoredCompletions: {
		...onStore({ stored: true, path: "/v1/chat/completions?metadata[team]=red&order=desc&limit=1&include=request" }),
		"400": { path: "/v1/chat/completions?limit=0" },
		"404": { path: "/v1/chat/completions?after=chatcmpl-unknown" },
	},
	retrieveStoredCompletion: {
		...onStore({ stored: true, path: storedPath }),
		"400": { path: "/v1/chat/completions/%E0%A4%A" },
		"404": { path: unknownPath },
	},
	updateStoredCompletion: {
		...onStore({ stored: true, path: storedPath, ...notes }),
		"400": { path: unknownPath, body: { metadata: { team: 7 } }, headers: json },
		"404": { path: unknownPath, ...notes },
		"413": {
			path: unknownPath,
			...notes,
			body: { ...notes.body, padding: "x".repeat(2000) },
			flags: { "max-body": "1kb" },
		},
		"415": { path: unknownPath, ...notes, headers: { "content-type": "text/plain" } },
		"507": { stored: true, path: storedPath, ...notes, storeProblem: "full" },
	},
	deleteStoredCompletion: {
		...onStore({ stored: true, path: storedPath }),
		"400": { path: "/v1/chat/completions/%E0%A4%A" },
		"404": { path: unknownPath },
		"507": { stored: true, path: storedPath, storeProblem: "full" },
	},
	listStoredCompletionMessages: {
		...onStore({ stored: true, path: `${storedPath}/messages` }),
		"400": { path: `${unknownPath}/messages?order=sideways` },
		"404": { path: `${unknownPath}/messages` },
	},
	createCompletion: answering(textCompletion, withBody({ model: "m", prompt: "Hello" })),
	createEmbedding: answering(embedding, withBody({ model: "m", input: "Hello" })),
	listModels: { ...anyForwarded, "200": {} },
	retrieveModel: {
		...anyForwarded,
		"200": { path: "/v1/models/test-model" },
		"400": { path: "/v1/models/%E0%A4%A" },
		"404": { path: "/v1/models/unknown" },
		default: { ...anyForwarded.default, path: "/v1/models/x" },
	},
	getHealth: { "200": {} },
	getReadiness: { "200": {}, "503": { aihost: "http://127.0.0.1:1" } },
	getOpenApiJson: { "200": {} },
	getOpenApiYaml: { "200": {} },
	getDocs: { "200": {} },
	getDocsAsset: { "200": { path: "/docs/page.js" }, "404": { path: "/docs/nothing.js" } },
};

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
	Object.entries(item)
		.filter(([method]) => ["get", "put", "post", "delete", "patch"].includes(method))
		.map(([method, operation]) => ({
			path,
			method,
			id: operation.operationId,
			statuses: Object.keys(operation.responses),
		})),
);

describe.each(operations)("$id", ({ path, method, id, statuses }) => {
	test.each(statuses)("%s is as documented", async (status) => {
		const made = cases[id]?.[status];
		expect(made, `openapi.yaml documents ${status} of ${id}; this file has no case for it`).toBeDefined();
		if (made === undefined) return;
		const host = await startAiHost(made.answer);
		onTestFinished(() => host.close());
		const gateway = await gatewayFor({ url: made.aihost ?? host.url }, made.flags);
		const storedId = made.stored ? await storeOne(gateway) : "chatcmpl-none";
		if (made.storeProblem) breakStore(gateway, made.storeProblem);
		const call = () =>
			fetch(gateway.url + (made.path?.replace("{id}", storedId) ?? path.replace(/\{[^}]+\}/g, "test-model")), {
				method: method.toUpperCase(),
				...(made.headers ? { headers: made.headers } : {}),
				...(made.body === undefined ? {} : { body: JSON.stringify(made.body) }),
			});
		for (let count = 0; count < (made.before ?? 0); count += 1) await (await call()).text();
		const response = await call();
		expect(response.status).toBe(made.status ?? Number(status));
		await expectDocumented(response, path, method, status);
	});
});

/** Has a completion stored. @returns its id. */
async function storeOne({ baseUrl }: TestGateway): Promise<string> {
	const response = await postChat(baseUrl, { ...hello, store: true, metadata: { team: "red" } });
	return (await jsonOf<{ id: string }>(response)).id;
}

function breakStore({ gateway }: TestGateway, problem: StoreProblem): void {
	const refuse = () => Promise.reject(new StoreError(problem, "as the test says"));
	const { store } = gateway.services;
	for (const name of ["completions", "prompts"] as const)
		Object.defineProperty(store, name, { value: new Proxy(store[name], { get: () => refuse }) });
}

test("this file has no cases for what openapi.yaml does not document", () => {
	const documented = operations.flatMap(({ id, statuses }) => statuses.map((status) => `${id} ${status}`));
	const described = Object.entries(cases).flatMap(([id, of]) => Object.keys(of).map((status) => `${id} ${status}`));
	expect(described.filter((name) => !documented.includes(name) && !name.endsWith(" 500"))).toEqual([]);
});

async function expectDocumented(response: Response, path: string, method: string, status: string): Promise<void> {
	const { response: documented, at } = locate(path, method, status);
	const type = response.headers.get("content-type")?.split(";")[0] ?? "";
	expect(Object.keys(documented.content ?? {})).toContain(type);
	const missing = Object.keys(documented.headers ?? {}).filter((name) => !response.headers.has(name));
	expect(missing).toEqual([]);
	expect(response.headers.get("x-content-type-options")).toBe("nosniff");
	expect(response.headers.get("x-request-id")).toMatch(/\S/);
	if (type !== "application/json") return;
	const validate = validatorAt(`${at}${pointer("content", type, "schema")}`);
	const body = await response.json();
	expect({ valid: validate(body), errors: validate.errors, body }).toMatchObject({ valid: true });
}
