/** Where this platform keeps what a program stores for its user. */
import { homedir } from "node:os";
import { posix, win32 } from "node:path";

/**
 * The folder that `llmw` keeps its data in by default: `$XDG_DATA_HOME/llmgw` or
 * `~/.local/share/llmgw` (XDG Base Directory), `~/Library/Application Support/llmgw` on macOS and
 * `%LOCALAPPDATA%\llmgw` on Windows. Undefined if the user has no home.
 */
export function userDataFolder(
	environment: NodeJS.ProcessEnv,
	platform: NodeJS.Platform = process.platform,
	home: () => string = homedir,
): string | undefined {
	if (platform === "win32") {
		const local = environment.LOCALAPPDATA;
		const folder = local || inHome(home, (path) => win32.join(path, "AppData", "Local"));
		return folder && win32.join(folder, "llmgw");
	}
	if (platform === "darwin") return inHome(home, (path) => posix.join(path, "Library", "Application Support", "llmgw"));
	// A relative one is to be ignored, says the specification.
	const { XDG_DATA_HOME: data } = environment;
	if (data?.startsWith("/")) return posix.join(data, "llmgw");
	return inHome(home, (path) => posix.join(path, ".local", "share", "llmgw"));
}

/** A user without an entry in the system's list has no home, and asking for it throws. */
function inHome(home: () => string, folder: (home: string) => string): string | undefined {
	try {
		return folder(home());
	} catch {
		return undefined;
	}
}
