import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import type { Problems } from "../src/errors/problem.js";
import { noLimits } from "../src/settings/limitSettings.js";
import { settingDefinitions } from "../src/settings/settingDefinitions.js";
import { readSettings, type Settings } from "../src/settings/settings.js";
import { singleUpstream } from "../src/settings/singleUpstream.js";
import { temporaryFile } from "./kit/gateway.js";

const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const certificates = temporaryFile("ca.pem", pem);

/** Each flag with a value, what it becomes, and another value, which a variable that loses to the flag has. */
const cases: [flag: string, value: string, field: string, expected: unknown, other: string][] = [
	["bindip", "127.0.0.2", "bindip", "127.0.0.2", "127.0.0.3"],
	["bindport", "8080", "bindport", 8080, "8081"],
	["config", "llmw.yaml", "configFile", "llmw.yaml", "other.yaml"],
	["aihost", "example.org", "routing.upstreams.0.url", "https://example.org:443/v1", "example.net"],
	["aihostport", "8000", "routing.upstreams.0.url", "http://10.0.0.1:8000/v1", "8001"],
	["verbose", "true", "verbose", true, "false"],
	["workers", "3", "workers", 3, "4"],
	["aikey", "sk-1", "routing.upstreams.0.key", "sk-1", "sk-2"],
	["cacert", certificates, "routing.upstreams.0.tls.ca", pem, "/nowhere.pem"],
	["insecure", "true", "routing.upstreams.0.tls.insecure", true, "false"],
	["contract", "openai", "contracts", ["openai"], "no-rate-limit"],
	["overlay", "a.yaml", "overlays", ["a.yaml"], "b.yaml"],
	["plugin", "a.js", "plugins", ["a.js"], "b.js"],
	["timeout", "90s", "routing.routes.0.stages.0.targets.0.timeouts.firstByteMs", 90_000, "91s"],
	["idle-timeout", "1.5m", "idleTimeoutMs", 90_000, "91s"],
	["heartbeat", "0", "heartbeatMs", 0, "91s"],
	["connect-timeout", "250ms", "routing.upstreams.0.connectTimeoutMs", 250, "91s"],
	["request-timeout", "7", "requestTimeoutMs", 7_000, "91s"],
	["max-body", "1mb", "maxBodyBytes", 1_048_576, "2mb"],
	["max-upload", "2gb", "maxUploadBytes", 2_147_483_648, "3gb"],
	["upload-memory", "1mb", "uploadMemoryBytes", 1_048_576, "2mb"],
	["body-budget", "1gb", "bodyBudgetBytes", 1_073_741_824, "2gb"],
	["body-wait", "0", "bodyWaitMs", 0, "91s"],
	["max-header-size", "8kb", "maxHeaderBytes", 8_192, "9kb"],
	["max-headers", "50", "maxHeaders", 50, "51"],
	["max-connections", "500", "maxConnections", 500, "501"],
	["max-websockets", "0", "maxWebsockets", 0, "501"],
	["max-websockets-per-client", "5", "maxWebsocketsPerClient", 5, "6"],
	["websocket-age", "30m", "websocketAgeMs", 1_800_000, "91s"],
	["websocket-memory", "0", "websocketMemoryBytes", 0, "2mb"],
	["trust-proxy", "2", "trustedProxies", 2, "3"],
	["cors-origin", "https://app.example", "corsOrigins", ["https://app.example"], "https://other.example"],
	["allowed-host", "llm.example.com", "allowedHosts", ["llm.example.com"], "other.example.com"],
	["claude-model-prefix", "none", "claudeModelPrefix", "", "anthropic."],
	["local-admin", "true", "localAdmin", true, "false"],
	["drain-delay", "15s", "drainDelayMs", 15_000, "91s"],
	["drain-timeout", "0", "drainTimeoutMs", 0, "91s"],
	["data", "/srv/llmgw", "dataFolder", "/srv/llmgw", "/srv/other"],
	["store", "postgres://u:p@db/llmgw", "storeUrl", "postgres://u:p@db/llmgw", "postgres://other/llmgw"],
	["store-all", "true", "storeAll", true, "false"],
	["store-max-age", "30d", "storeMaxAgeMs", 2_592_000_000, "1h"],
	["store-max-count", "5000", "storeMaxCount", 5_000, "1"],
	["keep-responses", "asked", "keepResponses", "asked", "never"],
	["response-max-age", "7d", "responseMaxAgeMs", 604_800_000, "1h"],
	["response-max-count", "5000", "responseMaxCount", 5_000, "1"],
	["files", "local", "files", "local", "auto"],
	["files-quota", "1gb", "filesQuotaBytes", 1_073_741_824, "2gb"],
	["file-max-age", "30d", "fileMaxAgeMs", 2_592_000_000, "1h"],
	["answer-age", "0", "answerAgeMs", 0, "1h"],
	["grace", "5s", "graceMs", 5_000, "0s"],
	["background-max", "5", "backgroundMax", 5, "0"],
	["background-owner-max", "5", "backgroundOwnerMax", 5, "1"],
	["background-timeout", "5m", "backgroundTimeoutMs", 300_000, "2h"],
	["batch-concurrency", "4", "batchConcurrency", 4, "0"],
	["batch-owner-max", "5", "batchOwnerMax", 5, "1"],
	["batch-max-age", "7d", "batchMaxAgeMs", 604_800_000, "1h"],
	["cache-memory", "8mb", "cacheMemoryBytes", 8_388_608, "9mb"],
	["cache-store", "0", "cacheStoreBytes", 0, "2mb"],
	["metrics", "false", "metrics", false, "true"],
	["ui", "false", "ui", false, "true"],
	["usage", "false", "usage", false, "true"],
	["usage-max-age", "90d", "usageMaxAgeMs", 90 * 86_400_000, "7d"],
	["usage-tag", "feature", "usageTags", ["feature"], "user"],
	["session-header", "X-My-Session", "sessionHeaders.session", "x-my-session", "x-other"],
	["agent-header", "x-my-agent", "sessionHeaders.agent", "x-my-agent", "x-other"],
	["subagent-header", "x-my-role", "sessionHeaders.subagent", "x-my-role", "x-other"],
	["log-format", "json", "logFormat", "json", "text"],
	["log-level", "debug", "logLevel", "debug", "warn"],
	["require-keys", "true", "requireKeys", true, "false"],
	["admin-key", "an-administrator-1", "adminKey", "an-administrator-1", "an-administrator-2"],
	[
		"seal-secret",
		"a secret of 16 letters, and an earlier one",
		"sealSecrets",
		["a secret of 16 letters", "and an earlier one"],
		"another secret of tests",
	],
	["limit-queue", "50", "limitQueue", 50, "51"],
	["redis", "redis://u:p@cache:6379/1", "redisUrl", "redis://u:p@cache:6379/1", "rediss://other"],
	["redis-failure", "closed", "redisFailure", "closed", "open"],
];

