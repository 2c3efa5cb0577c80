import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settingsWithoutSecrets } from "../../src/process/control/legibleSettings.js";
import { describeChange, diffSettings } from "../../src/settings/diffSettings.js";
import { resultOf } from "../kit/llmw.js";
import { folderWith, problemsIn, settingsFrom } from "./files.js";

const upstreamWith = (members: string) => `upstreams:\n  one:\n    url: http://127.0.0.1:1001\n    ${members}\n`;

describe("a secret", () => {
	test("is a variable's value, alone or within a text", async () => {
		const text = upstreamWith("key: ${KEY}\n    headers: {X-Token: 'Token ${KEY}', X-Plain: '$${KEY}'}");
		const [upstream] = (await settingsFrom(text, { KEY: "sk-1" })).routing.upstreams;
		expect(upstream).toMatchObject({ key: "sk-1", headers: { "x-token": "Token sk-1", "x-plain": "${KEY}" } });
	});

	test("is what a file holds, which is found from the configuration file's folder", async () => {
		const folder = folderWith({
			"etc/llmw.yaml": upstreamWith("key: {file: keys/one.txt}"),
			"etc/keys/one.txt": "\n  sk-1  \n",
		});
		const { code, stdout } = await resultOf(["routes", "--config", join(folder, "etc/llmw.yaml")]);
		expect(stdout).toContain("one");
		expect(code).toBe(0);
	});

	test("may be a number as text", async () => {
		expect((await settingsFrom(upstreamWith("key: ${KEY}"), { KEY: "12345" })).routing.upstreams[0]?.key).toBe("12345");
	});

	test("that can't be sent is refused without being shown", async () => {
		expect(await problemsIn(upstreamWith("key: ${KEY}"), { KEY: "hunter 2" })).toEqual([
			"llmw.yaml:4:10: upstreams.one.key: what KEY holds is not valid here",
		]);
	});

	test("may stand in a database's URL, which may also be without one", async () => {
		const text = "store: postgres://llmw:${PASSWORD}@db/llmw\n";
		expect((await settingsFrom(text, { PASSWORD: "hunter2" })).storeUrl).toBe("postgres://llmw:hunter2@db/llmw");
		expect((await settingsFrom("store: postgres://llmw@db:5432/llmw\n")).storeUrl).toBe("postgres://llmw@db:5432/llmw");
	});
});

test("Redis' URL may have a variable for its password, and a change of it is told without it", async () => {
	const text = "redis: redis://llmw:${PASSWORD}@cache:6379/1\n";
	const before = await settingsFrom(text, { PASSWORD: "hunter2" });
	expect(before.redisUrl).toBe("redis://llmw:hunter2@cache:6379/1");
	const changes = diffSettings(before, await settingsFrom(text, { PASSWORD: "hunter3" })).map(describeChange);
	expect(changes).toEqual(["~ redis (changed) (only a restart changes it)"]);
	expect(JSON.stringify(settingsWithoutSecrets(before))).not.toContain("hunter2");
	for (const plain of ["redis://cache", "redis://cache:6379", "rediss://llmw@cache:6379/0", "redis://cache/2?family=6"])
		expect((await settingsFrom(`redis: ${plain}\n`)).redisUrl).toBe(plain);
	expect(await problemsIn("redis: redis://cache/one\n")).toEqual([
		"llmw.yaml:1:8: redis: is not a URL such as redis://USER:PASSWORD@HOST:6379/0",
	]);
});

test("the administrator's credential may be a variable or in a file, and a change of it is told without it", async () => {
	const folder = folderWith({ "admin.txt": "an-administrator-1\n" });
	const from = (text: string, environment = {}) => settingsFrom(text, environment);
	const inFile = await from(`adminKey: {file: ${join(folder, "admin.txt")}}\n`);
	expect(inFile.adminKey).toBe("an-administrator-1");
	const inVariable = await from("adminKey: ${ADMIN}\n", { ADMIN: "an-administrator-2" });
	expect(inVariable.adminKey).toBe("an-administrator-2");
	const changes = diffSettings(inFile, inVariable).map(describeChange).join("\n");
	expect(changes).toMatch(/adminKey/);
	const shown = JSON.stringify(settingsWithoutSecrets(inFile));
	expect(changes + shown).not.toContain("an-administrator");
	expect(await problemsIn("adminKey: ${ADMIN}\n", { ADMIN: "too-short" })).toEqual([
		"llmw.yaml:1:11: adminKey: must have at least 16 characters",
	]);
});

