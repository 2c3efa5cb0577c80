/** Joins chat and text completions, chunk by chunk. */
import type { Transcript } from "../../chat/transcript.js";
import { type CallIds, eventsOfChunk } from "../../dialects/openai/chunkEvents.js";
import { continueFrom, isStructured } from "../../dialects/openai/splice/continuation.js";
import { Splice } from "../../dialects/openai/splice/splice.js";
import type { RescueMode } from "../../settings/routes.js";
import { noBytes } from "../../streaming/piece.js";
import type { EventConsumer } from "../eventConsumer.js";
import type { Joining, NewAnswer } from "./joining.js";

type Json = Record<string, unknown>;

export class ChunkJoining implements Joining {
	departed: string | undefined;
	readonly #transcript: Transcript;
	readonly #json: Json;
	readonly #mode: Exclude<RescueMode, "off">;
	#splice: Splice | undefined;
	#out: Json[] = [];
	/** Ids of the calls that the spliced answer has named. */
	readonly #ids: CallIds = new Map();

	/** @param json the client's request */
	constructor(transcript: Transcript, json: Json, mode: Exclude<RescueMode, "off">) {
		this.#transcript = transcript;
		this.#json = json;
		this.#mode = mode;
	}

	continued(json: Json, prefill: Parameters<Joining["continued"]>[1]): ReturnType<Joining["continued"]> {
		// A text completion's prompt can be made longer whatever the upstream.
		const isText = typeof json.prompt === "string" && json.messages === undefined;
		if (prefill === undefined && !isText) return undefined;
		return continueFrom(json, this.#transcript, prefill ?? "assistant");
	}

	begin({ kind, trimmed }: NewAnswer): EventConsumer {
		const splice = new Splice(this.#transcript, {
			kind,
			trimmed,
			mode: this.#mode,
			isStructured: isStructured(this.#json),
		});
		this.#splice = splice;
		this.#out = [];
		this.departed = undefined;
		return {
			add: ({ json }) => {
				if (this.departed === undefined && json !== undefined) this.#apply(splice.take(json));
			},
		};
	}

	take(): Buffer {
		const chunks = this.#out;
		if (chunks.length === 0) return noBytes;
		this.#out = [];
		return Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(""));
	}

	end(): void {
		if (this.#splice) this.#apply(this.#splice.end());
	}

	#apply(step: ReturnType<Splice["take"]>): void {
		if ("departed" in step) {
			this.departed = step.departed;
			return;
		}
		for (const chunk of step.send) {
			this.#transcript.add({ events: eventsOfChunk(chunk, this.#ids) });
			this.#out.push(chunk);
		}
	}
}
