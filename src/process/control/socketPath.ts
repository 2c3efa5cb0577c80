/** Where a gateway's control socket is: known from the address that it listens on, in a folder of its user alone. */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** A socket's path is cut off after this many bytes: sockaddr_un has 108, on macOS 104, with a NUL at the end. */
const maxPathBytes = 103;

export interface ListenAddress {
	bindip: string;
	port: number;
}

const socketName = /^(.+)-(\d{1,5})\.sock$/;

/** Paths at which a gateway's socket may be, the preferred one first; on Windows, the one name of its pipe. */
export function socketPaths({ bindip, port }: ListenAddress, environment: NodeJS.ProcessEnv): string[] {
	const name = `${bindip.replaceAll(":", "_")}-${port}`;
	if (process.platform === "win32") return [`\\\\.\\pipe\\llmgw-${userInfo().username}-${name}`];
	const paths = socketFolders(environment).map((folder) => join(folder, `${name}.sock`));
	return paths.filter((path) => Buffer.byteLength(path) <= maxPathBytes);
}

/** Sockets that exist, with the addresses that their names stand for. Whether a gateway listens on them is not checked. */
export function socketsThere(environment: NodeJS.ProcessEnv): { path: string; address: ListenAddress }[] {
	if (process.platform === "win32") return [];
	const isShort = (folder: string) => Buffer.byteLength(join(folder, "255.255.255.255-65535.sock")) <= maxPathBytes;
	// The last one is for systems on which the others can't be used.
	const [last, ...preferred] = socketFolders(environment).reverse() as [string, ...string[]];
	const folders = preferred.some(isShort) ? preferred : [last];
	return folders.flatMap((folder) =>
		namesIn(folder).flatMap((name) => {
			const [, bindip, port] = socketName.exec(name) ?? [];
			if (bindip === undefined) return [];
			return [{ path: join(folder, name), address: { bindip: bindip.replaceAll("_", ":"), port: Number(port) } }];
		}),
	);
}

function socketFolders({ XDG_RUNTIME_DIR: runtime }: NodeJS.ProcessEnv): string[] {
	const shared = `llmgw-${process.getuid?.()}`;
	return [...new Set([...(runtime ? [join(runtime, "llmgw")] : []), join(tmpdir(), shared), join("/tmp", shared)])];
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

/** Makes a folder that only this user can enter. @throws Error when there is one already that others could have made */
export function makePrivateFolder(folder: string): void {
	try {
		mkdirSync(folder, { mode: 0o700 });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
	const problem = folderProblem(folder);
	if (problem) throw new Error(`${folder} ${problem}`);
	// One of ours may have been made with another mode.
	chmodSync(folder, 0o700);
}

/** Why a socket in this folder is not to be trusted. */
export function folderProblem(folder: string): string | undefined {
	// Not where a link may lead.
	const stats = lstatSync(folder);
	if (!stats.isDirectory()) return "is no folder";
	return stats.uid === process.getuid?.() ? undefined : "belongs to another user";
}
