import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { settingDefinitions } from "../src/settings/settingDefinitions.js";
import { temporaryFile } from "./kit/gateway.js";
import { resultOf, runLlmw } from "./kit/llmw.js";

function overlay(actions: string): string {
	return temporaryFile("overlay.yaml", `overlay: 1.0.0\ninfo: {title: Test, version: 1.0.0}\nactions:\n${actions}`);
}

const limitOf7 = overlay("  - target: $['x-rate-limit']\n    update: {max: 7}\n");
const selectsNothing = overlay("  - target: $.paths['/v2']\n    remove: true\n");
const badYaml = temporaryFile("bad.yaml", "overlay: 1.0.0\nactions: [\n");
const doesNotCompile = overlay(
	"  - target: $.info\n    update: {title: Still fine}\n  - target: $['x-rate-limit']\n    update: {max: none}\n",
);
const plugin = temporaryFile(
	"plugin.mjs",
	`export default {
		name: "greeting",
		stage: "validated",
		overlay: { overlay: "1.0.0", info: { title: "Greeting", version: "1.0.0" }, actions: [
			{ target: "$.paths", update: { "/greeting": { get: { operationId: "greet", responses: { 200: { description: "ok" } } } } } },
		] },
		handlers: () => ({ greet: () => ({ hello: "world" }) }),
		middleware: () => (_ctx, next) => next(),
	};`,
);

describe("help", () => {
	test("llmw --help shows every command, every option and every default", async () => {
		for (const flag of ["--help", "-h"]) {
			const { code, stdout, stderr } = await resultOf([flag]);
			expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
			for (const command of ["serve", "demo", "chat [prompt]", "prompts [action] [dir]", "check", "openapi", "chain"])
				expect(stdout).toMatch(new RegExp(`^  ${command.replace(/[[\]]/g, "\\$&")} +[A-Z]`, "m"));
			const flat = stdout.replace(/\s+/g, " ");
			for (const { flag, placeholder, description, default: byDefault } of settingDefinitions()) {
				expect(flat).toContain(` --${flag} ${placeholder === "" ? "" : `${placeholder} `}${description}`);
				if (byDefault !== undefined && byDefault !== false) expect(flat).toContain(`(default ${byDefault})`);
			}
			expect(stdout).toContain("LLMW_IDLE_TIMEOUT");
		}
	});

	test("fits into 80 columns, but for commands to copy", async () => {
		const { stdout } = await resultOf(["--help"]);
		const long = stdout.split("\n").filter((line) => line.length > 80);
		expect(long.filter((line) => !line.startsWith("  llmw "))).toEqual([]);
	});

	test("a command's help shows its own options, and of the others those that mean something to it", async () => {
		const chat = (await resultOf(["chat", "--help"])).stdout;
		for (const flag of ["url", "model", "key", "bindport"]) expect(chat).toMatch(new RegExp(`^  --${flag} `, "m"));
		expect(chat).not.toContain("--workers");
		expect(chat).toContain('llmw chat "Hello AI"');
		const openapi = (await resultOf(["openapi", "--help"])).stdout;
		expect(openapi).toMatch(/^ {2}--json /m);
		expect(openapi).toMatch(/^ {2}--overlay /m);
		expect(openapi).not.toContain("--bindip");
		const serve = (await resultOf(["serve", "--help"])).stdout;
		expect(serve).toMatch(/^ {2}--workers N /m);
		for (const asked of [
			["help", "serve"],
			["--help", "serve"],
		])
			expect((await resultOf(asked)).stdout).toBe(serve);
		expect((await resultOf(["demo", "--help"])).stdout).not.toContain("--aihost");
	});

	test("--version", async () => {
		const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
		for (const flag of ["--version", "-v", "version"])
			expect(await resultOf([flag])).toEqual({ code: 0, stdout: `llmw ${version}\n`, stderr: "" });
	});
});

