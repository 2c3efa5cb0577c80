/** The chat completion requests every load sends, as JSON and as the bytes of an HTTP request. */

const WORDS = "The quick brown fox jumps over the lazy dog while the gateway counts every word. ";

/**
 * A request as an SDK sends it: no temperature and no max_tokens, so that defaults are filled in.
 * @param {{ model: string, bytes?: number, stream?: boolean, user?: string, store?: boolean }} request
 * @returns {string} JSON of exactly `bytes` characters, 1024 by default
 */
export function chatBody({ model, bytes = 1024, stream, user, store }) {
	const system = { role: "system", content: "You are a helpful assistant." };
	const question = { role: "user", content: "" };
	const body = {
		model,
		...(stream && { stream }),
		...(user && { user }),
		...(store && { store }),
		messages: [system, question],
	};
	const missing = Math.max(0, bytes - JSON.stringify(body).length);
	question.content = WORDS.repeat(Math.ceil(missing / WORDS.length)).slice(0, missing);
	return JSON.stringify(body);
}

/**
 * The same question as a client of another dialect asks it.
 * @param {"messages" | "responses"} dialect
 * @param {Parameters<typeof chatBody>[0]} request
 */
export function otherBody(dialect, request) {
	const { messages, ...rest } = JSON.parse(chatBody(request));
	const [{ content: system }, { content: question }] = messages;
	if (dialect === "responses") return JSON.stringify({ ...rest, instructions: system, input: question });
	return JSON.stringify({ ...rest, max_tokens: 128, system, messages: [{ role: "user", content: question }] });
}

/**
 * A prompt with an image inline, as vision models are asked.
 * @param {string} model
 * @param {number} bytes about the size of the whole body
 */
export function imageBody(model, bytes) {
	const url = `data:image/png;base64,${"iVBORw0KGgoAAAANSUhEUgAAAB".repeat(Math.ceil(bytes / 26)).slice(0, bytes - 250)}`;
	const content = [
		{ type: "text", text: "What is in this image?" },
		{ type: "image_url", image_url: { url } },
	];
	return JSON.stringify({ model, messages: [{ role: "user", content }] });
}

/** A line of source, with what JSON has to escape. */
const CODE = 'if (name === "total") {\n\treturn count + 1; // one more\n}\n';
const TURN_CHARACTERS = 6000;

/**
 * A conversation as a coding agent sends it with each turn: many messages, with source text in them.
 * @param {string} model
 * @param {number} bytes about the size of the whole body
 */
export function turnsBody(model, bytes) {
	const content = CODE.repeat(TURN_CHARACTERS / CODE.length);
	const pair = [
		{ role: "user", content },
		{ role: "assistant", content },
	];
	const pairs = Math.max(1, Math.round(bytes / JSON.stringify(pair).length));
	const messages = Array.from({ length: pairs }, () => pair).flat();
	return JSON.stringify({ model, messages: [...messages, { role: "user", content: "Go on." }] });
}

/**
 * @param {{ port: number, path?: string, headers?: Record<string, string> }} target
 * @param {string} [body] without one it is a GET
 * @returns {Buffer}
 */
export function httpBytes({ port, path = "/v1/chat/completions", headers = {} }, body) {
	const lines = [`${body ? "POST" : "GET"} ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`];
	if (body) lines.push("content-type: application/json", `content-length: ${Buffer.byteLength(body)}`);
	for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
	return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
}
