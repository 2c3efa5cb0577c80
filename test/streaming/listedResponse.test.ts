/** Responses that keep their headers in a list: whoever uses one finds Node's own behaviour. */
import { createServer, request, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { headerBlock, ListedResponse, setBlock } from "../../src/streaming/listedResponse.js";

interface Answer {
	status: number | undefined;
	reason: string | undefined;
	headers: string[];
	/** What the steps have returned. */
	seen: unknown;
}

/** One step may fail; its error's code is then what was seen. */
type Steps = (response: ServerResponse) => unknown;

const block = headerBlock([
	["X-Frame-Options", "SAMEORIGIN"],
	["Referrer-Policy", "no-referrer"],
]);

const cases: Record<string, Steps> = {
	"headers in any case, of which the last counts": (response) => {
		response.setHeader("X-One", "1").setHeader("x-two", 2).setHeader("x-ONE", ["a", "b"]);
		return [response.getHeader("X-TWO"), response.getHeader("x-one"), response.getHeader("x-three")];
	},
	"several cookies": (response) => void response.setHeader("Set-Cookie", ["a=1", "b=2"]),
	"what is appended": (response) => {
		response.appendHeader("X-List", "a").appendHeader("x-list", ["b", "c"]);
		return response.getHeader("x-list");
	},
	"what is removed": (response) => {
		response.setHeader("x-one", "1").setHeader("x-two", "2").setHeader("x-three", "3");
		response.removeHeader("X-Two");
		response.removeHeader("x-none");
		response.removeHeader("date");
		return [response.hasHeader("x-two"), response.hasHeader("X-Three")];
	},
	"a connection that is removed": (response) => response.removeHeader("connection"),
	"all headers at once": (response) => {
		response.setHeader("X-One", "1").setHeaders(new Map([["x-two", "2"]]));
		return [{ ...response.getHeaders() }, response.getHeaderNames()];
	},
	"a block of them": (response) => {
		response.setHeader("x-one", "1");
		setBlock(response, block);
		response.setHeader("x-frame-options", "DENY");
		response.removeHeader("referrer-policy");
	},
	"headers given with the head": (response) => {
		response.setHeader("X-One", "1").setHeader("x-two", "2");
		response.writeHead(201, { "x-one": "11", "X-Three": 3 });
	},
	"a list of headers given with the head": (response) => {
		response.setHeader("X-One", "1");
		response.writeHead(201, "Made", ["x-one", "11", "x-two", "2"]);
	},
	"no headers at all": (response) => void response.writeHead(204),
	"a length": (response) => void response.setHeader("content-length", 2),
	"what is known once the head is out": (response) => {
		response.setHeader("x-one", "1");
		response.flushHeaders();
		return [response.getHeader("x-one"), { ...response.getHeaders() }, response.headersSent];
	},
	"a value that breaks a line, which is not kept": (response) =>
		failure(() => response.setHeader("x-one", "1\r\nx-two: 2")),
	"a name that is none, which is not kept": (response) => failure(() => response.setHeader("x one", "1")),
	"a bad value given with the head, which can be given again": (response) => [
		failure(() => response.writeHead(200, { "x-one": "\n" })),
		failure(() => response.writeHead(200, { "x-two": "2" })),
	],
	"a header that comes too late": (response) => {
		response.flushHeaders();
		return [
			failure(() => response.setHeader("x-one", "1")),
			failure(() => response.appendHeader("x-one", "1")),
			failure(() => response.removeHeader("x-one")),
			failure(() => response.writeHead(200)),
		];
	},
};

describe("a response that lists its headers", () => {
	for (const [name, steps] of Object.entries(cases))
		it(`writes as Node does: ${name}`, async () => {
			const expected = await answerOf(ServerResponse, steps);
			expect(await answerOf(ListedResponse, steps)).toEqual(expected);
		});
});

it("makes no block of headers that may not be sent", () => {
	expect(() => headerBlock([["x-one", "\r\n"]])).toThrow(/Invalid character/);
});

function failure(step: () => unknown): unknown {
	try {
		step();
		return "no error";
	} catch (error) {
		return (error as NodeJS.ErrnoException).code;
	}
}

async function answerOf(type: typeof ServerResponse, steps: Steps): Promise<Answer> {
	let seen: unknown;
	const server = createServer({ ServerResponse: type }, (_request, response) => {
		seen = steps(response);
		response.end(response.statusCode === 204 ? undefined : "ok");
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		const { port } = server.address() as AddressInfo;
		return await new Promise<Answer>((resolve, reject) => {
			const asked = request({ port, host: "127.0.0.1", agent: false }, (answer) => {
				const { statusCode: status, statusMessage: reason, rawHeaders } = answer;
				const headers = rawHeaders.map((part, at) => (rawHeaders[at - 1] === "Date" ? "now" : part));
				answer.resume().on("end", () => resolve({ status, reason, headers, seen }));
			});
			asked.on("error", reject).end();
		});
	} finally {
		server.closeAllConnections();
		server.close();
	}
}
