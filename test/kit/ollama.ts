/** An upstream that behaves like Ollama, with a list of models and 404 for any other; and README's commands, to be run against it. */
import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { startAiHost, type TestHost } from "./aiHost.js";

export interface FakeOllama extends TestHost {
	/** Sets the models that it lists, newest first. */
	models: unknown[];
	/** The models of completion requests, in order. */
	asked(): string[];
}

export async function startOllama(models: unknown[], port = 0): Promise<FakeOllama> {
	const host = await startAiHost(
		({ method, url, body }, response) => {
			const json = (status: number, value: unknown) =>
				response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
			const entries = ollama.models.map((model) =>
				typeof model === "string" ? { id: model, object: "model", created: 1, owned_by: "library" } : model,
			) as { id: string }[];
			if (url === "/v1/models") return json(200, { object: "list", data: entries });
			if (method !== "POST") return json(404, { error: { message: "not found" } });
			const { model } = JSON.parse(body.toString());
			if (!entries.some(({ id }) => id === model))
				return json(404, {
					error: { message: `model '${model}' not found`, type: "api_error", param: null, code: null },
				});
			const head = { id: "chatcmpl-1", created: 1, model };
			const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
			if (!JSON.parse(body.toString()).stream)
				return json(200, {
					...head,
					object: "chat.completion",
					choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
					usage,
				});
			const chunk = (delta: object, finish: string | null) =>
				`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.end(`${chunk({ role: "assistant", content: "Hello" }, null)}${chunk({}, "stop")}data: [DONE]\n\n`);
		},
		{ listsModels: true, port },
	);
	const ollama: FakeOllama = Object.assign(host, {
		models,
		asked: () =>
			host.received
				.filter(({ url }) => url === "/v1/chat/completions")
				.map(({ body }) => JSON.parse(body.toString()).model),
	});
	onTestFinished(() => host.close());
	return ollama;
}

/** @returns the words of README's command for this server, without `./llmw` */
export function readmeCommand(server: string): string[] {
	const [, command = ""] = new RegExp(`^\\| ${server} \\| \`(.+)\` \\|$`, "m").exec(readme()) ?? [];
	const [, ...words] = command.split(" ");
	return words;
}

/** @returns README's first curl command for a completion */
export function readmeCurl(): string {
	return /^curl \S+\/v1\/chat\/completions [\s\S]*?(?=\n```)/m.exec(readme())?.[0] ?? "";
}

function readme(): string {
	return readFileSync(new URL("../../README.md", import.meta.url), "utf8");
}
