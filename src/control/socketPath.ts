/** Where a gateway's control socket is: known from the address that it listens on, in a folder of its user alone. */
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** A socket's path is cut off behind this many bytes: sockaddr_un has 108, on macOS 104, with a NUL at the end. */
const maxPathBytes = 103;

export interface ListenAddress {
	bindip: string;
	port: number;
}

/** Paths at which a gateway's socket may be, the preferred one first; on Windows, the one name of its pipe. */
export function socketPaths({ bindip, port }: ListenAddress, environment: NodeJS.ProcessEnv): string[] {
	const name = `${bindip.replaceAll(":", "_")}-${port}`;
	if (process.platform === "win32") return [`\\\\.\\pipe\\llmgw-${userInfo().username}-${name}`];
	const { XDG_RUNTIME_DIR: runtime } = environment;
	const shared = `llmgw-${process.getuid?.()}`;
	const folders = [...(runtime ? [join(runtime, "llmgw")] : []), join(tmpdir(), shared), join("/tmp", shared)];
	const paths = [...new Set(folders)].map((folder) => join(folder, `${name}.sock`));
	return paths.filter((path) => Buffer.byteLength(path) <= maxPathBytes);
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
