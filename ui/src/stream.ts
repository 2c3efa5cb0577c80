/** Reads server-sent events as they arrive, for the playground. */

/** Yields the data of each event. @throws if the connection breaks off */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
	const reader = body.getReader();
	const decoder = new TextDecoder();
	let text = "";
	try {
		for (;;) {
			const { done, value } = await reader.read();
			text += done ? decoder.decode() : decoder.decode(value, { stream: true });
			const events = text.split(/\r?\n\r?\n/);
			text = done ? "" : (events.pop() ?? "");
			for (const event of events) {
				const data = dataOf(event);
				if (data !== "") yield data;
			}
			if (done) return;
		}
	} finally {
		void reader.cancel().catch(() => {});
	}
}

function dataOf(event: string): string {
	const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
	return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}
