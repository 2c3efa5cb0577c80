/** `llmw status` and `llmw reload`, and the socket that they use. */

import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { settingsWithoutSecrets } from "../src/process/control/legibleSettings.js";
import { folderProblem, makePrivateFolder, socketPaths } from "../src/process/control/socketPath.js";
import { readSettings } from "../src/settings/settings.js";
import { temporaryFile, temporaryFolder } from "./kit/gateway.js";
import { openStreams, startHeldHost } from "./kit/heldStreams.js";
import { resultOf, runLlmw, serveLlmw, workerPids } from "./kit/llmw.js";
import { servicesInPlugin } from "./kit/services.js";
import { anUpstream, routingOf, serveUpstreams, threeFailures } from "./kit/upstreams.js";

const patience = { timeout: 15_000, interval: 20 };

/** The first socket that a gateway at this port has in a run-time folder. */
function socketIn(runtime: string, port: number): string {
	return socketPaths({ bindip: "127.0.0.1", port }, { XDG_RUNTIME_DIR: runtime })[0] as string;
}

/** @returns the gateway's response to these bytes, until it closes the connection */
function sayTo(path: string, bytes: string): Promise<string> {
	return new Promise((resolve) => {
		let text = "";
		const socket = connect(path, () => socket.write(bytes));
		socket.setEncoding("utf8").on("data", (piece) => {
			text += piece;
		});
		socket.on("error", () => {});
		socket.once("close", () => resolve(text));
	});
}

describe("llmw status", () => {
	test("shows workers and upstreams in aligned tables", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "2"]);
		const pids = await workerPids(llmw.url, 2);
		await openStreams(llmw.url, 3);
		const { code, stdout, stderr } = await resultOf(["status", "--bindport", String(llmw.port)]);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		const [workers = "", upstreams = ""] = stdout.split("\n\n");
		expect(workers).toMatch(/^worker +state +up +requests +streams +connections +websockets$/m);
		for (const pid of pids) expect(workers).toMatch(new RegExp(`^${pid} +ready +\\d+ s +\\d +\\d +\\d+ +0$`, "m"));
		expect(workers).toMatch(/^all +3 +3 +\d+ +0$/m);
		expect(upstreams).toMatch(/^upstream +url +provider +breaker +health +in flight +waiting +failures$/m);
		expect(upstreams).toMatch(new RegExp(`^aihost +${host.url}\\S* +auto +closed +unknown +\\d+ +0 +0$`, "m"));
		host.release();
	});

	test("--json shows the same, and neither shows secrets", async () => {
		const plugin = temporaryFile(
			"fail.mjs",
			`${servicesInPlugin}
			export default { name: "fail", stage: "edge", middleware: () => async (ctx, next) => {
				const { states } = services();
				if (ctx.path === "/fail") (await states.enter("one"))?.leave("failed");
				const model = "evil\\u001b[2J";
				if (ctx.path === "/fail-model") (await states.enter("one", 0, undefined, { model }))?.leave("failed");
				if (ctx.path === "/hold") await states.enter("one");
				await next();
			} };`,
		);
		const one = anUpstream({
			url: "http://127.0.0.1:9/v1",
			key: "sk-secret",
			headers: { "x-secret": "sk-secret" },
			breaker: { ...threeFailures, cooldownMs: 600_000 },
		});
		const llmw = await serveUpstreams([one], { workers: "1", plugin });
		for (const path of ["/fail", "/fail", "/hold"]) await fetch(llmw.url + path);
		for (let count = 0; count < 3; count += 1) await fetch(`${llmw.url}/fail-model`);
		const args = ["status", "--bindport", new URL(llmw.url).port];
		const { stdout } = await resultOf([...args, "--json"]);
		expect(JSON.parse(stdout)).toMatchObject({
			workers: [{ state: "ready", load: { streams: 0 } }],
			upstreams: [
				{
					name: "one",
					breaker: "closed",
					health: "unknown",
					failures: 2,
					inFlight: 1,
					waiting: 0,
					models: [{ breaker: "open" }],
				},
			],
		});
		const tables = (await resultOf(args)).stdout;
		expect(tables).toMatch(/^upstream +model +breaker +failures\none +evil\ufffd\[2J +open +0$/m);
		expect(stdout + tables).not.toContain("sk-secret");
	});

	test("--watch shows it again until the gateway ends", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"]);
		const watching = runLlmw(["status", "--watch", "--json", "--bindport", String(llmw.port)]);
		await watching.says(/(.*"ready".*\n){2}/);
		llmw.process.kill("SIGTERM");
		expect(await watching.exited).toBe(1);
		expect(watching.stderr()).toMatch(/^llmw: 127\.0\.0\.1:\d+: no gateway of this user runs there; /);
	});

	test("finds a gateway that listens on all addresses", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--bindip", "0.0.0.0"]);
		expect((await resultOf(["status", "--bindport", String(llmw.port)])).code).toBe(0);
	});
});

