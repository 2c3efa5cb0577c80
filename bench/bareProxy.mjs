/**
 * The yardstick: a reverse proxy on node:http and undici as a competent person would write it, with
 * nothing a gateway adds. No AbortController and no stream.pipeline on purpose: the two more than
 * double its CPU per request (125 µs instead of 50 µs), and a slow yardstick would flatter the gateway.
 * Usage: node bench/bareProxy.mjs PORT UPSTREAM
 */
import { createServer } from "node:http";
import { Pool } from "undici";

const [port, upstream = ""] = process.argv.slice(2);
const pool = new Pool(upstream);

createServer(async (request, response) => {
	const { url: path = "/", method = "GET" } = request;
	const { connection, "keep-alive": keepAlive, "transfer-encoding": coding, ...headers } = request.headers;
	const body = method === "GET" ? null : request;
	try {
		const options = /** @type {import("undici").Dispatcher.RequestOptions} */ ({ path, method, headers, body });
		const answer = await pool.request(options);
		const { connection, "keep-alive": keepAlive, "transfer-encoding": coding, ...rest } = answer.headers;
		answer.body.on("error", () => response.destroy());
		if (response.destroyed) return void answer.body.destroy(); // the client left meanwhile
		response.once("close", () => answer.body.destroy());
		response.writeHead(answer.statusCode, rest);
		answer.body.pipe(response);
	} catch (error) {
		response.writeHead(502).end(String(error));
	}
}).listen(Number(port), "127.0.0.1", 4096);
process.once("SIGTERM", () => process.exit());
