/** A PostgreSQL server for tests, in a temporary folder and on a Unix socket. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

export interface Postgres {
	/** Creates a database. @returns its URL */
	database(): Promise<string>;
	stop(): void;
	start(): void;
	/** Stops all its processes, as on a machine that hangs: connections stay open, and nobody answers. */
	freeze(): void;
	thaw(): void;
	/** Stops it and removes its files. */
	remove(): void;
}

/** @returns the folder of initdb and pg_ctl; undefined if PostgreSQL is not installed */
export function postgresPrograms(): string | undefined {
	const debian = "/usr/lib/postgresql";
	const folders = [
		...(process.env.PATH ?? "").split(":"),
		"/usr/local/bin",
		...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : []),
	];
	return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")));
}

/** As root, the server runs as the user that its package has created, since it refuses to run as root. */
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
	// What it has written outlives its processes without `fsync`, too.
	const start = () =>
		run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", `-F -k ${folder} -c listen_addresses=`, "start");
	const stop = () => run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
	// Its first process before its children, so that it creates none meanwhile.
	const signal = (name: NodeJS.Signals) => {
		if (!existsSync(join(data, "postmaster.pid"))) return;
		const first = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
		process.kill(first, name);
		const others = execFileSync("ps", ["-o", "pid=", "--ppid", String(first)], { encoding: "utf8" });
		for (const pid of others.split(/\s+/).filter(Boolean)) {
			try {
				process.kill(Number(pid), name);
			} catch {
				// The process of a connection that has just ended.
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
				// A test has already stopped it.
			}
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

function idOf(option: string): number {
	return Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
}
