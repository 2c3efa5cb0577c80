/** What clients, models and upstreams wrote does nothing to a terminal, whichever command prints it, and however. */
import { expect, onTestFinished, test } from "vitest";
import { createLog } from "../src/logging/log.js";
import { terminalBlock, terminalJson, terminalLine } from "../src/logging/terminalText.js";
import { startAiHost } from "./kit/aiHost.js";
import { postChat, temporaryFolder } from "./kit/gateway.js";
import { resultOf, serveLlmw } from "./kit/llmw.js";

/** Title, clipboard, cursor, C1's CSI, DEL, bell, bidi override and isolate, a byte order mark, a line separator, half a pair. */
const attacks = [
	"\u001b]0;owned\u0007",
	"\u001b]52;c;cm0gLXJmIH4=\u001b\\",
	"\u001b[2J\u001b[H",
	"\u009b31m",
	"\u0090q\u009c",
	"\u007f\b\b",
	"\r overwritten",
	"\u202egpj.exe",
	"\u2066x\u2069",
	"\u200f\u061c",
	"\ufeff\u00ad\u2060",
	"\u2028\u2029",
	"\ud800",
	"\u{e0041}",
];
const dangerous = /(?!\u200c|\u200d|\t|\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

test.each(attacks)("%j does nothing", (attack) => {
	const text = `before ${attack} after`;
	expect(terminalLine(text)).not.toMatch(dangerous);
	expect(terminalBlock(text)).not.toMatch(dangerous);
	const json = terminalJson({ [text]: [text] }, 2);
	expect(json).not.toMatch(dangerous);
	expect(JSON.parse(json)).toEqual({ [text]: [text] });
});

test("lines, tabs, emoji and scripts stay", () => {
	const text = "a\tb\nc 👩‍👩‍👧 می‌خواهم é 漢字";
	expect(terminalBlock(text)).toBe(text);
	expect(terminalBlock("a\r\nb")).toBe("a\nb");
	expect(terminalLine(text)).toBe("a b⏎ c 👩‍👩‍👧 می‌خواهم é 漢字");
	expect(terminalJson(text)).toBe(JSON.stringify(text));
});

test("complaints, which hold what upstreams say, are written without them, as text and as JSON", () => {
	for (const logFormat of ["text", "json"] as const) {
		const written: string[] = [];
		const output = { write: (block: string) => void written.push(block) };
		const log = createLog(output, output);
		log.follow({ logFormat, logLevel: "info" });
		for (const attack of attacks) log.complain(`the upstream said ${attack}`);
		for (const line of written) expect(line).not.toMatch(dangerous);
	}
});

test("what a client put into model, metadata, tags and key names is harmless in each command", async () => {
	const evil = attacks.join("");
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const args = ["--data", temporaryFolder(), "--workers", "1", "--usage-tag", "team", "--store-all", "--verbose"];
	const gateway = await serveLlmw(host, args);
	const at = ["--bindport", String(gateway.port)];
	const sent = {
		model: "m\u202e\u2066\ufeff",
		metadata: { team: evil.slice(0, 400) },
		messages: [{ role: "user", content: evil }],
	};
	const response = await postChat(`${gateway.url}/v1`, sent);
	expect(response.status, await response.text()).toBe(200);
	await gateway.says(/└/);
	const failing = await startAiHost((_request, response) => {
		response.writeHead(400, { "content-type": "application/json" });
		response.end(JSON.stringify({ error: { message: evil, type: "x", code: null, param: null } }));
	});
	onTestFinished(() => failing.close());
	const refusing = await serveLlmw(failing, ["--data", temporaryFolder(), "--workers", "1"]);
	const commands = [
		["completions", "list", ...at],
		["completions", "list", "--json", ...at],
		["completions", "export", ...at],
		["usage", "--by", "tag:team", ...at],
		["usage", "--by", "tag:team,model", "--json", ...at],
		["usage", "--by", "model", "--csv", ...at],
		["requests", ...at],
		["requests", "--json", ...at],
		["requests", "--csv", ...at],
		["status", ...at],
		["keys", "create", "k\u001b[2J\u202e", "--owner", evil.replaceAll("\ud800", ""), ...at],
		["keys", ...at],
		["keys", "--json", ...at],
		["audit", ...at],
		["audit", "--json", ...at],
		["chat", "hello", "--bindport", String(refusing.port)],
	];
	for (const command of commands) {
		const { stdout, stderr } = await resultOf(command);
		expect([command.join(" "), dangerous.exec(stdout + stderr)]).toEqual([command.join(" "), null]);
	}
	expect(gateway.stdout() + gateway.stderr()).not.toMatch(dangerous);
}, 120_000);
