/** `llmw demo`: a gateway in front of the embedded demo host, and one completion through it to see. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Settings } from "../contract/settings.js";
import { createDemoHost } from "../demo/host.js";
import { chat } from "./chat.js";
import { addressOf, serve } from "./serve.js";

const question = "Hello AI";

/** Starts both, streams an answer to the terminal, and leaves the gateway running. @throws Problems */
export async function demo(readSettings: () => Promise<Settings>): Promise<void> {
	const host = createDemoHost().listen(0, "127.0.0.1");
	await once(host, "listening");
	const { port } = host.address() as AddressInfo;
	const url = `http://127.0.0.1:${port}/v1`;
	const withHost = async () => {
		const { routing, ...settings } = await readSettings();
		return {
			...settings,
			routing: { ...routing, upstreams: routing.upstreams.map((upstream) => ({ ...upstream, url })) },
		};
	};
	const primary = await serve(withHost);
	console.log("There is no AI server in this demo: an embedded demo host, which is not a model, answers in its place.");
	const baseUrl = `${addressOf(await withHost(), primary.port)}/v1`;
	console.log(`\n> ${question}`);
	await chat(
		{ baseUrl, prompt: question, model: undefined, key: undefined, maxTokens: undefined },
		(text) => void process.stdout.write(text),
	);
	console.log(`
The gateway keeps running. Try it from another terminal:

  curl ${baseUrl}/chat/completions -H 'content-type: application/json' \\
    -d '{"messages": [{"role": "user", "content": "Hello AI"}], "stream": true}'

API reference: ${baseUrl.replace(/\/v1$/, "/docs")}   Stop with Ctrl-C.`);
}
