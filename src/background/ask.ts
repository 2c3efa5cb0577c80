/** The gateway's own request for a response in the background: it goes the way that its client's own request would go. */

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { eventsIn } from "../dialects/openaiResponses/sentStream.js";
import { boundedBody } from "../exchange/boundedBody.js";
import { type Accept, postWithin } from "../exchange/innerRequest.js";
import type { OwnTask } from "../exchange/ownTask.js";
import { parseObject } from "../json/parseObject.js";
import { EventFramer } from "../streaming/eventFraming.js";
import type { Task } from "./task.js";

type Json = Record<string, unknown>;

/** A refusal is short. */
const maxRefusalBytes = 1024 * 1024;

export interface Asked {
	/** Resolves when all has come, or nothing more can; undefined if not even a status has. */
	readonly over: Promise<Answered | undefined>;
	/** Breaks the connection. */
	leave(): void;
}

export interface Answered {
	readonly status: number;
	/** The last event of a stream, or the body if it is short and JSON. */
	readonly last: Json | undefined;
}

/** @param credentials in headers, as the client has sent them */
export function askFor(accept: Accept, task: Task, own: OwnTask, credentials: IncomingHttpHeaders): Asked {
	const { target: path, requestId, body } = task;
	const asking = postWithin(accept, {
		...{ path, requestId, body, headers: { ...task.headers, ...credentials } },
		from: { remoteAddress: task.address, localAddress: "127.0.0.1" },
		marks: { ownTask: own },
	});
	const over = new Promise<Answered | undefined>((resolve) => {
		asking.on("error", () => resolve(undefined));
		let hasAnswer = false;
		asking.on("response", (response) => {
			hasAnswer = true;
			void read(response).then(resolve);
		});
		asking.on("close", () => {
			if (!hasAnswer) resolve(undefined);
		});
	});
	return { over, leave: () => void asking.destroy() };
}

async function read(response: IncomingMessage): Promise<Answered> {
	const status = response.statusCode ?? 0;
	const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
	const last = isStream ? await lastEvent(response) : await json(response);
	return { status, last };
}

/** Of a broken stream the last event that is whole. */
async function lastEvent(response: IncomingMessage): Promise<Json | undefined> {
	const framer = new EventFramer();
	let latest: Buffer | undefined;
	const take = (events: Buffer) => {
		if (events.includes("sequence_number")) latest = events;
	};
	try {
		for await (const chunk of response as AsyncIterable<Buffer>) take(framer.push(chunk));
		take(framer.end());
	} catch {
		// Its connection has broken.
	}
	return latest === undefined ? undefined : [...eventsIn(latest)].at(-1);
}

async function json(response: IncomingMessage): Promise<Json | undefined> {
	// Undefined as well if its connection has broken.
	const body = await boundedBody(response, maxRefusalBytes).catch(() => undefined);
	return body && parseObject(body.toString());
}