describe("what can't be run is one line per problem, and no worker is started", () => {
	const loud = temporaryFile("loud.cjs", 'require("node:fs").appendFileSync(process.env.STARTED, "node\\n");');

	async function refused(args: string[]) {
		const started = temporaryFile("started", "");
		const result = await resultOf(args, { STARTED: started, NODE_OPTIONS: `--require ${loud}` });
		const processes = readFileSync(started, "utf8").trim().split("\n").length;
		return { ...result, processes };
	}

	const cases: [what: string, args: string[], ...lines: RegExp[]][] = [
		["an unknown flag", ["--bindprot", "80"], /^--bindprot: there is no such option; did you mean --bindport\?$/],
		["an unknown flag like no other", ["--colour"], /^--colour: there is no such option; see llmw --help$/],
		["a flag that is no switch", ["--no-aikey"], /^--no-aikey: there is no such option/],
		["an unknown short flag", ["-x"], /^-x: there is no such option/],
		["an unknown flag of a command", ["check", "--json5"], /^--json5: there is no such option/],
		["an unknown command", ["sevre"], /^sevre: there is no such command; did you mean serve\?$/],
		["a word too many", ["serve", "now"], /^now: unexpected argument; see llmw --help$/],
		["a negative port", ["--bindport", "-1"], /^--bindport: must be a port from 0 to 65535 \(got "-1"\)$/],
		["a negative duration", ["--timeout", "-5s"], /^--timeout: must be a duration .* \(got "-5s"\)$/],
		["a switch with a value", ["--verbose=no"], /^--verbose: takes no value, or true or false \(got "no"\)$/],
		["an AI host for the demo", ["demo", "--aihost", "x"], /^--aihost: llmw demo has an upstream of its own$/],
		["a port out of range", ["--bindport", "65536"], /^--bindport: must be a port from 0 to 65535 \(got 65536\)$/],
		["a port without a number", ["--bindport"], /^--bindport: must be a port from 0 to 65535 \(no value was given\)$/],
		["no IP address", ["--bindip", "example.org"], /^--bindip: "example.org" is not an IP address$/],
		[
			"an address that is not of this machine",
			["--bindip", "192.0.2.1"],
			/^192\.0\.2\.1:42069: this machine has no such address; choose another --bindip$/,
		],
		["an unreadable overlay", ["--overlay", "/nowhere.yaml"], /^\/nowhere.yaml: can't be read \(ENOENT.*\)$/],
		["an overlay that is no YAML", ["--overlay", badYaml], /bad\.yaml:\d+:\d+: /],
		["an overlay that selects nothing", ["--overlay", selectsNothing], /overlay\.yaml:4:5: target .* selects nothing/],
		["an unreadable cacert", ["--cacert", "/nowhere.pem"], /^--cacert: can't read \/nowhere.pem \(ENOENT\)$/],
		[
			"a plugin that is not there",
			["--plugin", "./nowhere.js"],
			/^--plugin .\/nowhere.js: no such file or installed package$/,
		],
		["a wrong duration", ["--timeout", "soon"], /^--timeout: must be a duration .* \(got "soon"\)$/],
		["a wrong size", ["--max-body", "big"], /^--max-body: must be a size .* \(got "big"\)$/],
		[
			"several things at once",
			["--bindport", "x", "--workers", "0", "--cacert", "/nowhere.pem"],
			/^--bindport: /,
			/^--workers: /,
			/^--cacert: /,
		],
		[
			"several files at once",
			["--plugin", "./nowhere.js", "--overlay", "/nowhere.yaml", "--overlay", badYaml],
			/^--plugin /,
			/^\/nowhere.yaml: /,
			/bad\.yaml:/,
		],
	];

	test.each(cases)("%s", async (_what, args, ...lines) => {
		const { code, stdout, stderr, processes } = await refused(args);
		expect(code).not.toBe(0);
		expect(stdout).toBe("");
		const said = stderr.trimEnd().split("\n");
		expect(said).toEqual(
			lines.map((line) => expect.stringMatching(new RegExp(`^llmw: .*${line.source.replace(/^\^/, "")}`))),
		);
		expect(processes).toBe(1);
	});

	test("a port in use", async () => {
		const server = createServer().listen(0, "127.0.0.1");
		onTestFinished(() => void server.close());
		await new Promise((resolve) => server.once("listening", resolve));
		const { port } = server.address() as AddressInfo;
		for (const command of [[], ["demo"]]) {
			const { code, stdout, stderr, processes } = await refused([...command, "--bindport", String(port)]);
			expect(code).toBe(1);
			expect(stdout).toBe("");
			expect(stderr).toBe(
				`llmw: 127.0.0.1:${port}: the address is in use; stop what listens there or choose another --bindport\n`,
			);
			expect(processes).toBe(1);
		}
	});

	test("a variable is named as one", async () => {
		const { code, stderr } = await resultOf(["check"], { LLMW_BINDPORT: "http" });
		expect(code).toBe(1);
		expect(stderr).toBe('llmw: LLMW_BINDPORT: must be a port from 0 to 65535 (got "http")\n');
	});
});

describe("llmw check", () => {
	test("says that all is good", async () => {
		const { code, stdout, stderr } = await resultOf(["check", "--overlay", limitOf7, "--plugin", plugin]);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).toBe("Good: settings, contract, 1 overlay, 1 plugin.\n");
	});

	test("names every problem at once, of settings and files, by its place", async () => {
		const args = ["--bindport", "x", "--overlay", badYaml, "--overlay", "/nowhere.yaml", "--plugin", "./nowhere.js"];
		const { code, stdout, stderr } = await resultOf(["check", ...args]);
		expect(code).toBe(1);
		expect(stdout).toBe("");
		const said = stderr.trimEnd().split("\n").sort();
		expect(said).toHaveLength(4);
		for (const part of ["--bindport: ", `${badYaml}:`, "/nowhere.yaml: ", "--plugin ./nowhere.js: "])
			expect(said.filter((line) => line.startsWith(`llmw: ${part}`))).toHaveLength(1);
	});

	test("names line and column of bad YAML and of a target that selects nothing", async () => {
		expect((await resultOf(["check", "--overlay", badYaml])).stderr).toMatch(/bad\.yaml:3:1: \S/);
		const { code, stderr } = await resultOf(["check", "--overlay", selectsNothing]);
		expect(code).toBe(1);
		expect(stderr).toBe(`llmw: ${selectsNothing}:4:5: target $.paths['/v2'] selects nothing in the contract\n`);
	});

	test("says where settings are, to an overlay that looks for them in the contract", async () => {
		const file = overlay("  - target: $.components.schemas.Settings.properties.bindport\n    update: {default: 80}\n");
		const { code, stderr } = await resultOf(["check", "--overlay", file]);
		expect(code).toBe(1);
		expect(stderr).toContain(
			"selects nothing in the contract, which has no settings in it: those are flags, variables",
		);
	});

	test("finds a contract that an overlay has broken", async () => {
		const { code, stdout, stderr } = await resultOf(["check", "--overlay", doesNotCompile]);
		expect(code).toBe(1);
		expect(stdout).toBe("");
		expect(stderr).toMatch(/^llmw: contract with .*overlay\.yaml: x-rate-limit.*max must be a whole number above 0\n$/);
	});
});

describe("llmw check and contracts that can't be", () => {
	const operation = (more: string) =>
		overlay(`  - target: $.paths\n    update: { /v1/a: { post: { operationId: a, responses: {}, ${more} } } }\n`);
	const body = (schema: string) => `requestBody: { content: { application/json: { schema: ${schema} } } }`;
	const cases: [what: string, file: string, ...lines: RegExp[]][] = [
		[
			"several extensions",
			operation("x-timeout: soon, x-max-body: big, x-upstream: a, x-rate-limit: {max: 1}, x-timout: 5s"),
			/^#\/paths\/~1v1~1a\/post: there is no extension x-timout; did you mean x-timeout\?$/,
			/^x-rate-limit of a: it needs a window/,
			/^x-max-body of a: "big" is not a size/,
			/^x-timeout of a: "soon" is not a duration/,
			/^x-upstream of a: must be a path/,
		],
		[
			"a reference",
			operation(body("{ $ref: '#/components/schemas/Nope' }")),
			/schema: \$ref #\/components\/schemas\/Nope leads nowhere$/,
		],
		[
			"a default",
			overlay(
				"  - target: $.components.schemas.CreateChatCompletionRequest.properties.temperature\n    update: {default: 5}\n",
			),
			/^default of createChatCompletion: temperature can't be 5 \(Temperature must be between 0\.1 and 1\.0\)$/,
		],
		["an operation that nobody handles", operation(""), /^operation a has no handler and no x-upstream$/],
		["no paths", overlay("  - target: $.paths\n    remove: true\n"), /^it has no paths left$/],
	];
	test.each(cases)("%s", async (_what, file, ...lines) => {
		for (const command of ["check", "openapi", "chain"]) {
			const { code, stdout, stderr } = await resultOf([command, "--overlay", file]);
			expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
			const start = `llmw: contract with ${file}: `;
			const said = stderr.trimEnd().split("\n");
			for (const line of said) expect(line.startsWith(start)).toBe(true);
			expect(said.map((line) => line.slice(start.length))).toEqual(lines.map((line) => expect.stringMatching(line)));
		}
	});

	test.each([
		["no info", "overlay: 1.0.0\nactions: [{target: $, update: {}}]\n", /:1:1: `info` must have a `title`/],
		[
			"another version",
			"overlay: 1.1.0\ninfo: {}\n",
			/:1:10: Overlay 1\.1\.0 is not supported; `overlay` must be 1\.0\.0$/,
		],
		["an alias of nothing", "overlay: 1.0.0\ninfo: *x\n", /: Unresolved alias/],
	])("an overlay with %s", async (_what, text, line) => {
		const { code, stderr } = await resultOf(["check", "--overlay", temporaryFile("overlay.yaml", text)]);
		expect(code).toBe(1);
		expect(stderr.trimEnd()).toMatch(line);
		expect(stderr.trimEnd().split("\n")).toHaveLength(1);
	});

	test("names the line of a plugin's syntax error", async () => {
		const file = temporaryFile("broken.mjs", "export const one = 1;\nexport default { name: 5 5 };\n");
		const { code, stderr } = await resultOf(["check", "--plugin", file]);
		expect({ code, stderr }).toEqual({ code: 1, stderr: `llmw: --plugin ${file}: Unexpected number (line 2)\n` });
	});

	test("a plugin that ends the process is no success", async () => {
		const file = temporaryFile("exit.mjs", "process.exit(0)");
		const { code, stdout, stderr } = await resultOf(["check", "--plugin", file]);
		expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
		expect(stderr).toMatch(/^llmw: the process was ended before the command was done/);
	});

	test("notes variables that mean nothing", async () => {
		const { code, stderr } = await resultOf(["check"], { LLMW_BINDPROT: "80", LLMW_KEY: "x" });
		expect(code).toBe(0);
		expect(stderr).toBe("llmw: note: no setting has the variable LLMW_BINDPROT; did you mean LLMW_BINDPORT?\n");
	});
});

describe("llmw openapi", () => {
	test("prints the contract in force as YAML, or as JSON", async () => {
		const yaml = await resultOf(["openapi", "--overlay", limitOf7, "--plugin", plugin]);
		const json = await resultOf(["openapi", "--json", "--overlay", limitOf7, "--plugin", plugin]);
		expect([yaml.code, yaml.stderr, json.code, json.stderr]).toEqual([0, "", 0, ""]);
		const document = JSON.parse(json.stdout);
		expect(parse(yaml.stdout)).toEqual(document);
		expect(document["x-rate-limit"]).toEqual({ max: 7, window: "15m" });
		expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(["/v1/chat/completions", "/greeting"]));
	});

	test("without overlays is openapi.yaml as it ships", async () => {
		const shipped = parse(readFileSync(new URL("../openapi.yaml", import.meta.url), "utf8"));
		expect(parse((await resultOf(["openapi"])).stdout)).toEqual(shipped);
	});

	test("into a reader that has seen enough is no error", async () => {
		const llmw = runLlmw(["openapi"]);
		llmw.process.stdout.destroy();
		expect(await llmw.exited).toBe(0);
		expect(llmw.stderr()).toBe("");
	});
});