/** `routing.upstreams.0.url` of settings. */
function valueAt(settings: Settings, place: string): unknown {
	return place.split(".").reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], settings);
}

const variableOf = (flag: string) => `LLMW_${flag.replaceAll("-", "_").toUpperCase()}`;

function problemsOf(flags: Record<string, unknown>, environment: NodeJS.ProcessEnv = {}): string[] {
	try {
		readSettings(flags, environment);
	} catch (error) {
		return (error as Problems).message.split("\n");
	}
	return [];
}

test("the cases below are all the settings there are", () => {
	expect(cases.map(([flag]) => flag)).toEqual(settingDefinitions().map(({ flag }) => flag));
	expect(cases.map(([flag]) => variableOf(flag))).toEqual(settingDefinitions().map(({ environment }) => environment));
});

test("defaults", () => {
	expect(readSettings({}, { HOME: "/home/me", XDG_DATA_HOME: "/home/me/data" })).toEqual({
		bindip: "127.0.0.1",
		bindport: 42069,
		configFile: undefined,
		routing: singleUpstream({
			url: "https://10.0.0.1:443/v1",
			key: undefined,
			ca: undefined,
			insecure: false,
			connectTimeoutMs: 10_000,
			timeoutMs: 600_000,
			idleTimeoutMs: 120_000,
			heartbeatMs: 15_000,
		}),
		verbose: false,
		workers: availableParallelism(),
		contracts: undefined,
		overlays: [],
		plugins: [],
		idleTimeoutMs: 120_000,
		heartbeatMs: 15_000,
		requestTimeoutMs: 60_000,
		maxBodyBytes: 33_554_432,
		maxUploadBytes: 536_870_912,
		uploadMemoryBytes: 8_388_608,
		bodyBudgetBytes: undefined,
		bodyWaitMs: 10_000,
		maxHeaderBytes: 16_384,
		maxHeaders: 100,
		maxConnections: 10_000,
		maxWebsockets: 10_000,
		maxWebsocketsPerClient: 1_000,
		websocketAgeMs: 3_600_000,
		websocketMemoryBytes: 67_108_864,
		trustedProxies: 0,
		corsOrigins: [],
		allowedHosts: [],
		localAdmin: false,
		claudeModelPrefix: "claude/",
		drainDelayMs: 0,
		drainTimeoutMs: 30_000,
		dataFolder: "/home/me/data/llmgw",
		storeUrl: undefined,
		storeAll: false,
		storeMaxAgeMs: undefined,
		storeMaxCount: undefined,
		keepResponses: "default",
		responseMaxAgeMs: 2_592_000_000,
		responseMaxCount: undefined,
		files: "auto",
		filesQuotaBytes: 10_737_418_240,
		fileMaxAgeMs: undefined,
		metrics: true,
		ui: true,
		answerAgeMs: 86_400_000,
		graceMs: 30_000,
		backgroundMax: 100,
		backgroundOwnerMax: 500,
		backgroundTimeoutMs: 3_600_000,
		batchConcurrency: 16,
		batchOwnerMax: 100,
		batchMaxAgeMs: 2_592_000_000,
		cacheMemoryBytes: 67_108_864,
		cacheStoreBytes: 1_073_741_824,
		usage: true,
		usageMaxAgeMs: 30 * 86_400_000,
		usageTags: [],
		sessionHeaders: { session: undefined, agent: undefined, subagent: undefined },
		logFormat: "text",
		logLevel: "info",
		requireKeys: false,
		adminKey: undefined,
		sealSecrets: [],
		limitQueue: 1000,
		redisUrl: undefined,
		redisFailure: "open",
		auth: undefined,
		limits: noLimits,
		prices: [],
		webhooks: [],
		mcp: undefined,
	} satisfies Settings);
});

