/** Whether an upstream is asked over WebSockets, and how. Where it takes none, it is asked over HTTP for a while. */
import type { GatewayError } from "../../errors/gatewayError.js";
import { type BodyBytes, wholeBytes } from "../../json/bodyBytes.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { LimitedHandler } from "../limitedHandler.js";
import { type LineTurn, nextFrame, wholeFrame } from "./lineTurn.js";
import { handshakeHeaders } from "./openSocket.js";
import type { UpstreamLine } from "./upstreamLine.js";

/** For so long an upstream that has refused a WebSocket is asked over HTTP; one that can't be reached is tried again sooner. */
const refusedMs = 10 * 60_000;
const failedMs = 15_000;

export interface LineQuestion {
	readonly turn: LineTurn;
	readonly path: string;
	/** Names and values in turn. */
	readonly headers: readonly string[];
	readonly body: BodyBytes;
	readonly handler: LimitedHandler;
	overHttp(): void;
}

export class LineWay {
	readonly #settings: UpstreamSettings;
	readonly #isServed: boolean;
	#closedUntilMs = 0;
	/** Those with a turn under way. */
	readonly #busy = new Set<UpstreamLine>();

	constructor(settings: UpstreamSettings, isServed: boolean) {
		this.#settings = settings;
		this.#isServed = isServed;
	}

	get isOpen(): boolean {
		return this.#isServed && performance.now() >= this.#closedUntilMs;
	}

	ask({ turn, path, headers, body, handler, overHttp }: LineQuestion): void {
		const line = turn.lines.find(this.#settings.name, turn.lane);
		if (line.isBusy) {
			// Such as by an attempt that is late.
			overHttp();
			return;
		}
		this.#busy.add(line);
		const whole = { bytes: wholeBytes(body) };
		line.ask(
			{ url: new URL(path, this.#settings.url).href, headers: withBeta(headers), settings: this.#settings },
			{
				whole: wholeFrame(whole),
				next: nextFrame(whole, turn, line.lastId),
				handler,
				fallBack: (loss) => {
					if (loss !== "lost") this.#closedUntilMs = performance.now() + (loss === "refused" ? refusedMs : failedMs);
					overHttp();
				},
				over: () => this.#busy.delete(line),
			},
		);
	}

	/** Ends what is under way. */
	close(reason: GatewayError): void {
		for (const line of this.#busy) line.abort(reason);
	}
}

function withBeta(list: readonly string[]): Record<string, string> {
	const headers = handshakeHeaders(list);
	const betas = headers["openai-beta"];
	headers["openai-beta"] = betas === undefined ? beta : `${betas},${beta}`;
	return headers;
}

const beta = "responses_websockets=2026-02-06";
