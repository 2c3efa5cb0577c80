/** `llmw serve`: runs the gateway until it is told to stop. */
import { resolve } from "node:path";
import { inspect } from "node:util";
import createDebug from "debug";
import { Primary } from "../../cluster.js";
import { namesOfOverlays } from "../../contract/namesOfOverlays.js";
import type { LocatedOverlay } from "../../contract/overlay.js";
import { withOverlays } from "../../contract/withOverlays.js";
import { collect, describeProblem, messageOf, type Problem, Problems } from "../../errors/problem.js";
import { createLog, type Log } from "../../logging/log.js";
import { openOutput } from "../../logging/output.js";
import { terminalBlock } from "../../logging/terminalText.js";
import { settingsWithoutSecrets } from "../../process/control/legibleSettings.js";
import type { ControlResults } from "../../process/control/protocol.js";
import { type ControlServer, openControl } from "../../process/control/server.js";
import { type StoreWriter, startStoreWriter } from "../../process/storeWriterProcess.js";
import { diffSettings } from "../../settings/diffSettings.js";
import { isOutOfFiles, outOfFilesComplaint } from "../../settings/processLimits.js";
import type { Settings } from "../../settings/settings.js";
import { prepareStore } from "../../store/open.js";
import { StoreError } from "../../store/store.js";
import { version } from "../../version.js";
import { openConsole } from "../console.js";
import { closedLine, isKeyless, openingLines, openToOthers, sayAdminMade } from "./opening.js";

const debug = createDebug("llmgw:cli");

/** How long the end waits for a reader to take the last lines. */
const flushMs = 200;

/**
 * Starts workers, console and signal handling; returns when the gateway accepts requests.
 *
 * @param throwAway of a demo: removes what was stored, at the end, when nothing writes to it any more
 * @throws Problems
 */
export async function serve(readSettings: () => Promise<Settings>, throwAway?: () => void): Promise<Primary> {
	const settings = await readSettings();
	const stdout = openOutput(process.stdout);
	const stderr = openOutput(process.stderr);
	const log = createLog(stdout, stderr);
	log.follow(settings);
	const { complain } = log;
	const keep = keeping(complain);
	let control: ControlServer | undefined;
	let isEnding = false;
	const exit = async (code: number) => {
		// The first reason to end is the one that counts.
		if (isEnding) return;
		isEnding = true;
		control?.close();
		if (throwAway) await keep.kill().then(throwAway);
		await Promise.all([stdout, stderr].map((output) => output.flush(flushMs)));
		process.exit(code);
	};
	const primary = new Primary(async () => checked(await readSettings(), complain), {
		print: log.print,
		// The demo's host takes any name.
		...(throwAway === undefined ? { defaultModel: log.print } : {}),
		log: log.line,
		complain,
		adopt(adopted) {
			log.follow(adopted);
			keep.follow(adopted);
		},
		// On stderr, since stdout is more often kept; it is in no later line.
		adminMade: (secret) => complain(sayAdminMade(secret, settings)),
		// From here on another gateway may take the address, and the socket with it.
		draining() {
			control?.close();
			control = undefined;
		},
		exit: (code) => void exit(code),
	});
	const stop = () => primary.stop();
	process.on("SIGTERM", stop);
	process.on("SIGINT", stop);
	process.on("SIGHUP", () => void primary.reload());
	const outOfFiles = outOfFilesComplaint(complain);
	process.on("uncaughtException", (error) => {
		if (isOutOfFiles(error)) return outOfFiles(error);
		complain(`the primary crashed: ${inspect(error)}`);
		void exit(70);
	});
	await primary.start(await checked(settings, complain));
	// Stopped while it started: what is left of it ends with the process.
	if (primary.isStopping) return new Promise(() => {});
	control = await openControlOf(primary, { settings, readSettings }, complain);
	log.print(banner(settings, primary.port));
	sayWhatIsOpen(primary, settings, log);
	for (const line of describeProxies(settings.routing)) log.print(line);
	const typed = openConsole({ status: () => primary.status(), stop });
	if (typed) console.log("Type help for commands, exit to stop.");
	return primary;
}

function sayWhatIsOpen(primary: Primary, settings: Settings, log: Log): void {
	if (primary.closedBy !== undefined) log.complain(closedLine(primary.closedBy));
	if (!isKeyless(settings, primary.hasKeys)) return;
	const warning = openToOthers(settings, primary.port);
	if (warning !== undefined) log.complain(warning);
	// Who has a credential needs no link, and a log of JSON lines is read by others.
	const showsLink = settings.ui && settings.logFormat === "text" && settings.adminKey === undefined;
	for (const line of openingLines(settings, showsLink ? linkOf(primary, settings) : undefined)) log.print(line);
}

/** Who has set a credential has said who administers. @throws Error */
function requireNoAdminKey({ adminKey }: Settings): void {
	if (adminKey !== undefined)
		throw new Error("this gateway was started with LLMW_ADMIN_KEY, and that credential alone counts");
}

/** Behind `#`, so that no server or proxy is told of it. @throws Error where there is no dashboard */
function linkOf(primary: Primary, settings: Settings): string {
	if (!(primary.settings ?? settings).ui)
		throw new Error("this gateway shows no dashboard: it was started with --no-ui");
	return `${addressOf(settings, primary.port)}/ui#/link/${primary.issuePass("link")}`;
}

