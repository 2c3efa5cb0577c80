/** The turns that lead to a response, as a conversation; each with its usage and a link to its request. */
import { useState } from "preact/hooks";
import type { ResponseTurn } from "../contract.js";
import { counted, dateTime, whole } from "../format.js";
import { itemsOfTurns, type PairedItem } from "../items.js";
import { lastPages } from "../lastPages.js";
import { useLoaded } from "../loading.js";
import { Items } from "../parts/items.js";
import { RecordPage } from "../parts/recordPage.js";
import { ResponseState } from "../parts/responseTable.js";
import { Shown } from "../parts/states.js";
import { linkTo } from "../route.js";

const pageSize = 20;

export function ThreadPage({ id }: { id: string }) {
	const path = `v1/responses/${encodeURIComponent(id)}`;
	const [pages, setPages] = useState(1);
	const loaded = useLoaded(
		(signal) => lastPages<ResponseTurn>(`${path}/turns`, { pages, limit: pageSize }, signal),
		[path, pages],
	);
	return (
		<RecordPage
			list="responses"
			title="Responses"
			id={id}
			path={path}
			noun="response"
			warning="Nothing can go on from it any more, nor from what has gone on from it. This can't be undone."
		>
			<Shown loaded={loaded}>
				{({ items, hasMore }) => (
					<>
						{hasMore && (
							<button type="button" class="more" onClick={() => setPages(pages + 1)}>
								Show earlier turns
							</button>
						)}
						<Thread turns={items} />
					</>
				)}
			</Shown>
		</RecordPage>
	);
}

function Thread({ turns }: { turns: readonly ResponseTurn[] }) {
	const items = itemsOfTurns(turns);
	return (
		<ol class="thread">
			{turns.map((turn, at) => (
				<Turn key={turn.id} turn={turn} items={items[at] ?? []} />
			))}
		</ol>
	);
}

function Turn({ turn, items }: { turn: ResponseTurn; items: readonly PairedItem[] }) {
	const { id, created_at, model, status, usage, kept_by } = turn;
	return (
		<li class="card" aria-label={id}>
			<header>
				<ResponseState status={status} />
				<span>{model}</span>
				<span class="muted">{dateTime(created_at)}</span>
				{usage !== null && (
					<span class="muted">
						{whole(usage.input_tokens)} in, {counted(usage.output_tokens, "token")} out
					</span>
				)}
				<Links turn={turn} />
			</header>
			{kept_by === null ? <Items items={items} /> : <p class="muted">What it says is kept by {kept_by}.</p>}
		</li>
	);
}

function Links({ turn: { request_id: request, created_at, conversation } }: { turn: ResponseTurn }) {
	return (
		<>
			{conversation !== null && <a href={linkTo(["conversations", conversation])}>Conversation</a>}
			{request !== null && <a href={linkTo(["requests"], { request, at: String(created_at) })}>Request</a>}
		</>
	);
}
