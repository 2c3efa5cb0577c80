/** Whether an operation's answers are text, whose tokens can be estimated by its length, and which a limit may cut. */
import type { Dialect } from "./dialect.js";

export function answersWithText(dialect: Dialect | undefined): boolean {
	return dialect?.stream !== undefined && dialect.streamsText !== false;
}
