/** Opens what answers are shared in with other machines: Redis where limits are counted there, else the store's PostgreSQL. */
import { randomUUID } from "node:crypto";
import type { Settings } from "../../settings/settings.js";
import type { Board } from "./board.js";
import { Reach, type ReachEvents } from "./reach.js";
import { Sharing } from "./sharing.js";

/** @returns undefined if answers are shared with nobody, since there is nothing that machines have in common */
export async function openSharing(
	{ redisUrl, storeUrl, answerAgeMs }: Pick<Settings, "redisUrl" | "storeUrl" | "answerAgeMs">,
	events: ReachEvents,
): Promise<Sharing | undefined> {
	if (answerAgeMs === 0 || (redisUrl ?? storeUrl) === undefined) return undefined;
	const machine = randomUUID();
	const news = (text: string) => sharing.takeNews(text);
	let board: Board;
	if (redisUrl !== undefined) board = await (await import("./redisBoard.js")).openRedisBoard(redisUrl, machine, news);
	else board = await (await import("./postgresBoard.js")).openPostgresBoard(storeUrl as string, machine, news);
	const sharing = new Sharing(new Reach(board, placeOf(redisUrl, storeUrl), events));
	return sharing;
}

/** Without user and password. */
function placeOf(redisUrl: string | undefined, storeUrl: string | undefined): string {
	const { hostname, port, pathname } = new URL(redisUrl ?? (storeUrl as string));
	if (redisUrl !== undefined) return `Redis at ${hostname}:${port || 6379}`;
	return `PostgreSQL at ${hostname === "" ? pathname.slice(1) : `${hostname}:${port || 5432}`}`;
}
