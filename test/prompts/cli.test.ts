import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { resultOf } from "../kit/llmw.js";
import { type Prompt, type PromptVersion, setUp, support } from "../kit/prompts.js";

/** A gateway with prompts, a folder, and `llmw prompts` between them. */
async function setUpFolder() {
	const { gateway, call } = await setUp();
	const folder = temporaryFolder();
	const file = (name: string) => join(folder, `${name}.yaml`);
	return {
		gateway,
		call,
		folder,
		run: (action: string, ...more: string[]) =>
			resultOf(["prompts", action, folder, "--url", gateway.baseUrl, ...more]),
		read: (name: string) => readFileSync(file(name), "utf8"),
		write: (name: string, text: string) => writeFileSync(file(name), text),
		edit(name: string, from: string, to: string) {
			const text = readFileSync(file(name), "utf8");
			expect(text).toContain(from);
			writeFileSync(file(name), text.replace(from, to));
		},
		file,
		prompt: async (name: string) => (await call<Prompt>("GET", `/prompts/${name}`)).body,
	};
}

const good = (stdout: string) => ({ code: 0, stdout, stderr: "" });

test("pull writes a file for each prompt, which push finds unchanged", async () => {
	const { call, folder, run, read } = await setUpFolder();
	await call("POST", "/prompts", support);
	await call("PUT", "/prompts/support-reply/labels/production", { version: 1 });
	await call("POST", "/prompts", {
		name: "greet",
		messages: [{ role: "user", content: "One.\nTwo: {{a}}\n" }],
		variables: { a: {} },
	});
	expect(await run("pull")).toEqual(good("support-reply: wrote version 1\ngreet: wrote version 1\n"));
	expect(readdirSync(folder).sort()).toEqual([".llmw-prompts.json", "greet.yaml", "support-reply.yaml"]);
	expect(read("greet")).toBe(`labels: {}
messages:
  - role: user
    content: |
      One.
      Two: {{a}}
variables:
  a: {}
`);
	const { name: _name, ...rest } = support;
	expect(parse(read("support-reply"))).toEqual({ ...rest, labels: { production: 1 } });
	expect(await run("pull")).toEqual(good("support-reply: unchanged\ngreet: unchanged\n"));
	expect(await run("push")).toEqual(good("greet: unchanged\nsupport-reply: unchanged\n"));
	expect(await run("diff")).toEqual(good(""));
});

test("push carries over what was edited, and only that", async () => {
	const { call, run, edit, prompt } = await setUpFolder();
	await call("POST", "/prompts", support);
	await call("POST", "/prompts", { ...support, name: "other" });
	await run("pull");
	edit("support-reply", "temperature: 0.3", "temperature: 0.5");
	edit("support-reply", "labels: {}", "labels: { production: latest, old: 1 }");
	edit("support-reply", "Answers to customers", "Answers to everybody");
	const plan = "description and metadata, new version 2, production → 2, old → 1";
	const tried = await run("push", "--dry-run");
	expect(tried).toEqual(good(`other: unchanged\nsupport-reply: would be ${plan}\n`));
	expect((await prompt("support-reply")).latest_version).toBe(1);
	expect(await run("push", "--comment", "Warmer")).toEqual(good(`other: unchanged\nsupport-reply: ${plan}\n`));
	expect(await prompt("support-reply")).toMatchObject({
		description: "Answers to everybody",
		latest_version: 2,
		labels: { production: 2, old: 1 },
	});
	const version = (await call<PromptVersion>("GET", "/prompts/support-reply/versions/2")).body;
	expect(version).toMatchObject({ comment: "Warmer", parameters: { temperature: 0.5, max_tokens: 400 } });
	expect((await run("push")).stdout).toBe("other: unchanged\nsupport-reply: unchanged\n");
	edit("support-reply", "production: latest, old: 1", "production: latest");
	expect((await run("push")).stdout).toContain("support-reply: label old removed\n");
	expect((await prompt("support-reply")).labels).toEqual({ production: 2 });
	expect((await prompt("other")).latest_version).toBe(1);
});

