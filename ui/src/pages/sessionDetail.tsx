/** One session of an agent: its agents and sub-agents as a tree, its turns, and a button that stops it. */
import { useState } from "preact/hooks";
import { askJson } from "../api.js";
import type { AgentSessionDetail, AgentSessionPart, LiveRequest, RequestRecord } from "../contract.js";
import { ago, clock, compact, dateTime, duration, longDuration, money, percent, whole } from "../format.js";
import { useLoaded } from "../loading.js";
import { Dialog, useAction } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Failure, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";
import { linkTo } from "../route.js";
import { outcomeStates } from "./requests.js";
import { SessionState } from "./sessionState.js";

const everyMs = 3_000;

const partColumns: readonly TableColumn[] = [
	["Agent"],
	["Under way", "number"],
	["Turns", "number"],
	["Failed", "number"],
	["Tokens in", "number"],
	["From cache", "number"],
	["Tokens out", "number"],
	["Cost", "number"],
	["Last"],
];

const turnColumns: readonly TableColumn[] = [
	["Time"],
	["Sub-agent"],
	["Model"],
	["Outcome"],
	["Tokens in", "number"],
	["From cache", "number"],
	["Tokens out", "number"],
	["Cost", "number"],
	["Duration", "number"],
];

export function SessionDetail({ id }: { id: string }) {
	const path = `v1/admin/sessions/${encodeURIComponent(id)}`;
	const [isStopping, setStopping] = useState(false);
	const { error, isBusy, perform } = useAction();
	const loaded = useLoaded((signal) => askJson<AgentSessionDetail>("admin", path, { signal }), [path], everyMs);
	const resume = async () => {
		await askJson("admin", `${path}/stop`, { method: "DELETE" });
		await loaded.reload();
	};
	const { data: session } = loaded;
	return (
		<>
			<header class="page-head">
				<h1>
					<a href={linkTo(["sessions"])}>Sessions</a> / {session?.name ?? id}
				</h1>
				{session !== undefined && session.stopped_until === null && (
					<button type="button" class="danger" onClick={() => setStopping(true)}>
						Stop
					</button>
				)}
				{session !== undefined && session.stopped_until !== null && (
					<button type="button" disabled={isBusy} onClick={() => perform(resume)}>
						Let it go on
					</button>
				)}
			</header>
			{error === undefined ? null : <Failure error={error} />}
			<Shown loaded={loaded}>{(shown) => <Content session={shown} />}</Shown>
			{isStopping && (
				<StopDialog path={path} name={session?.name ?? id} close={() => setStopping(false)} done={loaded.reload} />
			)}
		</>
	);
}

function Content({ session }: { session: AgentSessionDetail }) {
	const { agents, turns, live, has_more_turns } = session;
	return (
		<>
			<Facts session={session} />
			<section aria-label="Agents">
				<h2>Agents</h2>
				<Table columns={partColumns}>
					<tbody>
						{agents.map((part) => (
							<PartRow key={`${part.agent} ${part.subagent}`} part={part} />
						))}
					</tbody>
				</Table>
			</section>
			<section aria-label="Turns">
				<h2>Turns</h2>
				<Table columns={turnColumns} kind="requests">
					<tbody>
						{live.map((request) => (
							<LiveRow key={request.request_id} request={request} />
						))}
						{turns.map((turn) => (
							<TurnRow key={turn.id} turn={turn} />
						))}
					</tbody>
				</Table>
				{has_more_turns && <p class="muted">These are the last hundred.</p>}
			</section>
		</>
	);
}

function Facts({ session }: { session: AgentSessionDetail }) {
	const { id, key, agent, first_at, last_at, stop_reason, requests, input_tokens, cached_tokens } = session;
	const facts: [string, string | null][] = [
		["Session", id],
		["Key", key?.name ?? null],
		["Agent", agent],
		["Began", dateTime(first_at)],
		["Lasted", longDuration(Math.max(0, last_at - first_at))],
		["Turns", whole(requests)],
		["Cost", money(session.cost)],
		["From cache", `${percent(session.cache_ratio)} (${whole(cached_tokens)} of ${whole(input_tokens)} tokens)`],
		["Stopped because", stop_reason],
	];
	return (
		<section class="card session-facts" aria-label="Session">
			<SessionState session={session} />
			<dl class="facts">
				{facts
					.filter(([, value]) => value !== null)
					.map(([name, value]) => (
						<div key={name}>
							<dt>{name}</dt>
							<dd>{value}</dd>
						</div>
					))}
			</dl>
		</section>
	);
}

