/** Finished requests, newest first. */
import { useEffect, useState } from "preact/hooks";
import type { RequestRecord } from "../contract.js";
import { clock, compact, duration, money } from "../format.js";
import { useLoaded } from "../loading.js";
import { AnyOf } from "../parts/anyOf.js";
import { Filter } from "../parts/filter.js";
import { curlLine, Empty, Failure, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";
import { loadRequests } from "../records.js";
import { changeQuery, type Place } from "../route.js";
import { RequestDetail } from "./requestDetail.js";

const columns: readonly TableColumn[] = [
	["Time"],
	["Model"],
	["Key"],
	["Outcome"],
	["Tokens in", "number"],
	["Tokens out", "number"],
	["Cost", "number"],
	["First token", "number"],
	["Duration", "number"],
	["Attempts", "number"],
];

const followMs = 2_000;
/** The API's filters that have a field here. */
const fields = [
	["model", "Model"],
	["key", "Key"],
	["upstream", "Upstream"],
] as const;
const outcomes = ["completed", "failed", "cancelled", "refused"] as const;

export function RequestsPage({ place }: { place: Place }) {
	const filters = {
		model: place.query.get("model") ?? undefined,
		key: place.query.get("key") ?? undefined,
		upstream: place.query.get("upstream") ?? undefined,
		outcome: place.query.get("outcome") ?? undefined,
		...requestAt(place),
	};
	const isFiltered = Object.values(filters).some((value) => value !== undefined);
	const isFollowing = place.query.get("follow") === "1";
	const key = JSON.stringify(filters);
	const loaded = useLoaded(
		(signal) => loadRequests(filters, undefined, signal),
		[key],
		isFollowing ? followMs : undefined,
	);
	const older = useOlder(filters, key);
	return (
		<>
			<header class="page-head">
				<h1>Requests</h1>
				<label class="switch">
					<input
						type="checkbox"
						checked={isFollowing}
						onChange={({ currentTarget }) => changeQuery(place, { follow: currentTarget.checked ? "1" : undefined })}
					/>
					Follow
				</label>
				{!isFollowing && (
					<button type="button" onClick={() => void loaded.reload()}>
						Refresh
					</button>
				)}
			</header>
			<form class="filters" onSubmit={(event) => event.preventDefault()}>
				{fields.map(([name, label]) => (
					<Filter
						key={name}
						label={label}
						value={filters[name] ?? ""}
						change={(value) => changeQuery(place, { [name]: value })}
					/>
				))}
				{place.query.has("request") && (
					<Filter
						label="Request"
						value={place.query.get("request") ?? ""}
						change={(request) => changeQuery(place, { request, at: undefined })}
					/>
				)}
				<AnyOf
					label="Outcome"
					options={outcomes}
					value={filters.outcome ?? ""}
					change={(outcome) => changeQuery(place, { outcome })}
				/>
			</form>
			<Shown loaded={loaded}>
				{({ data, has_more, last_id }) => {
					if (data.length === 0)
						return isFiltered ? (
							<Empty title="No request fits these filters" />
						) : (
							<Empty title="No requests yet" command={curlLine()}>
								Requests appear here a moment after they have finished.
							</Empty>
						);
					// While following, older requests are those after the newest page, which moves on.
					const newestIds = new Set(data.map(({ id }) => id));
					const rows = [...data, ...older.rows.filter(({ id }) => !newestIds.has(id))];
					const last = older.rows.at(-1)?.id ?? last_id ?? undefined;
					return (
						<>
							<RequestTable rows={rows} />
							{older.error === undefined ? null : <Failure error={older.error} />}
							{(older.rows.length > 0 ? older.hasMore : has_more) && (
								<button type="button" class="more" onClick={() => void older.load(last)}>
									Show older requests
								</button>
							)}
						</>
					);
				}}
			</Shown>
		</>
	);
}

/** The request that a link leads to; its time, in seconds since the epoch, makes it quick to find. */
function requestAt({ query }: Place): Record<string, string> {
	const [request, at] = [query.get("request"), Number(query.get("at"))];
	if (request === null) return {};
	const around = at > 0 ? { created_after: String(at - 1), created_before: String(at + 1) } : {};
	return { request_id: request, ...around };
}

/** The pages after the newest one that have been loaded. */
function useOlder(filters: Record<string, string | undefined>, key: string) {
	const [state, setState] = useState<{ rows: RequestRecord[]; hasMore: boolean; error: unknown }>(noOlderRequests);
	// Other filters make another list.
	useEffect(() => setState(noOlderRequests), [key]);
	const load = async (after: string | undefined) => {
		try {
			const page = await loadRequests(filters, after);
			setState(({ rows }) => ({ rows: [...rows, ...page.data], hasMore: page.has_more, error: undefined }));
		} catch (error) {
			setState((before) => ({ ...before, error }));
		}
	};
	return { ...state, load };
}

const noOlderRequests = { rows: [], hasMore: false, error: undefined };

function RequestTable({ rows }: { rows: readonly RequestRecord[] }) {
	const [open, setOpen] = useState<string | undefined>(undefined);
	return (
		<Table columns={columns} kind="requests">
			<tbody>
				{rows.map((row) => (
					<Row
						key={row.id}
						row={row}
						isOpen={open === row.id}
						toggle={() => setOpen(open === row.id ? undefined : row.id)}
					/>
				))}
			</tbody>
		</Table>
	);
}

export const outcomeStates = { completed: "good", failed: "bad", cancelled: "", refused: "warn" } as const;

function Row({ row, isOpen, toggle }: { row: RequestRecord; isOpen: boolean; toggle(): void }) {
	const { created_at, model, key, outcome, status, tokens, attempts } = row;
	return (
		<>
			{/* The button in it is for the keyboard. */}
			<tr class={`opens ${isOpen ? "is-open" : ""}`} onClick={toggle}>
				<td>
					<button
						type="button"
						class="row-button"
						aria-expanded={isOpen}
						onClick={(event) => {
							event.stopPropagation();
							toggle();
						}}
					>
						{clock(created_at)}
					</button>
				</td>
				<td class="long" title={model ?? ""}>
					{model ?? <span class="muted">{row.operation}</span>}
				</td>
				<td class="long" title={key?.name ?? ""}>
					{key?.name ?? key?.id ?? <span class="muted">–</span>}
				</td>
				<td>
					<span class={`state ${outcomeStates[outcome]}`}>
						<i class="dot" />
						{outcome}
						{status >= 400 && <small>{status}</small>}
					</span>
				</td>
				<td class="number">{compact(tokens?.input)}</td>
				<td class="number">{compact(tokens?.output)}</td>
				<td class="number">
					{row.is_estimated && row.cost !== null ? "≈ " : ""}
					{money(row.cost)}
				</td>
				<td class="number">{duration(row.first_token_ms)}</td>
				<td class="number">{duration(row.duration_ms)}</td>
				<td class={`number ${attempts.length > 1 ? "warn" : ""}`}>{attempts.length}</td>
			</tr>
			{isOpen && (
				<tr class="detail">
					<td colSpan={10}>
						<RequestDetail record={row} />
					</td>
				</tr>
			)}
		</>
	);
}
