/** A PostgreSQL server of its own, in a temporary folder and on a Unix socket. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

export interface Postgres {
	/** Makes a database. @returns its URL */
	database(): Promise<string>;
	stop(): void;
	start(): void;
	/** Has all its processes stand still, as on a machine that hangs: connections stay, and nobody answers. */
	freeze(): void;
	thaw(): void;
	/** Stops it, and removes its files. */
	remove(): void;
}

/** Where initdb and pg_ctl are; nothing where PostgreSQL is not installed. */
export function postgresPrograms(): string | undefined {
	const debian = "/usr/lib/postgresql";
	const folders = [
		...(process.env.PATH ?? "").split(":"),
		"/usr/local/bin",
		...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : []),
	];
	return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")));
}

/** The server refuses to run as root; then it runs as the user that its package has made. */
const isRoot = process.getuid?.() === 0;

export function startPostgres(): Postgres {
	const programs = postgresPrograms() as string;
	const folder = mkdtempSync(join(tmpdir(), "llmgw-pg-"));
	if (isRoot) chownSync(folder, idOf("-u"), idOf("-g"));
	else chmodSync(folder, 0o700);
	const data = join(folder, "data");
	const run = (program: string, ...words: string[]) => {
		const command = [join(programs, program), ...words];
		const [name = "", ...rest] = isRoot ? ["runuser", "-u", "postgres", "--", ...command] : command;
		execFileSync(name, rest, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
	};
	const start = () =>
		run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", `-k ${folder} -c listen_addresses=`, "start");
	const stop = () => run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
	// Its first process before those that it makes, so that none is made meanwhile.
	const signal = (name: NodeJS.Signals) => {
		if (!existsSync(join(data, "postmaster.pid"))) return;
		const first = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
		process.kill(first, name);
		const others = execFileSync("ps", ["-o", "pid=", "--ppid", String(first)], { encoding: "utf8" });
		for (const pid of others.split(/\s+/).filter(Boolean)) {
			try {
				process.kill(Number(pid), name);
			} catch {
				// One of a connection that has just ended.
			}
		}
	};
	run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale", "C");
	start();
	const urlOf = (database: string) => `postgres:///${database}?host=${folder}&user=postgres`;
	let made = 0;
	return {
		async database() {
			made += 1;
			const client = new pg.Client(urlOf("postgres"));
			await client.connect();
			await client.query(`create database store_${made}`);
			await client.end();
			return urlOf(`store_${made}`);
		},
		start,
		stop,
		freeze: () => signal("SIGSTOP"),
		thaw: () => signal("SIGCONT"),
		remove() {
			try {
				signal("SIGCONT");
				stop();
			} catch {
				// A test has stopped it.
			}
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

function idOf(option: string): number {
	return Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
}