test("push makes prompts that are not there, as an import into another gateway", async () => {
	const one = await setUpFolder();
	await one.call("POST", "/prompts", support);
	await one.call("PUT", "/prompts/support-reply/labels/production", { version: 1 });
	await one.run("pull");
	const other = await setUp();
	const pushed = await resultOf(["prompts", "push", one.folder, "--url", other.gateway.baseUrl]);
	expect(pushed).toEqual(good("support-reply: new prompt, production → 1\n"));
	const { body } = await other.call<PromptVersion>("GET", "/prompts/support-reply/versions/1");
	expect(body).toMatchObject({ messages: support.messages, parameters: support.parameters });
	expect((await other.call<Prompt>("GET", "/prompts/support-reply")).body).toMatchObject({
		description: support.description,
		metadata: support.metadata,
		labels: { production: 1 },
	});
});

test("push overwrites nothing that has changed at the gateway meanwhile, unless it is forced", async () => {
	const { call, run, edit, file, prompt } = await setUpFolder();
	await call("POST", "/prompts", support);
	await run("pull");
	edit("support-reply", "temperature: 0.3", "temperature: 0.5");
	await call("PUT", "/prompts/support-reply/labels/production", { version: 1 });
	const reason = "the gateway's has changed since it was pulled; see llmw prompts diff, then pull, or push --force";
	expect(await run("push")).toEqual({ code: 1, stdout: "", stderr: `llmw: ${file("support-reply")}: ${reason}\n` });
	expect((await prompt("support-reply")).latest_version).toBe(1);
	expect((await run("push", "--force")).code).toBe(0);
	expect(await prompt("support-reply")).toMatchObject({ latest_version: 2, labels: {} });
});

test("push notices a change that comes while it works", async () => {
	const host = await startAiHost((request, response) => {
		const at = {
			id: "prompt_x",
			object: "prompt",
			name: "p",
			description: "",
			metadata: {},
			latest_version: 1,
			labels: {},
		};
		if (request.method !== "GET") {
			expect(request.headers["if-match"]).toBe('"7"');
			sendJson(response, { error: { message: "Prompt 'p' has changed.", param: "if-match" } }, 412);
		} else if (request.url.includes("?")) sendJson(response, { data: [at], has_more: false });
		else if (request.url.includes("versions")) sendJson(response, { messages: [] });
		else sendJson(response, at, 200, { etag: '"7"' });
	});
	onTestFinished(() => host.close());
	const folder = temporaryFolder();
	writeFileSync(join(folder, "p.yaml"), "messages:\n  - role: user\n    content: Hi\n");
	const { code, stderr } = await resultOf(["prompts", "push", folder, "--url", `${host.url}/v1`]);
	expect({ code, stderr }).toEqual({
		code: 1,
		stderr: `llmw: ${join(folder, "p.yaml")}: answered 412: Prompt 'p' has changed. (if-match)\n`,
	});
});

test("pull overwrites no file with changes of its own, unless it is forced", async () => {
	const { call, run, edit, read, write, file } = await setUpFolder();
	await call("POST", "/prompts", support);
	await run("pull");
	edit("support-reply", "0.3", "0.4");
	await call("POST", "/prompts/support-reply/versions", { messages: [{ role: "user", content: "New" }] });
	const refused = await run("pull");
	expect(refused).toMatchObject({ code: 1, stdout: "" });
	expect(refused.stderr).toBe(
		`llmw: ${file("support-reply")}: has changes of its own; push them, or let pull --force overwrite them\n`,
	);
	expect(read("support-reply")).toContain("0.4");
	expect((await run("pull", "--force", "--dry-run")).stdout).toBe("support-reply: would write version 2\n");
	expect((await run("pull", "--force")).stdout).toBe("support-reply: wrote version 2\n");
	expect(read("support-reply")).toContain("content: New");
	// What was pulled and left alone is brought up to date; what only says the same in other words stays.
	await call("POST", "/prompts/support-reply/versions", { messages: [{ role: "user", content: "Newer" }] });
	expect((await run("pull")).stdout).toBe("support-reply: wrote version 3\n");
	const commented = `# Ours\n${read("support-reply").replace("labels: {}\n", "")}`;
	write("support-reply", commented);
	expect((await run("pull")).stdout).toBe("support-reply: unchanged\n");
	expect(read("support-reply")).toBe(commented);
});

