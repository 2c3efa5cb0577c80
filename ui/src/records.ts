/** Usage records, as `GET /v1/admin/requests` lists them: one for each request that has ended. */
import { askJson, queryOf } from "./api.js";

export interface Tokens {
	input: number;
	cached: number;
	output: number;
	reasoning: number;
}

export interface AttemptRecord {
	upstream: string;
	model: string | null;
	response_model: string | null;
	kind: "first" | "retry" | "failover" | "hedge" | "rescue";
	outcome: string;
	status: number | null;
	duration_ms: number;
	tokens: Tokens | null;
	cost: number | null;
}

export interface RequestRecord {
	id: string;
	created_at: number;
	request_id: string;
	operation: string;
	key: { id: string; name: string | null } | null;
	team: string | null;
	organisation: string | null;
	route: string | null;
	model: string | null;
	response_model: string | null;
	stream: boolean;
	status: number;
	outcome: "completed" | "failed" | "cancelled" | "refused";
	error_code: string | null;
	tokens: Tokens | null;
	is_estimated: boolean;
	cost: number | null;
	duration_ms: number;
	first_token_ms: number | null;
	attempts: AttemptRecord[];
	tags: Record<string, string>;
	usage: unknown;
}

export interface RequestPage {
	data: RequestRecord[];
	last_id: string | null;
	has_more: boolean;
}

export const pageSize = 50;

export function loadRequests(
	filters: Record<string, string | undefined>,
	after: string | undefined,
	signal?: AbortSignal,
): Promise<RequestPage> {
	const query = queryOf({ ...filters, after, limit: pageSize, order: "desc" });
	return askJson("admin", `v1/admin/requests?${query}`, signal ? { signal } : {});
}
