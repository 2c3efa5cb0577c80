/** WebSockets that are open and idle: the memory that each of them takes. */
import { columns, leaveOpen } from "./connections.mjs";

export const name = "websockets";
export const title = "Idle WebSockets";
export { columns };

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	const names = bench.names.filter((subject) => subject === "llmgw");
	const variant = { flags: ["--max-websockets-per-client", "1000000"] };
	return leaveOpen(bench, { title: name, names, file: "load/idleSockets.mjs", variant });
}