test("diff shows what push would change, and says so by its exit code", async () => {
	const { call, run, edit, write, folder, file } = await setUpFolder();
	await call("POST", "/prompts", support);
	await run("pull");
	await call("POST", "/prompts", { ...support, name: "theirs" });
	write("ours", "messages:\n  - role: user\n    content: Hi\n");
	edit("support-reply", "temperature: 0.3", "temperature: 0.5");
	const { code, stdout, stderr } = await run("diff");
	expect(code).toBe(1);
	expect(stderr).toBe(`llmw: ${folder}: 3 prompts differ from the gateway's\n`);
	expect(stdout).toContain(`Only in ${folder}: ours\n`);
	expect(stdout).toContain("Only at the gateway: theirs\n");
	expect(stdout).toContain(`--- gateway/support-reply\n+++ ${file("support-reply")}\n`);
	expect(stdout).toContain("\n-  temperature: 0.3\n+  temperature: 0.5\n");
});

test.each<[what: string, name: string, text: string, reason: RegExp]>([
	["no YAML", "p", "messages: [", /p\.yaml: .*line 1, column \d+/],
	["an unknown word", "p", "mesages: []", /p\.yaml: mesages is none of description, metadata/],
	[
		"an undeclared placeholder",
		"p",
		"messages: [{role: user, content: '{{who}}'}]",
		/p\.yaml: answered 400: 'messages\[0\]\.content' has the placeholder \{\{who\}\}/,
	],
	[
		"a wrong parameter",
		"p",
		"messages: [{role: user, content: x}]\nparameters: {temperature: 9}",
		/p\.yaml: answered 400: Temperature must be between 0\.1 and 1\.0 \(parameters\.temperature\)/,
	],
	[
		"a label without a version",
		"p",
		"messages: [{role: user, content: x}]\nlabels: {a: 2}",
		/p\.yaml: labels\.a is version 2, but the latest will be 1/,
	],
	["a bad name", "Big Name", "messages: []", /Big Name\.yaml: the file's name must be/],
])("push says what is wrong with %s, and sees to the others", async (_what, name, text, reason) => {
	const { run, write, prompt } = await setUpFolder();
	write(name, text);
	write("zebra", "messages:\n  - role: user\n    content: Hi\n");
	const { code, stdout, stderr } = await run("push");
	expect({ code, stdout }).toEqual({ code: 1, stdout: "zebra: new prompt\n" });
	expect(stderr).toMatch(reason);
	expect(stderr.trimEnd().split("\n")).toHaveLength(1);
	expect((await prompt("zebra")).latest_version).toBe(1);
});

test("its credential is sent, and each key has its own prompts", async () => {
	const { gateway, call, run, folder } = await setUpFolder();
	const ann = await addKey(gateway, { name: "ann" });
	const ben = await addKey(gateway, { name: "ben" });
	await call("POST", "/prompts", support, { authorization: `Bearer ${ann.secret}` });
	expect(await run("pull", "--key", ben.secret)).toEqual(good("The gateway has no prompts.\n"));
	expect(readdirSync(folder)).toEqual([]);
	expect((await run("pull", "--key", ann.secret)).stdout).toBe("support-reply: wrote version 1\n");
});

test.each<[what: string, words: string[], reason: RegExp]>([
	["nothing to do", [], /^llmw: prompts: use llmw prompts pull DIR, push DIR or diff DIR\n$/],
	["no folder", ["pull"], /^llmw: prompts: use llmw prompts pull DIR/],
	["an unknown action", ["fetch", "."], /^llmw: prompts: use llmw prompts pull DIR/],
	["a folder that is not there", ["push", "/nowhere/at/all"], /^llmw: \/nowhere\/at\/all: can't be read \(ENOENT\)\n$/],
	[
		"no gateway",
		["pull", "nowhere", "--url", "http://127.0.0.1:1/v1"],
		/^llmw: http:\/\/127\.0\.0\.1:1\/v1\/prompts\S*: can't be reached \(.*ECONNREFUSED.*\)\n$/,
	],
])("with %s it ends with one line", async (_what, words, reason) => {
	const { code, stdout, stderr } = await resultOf(["prompts", ...words]);
	expect([code, stdout]).toEqual([1, ""]);
	expect(stderr).toMatch(reason);
});

test("a gateway that names a prompt like a path writes nothing there", async () => {
	const host = await startAiHost((_request, response) =>
		sendJson(response, { data: [{ name: "../evil" }], has_more: false }),
	);
	onTestFinished(() => host.close());
	const folder = join(temporaryFolder(), "inside");
	const { code, stderr } = await resultOf(["prompts", "pull", folder, "--url", `${host.url}/v1`]);
	expect([code, stderr]).toEqual([1, expect.stringContaining("no safe file name")]);
	expect(existsSync(join(folder, "..", "evil.yaml"))).toBe(false);
	expect(host.received).toHaveLength(1);
});