describe("llmw reload", () => {
	test("waits for the new workers, and says so", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "2"]);
		const before = await workerPids(llmw.url, 2);
		const results = await Promise.all([1, 2].map(() => resultOf(["reload", "--bindport", String(llmw.port)])));
		for (const result of results) expect(result).toEqual({ code: 0, stdout: "reloaded: 2 new workers\n", stderr: "" });
		expect((await workerPids(llmw.url, 2)).filter((pid) => before.includes(pid))).toEqual([]);
	});

	test("says what is wrong, and changes nothing", async () => {
		const head = "overlay: 1.0.0\ninfo: {title: Ours, version: 1.0.0}\n";
		const overlay = temporaryFile("overlay.yaml", `${head}actions: [{target: $.info, update: {title: Ours}}]\n`);
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--overlay", overlay]);
		const before = await workerPids(llmw.url, 1);
		writeFileSync(overlay, head);
		const { code, stdout, stderr } = await resultOf(["reload", "--bindport", String(llmw.port)]);
		expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
		expect(stderr).toContain(`llmw: ${overlay}`);
		expect(await workerPids(llmw.url, 1)).toEqual(before);
	});
});

test.each(["status", "reload"])("llmw %s says where there is no gateway", async (command) => {
	const { code, stderr } = await resultOf([command, "--bindip", "::1", "--bindport", "1"]);
	expect(code).toBe(1);
	expect(stderr).toBe(
		"llmw: [::1]:1: no gateway of this user runs there; say --bindip and --bindport as it was started with, and run this as the same user\n",
	);
});