describe.each(cases)("--%s", (flag, value, field, expected, other) => {
	test("as a flag, as a variable, and the flag wins", () => {
		const variable = variableOf(flag);
		const settingIn = (flags: object, variables: NodeJS.ProcessEnv) =>
			valueAt(readSettings(flags as Record<string, unknown>, variables), field);
		expect(settingIn({ [flag]: value }, {})).toEqual(expected);
		expect(settingIn({}, { [variable]: value })).toEqual(expected);
		expect(settingIn({ [flag]: value }, { [variable]: other })).toEqual(expected);
		expect(settingIn({}, { [variable]: "" })).toEqual(settingIn({}, {}));
	});
});

describe("repeatable flags", () => {
	test.each([
		["overlay", "overlays"],
		["plugin", "plugins"],
	] as const)("--%s", (flag, field) => {
		expect(readSettings({ [flag]: ["a", "b"] }, {})[field]).toEqual(["a", "b"]);
		expect(readSettings({}, { [variableOf(flag)]: '["a", "b"]' })[field]).toEqual(["a", "b"]);
		expect(readSettings({}, { [variableOf(flag)]: "[a].yaml" })[field]).toEqual(["[a].yaml"]);
	});

	test("of any other flag the last one counts", () => {
		expect(readSettings({ bindport: ["1", "2"] }, {}).bindport).toBe(2);
	});
});

