/** A WebSocket to an upstream, on which it is asked for one response after the other, as if each were a request over HTTP. */
import type { WebSocket } from "ws";
import { endsResponse, eventType, responseIdIn } from "../../dialects/openaiResponses/eventType.js";
import type { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { LineAnswer, type LineRequest, type Loss } from "./lineAnswer.js";
import { openSocket, type SocketOptions } from "./openSocket.js";

export class UpstreamLine {
	#socket: WebSocket | undefined;
	#turn: LineAnswer | undefined;
	/** The last response that it has given whole. */
	lastId: string | undefined;

	get isBusy(): boolean {
		return this.#turn !== undefined;
	}

	ask(options: SocketOptions, request: LineRequest): void {
		const socket = this.#socket ?? this.#open(options);
		const turn = new LineAnswer(request, {
			send: (frame) => socket.send(frame, { binary: false }),
			pause: () => socket.pause(),
			resume: () => socket.resume(),
			cut: () => this.#drop(socket),
		});
		this.#turn = turn;
		turn.begin();
		if (socket.readyState === socket.OPEN) turn.send();
		else socket.once("open", () => turn.send());
	}

	/** Ends the turn that is under way. */
	abort(reason: GatewayError): void {
		this.#turn?.abort(reason);
	}

	/** The client has gone. */
	close(): void {
		if (this.#socket !== undefined) this.#drop(this.#socket);
	}

	#open(options: SocketOptions): WebSocket {
		const socket = openSocket(options);
		this.#socket = socket;
		this.lastId = undefined;
		socket.on("message", (data: Buffer) => this.#take(socket, data));
		socket.on("unexpected-response", (_request, response) => {
			response.destroy();
			this.#gone(socket, "refused");
		});
		let hasOpened = false;
		socket.on("open", () => {
			hasOpened = true;
		});
		socket.on("error", () => this.#gone(socket, hasOpened ? "lost" : "failed"));
		socket.on("close", () => this.#gone(socket, hasOpened ? "lost" : "failed"));
		return socket;
	}

	#take(socket: WebSocket, data: Buffer): void {
		const turn = this.#turn;
		if (socket !== this.#socket || turn === undefined) return;
		const type = eventType(data);
		if (type === "error" && !turn.hasBegun && this.#asksAgain(socket, turn, data)) return;
		const isLast = endsResponse(type);
		if (isLast) {
			this.#turn = undefined;
			this.lastId = type === "response.failed" || type === "error" ? undefined : responseIdIn(data);
		}
		turn.take(data, type, isLast);
	}

	/** @returns whether the turn is asked for in another way, since it is the connection that the upstream finds fault with */
	#asksAgain(socket: WebSocket, turn: LineAnswer, data: Buffer): boolean {
		const error = parseObject(data.toString())?.error;
		const code = isObject(error) ? error.code : undefined;
		if (code === "previous_response_not_found" && !turn.isWhole) {
			turn.sendWhole();
			return true;
		}
		if (code !== "websocket_connection_limit_reached") return false;
		this.#gone(socket, "lost");
		return true;
	}

	#drop(socket: WebSocket): void {
		if (this.#socket === socket) {
			this.#socket = undefined;
			this.#turn = undefined;
		}
		socket.terminate();
	}

	#gone(socket: WebSocket, loss: Loss): void {
		if (this.#socket !== socket) return;
		const turn = this.#turn;
		this.#drop(socket);
		turn?.gone(loss);
	}
}
