/** Every provider that chats, as docs/providers.md configures it, in front of a second, independent implementation of the vendors' APIs (aimock). */
import { type Fixture, LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { providers } from "../../src/providers/providers.js";
import { readConfig } from "../../src/settings/config/readConfig.js";
import { readSettings } from "../../src/settings/settings.js";
import { askAs, type ClientName, clientNames } from "../kit/clients.js";
import { startGateway, type TestGateway, temporaryFile, withoutRateLimit } from "../kit/gateway.js";

const said = "Paris, of course: Zoë's “café” 🌧️. ".repeat(6);
const called = { city: "Zürich", note: 'a "quoted" word' };

const onModel = (model: string, response: Fixture["response"], more: Partial<Fixture> = {}): Fixture => ({
	match: { model: new RegExp(`^${model}$`) },
	response,
	chunkSize: 7,
	...more,
});

const fixtures: Fixture[] = [
	onModel("says", { content: said }),
	onModel("calls", { toolCalls: [{ name: "look_up", arguments: JSON.stringify(called) }] }),
	onModel("limits", { content: said }, { chaos: { rateLimitRate: 1 } }),
	onModel("hangs-up", { content: said }, { chaos: { disconnectRate: 1 } }),
	onModel("mangles", { content: said }, { chaos: { malformedRate: 1 } }),
	onModel("is-late", { content: said }, { chaos: { latencyMs: 50 } }),
	onModel("is-overloaded", { error: { message: "Overloaded", type: "overloaded_error" }, status: 529 }),
	onModel("is-down", { error: { message: "Down for now", type: "server_error" }, status: 503 }),
	onModel("refuses", { error: { message: "No such option", type: "invalid_request_error" }, status: 400 }),
	onModel("breaks-off", { content: said }, { truncateAfterChunks: 3 }),
];

/** Where the mock has a vendor's API; `/v1` for all others. */
const paths: Readonly<Record<string, string>> = {
	gemini: "/v1beta",
	azure: "/openai?api-version=2024-10-21",
	cohere: "/v2",
	vertex: "/v1/projects/mine/locations/global",
	bedrock: "",
};

const chatting = [...providers].filter(([, { dialects }]) => dialects.some(({ operation }) => operation === "chat"));

/** Upstreams by name, with what their configuration has beside `provider`, `url` and `key`. */
const upstreams = new Map<string, { provider: string; more: object }>([
	...chatting.map(([name]) => [name, { provider: name, more: {} }] as const),
	["ollama-itself", { provider: "ollama", more: { ollama: {} } }],
]);

const behaviors = fixtures.map(({ match }) => String(match.model).slice(2, -2));
const faults = ["limits", "hangs-up", "mangles", "is-overloaded", "is-down"];

let mock: LLMock;
let gateway: TestGateway;

beforeAll(async () => {
	mock = new LLMock({ port: 0, latency: 0 });
	for (const fixture of fixtures) mock.addFixture(fixture);
	await mock.start();
	const config = temporaryFile("llmw.yaml", JSON.stringify(configuration()));
	const { routing } = readSettings({ config }, {}, readConfig(config, { MOCK_KEY: "any" }));
	gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit() }, routing);
});

afterAll(async () => {
	await gateway.stop();
	await mock.stop();
});

function configuration(): object {
	const names = [...upstreams.keys()];
	const direct = names.flatMap((name) =>
		behaviors.map((model) => ({ model: `${name}-${model}`, targets: [`${name}/${model}`], retry: { attempts: 1 } })),
	);
	const safe = names.flatMap((name) =>
		faults.map((model) => ({
			model: `${name}-${model}-safely`,
			targets: [`${name}/${model}`],
			fallback: [`${name}/says`],
			retry: { firstBackoff: "1ms", maxBackoff: "2ms" },
		})),
	);
	return {
		upstreams: Object.fromEntries(
			[...upstreams].map(([name, { provider, more }]) => [
				name,
				{ provider, url: `${mock.url}${paths[provider] ?? "/v1"}`, key: "${MOCK_KEY}", breaker: false, ...more },
			]),
		),
		routes: [...direct, ...safe],
	};
}