/** A sub-agent stands below the one whose path its own continues. */
function PartRow({ part }: { part: AgentSessionPart }) {
	const { agent, subagent } = part;
	const depth = subagent === null ? 0 : subagent.split("/").length;
	return (
		<tr>
			<td class="long" title={subagent ?? agent}>
				<span style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
					{depth > 0 && <span aria-hidden="true">└ </span>}
					{subagent?.split("/").at(-1) ?? agent}
				</span>
			</td>
			<td class="number">{part.under_way > 0 ? part.under_way : ""}</td>
			<td class="number">{whole(part.requests)}</td>
			<td class={`number ${part.failed > 0 ? "bad" : ""}`}>{whole(part.failed)}</td>
			<td class="number">{compact(part.input_tokens)}</td>
			<td class="number">{percent(part.cache_ratio)}</td>
			<td class="number">{compact(part.output_tokens)}</td>
			<td class="number">{money(part.cost)}</td>
			<td title={dateTime(part.last_at)}>{ago(part.last_at)}</td>
		</tr>
	);
}

function LiveRow({ request }: { request: LiveRequest }) {
	const { started_at, subagent, model, stream } = request;
	return (
		<tr>
			<td>{clock(started_at)}</td>
			<td class="long">{subagent ?? <span class="muted">–</span>}</td>
			<td class="long">{model ?? <span class="muted">–</span>}</td>
			<td colSpan={6}>
				<span class="state good">
					<i class="dot" />
					{stream ? "streaming" : "under way"}
				</span>
			</td>
		</tr>
	);
}

function TurnRow({ turn }: { turn: RequestRecord }) {
	const { created_at, subagent, model, outcome, error_code, tokens, cost, duration_ms, tags } = turn;
	const ratio = tokens && tokens.input > 0 ? tokens.cached / tokens.input : null;
	return (
		<tr>
			<td>{clock(created_at)}</td>
			<td class="long" title={subagent ?? ""}>
				{subagent ?? <span class="muted">–</span>}
			</td>
			<td class="long" title={model ?? ""}>
				{model ?? <span class="muted">–</span>}
			</td>
			<td>
				<span class={`state ${outcomeStates[outcome]}`}>
					<i class="dot" />
					{outcome}
					{error_code !== null && <small>{error_code}</small>}
				</span>
			</td>
			<td class="number">{compact(tokens?.input)}</td>
			<td class="number">
				{percent(ratio)}
				{tags.cacheMiss !== undefined && (
					<small title="What the prompt cache missed first, or why">{tags.cacheMiss}</small>
				)}
			</td>
			<td class="number">{compact(tokens?.output)}</td>
			<td class="number">{money(cost)}</td>
			<td class="number">{duration(duration_ms)}</td>
		</tr>
	);
}

const times = [
	[600, "10 minutes"],
	[3_600, "an hour"],
	[86_400, "a day"],
] as const;

function StopDialog({ path, name, close, done }: { path: string; name: string; close(): void; done(): Promise<void> }) {
	const { error, isBusy, perform } = useAction();
	const [seconds, setSeconds] = useState(3_600);
	const [reason, setReason] = useState("");
	const stop = async () => {
		const body = { for_seconds: seconds, ...(reason.trim() === "" ? {} : { reason: reason.trim() }) };
		await askJson("admin", `${path}/stop`, { method: "POST", body });
		await done();
	};
	return (
		<Dialog title={`Stop ${name}`} close={close}>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					void perform(stop, close);
				}}
			>
				<div class="body">
					<p>Its streams end with an error, and its requests are refused. The agent is told to stop.</p>
					<label class="field">
						<span>For</span>
						<select value={seconds} onChange={({ currentTarget }) => setSeconds(Number(currentTarget.value))}>
							{times.map(([value, words]) => (
								<option key={value} value={value}>
									{words}
								</option>
							))}
						</select>
					</label>
					<Field label="Why" hint="for the agent and its user" value={reason} change={setReason} />
				</div>
				{error === undefined ? null : <Failure error={error} />}
				<footer>
					<button type="button" onClick={close}>
						Cancel
					</button>
					<button type="submit" class="danger" disabled={isBusy}>
						Stop the session
					</button>
				</footer>
			</form>
		</Dialog>
	);
}
