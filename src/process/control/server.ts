/** The control socket of a running gateway: answers commands of the same user. */
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { messageOf } from "../../errors/problem.js";
import {
	type ControlCommand,
	type ControlReply,
	type ControlRequest,
	type ControlResults,
	heartbeatMs,
	maxRequestBytes,
	protocolVersion,
	silenceMs,
} from "./protocol.js";
import { type ListenAddress, makePrivateFolder, socketPaths } from "./socketPath.js";

/** More at a time are not needed. */
const maxConnections = 16;

/** What the gateway does for each command. */
export type ControlActions = {
	[command in ControlCommand]: () => Promise<ControlResults[command]> | ControlResults[command];
};

export interface ControlServer {
	/** Removes its socket. */
	close(): void;
}

/** @throws Error with the reason if there can be no socket */
export async function openControl(
	address: ListenAddress,
	actions: ControlActions,
	environment: NodeJS.ProcessEnv = process.env,
): Promise<ControlServer> {
	let problem = "no folder has a path short enough for a socket";
	for (const path of socketPaths(address, environment)) {
		try {
			const server = await listenAt(path, (socket) => converse(socket, actions));
			return { close: () => void server.close() };
		} catch (error) {
			problem = messageOf(error);
		}
	}
	throw new Error(problem);
}

async function listenAt(path: string, talk: (socket: Socket) => void): Promise<Server> {
	const isFile = process.platform !== "win32";
	if (isFile) {
		makePrivateFolder(dirname(path));
		// A gateway that was killed leaves its socket there.
		if (!(await isAnswered(path))) rmSync(path, { force: true });
	}
	const server = createServer(talk);
	server.maxConnections = maxConnections;
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(path, () => resolve());
	});
	server.on("error", () => {});
	if (isFile) chmodSync(path, 0o600);
	// The socket alone does not keep the process running.
	return server.unref();
}

function isAnswered(path: string): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(path);
		const end = (isThere: boolean) => {
			socket.destroy();
			resolve(isThere);
		};
		socket.once("connect", () => end(true)).once("error", () => end(false));
	});
}

/** Reads one line and answers it. A client that sends none in time is disconnected, and one that sends too long a line gets an error. */
function converse(socket: Socket, actions: ControlActions): void {
	let text = "";
	socket.setTimeout(silenceMs, () => socket.destroy());
	socket.on("error", () => socket.destroy());
	socket.setEncoding("utf8").on("data", function read(piece: string) {
		text += piece;
		const end = text.indexOf("\n");
		if (end < 0 && text.length <= maxRequestBytes) return;
		socket.off("data", read).resume();
		if (end < 0) reply(socket, { error: "the request is too long" }, true);
		else void answer(socket, text.slice(0, end), actions);
	});
}

async function answer(socket: Socket, line: string, actions: ControlActions): Promise<void> {
	const heartbeat = setInterval(() => reply(socket, {}), heartbeatMs);
	socket.once("close", () => clearInterval(heartbeat));
	try {
		const result = await actions[commandOf(line, actions)]();
		reply(socket, { result }, true);
	} catch (error) {
		reply(socket, { error: messageOf(error) }, true);
	}
	clearInterval(heartbeat);
}

/** @throws Error with a message for the client */
function commandOf(line: string, actions: ControlActions): ControlCommand {
	let request: Partial<ControlRequest> | null;
	try {
		request = JSON.parse(line) as Partial<ControlRequest> | null;
	} catch {
		throw new Error("the request is no JSON");
	}
	if (request?.llmw !== protocolVersion)
		throw new Error(`this gateway speaks version ${protocolVersion} of the protocol; use the llmw it was started with`);
	const { command = "" } = request;
	if (!Object.hasOwn(actions, command)) throw new Error(`there is no command ${JSON.stringify(command)}`);
	return command as ControlCommand;
}

function reply(socket: Socket, message: Omit<ControlReply, "llmw">, isLast = false): void {
	if (!socket.writable) return;
	const line = `${JSON.stringify({ llmw: protocolVersion, ...message } satisfies ControlReply)}\n`;
	if (isLast) socket.end(line);
	else socket.write(line);
}