test("a variable may be a number, or true or false, where that is wanted", async () => {
	const text = `bindport: \${PORT}\nverbose: \${VERBOSE}\n${upstreamWith("maxConcurrency: ${MOST}\n    weight: '${WEIGHT}'")}`;
	const settings = await settingsFrom(text, { PORT: "8081", VERBOSE: "true", MOST: "7", WEIGHT: "1.5" });
	expect(settings).toMatchObject({ bindport: 8081, verbose: true });
	expect(settings.routing.upstreams[0]?.maxConcurrency).toBe(7);
	expect(settings.routing.routes[0]?.stages[0]?.targets[0]?.weight).toBe(1.5);
	expect(await problemsIn("bindport: ${PORT}\n", { PORT: "hunter2" })).toEqual([
		"llmw.yaml:1:11: bindport: must be a port from 0 to 65535 (what PORT holds makes it none)",
	]);
});

/** Each place that a value can stand in, with one that is wrong there. */
const places: [name: string, text: string][] = [
	["url", "upstreams: {one: {url: '${SECRET}'}}"],
	["a URL's host", "upstreams: {one: {url: 'http://${SECRET}'}}"],
	["a URL's query", "upstreams: {one: {url: 'http://h/?${WORD}#x'}}"],
	["a URL's fragment", "upstreams: {one: {url: 'http://h/#${WORD}'}}"],
	["proxy", "upstreams: {one: {url: 'http://h', proxy: 'ftp://${WORD}'}}"],
	["a proxy written out", "upstreams: {one: {url: 'http://h', proxy: 'ftp://u:hunter2@h'}}"],
	["key", "upstreams: {one: {url: 'http://h', key: '${SECRET}'}}"],
	["header", "upstreams: {one: {url: 'http://h', headers: {a: '${LINES}'}}}"],
	["ca", "upstreams: {one: {url: 'http://h', tls: {ca: '${SECRET}'}}}"],
	["tls.key", "upstreams: {one: {url: 'http://h', tls: {key: '${SECRET}', cert: '${SECRET}'}}}"],
	["timeout", "upstreams: {one: {url: 'http://h', timeouts: {idle: '${SECRET}'}}}"],
	["weight", "upstreams: {one: {url: 'http://h', weight: '${SECRET}'}}"],
	["store", "store: '${SECRET}'"],
	["store's URL", "store: 'postgres://u:${WORD}@h'"],
	["bindip", "bindip: '${WORD}'"],
	["maxBody", "maxBody: '${SIZE}'"],
	["plugin", "plugin: '${WORD}'\nbindip: nowhere"],
	["strategy", "upstreams: {one: {url: 'http://h'}}\nroutes: [{model: a, targets: [one], strategy: '${WORD}'}]"],
	["a key written out", "upstreams: {one: {url: 'http://h', key: hunter2}}"],
	["a key that is a list", "upstreams: {one: {url: 'http://h', key: [hunter2]}}"],
	["a key in an object", "upstreams: {one: {url: 'http://h', key: {value: hunter2}}}"],
	["headers as text", "upstreams: {one: {url: 'http://h', headers: 'authorization: hunter2'}}"],
	["a password in a URL", "upstreams: {one: {url: 'https://me:hunter2@h'}}"],
	["a password in a URL of another kind", "upstreams: {one: {url: 'ftp://me:hunter2@h'}}"],
	["a store of another kind", "store: mysql://me:hunter2@h/d"],
	["a private key", "upstreams: {one: {url: 'http://h', tls: {key: '-----BEGIN PRIVATE KEY-----hunter2', cert: x}}}"],
	["what is no YAML", 'upstreams: {one: {key: "hunter2" "hunter2"}}'],
	["a broken text", 'upstreams:\n  one:\n    key: "sk-1"hunter2\n'],
];

test.each(places)("is never shown where something is wrong: %s", async (_name, text) => {
	const environment = { SECRET: "hunter2 $%", WORD: "hunter2", LINES: "hunter2\nhunter2", SIZE: "9999999999gb" };
	const problems = await problemsIn(text, environment);
	expect(problems.length).toBeGreaterThan(0);
	expect(problems.join("\n")).not.toMatch(/hunter2|9999999999/);
});
