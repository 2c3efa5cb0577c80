/** What a gateway keeps of a request, once it does. */
import { expect, vi } from "vitest";
import type { Llmw } from "../kit/llmw.js";

export const adminKey = "an-administrator-of-tests";

/** Its usage record, as an administrator gets it. */
export function recordOf({ url }: { readonly url: string }, id: string): Promise<Record<string, unknown> | undefined> {
	return vi.waitFor(async () => {
		const response = await fetch(`${url}/v1/admin/requests`, { headers: { authorization: `Bearer ${adminKey}` } });
		const { data } = (await response.json()) as { data: Record<string, unknown>[] };
		const found = data.find(({ request_id }) => request_id === id);
		expect(found).toBeDefined();
		return found;
	}, 10_000);
}

/** Its line in the log, which is JSON. */
export function lineOf(llmw: Llmw, id: string): Promise<Record<string, unknown>> {
	return vi.waitFor(() => {
		const line = llmw
			.stdout()
			.split("\n")
			.find((each) => each.includes(`"${id}"`));
		expect(line).toBeDefined();
		return JSON.parse(line ?? "");
	}, 10_000);
}
