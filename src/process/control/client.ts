/** Asks a running gateway of this machine and user, found by the address that it listens on. */
import { connect } from "node:net";
import { dirname } from "node:path";
import { Problems } from "../../errors/problem.js";
import {
	type ControlCommand,
	type ControlReply,
	type ControlRequest,
	type ControlResults,
	maxReplyBytes,
	protocolVersion,
	silenceMs,
} from "./protocol.js";
import { folderProblem, type ListenAddress, socketPaths, socketsThere } from "./socketPath.js";

/** @throws Problems when there is no gateway, or it can't answer */
export async function askGateway<Command extends ControlCommand>(
	address: ListenAddress,
	command: Command,
	environment: NodeJS.ProcessEnv = process.env,
): Promise<ControlResults[Command]> {
	const where = `${address.bindip.includes(":") ? `[${address.bindip}]` : address.bindip}:${address.port}`;
	// A gateway that listens on all addresses listens on this one.
	const bindips = new Set([address.bindip, "0.0.0.0", "::"]);
	const paths = [...bindips].flatMap((bindip) => socketPaths({ ...address, bindip }, environment));
	for (const path of paths) {
		const lines = await exchange(path, { llmw: protocolVersion, command }).catch((error: Error) => {
			throw new Problems([{ where, message: error.message }]);
		});
		if (!lines) continue;
		const { result, error } = lines;
		if (result === undefined) throw new Problems([{ where, message: error ?? "the gateway gave no answer" }]);
		return result as ControlResults[Command];
	}
	const hint = "say --bindip and --bindport as it was started with, and run this as the same user";
	throw new Problems([{ where, message: `no gateway of this user runs there; ${hint}` }]);
}

/** Gateways of this user that take connections on their control sockets now. */
export async function runningGateways(environment: NodeJS.ProcessEnv = process.env): Promise<ListenAddress[]> {
	const found = await Promise.all(
		socketsThere(environment).map(async ({ path, address }) => ((await isAnswered(path)) ? [address] : [])),
	);
	return found.flat();
}

function isAnswered(path: string): Promise<boolean> {
	if (!isTrusted(path)) return Promise.resolve(false);
	return new Promise((resolve) => {
		const socket = connect(path);
		const end = (isThere: boolean) => {
			socket.destroy();
			resolve(isThere);
		};
		socket.setTimeout(silenceMs, () => end(false));
		socket.once("connect", () => end(true)).once("error", () => end(false));
	});
}

/** @returns the last line of the answer; undefined if no gateway listens */
function exchange(path: string, request: ControlRequest): Promise<ControlReply | undefined> {
	if (!isTrusted(path)) return Promise.resolve(undefined);
	return new Promise((resolve, reject) => {
		let text = "";
		let isConnected = false;
		const socket = connect(path, () => {
			isConnected = true;
			socket.write(`${JSON.stringify(request)}\n`);
		});
		const fail = (message: string) => {
			socket.destroy();
			reject(new Error(message));
		};
		socket.setTimeout(silenceMs, () => fail("the gateway does not answer"));
		socket.setEncoding("utf8").on("data", (piece: string) => {
			text += piece;
			if (text.length > maxReplyBytes) fail("the gateway's answer is too long");
		});
		socket.once("error", (error) =>
			isConnected ? fail(`the gateway hung up (${error.message})`) : resolve(undefined),
		);
		socket.once("end", () => {
			const last = text.trimEnd().split("\n").at(-1) ?? "";
			try {
				resolve(JSON.parse(last) as ControlReply);
			} catch {
				fail("the gateway ended before it answered");
			}
		});
	});
}

/** Whether this user, and nobody else, could have made the socket. */
function isTrusted(path: string): boolean {
	if (process.platform === "win32") return true;
	try {
		return folderProblem(dirname(path)) === undefined;
	} catch {
		return false;
	}
}
