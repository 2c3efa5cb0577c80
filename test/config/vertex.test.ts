/** An upstream on Vertex AI, as a configuration file says it. */
import { describe, expect, test } from "vitest";
import { settingsWithoutSecrets } from "../../src/process/control/legibleSettings.js";
import { temporaryFile } from "../kit/gateway.js";
import { problemsIn, settingsFrom } from "./files.js";

const routes = "routes:\n  - {model: a, targets: [g]}\n";
const upstream = (text: string) => `upstreams:\n  g: {provider: vertex, ${text}}\n${routes}`;
const secret = JSON.stringify({ type: "service_account", private_key: "hush" });
const environment = { GOOGLE: secret, NONE: "hush", KEY: "ya29.hush" };

const places: [text: string, url: string][] = [
	["vertex: {project: p}", "https://aiplatform.googleapis.com:443/v1beta1/projects/p/locations/global"],
	[
		"vertex: {project: p, location: europe-west4}",
		"https://europe-west4-aiplatform.googleapis.com:443/v1beta1/projects/p/locations/europe-west4",
	],
	[
		"vertex: {project: p, location: eu}",
		"https://aiplatform.eu.rep.googleapis.com:443/v1beta1/projects/p/locations/eu",
	],
	["vertex: {project: p}, url: 'https://psc.example'", "https://psc.example:443/v1beta1/projects/p/locations/global"],
	["vertex: {project: p}, url: 'http://proxy:81/google/v1'", "http://proxy:81/google/v1/projects/p/locations/global"],
	[
		"url: 'https://x-aiplatform.googleapis.com/v1/projects/p/locations/x'",
		"https://x-aiplatform.googleapis.com:443/v1/projects/p/locations/x",
	],
	["key: '${KEY}'", "https://aiplatform.googleapis.com:443/v1beta1"],
];

test.each(places)("%s is at %s", async (text, url) => {
	const { routing } = await settingsFrom(upstream(text), environment);
	expect(routing.upstreams[0]?.url).toBe(url);
});

test("credentials in a variable are a secret, those in a file a name", async () => {
	const file = temporaryFile("key.json", secret);
	const inline = await settingsFrom(upstream("vertex: {project: p, credentials: '${GOOGLE}'}"), environment);
	expect(inline.routing.upstreams[0]?.vertex?.credentials).toBe(secret);
	expect(JSON.stringify(settingsWithoutSecrets(inline))).not.toContain("hush");
	const named = await settingsFrom(upstream(`vertex: {project: p, credentials: {file: '${file}'}}`), environment);
	expect(named.routing.upstreams[0]?.vertex).toEqual({ project: "p", location: undefined, credentialsFile: file });
});

describe("what is wrong is named, without a secret", () => {
	const wrong: [text: string, problem: RegExp][] = [
		["usage: ask", /upstreams\.g\.vertex: needs a `project`/],
		["vertex: {project: 'a/b'}", /upstreams\.g\.vertex\.project: must be the id of a project/],
		["vertex: {project: p, location: '../x'}", /upstreams\.g\.vertex\.location: must be the name of a location/],
		["vertex: {project: p, credentials: '${NONE}'}", /vertex\.credentials: what NONE holds is not valid here/],
		['vertex: {project: p, credentials: \'{"type":"hush"}\'}', /is a secret and must not stand in the file/],
		["vertex: {project: p, credentials: {file: /nowhere}}", /can't read \/nowhere \(ENOENT\)/],
		["vertex: {project: p, tokenCommand: [a]}, key: '${KEY}'", /`key` and `vertex.tokenCommand` stand for the same/],
		["vertex: {project: p, tokenCommand: gcloud}", /tokenCommand: must be a list, a program and its arguments/],
	];
	test.each(wrong)("%s", async (text, problem) => {
		const problems = await problemsIn(upstream(text), environment);
		expect(problems.join("\n")).toMatch(problem);
		expect(problems).toHaveLength(1);
		expect(problems.join()).not.toContain("hush");
	});

	test("vertex of another provider", async () => {
		const text = `upstreams:\n  g: {provider: openai, vertex: {project: p}}\n${routes}`;
		expect(await problemsIn(text)).toEqual([expect.stringContaining("upstreams.g.vertex: needs `provider: vertex`")]);
	});
});
