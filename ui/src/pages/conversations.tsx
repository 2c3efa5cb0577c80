/** Conversations that responses are appended to: the list, or one with its items and responses. */
import { useState } from "preact/hooks";
import { askJson, queryOf } from "../api.js";
import type { KeptConversation, KeptConversationList } from "../contract.js";
import { ago, dateTime } from "../format.js";
import { useLoaded } from "../loading.js";
import { Pager } from "../parts/pager.js";
import { Empty, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";
import { linkTo, type Place } from "../route.js";
import { ConversationDetail } from "./conversationDetail.js";

const columns: readonly TableColumn[] = [["Conversation"], ["Made"], ["Used"], ["Metadata"]];

export function ConversationsPage({ place }: { place: Place }) {
	const [, id] = place.path;
	return id === undefined || id === "" ? <Conversations /> : <ConversationDetail key={id} id={id} />;
}

function Conversations() {
	const [after, setAfter] = useState<readonly string[]>([]);
	const query = queryOf({ limit: 50, order: "desc", after: after.at(-1) });
	const loaded = useLoaded(
		(signal) => askJson<KeptConversationList>("key", `v1/conversations/kept?${query}`, { signal }),
		[query],
	);
	return (
		<>
			<header class="page-head">
				<h1>Conversations</h1>
			</header>
			<Shown loaded={loaded}>
				{(page) =>
					page.data.length === 0 ? (
						<Empty title="No conversations">
							A client makes one with <code>POST v1/conversations</code>, and its responses are appended to it.
						</Empty>
					) : (
						<>
							<ConversationTable conversations={page.data} />
							<Pager after={after} change={setAfter} page={page} />
						</>
					)
				}
			</Shown>
		</>
	);
}

function ConversationTable({ conversations }: { conversations: readonly KeptConversation[] }) {
	return (
		<Table columns={columns}>
			<tbody>
				{conversations.map(({ id, created_at, used_at, metadata }) => (
					<tr key={id}>
						<td class="long">
							<a href={linkTo(["conversations", id])}>{id}</a>
						</td>
						<td>{dateTime(created_at)}</td>
						<td title={dateTime(used_at)}>{ago(used_at)}</td>
						<td class="long wide-cell">{pairsOf(metadata)}</td>
					</tr>
				))}
			</tbody>
		</Table>
	);
}

function pairsOf(metadata: KeptConversation["metadata"]): string {
	return Object.entries(metadata)
		.map(([name, value]) => `${name}=${value}`)
		.join(", ");
}