test.each([
	["2KB", 2_048],
	["1Mb", 1_048_576],
	["2048", 2_048],
])("--max-body %s is %d bytes", (given, expected) => {
	expect(readSettings({ "max-body": given }, {}).maxBodyBytes).toBe(expected);
});

test.each([
	["1", true],
	["true", true],
	["0", false],
	["false", false],
])("LLMW_VERBOSE=%s is %s", (value, expected) => {
	expect(readSettings({}, { LLMW_VERBOSE: value }).verbose).toBe(expected);
});

describe("a value that makes no sense is named with its place and what would be right", () => {
	const wrong: [flag: string, value: unknown, message: RegExp][] = [
		["bindip", "example.org", /"example.org" is not an IP address/],
		["bindip", "300.1.1.1", /"300.1.1.1" is not an IP address/],
		["bindport", "65536", /must be a port from 0 to 65535 \(got 65536\)/],
		["bindport", "-1", /must be a port from 0 to 65535 \(got "-1"\)/],
		["bindport", "80.5", /must be a port/],
		["bindport", "", /must be a port from 0 to 65535 \(no value was given\)/],
		["aihost", "", /no value was given/],
		["aihost", "no host", /"no host" is not a host name, an IP address or a URL/],
		["aihost", "ftp://example.org", /must be an http or https URL/],
		["aihost", "example.org/v1", /has a path: write a whole URL/],
		["aihost", "https://example.org/v1?key=1#2", /must have no fragment/],
		["aihost", "example.org?key=1", /has a query: write a whole URL/],
		["aihost", "http://[::1", /is not a host name/],
		["aihostport", "0", /must be a port from 1 to 65535/],
		["verbose", "yes", /takes no value, or true or false \(got "yes"\)/],
		["verbose", "", /takes no value, or true or false/],
		["workers", "0", /must be a whole number from 1 to 256/],
		["workers", "many", /must be a whole number from 1 to 256 \(got "many"\)/],
		["aikey", "", /must not be empty/],
		["cacert", "/nowhere.pem", /can't read \/nowhere.pem \(ENOENT\)/],
		["cacert", temporaryFile("no.pem", "text"), /holds no PEM certificate/],
		["timeout", "soon", /must be a duration such as 500ms, 30s or 15m \(got "soon"\)/],
		["timeout", "0", /must be longer than 0/],
		["idle-timeout", "1 day", /must be a duration/],
		["drain-timeout", "1000h", /must be at most 596h \(got 1000h\)/],
		["max-body", "32 potatoes", /must be a size such as 512kb or 32mb/],
		["max-body", "0", /must be from 1kb to 511mb \(got 0\)/],
		["max-body", "1gb", /must be from 1kb to 511mb \(got 1gb\)/],
		["max-header-size", "-1kb", /must be a size/],
		["max-header-size", "2mb", /must be from 1kb to 1mb \(got 2mb\)/],
		["overlay", "", /must name a file \(no value was given\)/],
		["max-headers", "1", /must be a whole number from 10 to 1000/],
		["trust-proxy", true, /must be a number of proxies from 0 to 16 \(no value was given\)/],
		["trust-proxy", "17", /must be a number of proxies from 0 to 16/],
		["allowed-host", "llm.example.com:8443", /must be a host name without a port such as llm.example.com/],
		["allowed-host", "https://llm.example.com", /must be a host name/],
		["local-admin", "maybe", /true or false/],
		["cors-origin", "app.example", /must be an origin such as https:\/\/app.example, or \* \(got "app.example"\)/],
	];
	test.each(wrong)("--%s %j", (flag, value, message) => {
		const problems = problemsOf({ [flag]: value });
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(new RegExp(`^--${flag}: .*${message.source}`));
		if (typeof value === "string" && value !== "")
			expect(problemsOf({}, { [variableOf(flag)]: value })[0]).toMatch(new RegExp(`^${variableOf(flag)}: `));
	});

	test("all at once, whatever finds them", () => {
		const flags = { bindport: "99999", timeout: "soon", cacert: "/nowhere.pem", bindip: "nowhere" };
		const places = problemsOf(flags).map((line) => line.split(":")[0]);
		expect(places.sort()).toEqual(["--bindip", "--bindport", "--cacert", "--timeout"]);
	});

	test("a list that is almost a JSON array", () => {
		expect(problemsOf({}, { LLMW_OVERLAY: '["a.yaml", "b.yaml"' })).toEqual([
			'LLMW_OVERLAY: must be a JSON array such as ["a.yaml","b.yaml"], or one value',
		]);
	});

	test("and secrets stay out of it", () => {
		for (const aihost of ["https://user:secret@[::1", "https://user:sec/secret@example.org", "user:secret@example.org"])
			expect(problemsOf({ aihost }).join()).toMatch(/^--aihost: (?!.*secret)/);
		expect(problemsOf({ aikey: "sk secret" }).join()).not.toContain("secret");
		expect(problemsOf({ aihost: "https://user:secret@example.org" })).toEqual([
			"--aihost: must hold no user name or password; use --aikey",
		]);
	});
});

describe("the upstream", () => {
	test.each([
		["a name", "example.org", 443, "https://example.org:443/v1"],
		["a name, another port", "example.org", 8000, "http://example.org:8000/v1"],
		["a name with its port", "example.org:8000", undefined, "http://example.org:8000/v1"],
		["a name with its port, said twice", "example.org:8000", 8000, "http://example.org:8000/v1"],
		["a name with port 443", "example.org:443", undefined, "https://example.org:443/v1"],
		["an IPv4 address", "10.0.0.1", 443, "https://10.0.0.1:443/v1"],
		["an IPv4 address, another port", "10.0.0.1", 8080, "http://10.0.0.1:8080/v1"],
		["an IPv6 address", "::1", 11434, "http://[::1]:11434/v1"],
		["an IPv6 address, 443", "2001:db8::2", 443, "https://[2001:db8::2]:443/v1"],
		["an IPv6 address in brackets", "[::1]", 8000, "http://[::1]:8000/v1"],
		["an IPv6 address with its port", "[::1]:8000", undefined, "http://[::1]:8000/v1"],
		["a URL", "https://api.example.org", 443, "https://api.example.org:443/v1"],
		["a URL with a base path", "https://api.example.org/openai/v1/", 443, "https://api.example.org:443/openai/v1"],
		["a URL with its port", "http://10.0.0.1:8000", undefined, "http://10.0.0.1:8000/v1"],
		["a URL with its port and a base path", "https://10.0.0.1:8443/api", undefined, "https://10.0.0.1:8443/api"],
		["an http URL: a URL says otherwise", "http://10.0.0.1", undefined, "http://10.0.0.1:80/v1"],
		["an http URL and port 443", "http://10.0.0.1", 443, "http://10.0.0.1:443/v1"],
		["an http URL with port 443", "http://10.0.0.1:443", 443, "http://10.0.0.1:443/v1"],
		["a URL and another port", "https://10.0.0.1", 8443, "https://10.0.0.1:8443/v1"],
		["a URL with its default port", "http://10.0.0.1:80", undefined, "http://10.0.0.1:80/v1"],
		["a URL with an IPv6 address", "http://[::1]:8000/v1", undefined, "http://[::1]:8000/v1"],
	])("%s: %s, --aihostport %s", (_name, aihost, port, expected) => {
		expect(readSettings({ aihost, aihostport: port?.toString() }, {}).routing.upstreams[0]?.url).toBe(expected);
	});

	test.each([
		["example.org:123", "8000", 123],
		["http://10.0.0.1:80", "443", 80],
		["http://[::1]:8000/v1", "443", 8000],
	])("%s contradicts --aihostport %s", (aihost, aihostport, named) => {
		expect(problemsOf({ aihost, aihostport })).toEqual([
			`--aihost: names port ${named}, but --aihostport says ${aihostport}`,
		]);
	});
});
