/** The configuration file's section `mcp`. */
import { expect, test } from "vitest";
import { readConfig } from "../../src/settings/config/readConfig.js";
import { diffSettings } from "../../src/settings/diffSettings.js";
import { inspectSettings } from "../../src/settings/settings.js";
import { temporaryFile } from "../kit/gateway.js";

const head = "upstreams:\n  local: {url: http://localhost:8000/v1}\nmcp:\n";

function read(text: string) {
	const file = readConfig(temporaryFile("llmw.yaml", head + text), { TOKEN: "s3cret" });
	return inspectSettings({}, {}, file);
}

test("is read with its defaults, and shows no credential when it changes", () => {
	const { settings, problems } = read(
		"  servers:\n    wiki: {url: https://a.example.com/mcp, key: '${TOKEN}', tools: read_*}\n",
	);
	expect(problems).toEqual([]);
	expect(settings.mcp).toEqual({
		servers: [
			{
				...{ name: "wiki", url: "https://a.example.com/mcp", headers: { authorization: "Bearer s3cret" } },
				...{ tools: ["read_*"], routes: undefined, keys: undefined, teams: undefined },
				...{ approval: "client", timeoutMs: 60_000 },
			},
		],
		...{ upstreams: undefined, maxTurns: 16, maxCalls: 64, maxResultBytes: 1024 * 1024 },
		...{ listAgeMs: 300_000, audit: true },
	});
	const changed = JSON.stringify(diffSettings({ ...settings, mcp: undefined }, settings));
	expect(changed).toContain("mcp.servers.wiki");
	expect(changed).not.toContain("s3cret");
});

test.each([
	["a secret that is written out", "servers: {a: {url: https://a.example.com/, key: plain}}", "is a secret"],
	["a URL with a password", "servers: {a: {url: 'https://u:p@a.example.com/'}}", "must be a URL"],
	["another protocol", "servers: {a: {url: 'file:///x'}}", "must be a URL"],
	["a name with a space", "servers: {'a b': {url: https://a.example.com/}}", "must be a name"],
	[
		"an upstream that isn't there",
		"upstreams: nobody\n  servers: {a: {url: https://a.example.com/}}",
		"no upstream nobody",
	],
	["no server", "servers: {}", "at least one server"],
])("refuses %s", (_name, text, message) => {
	expect(
		read(`  ${text}\n`)
			.problems.map((problem) => problem.message)
			.join(),
	).toContain(message);
});