describe("llmw chain", () => {
	const namesIn = (text: string) =>
		text
			.trimEnd()
			.split("\n")
			.map((line) => line.split(/ {2,}/)[1]);

	test("prints the plugins in their order, with where they come from", async () => {
		const { code, stdout, stderr } = await resultOf(["chain"]);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(namesIn(stdout)).toEqual([
			"request-id",
			"helmet",
			"errors",
			"exchange",
			"metrics",
			"usage",
			"request-shape",
			"local-names",
			"router",
			"authenticate",
			"rate-limit",
			"realtime",
			"body",
			"prompts",
			"validate",
			"calls",
			"resolve",
			"files",
			"sessions",
			"replay",
			"background",
			"responses",
			"input-context",
			"inline-files",
			"prompt-cache",
			"store-completions",
			"limits",
			"(the operation's)",
		]);
	});

	test("with what options add to it, wherever the command stands", async () => {
		const options = ["--verbose", "--cors-origin", "*", "--plugin", plugin];
		const { stdout } = await resultOf(["chain", ...options]);
		expect(namesIn(stdout)).toEqual(expect.arrayContaining(["verbose", "cors", "greeting"]));
		expect(stdout).toContain(`validated      greeting            ${plugin}`);
		expect(stdout).toContain(`handler        greeting            ${plugin}`);
		expect((await resultOf(["--cors-origin", "*", "--plugin", plugin, "--verbose", "chain"])).stdout).toBe(stdout);
		expect((await resultOf(["--verbose", "false", "chain"])).stdout).not.toContain("verbose");
	});

	test("with tracing where the environment names a collector", async () => {
		const { code, stdout } = await resultOf(["chain"], { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
		expect(code).toBe(0);
		expect(namesIn(stdout).slice(3, 6)).toEqual(["exchange", "tracing", "metrics"]);
	});
});

test("flags reach the gateway: the flag, else its variable, else the default", async () => {
	const environment = { LLMW_CORS_ORIGIN: "*", LLMW_VERBOSE: "1" };
	expect((await resultOf(["chain"], environment)).stdout).toMatch(/verbose[\s\S]*cors/);
	expect((await resultOf(["chain", "--no-verbose"], environment)).stdout).not.toContain("verbose");
});
