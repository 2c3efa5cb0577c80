/** Sessions over WebSockets, at the vendors' paths, on a mock host's server. */
import type { Server } from "node:http";
import { WebSocketServer } from "ws";
import { Calls } from "./calls.js";
import { geminiLive } from "./geminiLive.js";
import { openaiRealtime } from "./openaiRealtime.js";
import type { SessionPace, SessionServer } from "./sessionServer.js";

const maxPayload = 32 * 1024 * 1024;

/** @param calls those beside which sessions may be */
export function serveSessions(server: Server, pace: SessionPace, calls = new Calls(pace)): void {
	const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload });
	server.on("upgrade", (request, connection, head) => {
		const [path = "", search] = (request.url ?? "").split("?", 2);
		const serve = serverAt(path);
		const query = new URLSearchParams(search);
		const call = query.get("call_id");
		if (serve === undefined || (call !== null && !calls.has(call))) {
			connection.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
			return;
		}
		sockets.handleUpgrade(request, connection, head, (socket) => {
			socket.on("error", () => {});
			if (call === null) serve(socket, query, pace);
			else calls.attach(call, socket);
		});
	});
}

function serverAt(path: string): SessionServer | undefined {
	if (/\/realtime$/.test(path)) return openaiRealtime;
	return /\/ws\/google\.(ai\.generativelanguage\.\w+\.GenerativeService\.|cloud\.aiplatform\.\w+\.LlmBidiService\/)BidiGenerateContent$/.test(
		path,
	)
		? geminiLive
		: undefined;
}
