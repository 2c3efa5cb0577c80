/** The lab: an upstream that fails on purpose, as the model's name says; see docs/lab.md. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { echoAt } from "../echo.js";
import { Calls } from "../realtime/calls.js";
import { serveSessions } from "../realtime/serveSessions.js";
import { answerAudio } from "../wires/audio.js";
import { chatWire } from "../wires/chatWire.js";
import { placeAt } from "../wires/endpoints.js";
import { FileShelf } from "../wires/fileShelf.js";
import type { WireError, WireFormat } from "../wires/wire.js";
import { createFaultSchedule } from "./faultSchedule.js";
import { FileBatches } from "./fileBatches.js";
import { keptHeaders } from "./labHeaders.js";
import { createLedger, type Ledger, type LedgerEntry } from "./labLedger.js";
import { MessageBatches } from "./messageBatches.js";
import { modelsAt, ollamaModelAt } from "./modelLists.js";
import { PrefixCache } from "./prefixCache.js";
import { refusalBytes } from "./refusalBytes.js";
import { invalidRequest } from "./refusals.js";
import type { Wait } from "./reply.js";
import { type Service, serve } from "./serveRequest.js";

export interface LabOptions {
	/** Milliseconds since 1970. */
	readonly now?: () => number;
	/** Implements the waits that a model's name asks for. */
	readonly wait?: Wait;
	/** The most requests that the ledger keeps. */
	readonly mostEntries?: number;
}

/** A server that is not listening yet, with a ledger of its requests. */
export interface Lab extends Server {
	readonly ledger: Ledger;
	/** Resolves with the next request that has come whole. */
	nextRequest(): Promise<LedgerEntry>;
	/** Resolves with the next request whose client leaves before its answer has ended. */
	nextAbort(): Promise<LedgerEntry>;
	/** Resolves with the next request whose answer has ended in any way. */
	nextEnd(): Promise<LedgerEntry>;
	/** Empties the ledger and the prompt cache, and restarts the counts of `times`, `every` and `flap`. */
	clear(): void;
}

const maxBodyBytes = 32 * 1024 ** 2;

export function createLab({ now = Date.now, wait = waitInTime, mostEntries }: LabOptions = {}): Lab {
	const ledger = createLedger(now, mostEntries);
	const faultSchedule = createFaultSchedule();
	const prefixCache = new PrefixCache(now);
	const files = new FileShelf();
	const batches = [new MessageBatches(), new FileBatches(files)];
	const clear = () => {
		for (const one of batches) one.clear();
		ledger.clear();
		prefixCache.clear();
		faultSchedule.clear();
	};
	const service: Service = { ledger, faultSchedule, prefixCache, now, wait };
	const calls = new Calls({ wordMs: 0 });
	const server = createServer((request, response) => {
		handle(request, response, service, { batches, files, calls, clear }).catch(() => response.destroy());
	});
	server.keepAliveTimeout = 30_000;
	serveSessions(server, { wordMs: 0 }, calls);
	return Object.assign(server, {
		ledger,
		nextRequest: () => ledger.next("request"),
		nextAbort: () => ledger.next("left"),
		nextEnd: () => ledger.next("end"),
		clear,
	});
}

/** Even a wait of 0 yields to the event loop, so that a client's leaving is noticed. */
async function waitInTime(ms: number, signal: AbortSignal): Promise<void> {
	if (ms > 0) await sleep(ms, undefined, { signal });
	else await nextTurn(undefined, { signal });
}

async function handle(
	request: IncomingMessage,
	response: ServerResponse,
	service: Service,
	{
		batches,
		files,
		calls,
		clear,
	}: { batches: readonly (MessageBatches | FileBatches)[]; files: FileShelf; calls: Calls; clear: () => void },
): Promise<void> {
	if ((await files.serve(request, response)) || (await calls.serve(request, response))) return;
	const [path = "", search] = (request.url ?? "").split("?", 2);
	const query = new URLSearchParams(search);
	const { method = "" } = request;
	if (await answerAudio(request, response, path)) return;
	const text = await read(request);
	const place = method === "POST" ? placeAt(path, query) : undefined;
	if (text === undefined)
		return refuse(response, invalidRequest(413, `a body has at most ${maxBodyBytes} bytes`), place?.wire);
	if (place !== undefined)
		return serve(response, { place, method, path, text, headers: keptHeaders(request.headers) }, service);
	for (const one of batches) {
		const answer = one.answer(method, path, text, service.now());
		if (answer === undefined) continue;
		response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
		return;
	}
	if (path === "/lab/requests" && method === "DELETE") {
		clear();
		response.writeHead(204).end();
		return;
	}
	const echo = echoAt(method, path, text);
	if (echo !== undefined) return sendJson(response, echo);
	if (method === "POST") return sendModels(response, method, path, () => ollamaModelAt(path, text));
	if (method !== "GET") return refuse(response, notFound(method, path));
	if (path === "/lab/requests") return sendJson(response, listEntries(service.ledger, query));
	const isAnthropic = request.headers["anthropic-version"] !== undefined;
	return sendModels(response, method, path, () => modelsAt(path, isAnthropic));
}

/** @returns the body; undefined if it is too large */
async function read(request: IncomingMessage): Promise<string | undefined> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		bytes += chunk.length;
		if (bytes <= maxBodyBytes) chunks.push(chunk);
	}
	return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}

function notFound(method: string, path: string): WireError {
	return invalidRequest(404, `the lab has no ${method} ${path}`);
}

function refuse(response: ServerResponse, error: WireError, wire: WireFormat = chatWire): void {
	const { status, headers, body } = refusalBytes({ error }, wire);
	response.writeHead(status, headers).end(body);
}

function sendJson(response: ServerResponse, value: unknown): void {
	response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/** @param find returns undefined where there is nothing, and throws for no model */
function sendModels(response: ServerResponse, method: string, path: string, find: () => object | undefined): void {
	try {
		const models = find();
		if (models === undefined) refuse(response, notFound(method, path));
		else sendJson(response, models);
	} catch (error) {
		refuse(response, invalidRequest(404, (error as Error).message, "model_not_found"));
	}
}

/** Lists the newest `limit` entries, of one `model` if given; oldest first. */
function listEntries(ledger: Ledger, query: URLSearchParams): object {
	const model = query.get("model");
	const limit = Number(query.get("limit") ?? Number.POSITIVE_INFINITY) || 0;
	const entries = ledger.entries().filter((entry) => model === null || entry.model === model);
	return { object: "list", data: entries.slice(Math.max(0, entries.length - limit)) };
}
