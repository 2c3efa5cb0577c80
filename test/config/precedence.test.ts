import { join } from "node:path";
import { expect, test } from "vitest";
import { configOf } from "../../src/settings/config/configOf.js";
import { configKeys } from "../../src/settings/config/configSchema.js";
import { settingDefinitions, upstreamSettings } from "../../src/settings/settingDefinitions.js";
import { readSettings } from "../../src/settings/settings.js";
import { configFile, folderWith, problemsIn, settingsFrom, twoUpstreams } from "./files.js";

test("a file has every setting but those of the one AI host, and its own name", () => {
	const settings = settingDefinitions().map(({ name }) => name);
	const inFile = settings.filter((name) => name !== "config" && !upstreamSettings.includes(name));
	expect(
		configKeys().filter(
			(key) => !["upstreams", "routes", "defaults", "auth", "prices", "limits", "webhooks", "mcp"].includes(key),
		),
	).toEqual(inFile);
});

test("a flag wins over a variable, a variable over the file, the file over the contract", async () => {
	const text = "workers: 3\nmaxHeaders: 30\nbindport: 3000\nidleTimeout: 3s\n";
	const environment = { LLMW_WORKERS: "2", LLMW_MAX_HEADERS: "20" };
	expect(await settingsFrom(text, environment, { workers: "1" })).toMatchObject({
		workers: 1,
		maxHeaders: 20,
		bindport: 3000,
		idleTimeoutMs: 3_000,
		bindip: "127.0.0.1",
	});
});

test("all kinds of settings can stand in a file", async () => {
	const text = `
bindip: 0.0.0.0
verbose: true
idleTimeout: 1.5m
timeout: 90
maxBody: 1mb
corsOrigin: https://app.example
drainTimeout: 0s
storeMaxAge: 30d
storeMaxCount: 5
`;
	expect(await settingsFrom(text)).toMatchObject({
		bindip: "0.0.0.0",
		verbose: true,
		idleTimeoutMs: 90_000,
		maxBodyBytes: 1_048_576,
		corsOrigins: ["https://app.example"],
		drainTimeoutMs: 0,
		storeMaxAgeMs: 2_592_000_000,
		storeMaxCount: 5,
		routing: { routes: [{ stages: [{ targets: [{ timeouts: { firstByteMs: 90_000 } }] }] }] },
	});
});

test("LLMW_CONFIG names a file too", async () => {
	const environment = { LLMW_CONFIG: configFile("workers: 3\n") };
	const settings = readSettings({}, environment, await configOf({}, environment));
	expect(settings).toMatchObject({ workers: 3, configFile: environment.LLMW_CONFIG });
});

test("a file without upstreams leaves the one AI host to flags", async () => {
	const { routing } = await settingsFrom("workers: 3\n", {}, { aihost: "http://127.0.0.1:9" });
	expect(routing.upstreams).toMatchObject([{ name: "aihost", url: "http://127.0.0.1:9/v1" }]);
});

test("beside a file's upstreams the flags of the one AI host have no meaning", async () => {
	const text = `${twoUpstreams}routes: [{model: "*", targets: [one, two]}]\n`;
	const flags = { aihost: "10.0.0.1", aikey: "sk-1", insecure: "true" };
	const environment = { LLMW_AIHOSTPORT: "8000", LLMW_CACERT: "ca.pem" };
	expect(await problemsIn(text, environment, flags)).toEqual(
		["--aihost", "LLMW_AIHOSTPORT", "--aikey", "LLMW_CACERT", "--insecure"].map(
			(where) => `${where}: has no meaning beside the upstreams of llmw.yaml`,
		),
	);
});

test("flags for waiting hold for upstreams where the file says nothing nearer", async () => {
	const text = `${twoUpstreams}routes: [{model: "*", targets: [one, {upstream: two, timeouts: {firstByte: 1s}}]}]\n`;
	const { routing } = await settingsFrom(text, {}, { timeout: "5s", "connect-timeout": "2s" });
	expect(routing.routes[0]?.stages[0]?.targets).toMatchObject([
		{ timeouts: { firstByteMs: 5_000 } },
		{ timeouts: { firstByteMs: 1_000 } },
	]);
	expect(routing.upstreams.map(({ connectTimeoutMs }) => connectTimeoutMs)).toEqual([2_000, 2_000]);
});

test("relative paths begin at the file's folder, names of packages stay", async () => {
	const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
	const folder = folderWith({
		"etc/llmw.yaml": `
overlay: [ours.yaml, /srv/other.yaml]
plugin: ["./tag.js={\\"header\\":\\"x\\"}", named.js, some-package]
data: data
upstreams: {one: {url: "https://127.0.0.1", tls: {ca: tls/ca.pem, serverName: one.example}}}
`,
		"etc/named.js": "",
		"etc/tls/ca.pem": pem,
	});
	const flags = { config: join(folder, "etc/llmw.yaml") };
	expect(readSettings(flags, {}, await configOf(flags, {}))).toMatchObject({
		overlays: [join(folder, "etc/ours.yaml"), "/srv/other.yaml"],
		plugins: [`${join(folder, "etc/tag.js")}={"header":"x"}`, join(folder, "etc/named.js"), "some-package"],
		dataFolder: join(folder, "etc/data"),
		routing: { upstreams: [{ tls: { ca: pem, serverName: "one.example" } }] },
	});
});

test("a file that can't be read is a problem", async () => {
	const flags = { config: join(folderWith({}), "nowhere.yaml") };
	const file = await configOf(flags, {});
	expect(() => readSettings(flags, {}, file)).toThrow(/nowhere\.yaml: can't be read \(ENOENT\)/);
});

test("anchors and merge keys may say what upstreams have in common", async () => {
	const { routing } = await settingsFrom(`
upstreams:
  one: &vllm {url: "http://127.0.0.1:1001", weight: 2, maxConcurrency: 5}
  two: {<<: *vllm, url: "http://127.0.0.1:1002"}
routes: [{model: "*", targets: [one, two]}]
`);
	expect(routing.upstreams.map(({ url, maxConcurrency }) => [url, maxConcurrency])).toEqual([
		["http://127.0.0.1:1001/v1", 5],
		["http://127.0.0.1:1002/v1", 5],
	]);
});
