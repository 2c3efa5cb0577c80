import { writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { gatewayUrl } from "../../src/cli/commands/gatewayUrl.js";
import { startAiHost } from "../kit/aiHost.js";
import { postChat } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { configFile, folderWith, twoUpstreams } from "./files.js";

const example = fileURLToPath(new URL("../../examples/llmw.yaml", import.meta.url));
const secret = "hunter2-secret";

const file = `
upstreams:
  one: {url: "http://127.0.0.1:1001", key: "\${SECRET}", headers: {x-key: "\${SECRET}"}}
  two: {url: "http://127.0.0.1:1002", weight: 2}
  spare: {url: "http://127.0.0.1:1003"}
defaults:
  timeouts: {idle: 5s}
routes:
  - model: [gpt, "gpt-*"]
    strategy: weighted
    targets:
      - one/gpt-4o
      - {upstream: two, when: {stream: true}, timeouts: {firstByte: 1s}}
      - {strategy: cheapest, targets: [two/a, one/b]}
    fallback: [two/spare]
    retry: {attempts: 4}
    rescue: off
  - {name: small, model: qwen, targets: [two]}
`;

const tree = `gpt
  models       gpt, gpt-*
  strategy     weighted
  timeouts     first byte 10m, first token 10m, idle 5s, end 5s, hold 5s, heartbeat 15s, total no limit
  retry        4 attempts, 2 per target, backoff 100ms to 2s, wait up to 5s, budget 20%
  rescue       off
  hedge        off
  ├─ one/gpt-4o        weight 1
  ├─ two (same model)  weight 2  when stream  first byte 1s
  └─ group, cheapest   weight 1
     ├─ two/a          weight 2
     └─ one/b          weight 1
  fallback
  └─ two/spare         weight 2

small
  models       qwen
  strategy     ordered
  timeouts     first byte 10m, first token 10m, idle 5s, end 5s, hold 5s, heartbeat 15s, total no limit
  retry        5 attempts, 2 per target, backoff 100ms to 2s, wait up to 5s, budget 20%
  rescue       exact
  hedge        off
  └─ two (same model)  weight 2
`;

describe("llmw check", () => {
	test("finds nothing wrong with the example", async () => {
		const { code, stdout, stderr } = await resultOf(["check", "--config", example], { OPENAI_API_KEY: secret });
		expect(stdout).toMatch(/^Good: settings, .*llmw\.yaml \(3 upstreams, 3 routes\), contract, /);
		expect(stderr).toBe("");
		expect(code).toBe(0);
	});

	test("takes a variable that the file names for the file's own", async () => {
		const config = configFile(
			`store: "\${LLMW_PG}"\nupstreams: {a: {url: "http://127.0.0.1:1", key: "\${LLMW_AIKEYS}"}}\n`,
		);
		const environment = { LLMW_PG: "postgres://u:p@127.0.0.1:1/d", LLMW_AIKEYS: secret, LLMW_BINDPROT: "80" };
		const { code, stderr } = await resultOf(["check", "--config", config], environment);
		expect(stderr).toBe("llmw: note: no setting has the variable LLMW_BINDPROT; did you mean LLMW_BINDPORT?\n");
		expect(code).toBe(0);
	});

	test("notes an upstream that no route leads to", async () => {
		const { code, stderr } = await resultOf(["check", "--config", configFile(file)], { SECRET: secret });
		expect(stderr).toBe("llmw: note: no route leads to the upstream spare\n");
		expect(code).toBe(0);
	});

	test("names everything that is wrong, with its place", async () => {
		const wrong = configFile(`bindprt: 1\n${twoUpstreams}routes: [{model: a, targets: [oen], hedge: 5}]\n`);
		const { code, stderr } = await resultOf(["check", "--config", wrong, "--timeout", "soon"]);
		expect(stderr.replaceAll(wrong, "llmw.yaml").split("\n")).toEqual([
			"llmw: llmw.yaml:1:1: bindprt: there is no such key; did you mean `bindport`?",
			"llmw: llmw.yaml:5:31: routes[0].targets[0]: there is no upstream oen; did you mean one?",
			"llmw: llmw.yaml:5:44: routes[0].hedge: must be true, false or an object (got 5)",
			'llmw: --timeout: must be a duration such as 500ms, 30s or 15m (got "soon")',
			"",
		]);
		expect(code).toBe(1);
	});
});

describe("llmw routes", () => {
	test("prints what each model resolves to", async () => {
		expect(await resultOf(["routes", "--config", configFile(file)], { SECRET: secret })).toEqual({
			code: 0,
			stdout: tree,
			stderr: "",
		});
	});

	test("prints the route that one model takes, and what is asked there", async () => {
		const { stdout } = await resultOf(["routes", "gpt-5", "--config", configFile(file)], { SECRET: secret });
		expect(stdout).toMatch(/^gpt-5 takes the route gpt\n/);
		expect(stdout).toContain("├─ two/gpt-5 ");
		expect(stdout).not.toContain("small");
	});

	test("says why a model has none", async () => {
		const { code, stderr } = await resultOf(["routes", "qwenn", "--config", configFile(file)], { SECRET: secret });
		expect(stderr).toBe("llmw: qwenn: no route takes it: there are routes for gpt, gpt-*, qwen; did you mean qwen?\n");
		expect(code).toBe(1);
	});

	test("prints JSON", async () => {
		const { stdout } = await resultOf(["routes", "qwen", "--json", "--config", configFile(file)], { SECRET: secret });
		expect(JSON.parse(stdout)).toMatchObject([{ name: "small", models: ["qwen"], stages: [{ kind: "group" }] }]);
	});

	test("prints the one route of flags", async () => {
		const { stdout } = await resultOf(["routes"]);
		expect(stdout).toMatch(/^\*\n {2}models {7}\*\n/);
		expect(stdout).toMatch(/└─ aihost \(same model\) {2}weight 1\n$/);
	});
});

describe("llmw diff", () => {
	const folder = folderWith({
		"old.yaml": file,
		"same.yaml": `# A comment.${file}`,
		"new.yaml": file.replace("idle: 5s", "idle: 6s").replace("\n  spare:", "\n  other:"),
		"wrong.yaml": "bindprt: 1\n",
	});
	const diff = (...names: string[]) =>
		resultOf(["diff", ...names.map((name) => join(folder, name))], { SECRET: secret });

	test("prints each change, and fails", async () => {
		const { code, stdout, stderr } = await diff("old.yaml", "new.yaml");
		expect(stdout.split("\n")).toContain("~ routes.small.targets[0].timeouts.idle: 5s → 6s");
		expect(stdout.split("\n")).toContain("+ upstreams.other");
		expect(stdout.split("\n")).toContain("- upstreams.spare");
		expect([code, stderr]).toEqual([1, ""]);
	});

	test("prints nothing where nothing would change", async () => {
		expect(await diff("old.yaml", "same.yaml")).toEqual({ code: 0, stdout: "", stderr: "" });
	});

	test("has a code of its own for files that are wrong", async () => {
		const { code, stderr } = await diff("old.yaml", "wrong.yaml");
		expect(stderr).toMatch(/wrong\.yaml:1:1: bindprt: there is no such key/);
		expect(code).toBe(2);
		expect((await diff("old.yaml")).stderr).toBe("llmw: diff: say llmw diff OLD.yaml NEW.yaml\n");
	});
});

test("llmw diff without files says what a reload of the running gateway would change", async () => {
	const whole = `workers: 1\nbindport: 0\noverlay: ours.yaml\n${file}`;
	const overlay = (title: string) =>
		`overlay: 1.0.0\ninfo: {title: Ours, version: "1"}\nactions: [{target: $.info, update: {title: ${title}}}]\n`;
	const folder = folderWith({ "llmw.yaml": whole, "ours.yaml": overlay("first") });
	const config = join(folder, "llmw.yaml");
	const llmw = runLlmw(["--config", config], { SECRET: secret });
	const [, port = ""] = await llmw.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
	const diff = (SECRET: string) => resultOf(["diff", "--config", config, "--bindport", port], { SECRET });
	expect(await diff(secret)).toEqual({ code: 0, stdout: "", stderr: "" });

	writeFileSync(config, whole.replace("rescue: off", "rescue: exact").replace("bindport: 0", "bindport: 7"));
	writeFileSync(join(folder, "ours.yaml"), overlay("second"));
	// The caller's variables and flags are not those with which the gateway would read its file again.
	const { code, stdout, stderr } = await resultOf(
		["diff", "--config", config, "--bindport", port, "--workers", "5", "--verbose"],
		{ SECRET: `${secret}-2`, LLMW_UI: "false" },
	);
	expect(stdout.trimEnd().split("\n")).toEqual(["~ overlay contents (changed)", "~ routes.gpt.rescue: off → exact"]);
	expect(stderr.trimEnd().split("\n")).toEqual([
		"llmw: note: the gateway there has flags of its own; not looked at: --verbose, --workers",
		"llmw: note: a reload does not change this: ~ bindport: 0 → 7 (only a restart changes it)",
	]);
	expect(code).toBe(1);
	expect((await resultOf(["reload", "--config", config, "--bindport", port])).code).toBe(0);
	expect((await diff(secret)).stdout).toBe("");

	writeFileSync(config, "bindprt: 1\n");
	const wrong = await resultOf(["diff", "--bindport", port]);
	expect(wrong.stderr).toMatch(/llmw\.yaml:1:1: bindprt: there is no such key/);
	expect(wrong.code).toBe(2);
});

test("llmw diff says whose file the running gateway reads", async () => {
	const config = configFile(`workers: 1\nbindport: 0\n${file}`);
	const other = configFile(`workers: 2\n${file}`);
	const llmw = runLlmw(["--config", config], { SECRET: secret });
	const [, port = ""] = await llmw.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
	const found = await resultOf(["diff", "--config", other, "--bindport", port]);
	expect(found.stderr).toBe(`llmw: note: the gateway there reads ${config}, and not ${other}\n`);
	expect([found.code, found.stdout]).toEqual([0, ""]);
});

test("llmw diff of two files says what flags and variables cover in both", async () => {
	const [one, other] = ["workers: 1\nmaxHeaders: 50\n", "workers: 2\nmaxHeaders: 51\n"].map(configFile);
	const found = await resultOf(["diff", one as string, other as string, "--workers", "3"]);
	expect(found).toEqual({
		code: 1,
		stdout: "~ maxHeaders: 50 → 51\n",
		stderr: "llmw: note: with the flags and variables given here it makes no difference: workers\n",
	});
});

test("no command shows a secret", async () => {
	const whole = `store: postgres://u:\${SECRET}@127.0.0.1:1/d\n${file}`;
	const config = configFile(whole);
	const other = configFile(whole.replaceAll("${SECRET}", "x${SECRET}"));
	const wrong = configFile(whole.replace("idle: 5s", "idle: [5]").replace("1001", "1001/?${SECRET}"));
	const commands = [
		["check", "--config", config],
		["check", "--config", wrong],
		["routes", "--config", config],
		["routes", "--json", "--config", config],
		["diff", config, other],
		["diff", config, wrong],
		["chain", "--config", config],
		["openapi", "--config", config],
	];
	for (const command of commands) {
		const { stdout, stderr } = await resultOf(command, { SECRET: secret });
		expect(stdout + stderr, command.join(" ")).not.toBe("");
		expect(stdout + stderr, command.join(" ")).not.toContain(secret);
	}
});

test("llmw demo takes no file: its AI host is its own", async () => {
	const { code, stderr } = await resultOf(["demo", "--config", "llmw.yaml"]);
	expect([code, stderr]).toEqual([2, "llmw: --config: llmw demo has an upstream of its own\n"]);
});

test("a command finds the gateway where its file says that it listens, without the file's secrets", async () => {
	const config = configFile(`bindport: 4321\n${file}`);
	expect(await gatewayUrl({ config }, {})).toBe("http://127.0.0.1:4321");
	expect(await gatewayUrl({ config, bindport: "4322" }, {})).toBe("http://127.0.0.1:4322");
	await expect(gatewayUrl({ config: join(dirname(config), "nowhere.yaml") }, {})).rejects.toThrow(
		"can't be read (ENOENT)",
	);
});

describe("llmw serve", () => {
	test("sends requests where the file says, each host with its own credential, and falls back", async () => {
		const [host, away] = await Promise.all([startAiHost(), startAiHost()]);
		onTestFinished(() => host.close());
		await away.close();
		const config = configFile(`
workers: 1
bindport: 0
upstreams:
  away: {url: "${away.url}", key: "\${AWAY_KEY}"}
  here: {url: "${host.url}", key: "\${HERE_KEY}", headers: {X-Team: blue}}
  open: {url: "${host.url}", forwardCredential: true}
  shut: {url: "${host.url}"}
routes:
  - {model: first, targets: [away], fallback: [here/second]}
  - {model: open, targets: [open]}
  - {model: shut, targets: [shut]}
`);
		const llmw = runLlmw(["--config", config], { AWAY_KEY: "sk-away", HERE_KEY: secret });
		const [, url] = await llmw.says(/listening on (\S+)/);
		const ask = async (model: string) => {
			const body = { model, messages: [{ role: "user", content: "Hello AI" }] };
			const { status } = await postChat(`${url}/v1`, body, { authorization: "Bearer sk-client" });
			const received = host.received.at(-1);
			const { authorization, "x-team": team } = received?.headers ?? {};
			return [status, JSON.parse(String(received?.body)).model, authorization, team];
		};
		expect(await ask("first")).toEqual([200, "second", `Bearer ${secret}`, "blue"]);
		expect(await ask("open")).toEqual([200, "open", "Bearer sk-client", undefined]);
		expect(await ask("shut")).toEqual([200, "shut", undefined, undefined]);
		expect(host.received).toHaveLength(3);
		expect(llmw.stdout() + llmw.stderr()).not.toMatch(/hunter2|sk-away|sk-client/);
	});

	test("says how many upstreams and routes there are, and reads the file again at a reload", async () => {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const upstreams = (more = "") => `upstreams:
  one: {url: "${host.url}"}
  two: {url: "${host.url}"}
routes:
  - {model: "*", targets: [one, two]}
${more}`;
		const config = configFile(`workers: 1\nbindport: 0\n${upstreams()}`);
		const llmw = runLlmw(["--config", config]);
		const [, url] = await llmw.says(/listening on (\S+) → 2 upstreams, 1 route \(\S+llmw\.yaml\) \(1 worker\)/);
		expect((await postChat(`${url}/v1`, { messages: [{ role: "user", content: "Hello AI" }] })).status).toBe(200);

		writeFileSync(config, `workers: 1\nbindport: 0\n${upstreams("  - {model: a, targets: [three]}\n")}`);
		llmw.process.kill("SIGHUP");
		await llmw.says(/not reloaded: \S+llmw\.yaml:8:26: routes\[1\]\.targets\[0\]: there is no upstream three/);

		writeFileSync(config, `workers: 2\nbindport: 1\n${upstreams()}`);
		llmw.process.kill("SIGHUP");
		await llmw.says(/reloaded: 2 new workers/);
		await llmw.says(/a reload can't change bindip and bindport: still listening on 127\.0\.0\.1 port \d+/);
	});

	test("does not start with a file that is wrong", async () => {
		const config = configFile("workers: none\n");
		const { code, stderr } = await resultOf(["--config", config]);
		expect(stderr.replace(config, basename(config))).toBe(
			'llmw: llmw.yaml:1:10: workers: must be a whole number from 1 to 256 (got "none")\n',
		);
		expect(code).toBe(1);
	});
});
