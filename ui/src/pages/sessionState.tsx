/** Whether a session is stopped, has requests under way, or rests. */
import type { AgentSession } from "../contract.js";
import { counted, dateTime } from "../format.js";

export function SessionState({ session }: { session: AgentSession }) {
	const { stopped_until, under_way } = session;
	const [kind, text] =
		stopped_until !== null
			? ["bad", `stopped until ${dateTime(stopped_until)}`]
			: under_way > 0
				? ["good", counted(under_way, "request under way", "requests under way")]
				: ["", "idle"];
	return (
		<span class={`state ${kind}`}>
			<i class="dot" />
			{text}
		</span>
	);
}
