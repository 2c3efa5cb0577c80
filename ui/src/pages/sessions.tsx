/** Sessions of agents, the one that was heard of last first; one of them with its sub-agents and turns. */
import { useState } from "preact/hooks";
import { askJson, queryOf } from "../api.js";
import type { AgentSession, AgentSessionList } from "../contract.js";
import { ago, compact, dateTime, money, percent, whole } from "../format.js";
import { useLoaded } from "../loading.js";
import { Filter } from "../parts/filter.js";
import { Pager } from "../parts/pager.js";
import { Empty, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";
import { changeQuery, linkTo, type Place } from "../route.js";
import { SessionDetail } from "./sessionDetail.js";
import { SessionState } from "./sessionState.js";

const columns: readonly TableColumn[] = [
	["Session"],
	["Key"],
	["Agent"],
	["State"],
	["Last"],
	["Turns", "number"],
	["Tokens in", "number"],
	["From cache", "number"],
	["Tokens out", "number"],
	["Cost", "number"],
];

const pageSize = 50;
const everyMs = 5_000;
const fields = [
	["key", "Key"],
	["agent", "Agent"],
] as const;

export function SessionsPage({ place }: { place: Place }) {
	const [, id] = place.path;
	return id === undefined || id === "" ? <SessionList place={place} /> : <SessionDetail key={id} id={id} />;
}

function SessionList({ place }: { place: Place }) {
	const filters = {
		key: place.query.get("key") ?? undefined,
		agent: place.query.get("agent") ?? undefined,
		active: place.query.get("active") ?? undefined,
	};
	const [after, setAfter] = useState<readonly string[]>([]);
	const path = `v1/admin/sessions?${queryOf({ ...filters, after: after.at(-1), limit: pageSize, order: "desc" })}`;
	const loaded = useLoaded((signal) => askJson<AgentSessionList>("admin", path, { signal }), [path], everyMs);
	const change = (changes: Record<string, string | undefined>) => {
		setAfter([]);
		changeQuery(place, changes);
	};
	return (
		<>
			<header class="page-head">
				<h1>Sessions</h1>
				<label class="switch">
					<input
						type="checkbox"
						checked={filters.active === "true"}
						onChange={({ currentTarget }) => change({ active: currentTarget.checked ? "true" : undefined })}
					/>
					Under way
				</label>
			</header>
			<form class="filters" onSubmit={(event) => event.preventDefault()}>
				{fields.map(([name, label]) => (
					<Filter key={name} label={label} value={filters[name] ?? ""} change={(value) => change({ [name]: value })} />
				))}
			</form>
			<Shown loaded={loaded}>
				{(page) =>
					page.data.length === 0 ? (
						<NoSessions isFiltered={Object.values(filters).some((value) => value !== undefined)} />
					) : (
						<>
							<SessionTable sessions={page.data} />
							<Pager after={after} change={setAfter} page={page} />
						</>
					)
				}
			</Shown>
		</>
	);
}

function NoSessions({ isFiltered }: { isFiltered: boolean }) {
	if (isFiltered) return <Empty title="No session fits these filters" />;
	return (
		<Empty title="No sessions yet">
			Agents name their session in a header: Claude Code, Codex and opencode do so by themselves, and others can with{" "}
			<code>x-session-id</code>.
		</Empty>
	);
}

function SessionTable({ sessions }: { sessions: readonly AgentSession[] }) {
	return (
		<Table columns={columns}>
			<tbody>
				{sessions.map((session) => (
					<tr key={session.id}>
						<td class="named">
							<a href={linkTo(["sessions", session.id])} title={session.name}>
								{session.name}
							</a>
							<small>{session.id}</small>
						</td>
						<td class="long" title={session.key?.name ?? ""}>
							{session.key?.name ?? <span class="muted">–</span>}
						</td>
						<td class="long" title={session.agent}>
							{session.agent}
						</td>
						<td>
							<SessionState session={session} />
						</td>
						<td title={dateTime(session.last_at)}>{ago(session.last_at)}</td>
						<td class="number">{whole(session.requests)}</td>
						<td class="number">{compact(session.input_tokens)}</td>
						<td class="number">{percent(session.cache_ratio)}</td>
						<td class="number">{compact(session.output_tokens)}</td>
						<td class="number">{money(session.cost)}</td>
					</tr>
				))}
			</tbody>
		</Table>
	);
}
