/** `llmw lessons`: lists what models of a running gateway's upstreams refuse, and forgets it. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { partOf } from "../../upstream/lessons/lesson.js";
import type { GatewayApi } from "./gatewayApi.js";
import { administration, moment } from "./keys.js";
import { type Output, printList } from "./output.js";

type Flags = Readonly<Record<string, unknown>>;
type Lesson = components["schemas"]["Lesson"];
type List = components["schemas"]["LessonList"];

/**
 * @param words the words after `lessons`: `list`, `forget ID` or `forget all`
 * @throws Problems
 */
export async function lessons(
	words: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const [action = "list", id, ...more] = words;
	const isList = action === "list" && id === undefined;
	if (!isList && (action !== "forget" || id === undefined || more.length > 0))
		throw new Problems([
			{ where: "lessons", message: "is followed by list, forget ID or forget all; see llmw lessons --help" },
		]);
	const api = await administration(flags, gatewayUrl, output);
	const { data } = isList ? await api.ask<List>("GET", "/admin/lessons") : await forget(api, id ?? "");
	const asJson = flags.json === "true";
	if (!isList && !asJson) for (const lesson of data) output.print(`forgotten: ${lesson.id}`);
	else printList(data, { ...columns, asJson }, output);
}

const columns = {
	heads: ["ID", "UPSTREAM", "MODEL", "REFUSES", "UNTIL (UTC)"],
	row,
	nothing: "nothing has been learned, or all of it has expired",
};

function forget(api: GatewayApi, id: string): Promise<List> {
	return api.ask<List>("DELETE", id === "all" ? "/admin/lessons" : `/admin/lessons/${encodeURIComponent(id)}`);
}

function row({ id, upstream, model, kind, name, value, expires_at }: Lesson): string[] {
	return [id, upstream, model, partOf({ kind, name, value: value ?? undefined }), moment(expires_at)];
}