const forms = clientNames.flatMap((client) => [true, false].map((isStream) => ({ client, isStream })));

/** Asks in each form. @returns what is wrong, by its form */
async function inEachForm(
	model: string,
	wrongIn: (heard: Awaited<ReturnType<typeof askAs>>, client: ClientName, isStream: boolean) => string | undefined,
	tools = false,
): Promise<string[]> {
	const wrong = await Promise.all(
		forms.map(async ({ client, isStream }) => {
			const heard = await askAs(client, gateway.url, model, { isStream, tools });
			const fault = wrongIn(heard, client, isStream);
			const where = `${client}, ${isStream ? "streamed" : "whole"}`;
			return fault === undefined ? [] : [`${where}: ${fault}: ${heard.status} ${heard.raw.slice(-400)}`];
		}),
	);
	return wrong.flat();
}

describe.each([...upstreams.keys()])("%s", (name) => {
	test("says the text to clients of each wire format", async () => {
		const wrong = await inEachForm(`${name}-says`, ({ text, isEnded, finish, error }) =>
			text === said && isEnded && finish !== undefined && error === undefined ? undefined : "not the text",
		);
		expect(wrong).toEqual([]);
	});

	test("calls tools", async () => {
		const wrong = await inEachForm(
			`${name}-calls`,
			({ calls, isEnded }) => {
				const heard = calls.map((call) => ({ name: call.name, input: parsed(call.arguments) }));
				const wanted = [{ name: "look_up", input: called }];
				return isEnded && JSON.stringify(heard) === JSON.stringify(wanted) ? undefined : "not the call";
			},
			true,
		);
		expect(wrong).toEqual([]);
	});
});

/** One for each way in which the mock fails; the others follow OpenAI in that. */
const failing = ["openai", "anthropic", "gemini", "azure", "cohere", "bedrock", "ollama-itself"];

/** Clients that speak the upstream's wire format. */
const own: Readonly<Record<string, ClientName>> = { anthropic: "messages", gemini: "gemini" };

describe.each(failing)("%s", (name) => {
	test("answers late", async () => {
		expect(await inEachForm(`${name}-is-late`, ({ text }) => (text === said ? undefined : "no text"))).toEqual([]);
	});

	test("tells what went wrong in each client's own words", async () => {
		const statuses: Record<string, number[]> = {
			limits: [429],
			"hangs-up": [502],
			"is-overloaded": [529, 503],
			"is-down": [503],
			refuses: [400],
		};
		const wrong = await Promise.all(
			Object.entries(statuses).map(([model, wanted]) =>
				inEachForm(`${name}-${model}`, ({ status, error, headers }, client) => {
					// Its 429 has OpenAI's words whoever is asked, and the client of the upstream's own format gets its bytes.
					const isPassed = model === "limits" && own[name] === client;
					if (!wanted.includes(status) || (error === undefined && !isPassed))
						return `${model} is not ${wanted.join(" or ")}`;
					return model === "limits" && headers.get("retry-after") === null ? "no retry-after" : undefined;
				}),
			),
		);
		expect(wrong.flat()).toEqual([]);
	});

	test("falls back to another model, unseen", async () => {
		const wrong = await Promise.all(
			faults.map((fault) =>
				inEachForm(`${name}-${fault}-safely`, ({ text, error }) =>
					text === said && error === undefined ? undefined : `${fault} was seen`,
				),
			),
		);
		expect(wrong.flat()).toEqual([]);
	});

	test("a stream that is cut never looks whole", async () => {
		const wrong = await Promise.all(
			clientNames.map(async (client) => {
				const { text, isEnded, error, raw } = await askAs(client, gateway.url, `${name}-breaks-off`, {
					isStream: true,
				});
				const isHonest = error !== undefined && !isEnded && said.startsWith(text);
				return isHonest ? [] : [`${client}: ${raw.slice(-300)}`];
			}),
		);
		expect(wrong.flat()).toEqual([]);
	});
});

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
