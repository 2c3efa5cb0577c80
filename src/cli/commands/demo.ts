/** `llmw demo`: a gateway in front of the embedded demo host, and one completion through it to see. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDemoHost } from "../../mockHosts/demo/demoHost.js";
import { settingDefinitions } from "../../settings/settingDefinitions.js";
import type { Settings } from "../../settings/settings.js";
import { chat } from "./chat.js";
import { addressOf, serve } from "./serve.js";

const question = "Hello AI";

/** Starts both, streams an answer to the terminal, and leaves the gateway running. @throws Problems */
export async function demo(readSettings: () => Promise<Settings>): Promise<void> {
	const host = createDemoHost().listen(0, "127.0.0.1");
	await once(host, "listening");
	const { port } = host.address() as AddressInfo;
	const url = `http://127.0.0.1:${port}/v1`;
	const dataFolder = mkdtempSync(join(tmpdir(), "llmgw-demo-"));
	const throwAway = () => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 3 });
	// Also where it could not start.
	process.on("exit", throwAway);
	const withHost = async () => {
		const { routing, ...settings } = await readSettings();
		return {
			...settings,
			dataFolder,
			routing: {
				...routing,
				upstreams: routing.upstreams.map((upstream) => ({
					...upstream,
					url,
					// Proxies of the environment are for other upstreams.
					proxy: undefined,
					query: undefined,
				})),
			},
		};
	};
	const primary = await serve(withHost, throwAway);
	console.log("There is no AI server in this demo: an embedded demo host, which is not a model, answers in its place.");
	const settings = await withHost();
	const address = addressOf(settings, primary.port);
	const baseUrl = `${address}/v1`;
	console.log(`\n> ${question}`);
	await chat(
		{ baseUrl, prompt: question, model: undefined, key: undefined, maxTokens: undefined },
		(text) => void process.stdout.write(text),
	);
	const where = primary.port === defaultPort() ? "" : ` --bindport ${primary.port}`;
	console.log(`
The gateway keeps running. Try it from another terminal:

  curl ${baseUrl}/chat/completions -H 'content-type: application/json' \\
    -d '{"messages": [{"role": "user", "content": "Hello AI"}], "stream": true}'

Give each caller a key of its own; from the first key on, every request needs one:

  llmw keys create my-app${where}
  llmw keys list${where}

${settings.ui ? `Dashboard: ${address}/ui (llmw ui${where} prints a link that signs in)\n` : ""}API reference: ${address}/docs
What is stored here is removed at the end. Stop with Ctrl-C.`);
}

function defaultPort(): unknown {
	return settingDefinitions().find(({ name }) => name === "bindport")?.default;
}