describe("the control socket", () => {
	test("is its user's alone, and gone with the gateway", async () => {
		const runtime = temporaryFolder();
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"], { XDG_RUNTIME_DIR: runtime });
		const path = socketIn(runtime, llmw.port);
		expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
		expect(statSync(path).mode & 0o777).toBe(0o600);
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(0);
		expect(readdirSync(dirname(path))).toEqual([]);
	});

	test("of a gateway that was killed is replaced", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "1"]);
		process.kill(llmw.pid(), "SIGKILL");
		await llmw.exited;
		const next = await serveLlmw(host, ["--workers", "1", "--bindport", String(llmw.port)]);
		expect(next.stderr()).toBe("");
		expect((await resultOf(["status", "--bindport", String(llmw.port)])).code).toBe(0);
	});

	test("is found where another environment puts it", async () => {
		const temporary = temporaryFolder();
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"], {
			XDG_RUNTIME_DIR: "",
			TMPDIR: temporary,
		});
		const { code } = await resultOf(["status", "--bindport", String(llmw.port)], { TMPDIR: temporary });
		expect(code).toBe(0);
	});

	test("that can't be made is complained of once, and the gateway runs", async () => {
		const environment = { XDG_RUNTIME_DIR: temporaryFolder() };
		const port = await freePort();
		const paths = socketPaths({ bindip: "127.0.0.1", port }, environment);
		onTestFinished(() => {
			for (const path of paths) rmSync(path, { recursive: true });
		});
		for (const path of paths) mkdirSync(path, { recursive: true, mode: 0o700 });
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--bindport", String(port)], environment);
		expect(await workerPids(llmw.url, 1)).toHaveLength(1);
		expect(llmw.stderr()).toMatch(
			/^llmw: no control socket, so llmw status and llmw reload won't find this gateway: .*\n$/,
		);
	});

	test.each([
		["what is no JSON", "status\n", /the request is no JSON/],
		["another version", '{"llmw":2,"command":"status"}\n', /speaks version 1 of the protocol/],
		["an unknown command", '{"llmw":1,"command":"toString"}\n', /there is no command "toString"/],
		["a line without an end", "x".repeat(5000), /the request is too long/],
	])("refuses %s", async (_what, bytes, message) => {
		const runtime = temporaryFolder();
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"], { XDG_RUNTIME_DIR: runtime });
		expect(JSON.parse(await sayTo(socketIn(runtime, llmw.port), bytes)).error).toMatch(message);
	});

	test("hangs up on who says nothing", async () => {
		const runtime = temporaryFolder();
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"], { XDG_RUNTIME_DIR: runtime });
		expect(await sayTo(socketIn(runtime, llmw.port), "")).toBe("");
	}, 15_000);

	test("gives the settings in force without secrets", async () => {
		const runtime = temporaryFolder();
		const one = anUpstream({ url: "http://127.0.0.1:9/v1", key: "sk-secret" });
		const llmw = await serveUpstreams([one], { workers: "1" }, { XDG_RUNTIME_DIR: runtime });
		const path = socketIn(runtime, Number(new URL(llmw.url).port));
		const ask = async () => JSON.parse(await sayTo(path, '{"llmw":1,"command":"settings"}\n')).result;
		expect((await ask()).routing.upstreams).toMatchObject([{ name: "one", key: "sha256:746b4ad1" }]);
		writeFileSync(llmw.file, JSON.stringify([{ ...one, name: "two", key: undefined }]));
		llmw.process.kill("SIGHUP");
		await vi.waitFor(async () => expect((await ask()).routing.upstreams).toMatchObject([{ name: "two" }]), patience);
	});
});

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

describe("the socket's folder", () => {
	test("is refused where it is a link or a file", () => {
		const folder = temporaryFolder();
		onTestFinished(() => rmSync(folder, { recursive: true }));
		mkdirSync(join(folder, "real"));
		symlinkSync(join(folder, "real"), join(folder, "link"));
		writeFileSync(join(folder, "file"), "");
		for (const name of ["link", "file"])
			expect(() => makePrivateFolder(join(folder, name))).toThrow(`${join(folder, name)} is no folder`);
	});

	test("is refused where it belongs to another user", () => {
		const own = process.getuid;
		onTestFinished(() => {
			process.getuid = own as () => number;
		});
		const folder = temporaryFolder();
		process.getuid = () => 12_345;
		expect(folderProblem(folder)).toBe("belongs to another user");
	});

	test("that others may enter is closed to them", () => {
		const folder = join(temporaryFolder(), "open");
		mkdirSync(folder, { mode: 0o755 });
		makePrivateFolder(folder);
		expect(statSync(folder).mode & 0o777).toBe(0o700);
	});

	test("has a path that fits into a socket's address", () => {
		const address = { bindip: "fe80:1111:2222:3333:4444:5555:6666:7777", port: 65_535 };
		const paths = socketPaths(address, { XDG_RUNTIME_DIR: `/run/${"x".repeat(90)}` });
		expect(paths.length).toBeGreaterThan(0);
		for (const path of paths) expect(Buffer.byteLength(path)).toBeLessThanOrEqual(103);
	});
});

test("secrets of settings become hashes that tell whether they changed", () => {
	const settings = readSettings({ store: "postgres://me:sk-one@127.0.0.1/llmw" }, {});
	const shown = (secret: string) => {
		const tls = { ...anUpstream().tls, key: secret, ca: "public" };
		const upstream = anUpstream({ key: secret, headers: { "x-key": secret }, tls });
		return settingsWithoutSecrets({ ...settings, routing: routingOf(settings, [upstream]) });
	};
	expect(JSON.stringify(shown("sk-one"))).not.toContain("sk-one");
	expect(shown("sk-one").routing.upstreams[0]?.tls.ca).toBe("public");
	expect(shown("sk-one")).toEqual(shown("sk-one"));
	expect(shown("sk-one").routing).not.toEqual(shown("sk-two").routing);
});