/** A gateway does its work without its socket too. */
async function openControlOf(
	primary: Primary,
	{ settings, readSettings }: { settings: Settings; readSettings: () => Promise<Settings> },
	complain: (line: string) => void,
): Promise<ControlServer | undefined> {
	try {
		return await openControl(
			{ bindip: settings.bindip, port: primary.port },
			{
				reload: () => primary.reload(),
				status: () => primary.status(),
				settings: () => settingsWithoutSecrets(primary.settings ?? settings),
				changes: () => changesOf(primary.settings ?? settings, readSettings),
				pass: () => {
					requireNoAdminKey(primary.settings ?? settings);
					return { credential: primary.issuePass("command") };
				},
				link: () => {
					requireNoAdminKey(primary.settings ?? settings);
					return { url: linkOf(primary, settings) };
				},
			},
		);
	} catch (error) {
		complain(`no control socket, so llmw status and llmw reload won't find this gateway: ${messageOf(error)}`);
		return undefined;
	}
}

/** What a reload would change. */
async function changesOf(
	settings: Settings,
	readSettings: () => Promise<Settings>,
): Promise<ControlResults["changes"]> {
	const configFile = settings.configFile === undefined ? undefined : resolve(settings.configFile);
	try {
		return { configFile, changes: diffSettings(settings, await withOverlays(await readSettings())) };
	} catch (error) {
		if (!(error instanceof Problems)) throw error;
		return { configFile, problems: error.problems };
	}
}

/** What can be found wrong without compiling anything: overlays that can't be read or don't fit, plugins that aren't there. */
async function checked(settings: Settings, complain: (line: string) => void): Promise<Settings> {
	await checkStore(settings, complain);
	if (namesOfOverlays(settings).length === 0 && settings.plugins.length === 0) return settings;
	const { documentInForce } = await import("../../contract/document.js");
	const { readOverlays } = await import("../../contract/overlaysInForce.js");
	const { locatePlugin } = await import("../../gateway/loadPlugins.js");
	const problems: Problem[] = [];
	for (const plugin of settings.plugins) await collect(problems, () => locatePlugin(plugin));
	let overlays: LocatedOverlay[] = [];
	await collect(problems, () => {
		overlays = readOverlays(settings);
	});
	if (problems.length > 0) throw new Problems(problems);
	// A plugin's own overlay may add what an overlay file changes; then only a worker, which loads plugins, can judge.
	if (settings.plugins.length === 0) documentInForce(overlays);
	// Read once: a worker that is restarted later runs by the same contract as the others.
	return { ...settings, overlayDocuments: overlays };
}

/** A store that can't be used now may be so later, and isn't needed to forward requests; one of a newer program may not be touched. */
async function checkStore(settings: Settings, complain: (line: string) => void): Promise<void> {
	try {
		await prepareStore(settings);
	} catch (error) {
		if (!(error instanceof StoreError)) throw error;
		const where = settings.storeUrl === undefined ? "--data" : "--store";
		if (error.problem === "newer") throw new Problems([{ where, message: error.message }]);
		complain(`${where}: ${error.message}; requests are forwarded, but nothing is stored`);
	}
}

/** Makes the store writer follow the settings in force. */
function keeping(complain: (line: string) => void) {
	let storeWriter: StoreWriter | undefined;
	return {
		follow(settings: Settings): void {
			storeWriter?.stop();
			storeWriter = startStoreWriter(settings, complain);
		},
		kill: async () => storeWriter?.kill(),
	};
}

/** The address a client on this machine uses. */
export function addressOf({ bindip }: Pick<Settings, "bindip">, port: number): string {
	const host = bindip === "0.0.0.0" ? "127.0.0.1" : bindip === "::" ? "::1" : bindip;
	return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function banner(settings: Settings, port: number): string {
	const workers = `${settings.workers} worker${settings.workers === 1 ? "" : "s"}`;
	const everywhere =
		settings.bindip === "0.0.0.0" || settings.bindip === "::" ? " and every other address of this machine" : "";
	return `llmw ${version} listening on ${addressOf(settings, port)}${everywhere} → ${destinationOf(settings)} (${workers})`;
}

/** The only upstream's URL, or how many there are. */
function destinationOf({ routing: { upstreams, routes }, configFile }: Settings): string {
	const file = configFile === undefined ? "" : ` (${configFile})`;
	if (upstreams.length === 1) return `${upstreams[0]?.url}${file}`;
	return `${upstreams.length} upstreams, ${routes.length} ${routes.length === 1 ? "route" : "routes"}${file}`;
}

/** Which upstreams are reached by way of a proxy, whose name and password stay unsaid. */
function describeProxies({ upstreams }: Settings["routing"]): string[] {
	const byProxy = new Map<string, string[]>();
	for (const { name, proxy } of upstreams) {
		if (proxy === undefined) continue;
		const line = `through the proxy ${proxy.url} (${proxy.from})`;
		byProxy.set(line, [...(byProxy.get(line) ?? []), name]);
	}
	return [...byProxy].map(([line, names]) => `${line}: ${names.join(", ")}`);
}

/** One line per problem on stderr, and the exit code for it. */
export function reportProblems(error: unknown): number {
	const lines = error instanceof Problems ? error.problems.map(describeProblem) : [messageOf(error)];
	if (!(error instanceof Problems)) debug("%o", error);
	for (const line of lines) process.stderr.write(`llmw: ${terminalBlock(line)}\n`);
	return 1;
}
