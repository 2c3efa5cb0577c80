/** A gateway whose log is read. */
import { onTestFinished } from "vitest";
import { startGateway, type TestGateway } from "./gateway.js";

export interface LoggedGateway extends TestGateway {
	/** The next request's line, from now on. */
	nextLine(): Promise<Record<string, unknown>>;
}

export async function loggedGateway(
	{ url }: { url: string },
	flags: Record<string, unknown> = {},
): Promise<LoggedGateway> {
	const waiting: ((line: Record<string, unknown>) => void)[] = [];
	const log = (line: string) => {
		const json = JSON.parse(line) as Record<string, unknown>;
		if (json.msg === "request") waiting.shift()?.(json);
	};
	const gateway = await startGateway(url, { "log-format": "json", ...flags }, undefined, {}, { log });
	onTestFinished(() => gateway.stop());
	return { ...gateway, nextLine: () => new Promise((resolve) => waiting.push(resolve)) };
}
