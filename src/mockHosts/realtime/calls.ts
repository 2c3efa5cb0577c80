/** Calls of a mock host: it takes every offer, and hears nothing; what is said to it beside a call it answers there. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { WebSocket } from "ws";
import { parseObject } from "../../json/parseObject.js";
import { openaiBody } from "../wires/openaiErrors.js";
import { parseForm } from "../wires/parseForm.js";
import { openaiRealtime } from "./openaiRealtime.js";
import type { SessionPace, SessionSide } from "./sessionServer.js";

/** It promises no sound. */
const answer = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=llmw mock host", "t=0 0", ""].join("\r\n");
const goingAway = 1000;

/** A call as its session sees it: all WebSockets beside it are one. */
class Call implements SessionSide {
	readonly OPEN = 1;
	readyState = 1;
	readonly #sockets = new Set<WebSocket>();
	#hear: (data: Buffer) => void = () => {};
	/** The first event, for those who come later. */
	#created: string | undefined;

	on(_event: "message", listener: (data: Buffer) => void): void {
		this.#hear = listener;
	}

	send(data: string): void {
		this.#created ??= data;
		for (const socket of this.#sockets) socket.send(data);
	}

	attach(socket: WebSocket): void {
		this.#sockets.add(socket);
		socket.on("message", (data: Buffer) => this.#hear(data));
		socket.on("close", () => this.#sockets.delete(socket));
		if (this.#created !== undefined) socket.send(this.#created);
	}

	close(code = goingAway): void {
		this.readyState = 3;
		for (const socket of this.#sockets) socket.close(code);
	}
}

export class Calls {
	readonly #calls = new Map<string, Call>();
	readonly #pace: SessionPace;

	constructor(pace: SessionPace) {
		this.#pace = pace;
	}

	/** @returns whether the path is one of calls; it is answered then */
	async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
		const [path = ""] = (request.url ?? "").split("?", 1);
		const [isCall, id, word] = /\/realtime\/calls(?:\/([^/]+)\/(accept|reject|refer|hangup))?$/.exec(path) ?? [];
		if (request.method !== "POST" || isCall === undefined) return false;
		let text = "";
		for await (const chunk of request.setEncoding("utf8")) text += chunk;
		if (id === undefined || word === undefined) this.#create(request, response, text);
		else this.#change(response, { id, word, text });
		return true;
	}

	/** Adds a WebSocket beside a call. */
	attach(id: string, socket: WebSocket): void {
		this.#calls.get(id)?.attach(socket);
	}

	has(id: string): boolean {
		return this.#calls.has(id);
	}

	#create({ headers }: IncomingMessage, response: ServerResponse, text: string): void {
		const isForm = headers["content-type"]?.startsWith("multipart/") === true;
		const { sdp, session } = isForm ? parseForm(text) : { sdp: text, session: "{}" };
		const { model } = parseObject(String(session)) ?? {};
		if (typeof sdp !== "string" || !sdp.startsWith("v=")) refuse(response, 400, "The offer is no SDP.");
		else if (model === "missing") refuse(response, 404, "The model does not exist.");
		else {
			const id = `rtc_${randomBytes(12).toString("hex")}`;
			this.#begin(id, model);
			response.writeHead(201, { "content-type": "application/sdp", location: `/v1/realtime/calls/${id}` }).end(answer);
		}
	}

	/** Calls by telephone are there as soon as they are asked for. */
	#change(response: ServerResponse, { id, word, text }: { id: string; word: string; text: string }): void {
		const call = this.#calls.get(id);
		if (word === "accept") this.#begin(id, parseObject(text)?.model);
		if (word === "hangup") {
			this.#calls.delete(id);
			call?.close();
		}
		if (call === undefined && (word === "refer" || word === "hangup")) refuse(response, 404, "There is no such call.");
		else response.writeHead(200).end();
	}

	#begin(id: string, model: unknown): void {
		const call = new Call();
		this.#calls.set(id, call);
		openaiRealtime(call, new URLSearchParams(typeof model === "string" ? { model } : {}), this.#pace);
	}
}

function refuse(response: ServerResponse, status: number, message: string): void {
	response.writeHead(status, { "content-type": "application/json" });
	response.end(JSON.stringify(openaiBody({ kind: status === 404 ? "not-found" : "invalid", status, message })));
}
