/** A server that passes requests on, and answers with other header fields. */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export async function startAnswering(
	to: string,
	fields: Record<string, string>,
): Promise<{ url: string; end: () => void }> {
	const server = createServer((incoming, outgoing) => {
		outgoing.sendDate = false;
		const { host: _host, ...headers } = incoming.headers;
		const passed = request(`${to}${incoming.url}`, { method: incoming.method, headers, agent: false }, (answer) => {
			outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...fields });
			answer.pipe(outgoing);
		});
		incoming.pipe(passed);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		end() {
			server.close();
			server.closeAllConnections();
		},
	};
}
