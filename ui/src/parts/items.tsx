/** What was said and done: messages, tool calls with what they gave, and reasoning, which is folded. */
import type { ComponentChildren } from "preact";
import { type Item, orderly, type PairedItem, textOf } from "../items.js";

export function Items({ items }: { items: readonly PairedItem[] }) {
	return (
		<div class="messages">
			{items.map(({ item, output }, at) => (
				<ItemView key={typeof item.id === "string" ? item.id : at} item={item} output={output} />
			))}
		</div>
	);
}

function ItemView({ item, output }: PairedItem) {
	const type = typeof item.type === "string" ? item.type : "message";
	if (type === "message") {
		const role = String(item.role);
		return (
			<Line name={role} kind={role}>
				{textOf(item.content)}
			</Line>
		);
	}
	if (type === "reasoning") return <Reasoning item={item} />;
	if (output !== undefined || type === "function_call" || type === "custom_tool_call")
		return <Call item={item} output={output} />;
	return (
		<Line name={type.replaceAll("_", " ")}>
			<Folded summary={summaryOf(item)}>{JSON.stringify(item, null, 2)}</Folded>
		</Line>
	);
}

function Line({ name, kind = "", children }: { name: string; kind?: string; children: ComponentChildren }) {
	return (
		<div class={`message ${kind}`}>
			<span class="role">{name}</span>
			<div class="text">{children}</div>
		</div>
	);
}

function Folded({ summary, children }: { summary: string; children: ComponentChildren }) {
	return (
		<details>
			<summary>{summary}</summary>
			<pre>{children}</pre>
		</details>
	);
}

function Reasoning({ item }: { item: Item }) {
	const said = [textOf(item.summary ?? []), textOf(item.content ?? [])].filter((text) => text !== "").join("\n\n");
	return (
		<Line name="reasoning">
			{said === "" ? <span class="muted">not shown by the model</span> : <Folded summary="Reasoning">{said}</Folded>}
		</Line>
	);
}

function Call({ item, output }: { item: Item; output: Item | undefined }) {
	const { type, name, arguments: given, input, action } = item;
	return (
		<Line name="tool call">
			<b>{String(name ?? type)}</b>
			<pre>{orderly(given ?? input ?? action)}</pre>
			{output === undefined ? (
				<span class="muted">nothing came back yet</span>
			) : (
				<pre class="call-output">{orderly(output.output)}</pre>
			)}
		</Line>
	);
}

function summaryOf({ status, name, id }: Item): string {
	return [name ?? id, status].filter((text) => typeof text === "string").join(", ") || "as JSON";
}
