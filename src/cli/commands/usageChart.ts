/** Usage as bars in a terminal, one for each day. */
import type { components } from "../../generated/contract.js";
import { summed } from "./usageGroups.js";

const mostCharacters = 50;
/** Eighths of a character. */
const parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A chart of the cost, or of the tokens if there is no cost. */
export function barChart(buckets: readonly components["schemas"]["UsageBucket"][]): string {
	const days = buckets.map((bucket) => {
		const [all] = summed([bucket], []);
		// Where nothing was used, nothing was spent.
		const { cost = 0, input_tokens = 0, output_tokens = 0 } = all?.sums ?? {};
		return {
			day: new Date(bucket.start_time * 1000).toISOString().slice(0, 10),
			cost,
			tokens: input_tokens + output_tokens,
		};
	});
	const isOfCost = days.some(({ cost }) => cost !== null && cost > 0);
	const amountOf = ({ cost, tokens }: (typeof days)[number]) => (isOfCost ? (cost ?? 0) : tokens);
	const most = Math.max(...days.map(amountOf), 0);
	const label = ({ cost, tokens }: (typeof days)[number]) =>
		isOfCost ? dollars(cost) : tokens.toLocaleString("en-US");
	const width = Math.max(...days.map((day) => label(day).length));
	return [
		`${isOfCost ? "US dollars" : "tokens"} by day (UTC)`,
		...days.map((day) => `${day.day}  ${label(day).padStart(width)}  ${bar(amountOf(day), most)}`.trimEnd()),
	].join("\n");
}

function dollars(cost: number | null): string {
	return cost === null ? "–" : `$${cost.toFixed(cost >= 1 || cost === 0 ? 2 : 4)}`;
}

/** What is more than nothing is seen. */
function bar(value: number, most: number): string {
	if (value === 0 || most === 0) return "";
	const eighths = Math.max(1, Math.round((value / most) * mostCharacters * 8));
	return "█".repeat(Math.floor(eighths / 8)) + (parts[eighths % 8] ?? "");
}
