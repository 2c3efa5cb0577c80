/** Answers that can be sent again, in a process without workers. */
import type { Argument, WorkerPort } from "../process/channel/topic.js";
import type { Settings } from "../settings/settings.js";
import type { ReplayTopic } from "./messages.js";
import { createPrimaryReplay } from "./primary.js";
import { createWorkerReplay, type WorkerReplay } from "./worker.js";

export function createLocalReplay(settings: Settings, complain: (line: string) => void): WorkerReplay {
	const primary = createPrimaryReplay();
	const port: WorkerPort<ReplayTopic> = {
		name: "this process",
		settings,
		send: (message) => queueMicrotask(() => worker.receive(message)),
	};
	const member = primary.join(port);
	const opened = primary.open?.(settings);
	primary.adopt?.(settings);
	const answers = member.answers as Record<string, (argument: unknown) => unknown>;
	const worker = createWorkerReplay(
		{
			send: (message) => queueMicrotask(() => member.receive?.(message)),
			async ask(name, argument: Argument<ReplayTopic, typeof name>) {
				await opened;
				return (await answers[name]?.(argument)) as never;
			},
		},
		member.snapshot?.(),
		complain,
	);
	return worker;
}
