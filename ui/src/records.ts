/** Usage records from `GET /v1/admin/requests`: one for each finished request. */
import { askJson, queryOf } from "./api.js";
import type { RequestList } from "./contract.js";

const pageSize = 50;

export function loadRequests(
	filters: Record<string, string | undefined>,
	after: string | undefined,
	signal?: AbortSignal,
): Promise<RequestList> {
	const query = queryOf({ ...filters, after, limit: pageSize, order: "desc" });
	return askJson("admin", `v1/admin/requests?${query}`, signal ? { signal } : {});
}
